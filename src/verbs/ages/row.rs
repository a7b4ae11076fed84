//! What is said of one secret.

use std::path::PathBuf;

use super::state::State;
use crate::mode::{Mode, ModeName};
use crate::moment::Moment;
use crate::name::Name;
use crate::resolve::aging::{Age, Limit};

/// A secret, or a file whose secrets cannot be told.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) config: PathBuf,
    pub(super) mode: Mode,
    /// An env file, or `credential:NAME`.
    pub(super) file: PathBuf,
    pub(super) line: Option<usize>,
    /// None for a file whose variables cannot be told.
    pub(super) variable: Option<Name>,
    pub(super) state: State,
    pub(super) age: Option<Age>,
    pub(super) limit: Option<Limit>,
    /// Seconds that are left; fewer than none where it is over.
    pub(super) left: Option<i64>,
    pub(super) expires: Option<Moment>,
    /// Why it is unknown.
    pub(super) reason: Option<String>,
}

impl Row {
    /// What no two rows share.
    pub(super) fn key(&self) -> (PathBuf, ModeName, PathBuf, Option<Name>) {
        (self.config.clone(), self.mode.name().clone(), self.file.clone(), self.variable.clone())
    }
}
