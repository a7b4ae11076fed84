//! Why a unit does not run on the next generation.

use std::fmt;

use crate::error::Error;
use crate::systemd::control::UnitState;

/// Somebody wants to stop waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// What went wrong with one unit.
#[derive(Debug)]
pub enum Fault {
    /// There is no such unit.
    NoSuchUnit,
    /// It does not run, so a restart would start it.
    NotRunning {
        /// What it is.
        state: String,
    },
    /// We may not restart it, and what systemd says.
    NotAllowed {
        /// systemd's words.
        said: String,
    },
    /// Its job failed: it was asked to stop and to start again.
    Failed {
        /// systemd's words.
        said: String,
        /// What it is now.
        state: String,
    },
    /// It was started, and is no longer what it was then.
    DidNotStay {
        /// What changed.
        what: String,
        /// What it is now.
        state: String,
    },
    /// The process that was started says that it has the former generation.
    HoldsFormer {
        /// The process.
        pid: u32,
    },
    /// It cannot be reloaded, or says that a reload failed.
    NotReloaded {
        /// Why not.
        why: String,
    },
    /// Nobody waited any longer: systemd goes on with what was asked of it.
    Interrupted,
    /// systemd did not answer, or the system failed: what the unit runs on is not known.
    Unanswered(Error),
}

impl Fault {
    pub(super) fn did_not_stay(what: impl Into<String>, state: &UnitState) -> Self {
        Self::DidNotStay { what: what.into(), state: state.in_words() }
    }
}

/// What is wrong, without the unit's name: the caller has it.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchUnit => formatter.write_str("there is no such unit"),
            Self::NotRunning { state } => write!(formatter, "it does not run: it is {state}"),
            Self::NotAllowed { said } => {
                write!(formatter, "you may not restart it: {said} (as root, or by a rule of polkit's)")
            }
            Self::Failed { said, state } => write!(formatter, "it is {state}: {said}"),
            Self::DidNotStay { what, state } => write!(formatter, "{what}; it is {state}"),
            Self::HoldsFormer { pid } => {
                write!(formatter, "its process {pid} was launched with the former generation")
            }
            Self::NotReloaded { why } => write!(formatter, "it was not reloaded: {why}"),
            Self::Interrupted => {
                formatter.write_str("interrupted: systemd goes on with what was asked of it")
            }
            Self::Unanswered(error) => error.fmt(formatter),
        }
    }
}

impl From<Interrupted> for Fault {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Unanswered(error)
    }
}
