//! What is asked for, the same for every verb that looks at a launch.

use std::ffi::OsString;
use std::path::PathBuf;

use super::env_file::Dialect;
use super::secure_file::Trust;
use super::staged::StagedFile;

/// The command line, or a unit that is looked at as if it were one.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// `-m`.
    pub mode: String,
    /// `-c`.
    pub config: Option<PathBuf>,
    /// `-i`.
    pub instance: Option<String>,
    /// `-e`, in order: paths, or `credential:NAME`.
    pub env_files: Vec<PathBuf>,
    /// `--dialect`, for files whose dialect the config does not name.
    pub dialect: Option<Dialect>,
    /// `--config-variable`.
    pub config_variable: Option<String>,
    /// `--set NAME=VALUE`, in order.
    pub settings: Vec<(String, String)>,
    /// What stands behind `--`.
    pub command: Vec<OsString>,
    /// Whether a launch is asked for, and how it is confirmed.
    pub confirming: Confirming,
    /// For whom the verb looks.
    pub acting_for: ActingFor,
    /// What the unit that is looked at from outside loads as credentials.
    pub unit_credentials: UnitCredentials,
    /// What stands for an env file until it is promoted; nothing in a launch.
    pub staged: Vec<StagedFile>,
}

impl Inputs {
    /// A look at a mode that names nothing else yet.
    #[must_use]
    pub fn look(mode: &str, acting_for: ActingFor) -> Self {
        Self {
            mode: mode.to_owned(),
            config: None,
            instance: None,
            env_files: Vec::new(),
            dialect: None,
            config_variable: None,
            settings: Vec::new(),
            command: Vec::new(),
            confirming: Confirming::Look,
            acting_for,
            unit_credentials: UnitCredentials::default(),
            staged: Vec::new(),
        }
    }
}

/// Whether a launch is asked for, and how it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirming {
    /// Nothing is launched: there is nothing to confirm.
    Look,
    /// A command is run in the environment of the worker, by its user, and its end waited for: nothing is launched.
    Run,
    /// A launch.
    Launch {
        /// `--confirm`.
        confirm: Option<String>,
        /// The reason behind `--break-glass`.
        break_glass: Option<String>,
        /// `--allow-second`.
        allow_second: bool,
    },
}

/// The credentials of a unit that is looked at from outside: none of them is mounted yet.
#[derive(Clone, Debug, Default)]
pub struct UnitCredentials {
    /// `LoadCredential=`: names, and the files that they are read from.
    pub sources: Vec<(String, PathBuf)>,
    /// Names that only the unit itself can read: encrypted ones.
    pub unreadable: Vec<String>,
}

/// Whose files the inputs may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActingFor {
    /// The caller's own, or root's: every launch.
    Caller,
    /// Root looks for this user.
    User(u32),
    /// A look at a unit of this user, from outside it.
    Unit {
        /// `User=` of the unit.
        user: u32,
        /// Whether the unit has `RuntimeDirectory=`, for the rendered config.
        has_runtime_directory: bool,
    },
    /// Root looks for whoever owns the env files.
    FileOwner,
}

impl ActingFor {
    /// The user who was named; none for the caller, or whoever owns the files.
    #[must_use]
    pub fn named(self) -> Option<u32> {
        match self {
            Self::User(user) | Self::Unit { user, .. } => Some(user),
            Self::Caller | Self::FileOwner => None,
        }
    }

    /// As whom the worker runs, where `file_owner` owns the first env file.
    #[must_use]
    pub fn worker(self, caller: u32, file_owner: u32) -> u32 {
        let owner = if self == Self::FileOwner { file_owner } else { caller };
        self.named().unwrap_or(owner)
    }

    /// Whose links lead to an env file.
    #[must_use]
    pub fn trust(self, caller: u32) -> Trust {
        match self {
            Self::FileOwner => Trust::FileOwner,
            _ => Trust::Users(vec![self.named().unwrap_or(caller)]),
        }
    }
}
