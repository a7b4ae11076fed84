//! What the caller hands over without saying so: environment, identity, terminal, supervisor.
//!
//! One snapshot, taken once. Nothing in it chooses a mode, a file or a gate; a few names of it are let through
//! to the worker, and each use names its reason.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;

use nix::unistd::{Pid, Uid};

use crate::systemd::supervisor::{self, Supervisor};

/// The snapshot.
#[derive(Debug)]
pub struct Caller {
    environment: Vec<(OsString, OsString)>,
    /// The effective user.
    pub uid: Uid,
    /// Our process, which becomes the worker's.
    pub pid: Pid,
    /// systemd, where it started us and not merely somebody above us.
    pub supervisor: Option<Supervisor>,
    /// Whether a person's terminal is on standard input.
    pub stdin_is_terminal: bool,
}

impl Caller {
    /// Takes the snapshot.
    #[must_use]
    pub fn snapshot() -> Self {
        #[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let environment: Vec<_> = std::env::vars_os().collect();
        let pid = Pid::this();
        let supervisor = lookup(&environment, "SYSTEMD_EXEC_PID")
            .filter(|value| value.to_str() == Some(pid.to_string().as_str()))
            .and_then(|_| supervisor::detect());
        Self {
            environment,
            uid: Uid::effective(),
            pid,
            supervisor,
            stdin_is_terminal: std::io::stdin().is_terminal(),
        }
    }

    /// The same caller, as one whom neither systemd nor a terminal started: for a command that is run beside the
    /// worker. What systemd set for us, or our terminal, is not the worker's.
    #[must_use]
    pub fn beside_the_worker(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            uid: self.uid,
            pid: self.pid,
            supervisor: None,
            stdin_is_terminal: false,
        }
    }

    /// The value of one of the caller's variables. Each call has its reason in sight: what comes from here is
    /// chosen by whoever started us.
    #[must_use]
    pub fn inherited(&self, name: &str) -> Option<&OsStr> {
        lookup(&self.environment, name)
    }

    /// The caller's variables, for `pass: ["LC_*"]`.
    pub fn environment(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.environment.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// A variable that systemd sets for a service; none where systemd did not start us.
    #[must_use]
    pub fn from_systemd(&self, name: &str) -> Option<&OsStr> {
        self.supervisor.as_ref().and_then(|_| self.inherited(name))
    }

    /// `$CREDENTIALS_DIRECTORY`. A name only: whoever reads from it proves that it is systemd's.
    #[must_use]
    pub fn credentials_directory(&self) -> Option<PathBuf> {
        self.inherited("CREDENTIALS_DIRECTORY").map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

fn lookup<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}
