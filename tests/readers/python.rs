//! One long-lived Python that judges renderings (`oracle.py`).

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

const PYTHON: &str = "/usr/bin/python3";
const ORACLE: &str = include_str!("oracle.py");

/// What Python says of a rendering.
#[derive(Debug, PartialEq)]
pub enum Judgement {
    /// It loads to what was to be expected.
    Same,
    /// It does not, and how.
    Differs(String),
    /// Python cannot read the source either.
    Unreadable(String),
}

/// Why Python cannot be asked here.
pub fn missing() -> Option<String> {
    let probe = Command::new(PYTHON).args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    let there = probe.is_ok_and(|status| status.success());
    (!there).then(|| format!("{PYTHON} with PyYAML is not there (apt-get install python3-yaml)"))
}

/// The process.
pub struct Python {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    pub fn start() -> Self {
        let mut child = Command::new(PYTHON)
            .args(["-c", ORACLE])
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let questions = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, questions, answers }
    }

    /// Compares a rendering with its source, under these values.
    pub fn judge(&mut self, source: &str, rendered: &str, values: &Value, is_json: bool) -> Judgement {
        let question = json!({"source": source, "rendered": rendered, "values": values, "json": is_json});
        let pipe = self.questions.as_mut().expect("a pipe");
        writeln!(pipe, "{question}").expect("Python listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("Python answers");
        let answer: Value = serde_json::from_str(&line).expect("an answer");
        let text = |key: &str| answer[key].as_str().map(str::to_owned);
        match (text("differs"), text("unreadable")) {
            (Some(how), _) => Judgement::Differs(how),
            (None, Some(why)) => Judgement::Unreadable(why),
            (None, None) => Judgement::Same,
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.questions.take());
        let _ = self.child.wait();
    }
}
