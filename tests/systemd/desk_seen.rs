//! What was seen of a desk: by the provider, by `workers` and by the trail; and a rotation as it goes on.
#![allow(unreachable_pub, reason = "a module of a test program")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;

use crate::desk::Desk;
use crate::lab::Ran;

/// A login that the provider has written down.
pub struct Login {
    pub instance: String,
    pub pid: String,
    /// `start`, `later` or `verify`.
    pub when: String,
    pub key: String,
    pub is_accepted: bool,
}

impl Desk {
    /// Everything that the provider has written down.
    pub fn logins(&self) -> Vec<Login> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let login = |line: &str| {
            let seen: Value = serde_json::from_str(line).expect("JSON");
            Login {
                instance: text(&seen["instance"]),
                pid: text(&seen["pid"]),
                when: text(&seen["start"]),
                key: text(&seen["key"]),
                is_accepted: seen["accepted"] == true,
            }
        };
        // The last line may be on its way.
        let log = self.lab.read(&self.path("logins.jsonl"));
        log.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(login).collect()
    }

    /// The provider saw each live instance's main process log in with this key at its start, never with another one,
    /// and accepted it; `workers` says that each runs on the current generation.
    #[track_caller]
    pub fn assert_all_on(&self, label: &str) {
        let said = self.workers();
        let logins = self.logins();
        for instance in &self.instances {
            let unit = self.unit(instance);
            assert_eq!(unit.property("ActiveState"), "active", "{instance}");
            let pid = unit.property("MainPID");
            let worker = said.iter().find(|worker| worker["unit"] == unit.name.as_str()).expect("a worker");
            assert_eq!((worker["state"].as_str(), worker["pid"].to_string()), (Some("current"), pid.clone()));
            let own: Vec<&Login> = logins.iter().filter(|login| login.pid == pid).collect();
            assert_eq!(own.first().map(|login| login.when.as_str()), Some("start"), "{instance}");
            let is_so = |login: &&Login| login.key == self.key(label) && login.is_accepted;
            assert!(own.iter().all(is_so), "{instance} logged in with another key than {label}");
        }
    }

    /// What `envgate workers` says of this desk's units.
    pub fn workers(&self) -> Vec<Value> {
        let said = self.lab.run(["envgate", "workers", "--json", &format!("{}@*", self.name)]).stdout();
        let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"));
        said["workers"].as_array().expect("a list").clone()
    }

    /// The refused logins at a start or later; what `--verify` tries is no worker's.
    pub fn refused(&self) -> usize {
        self.logins().iter().filter(|login| !login.is_accepted && login.when != "verify").count()
    }

    /// The trail's records of this desk: action, outcome, and the units with what became of them.
    pub fn trail(&self) -> Vec<String> {
        let file = self.env_file();
        let said = self.lab.run(["envgate", "audit", "show", "--json", "--file", &file]).ok();
        let said: Value = serde_json::from_str(&said).expect("JSON");
        let one = |record: &Value| {
            let units = record["units"].as_array().into_iter().flatten();
            let units = units.map(|unit| {
                let name = unit["unit"].as_str().unwrap_or_default();
                let short = name.trim_start_matches(self.name).trim_end_matches(".service");
                format!(" {short}: {}", unit["outcome"].as_str().unwrap_or_default())
            });
            let word = |name: &str| record[name].as_str().unwrap_or_default();
            format!("{} {}{}", word("action"), word("outcome"), units.collect::<Vec<_>>().join(";"))
        };
        said["records"].as_array().expect("a list").iter().map(one).collect()
    }
}

/// A rotation that was begun.
pub struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Running {
    /// Starts it with this on standard input.
    pub fn begin(mut command: Command, input: &str) -> Self {
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("nsenter starts");
        // Where it refuses before it reads, its own words say why.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stderr, said: String::new() }
    }

    /// Returns as soon as a line of its progress has this text.
    #[track_caller]
    pub fn until(&mut self, text: &str) {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).expect("text");
            self.said.push_str(&line);
            assert!(read > 0, "it ended and did not say {text}: {}", self.said);
            if line.contains(text) {
                return;
            }
        }
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ran {
        self.stderr.read_to_string(&mut self.said).expect("text");
        let Output { status, stdout, .. } = self.child.wait_with_output().expect("nsenter ends");
        Ran(Output { status, stdout, stderr: self.said.into_bytes() })
    }
}
