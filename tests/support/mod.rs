//! The builder that every scenario is written with: a private folder, the inputs in it, one run of the real
//! program, and what came of it.
#![allow(dead_code, reason = "each test program uses its part of the builder")]

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use nix::sys::resource::{Resource, setrlimit};
use tempfile::TempDir;

mod outcome;
pub mod process;
pub mod pseudo_terminal;
pub mod reachable;
pub mod terminal;

pub use outcome::Outcome;

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
    processor_seconds: Option<u64>,
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
            processor_seconds: None,
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

    /// The file made last was changed so many days ago. A minute more, so that a slow machine counts the same days.
    pub fn changed_days_ago(self, days: u64) -> Self {
        let path = self.last_file.as_ref().expect("a file before its age");
        let changed = SystemTime::now() - Duration::from_secs(days * 86_400 + 60);
        let file = fs::File::options().write(true).open(path).expect("the file");
        file.set_times(fs::FileTimes::new().set_modified(changed)).expect("a time");
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

    /// Ends it with a signal where it computes for longer: on a busy machine a clock says nothing of the program.
    pub fn within_processor_seconds(mut self, seconds: u64) -> Self {
        self.processor_seconds = Some(seconds);
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
        self.circumstances(&mut command);
        command
    }

    /// Another verb with these words, started in the folder.
    pub fn asked<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Command {
        let mut command =
            Command::new(if self.user.is_some() { reachable::program() } else { ENVGATE.as_ref() });
        command.args(words);
        self.circumstances(&mut command);
        command
    }

    /// What a program of the scenario is started with, beside its words.
    fn circumstances(&self, command: &mut Command) {
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder()).stdin(Stdio::null());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        if let Some(seconds) = self.processor_seconds {
            #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
            // SAFETY: one system call.
            unsafe {
                command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_CPU, seconds, seconds)?));
            }
        }
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
