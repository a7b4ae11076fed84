//! The builder that every scenario is written with: a private folder, the inputs in it, one run of the real
//! program, and what came of it.
#![allow(dead_code, reason = "each test program uses its part of the builder")]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub mod reachable;
pub mod terminal;

/// The program under test.
pub const ENVGATE: &str = env!("CARGO_BIN_EXE_envgate");

/// A launch to be tried: files are made as they are named, and `run` starts the program once.
pub struct Scenario {
    folder: TempDir,
    last_file: Option<PathBuf>,
    verb: &'static str,
    arguments: Vec<OsString>,
    command: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    user: Option<u32>,
    confirms: bool,
}

impl Scenario {
    /// An empty folder, 0700.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("envgate-test-").tempdir().expect("a temporary folder");
        Self {
            folder,
            last_file: None,
            verb: "exec",
            arguments: Vec::new(),
            command: Vec::new(),
            environment: Vec::new(),
            user: None,
            confirms: true,
        }
    }

    /// The scenario's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Any file, 0644.
    pub fn file(mut self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, contents).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        self.last_file = Some(path);
        self
    }

    /// An env file, 0600, named with `-e`.
    pub fn env_file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        self.file(name, contents).mode(0o600).argument("-e").argument(path)
    }

    /// An env file, 0600, that only the config names.
    pub fn configured_env_file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.file(name, contents).mode(0o600)
    }

    /// A runtime config, named with `-c`.
    pub fn config(self, contents: impl AsRef<[u8]>) -> Self {
        self.config_named("config.yml", contents)
    }

    /// A runtime config of this name.
    pub fn config_named(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        let path = self.path(name);
        self.file(name, contents).argument("-c").argument(path)
    }

    /// Permission bits of the file made last.
    pub fn mode(self, mode: u32) -> Self {
        let path = self.last_file.as_ref().expect("a file before its mode");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
        self
    }

    /// `check` instead of `exec`.
    pub fn check(mut self) -> Self {
        self.verb = "check";
        self
    }

    /// Another verb instead of `exec`.
    pub fn verb(mut self, verb: &'static str) -> Self {
        self.verb = verb;
        self
    }

    /// Leaves a live launch unconfirmed.
    pub fn unconfirmed(mut self) -> Self {
        self.confirms = false;
        self
    }

    /// One more argument before `--`.
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// The worker's command, behind `--`.
    pub fn command<I: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = I>) -> Self {
        self.command = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self
    }

    /// A shell script as the worker.
    pub fn shell(self, script: &str) -> Self {
        self.command(["/bin/sh", "-c", script])
    }

    /// A variable of the caller's environment, which is empty otherwise.
    pub fn caller_variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs as this user, who gets the folder and all in it (needs root).
    pub fn as_user(mut self, user: u32) -> Self {
        let status =
            Command::new("chown").arg("-hR").arg(format!("{user}:{user}")).arg(self.folder()).status();
        assert!(status.expect("chown").success());
        self.user = Some(user);
        self
    }

    /// The command that `run` starts, for tests that start it themselves.
    pub fn prepared(&self, mode: &str) -> Command {
        let mut command =
            Command::new(if self.user.is_some() { reachable::program() } else { ENVGATE.as_ref() });
        command.arg(self.verb);
        // A verb that takes no mode is run with none.
        if !mode.is_empty() {
            command.args(["-m", mode]);
        }
        command.args(&self.arguments);
        // Without a terminal a live launch is confirmed by saying the mode twice.
        if self.confirms && self.verb == "exec" && ["live", "prod", "production", "soak"].contains(&mode) {
            command.args(["--confirm", mode]);
        }
        if !self.command.is_empty() {
            command.arg("--").args(&self.command);
        }
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder()).stdin(Stdio::null());
        if let Some(user) = self.user {
            std::os::unix::process::CommandExt::uid(&mut command, user);
            std::os::unix::process::CommandExt::gid(&mut command, user);
        }
        command
    }

    /// Another verb with these words, started in the folder.
    pub fn asked<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Command {
        let mut command =
            Command::new(if self.user.is_some() { reachable::program() } else { ENVGATE.as_ref() });
        command.args(words).env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder()).stdin(Stdio::null());
        if let Some(user) = self.user {
            std::os::unix::process::CommandExt::uid(&mut command, user);
            std::os::unix::process::CommandExt::gid(&mut command, user);
        }
        command
    }

    /// Runs another verb with these words.
    pub fn ask<I: AsRef<OsStr>>(self, words: impl IntoIterator<Item = I>) -> Outcome {
        let output = self.asked(words).output().expect("the program starts");
        Outcome { output, scenario: self }
    }

    /// Runs it as root, whoever owns the folder.
    pub fn run_as_root(mut self, mode: &str) -> Outcome {
        self.user = None;
        self.run(mode)
    }

    /// Runs it as this user, whoever owns the folder.
    pub fn run_as(mut self, user: u32, mode: &str) -> Outcome {
        self.user = Some(user);
        self.run(mode)
    }

    /// Runs the program in this mode.
    pub fn run(self, mode: &str) -> Outcome {
        let output = self.prepared(mode).output().expect("the program starts");
        Outcome { output, scenario: self }
    }
}

/// What came of a run. The folder lives as long as this does.
pub struct Outcome {
    pub output: Output,
    pub scenario: Scenario,
}

impl Outcome {
    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The exit status.
    pub fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The worker ran and ended well.
    #[track_caller]
    pub fn launched(self) -> Self {
        assert_eq!(self.status(), Some(0), "not launched\n{}", self.stderr());
        self
    }

    /// The worker printed exactly this.
    #[track_caller]
    pub fn printed(self, expected: &str) -> Self {
        assert_eq!(self.stdout(), expected, "{}", self.stderr());
        self
    }

    /// Nothing was started, with this status and a finding of this gate.
    #[track_caller]
    pub fn refused(self, status: i32, gate: &str) -> Self {
        assert_eq!(self.status(), Some(status), "{}{}", self.stdout(), self.stderr());
        self.found(&format!("refused [{gate}]"))
    }

    /// The worker started, with a warning of this gate.
    #[track_caller]
    pub fn warned(self, gate: &str) -> Self {
        self.launched().found(&format!("warning [{gate}]"))
    }

    /// The program said this.
    #[track_caller]
    pub fn found(self, text: &str) -> Self {
        let said = self.stdout() + &self.stderr();
        assert!(said.contains(text), "no {text:?} in:\n{said}");
        self
    }

    /// It ended with this status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status(), Some(status), "{}{}", self.stdout(), self.stderr());
        self
    }

    /// Neither stream holds this.
    #[track_caller]
    pub fn hides(self, secret: &str) -> Self {
        let said = self.stdout() + &self.stderr();
        assert!(!said.contains(secret), "{secret:?} leaked:\n{said}");
        self
    }
}
