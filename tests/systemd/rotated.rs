//! A rotation as these scenarios see it: a file that was swapped, and what the library says of the units then.
#![allow(unreachable_pub, reason = "a module of a test program")]

use serde_json::{Value, json};

use crate::lab::{Lab, Ran};
use crate::service::{USER, Unit};

const ROTATOR: &str = "/usr/local/bin/rotator";

/// A file and its two generations.
pub struct Rotation {
    lab: &'static Lab,
    request: Value,
    location: String,
}

impl Rotation {
    /// A file of the worker's user with its first generation.
    pub fn of(lab: &'static Lab, location: &str, contents: &str) -> Self {
        Self::owned(lab, location, contents, USER)
    }

    /// The same, with its owner.
    pub fn owned(lab: &'static Lab, location: &str, contents: &str, owner: &str) -> Self {
        static INSTALLED: std::sync::Once = std::sync::Once::new();
        INSTALLED.call_once(|| {
            #[allow(clippy::disallowed_methods, reason = "this very program is copied into the lab")]
            let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
            lab.write(ROTATOR, program, 0o755, "root");
        });
        lab.write(location, contents, 0o600, owner);
        lab.write(&format!("{location}.staged"), format!("{contents}# next\n"), 0o600, owner);
        let word = |path: &str| -> Value {
            serde_json::from_str(&lab.run([ROTATOR, "rotate-units", "word", path]).ok()).expect("a word")
        };
        let files = json!([[location, word(location), word(&format!("{location}.staged"))]]);
        let request = json!({"files": files, "swapped": Value::Null});
        Self { lab, request, location: location.to_owned() }
    }

    /// Puts the next generation in the place of the former one. What starts within the next hundredths of a second may
    /// have read either, and a restart waits for them.
    pub fn swap(mut self) -> Self {
        let script =
            format!("ln {0} {0}.previous && mv {0}.staged {0} && date +%s%N && sleep 0.05", self.location);
        let swapped = self.lab.shell(&script).ok();
        self.request["swapped"] = swapped.trim().into();
        self
    }

    /// One more word of the request.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.request[name] = value.into();
        self
    }

    /// The same, and one more word of the request.
    pub fn clone_with(&self, name: &str, value: impl Into<Value>) -> Self {
        let (request, location) = (self.request.clone(), self.location.clone());
        Self { lab: self.lab, request, location }.with(name, value)
    }

    /// The same question as another user.
    pub fn as_user(&self, user: &str, question: &str, words: &[&str]) -> Value {
        let request = self.request.to_string();
        let start = ["runuser", "-u", user, "--", ROTATOR, "rotate-units", question, &request];
        answer(self.lab.run(start.into_iter().chain(words.iter().copied())))
    }

    /// The same question as the worker's user, where there is no bus: without root, systemd is asked over it.
    pub fn as_user_without_bus(&self, question: &str, words: &[&str]) -> Value {
        let request = self.request.to_string();
        let words = [&[question, &request], words].concat();
        without_bus(self.lab, &words)
    }

    /// A question that needs no file, where there is no bus.
    pub fn plain_without_bus(&self, question: &str, unit: &str) -> Value {
        without_bus(self.lab, &[question, unit])
    }

    /// The library's answer.
    pub fn ask(&self, question: &str, words: &[&str]) -> Value {
        let request = self.request.to_string();
        answer(
            self.lab
                .run([ROTATOR, "rotate-units", question, &request].into_iter().chain(words.iter().copied())),
        )
    }

    /// Who holds the former generation.
    pub fn holders(&self) -> Value {
        self.ask("holders", &[])
    }

    /// The names of the units that hold it.
    pub fn units(&self) -> Vec<String> {
        let said = self.holders();
        assert!(said["systemd"].is_null(), "systemd did not say what runs: {said:#}");
        let name = |unit: &Value| unit["name"].as_str().expect("a name").to_owned();
        said["units"].as_array().expect("a list").iter().map(name).collect()
    }

    /// What became of the one unit that was restarted.
    #[track_caller]
    pub fn restart(&self, unit: &str) -> Value {
        let said = self.ask("restart", &[unit]);
        said["results"][0].clone()
    }
}

/// The rotator's answer to a question that needs no file, as a user.
pub fn ask_as(lab: &Lab, user: &str, question: &str, unit: &str) -> Value {
    answer(lab.run(["runuser", "-u", user, "--", ROTATOR, "rotate-units", question, unit]))
}

fn without_bus(lab: &Lab, words: &[&str]) -> Value {
    let script =
        format!("mount -t tmpfs tmpfs /run/dbus && exec runuser -u {USER} -- {ROTATOR} rotate-units \"$@\"");
    let start = ["unshare", "--mount", "sh", "-ec", &script, "without-bus"];
    answer(lab.run(start.into_iter().chain(words.iter().copied())))
}

#[track_caller]
fn answer(ran: Ran) -> Value {
    let said = ran.ok();
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("no JSON: {said}"))
}

/// A unit with any lines, root's own.
pub fn install(lab: &Lab, name: &str, service: &str) {
    lab.write(&format!("/etc/systemd/system/{name}"), format!("[Service]\n{service}\n"), 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
}

/// A rotation of a file that no unit names: what is looked at is the units alone.
pub fn of_nothing(lab: &'static Lab, name: &str) -> Rotation {
    Rotation::owned(lab, &format!("/srv/{name}/nothing.env"), "A=1\n", "root").swap()
}

/// A unit of a shell script.
pub fn script(lab: &'static Lab, name: &str, lines: &str, script: &str) -> Unit {
    install(lab, name, &format!("{lines}\nExecStart=/bin/sh -c '{script}'"));
    Unit::named(lab, name).started()
}

#[track_caller]
pub fn assert_verdict(said: &Value, verdict: &str) {
    assert!(said["verdict"].as_str().is_some_and(|word| word.contains(verdict)), "{said:#}");
}

#[track_caller]
pub fn assert_fault(said: &Value, fault: &str, text: &str) {
    assert_eq!(said["fault"], fault, "{said:#}");
    assert!(said["said"].as_str().is_some_and(|word| word.contains(text)), "{said:#}");
}
