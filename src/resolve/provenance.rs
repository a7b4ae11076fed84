//! Which input a value comes from.

use std::fmt;

use crate::finding::Place;
use crate::name::Name;

/// Where a value comes from, strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A line of an env file.
    EnvFile(Place),
    /// A credential of systemd's.
    Credential(String),
    /// The caller's environment, by `from: environment`.
    CallerEnvironment,
    /// `--set`.
    Setting,
    /// `environment:` of the mode.
    ModeEnvironment,
    /// `environment:` of the block.
    BlockEnvironment,
    /// The caller's environment, by `pass:`.
    Pass,
    /// Another variable, by `fallback:`.
    Fallback(Name),
    /// `default:`.
    Default,
    /// envgate's own base, or systemd's variables.
    Base,
}

impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EnvFile(place) => {
                write!(formatter, "{}:{}", place.file.display(), place.line.unwrap_or_default())
            }
            Self::Credential(name) => write!(formatter, "credential {name}"),
            Self::CallerEnvironment => formatter.write_str("the caller's environment"),
            Self::Setting => formatter.write_str("--set"),
            Self::ModeEnvironment => formatter.write_str("environment: of the mode"),
            Self::BlockEnvironment => formatter.write_str("environment:"),
            Self::Pass => formatter.write_str("pass:"),
            Self::Fallback(name) => write!(formatter, "fallback to {name}"),
            Self::Default => formatter.write_str("default:"),
            Self::Base => formatter.write_str("envgate"),
        }
    }
}
