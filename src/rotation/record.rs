//! What is remembered of an open rotation: what was asked for, the files and the units. It is written ahead of each
//! step; no value is in it, and of a value no more than its keyed fingerprint.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::phase::Phase;
use super::sides::{Which, previous_name, staged_name};
use super::swapped::SinceBoot;
use crate::fingerprint::Fingerprint;
use crate::load::env_file::Dialect;
use crate::mode::{Class, Instance, ModeName};
use crate::name::Name;
use crate::trail::Actor;

/// Counts up when a field changes its meaning or goes.
pub(super) const SCHEMA: u32 = 1;

/// One env file of the rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it is, all links resolved.
    pub path: PathBuf,
    /// Whether it is in systemd's dialect.
    pub is_systemds_dialect: bool,
    /// The variables of it that get new values.
    pub names: Vec<String>,
    /// Those among them that are declared to be no secrets: a switch may go to and fro.
    #[serde(default)]
    pub plain: Vec<String>,
    /// The word of the content that the rotation began with (see [`crate::generation`]).
    pub base: String,
    /// The word of the staged content; empty before it is there.
    pub staged: String,
    /// What the values were recognised by that it began with.
    pub base_values: BTreeMap<String, Fingerprint>,
    /// What the staged values are recognised by.
    pub staged_values: BTreeMap<String, Fingerprint>,
}

impl FileRecord {
    /// The file, and what may lie beside it: `F`, `F.staged`, `F.previous`.
    #[must_use]
    pub fn paths(&self) -> [PathBuf; 3] {
        [Which::Current, Which::Staged, Which::Previous].map(|which| self.path_of(which))
    }

    /// One of the three.
    pub(super) fn path_of(&self, which: Which) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default();
        match which {
            Which::Current => self.path.clone(),
            Which::Staged => self.path.with_file_name(staged_name(name)),
            Which::Previous => self.path.with_file_name(previous_name(name)),
        }
    }

    /// How it is read.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        if self.is_systemds_dialect { Dialect::Systemd } else { Dialect::Portable }
    }
}

/// A unit that this rotation restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// Its full name.
    pub unit: String,
    /// How far it is.
    pub step: UnitStep,
    /// What is to be said of it, where it is not as it should be.
    pub said: String,
}

impl UnitRecord {
    /// One of which nothing was asked yet.
    #[must_use]
    pub fn waiting(unit: String) -> Self {
        Self { unit, step: UnitStep::Waiting, said: String::new() }
    }
}

/// How far a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitStep {
    /// Nothing was asked of systemd yet.
    Waiting,
    /// A restart was asked for, or is being: written ahead of it.
    Touched,
    /// It was shown to run on the staged files.
    Proven,
    /// It was restarted and stayed, and whether all of it runs on the staged files cannot be known.
    Unknown,
    /// It did not come up, or did not stay.
    Failed,
    /// It was shown to run on the former files again.
    Back,
}

impl UnitStep {
    /// Whether it came up and stayed on the staged files: nothing is left to do with it.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Proven | Self::Unknown)
    }
}

/// How the units are brought to the staged files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// How long each has to stay up, in milliseconds.
    pub settle: u64,
    /// Whether they are reloaded and not restarted.
    pub is_reload: bool,
    /// What is run in the new environment, in its words.
    pub verify: Vec<String>,
}

impl Rollout {
    /// How long each has to stay up.
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::from_millis(self.settle)
    }
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// RFC 3339, in UTC.
    pub at: String,
    /// The person, as far as the host knows.
    pub actor: Actor,
}

/// An open rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Counts up when a field changes its meaning or goes.
    pub schema: u32,
    /// Its name among the open ones.
    pub id: String,
    /// How far it is.
    pub phase: Phase,
    /// What it is about.
    pub asked: Asked,
    /// What the mode risks.
    pub class: String,
    /// The env files.
    pub files: Vec<FileRecord>,
    /// The units, in the order in which they are restarted.
    pub units: Vec<UnitRecord>,
    /// How.
    pub rollout: Rollout,
    /// Who staged it.
    pub staged_by: Signed,
    /// Why.
    pub reason: Option<String>,
    /// Whether the old values are revoked already, so that there is no way back.
    pub is_compromised: bool,
    /// When the files were swapped, in nanoseconds since 1970; 0 before.
    pub promoted_at: u64,
    /// The same by a clock that nobody sets.
    #[serde(default)]
    pub promoted_since_boot: Option<SinceBoot>,
}

impl Record {
    /// The variables of all files, each once.
    #[must_use]
    pub fn names(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for text in self.files.iter().flat_map(|file| &file.names) {
            if let Ok(name) = Name::parse(text.as_bytes())
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
        names
    }

    /// The env files' paths.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }

    /// Whether it is about this file.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// When the files were swapped, in nanoseconds since 1970 by today's clock.
    #[must_use]
    pub fn swapped(&self) -> i128 {
        let by_todays_clock = self.promoted_since_boot.as_ref().and_then(SinceBoot::by_todays_clock);
        by_todays_clock.unwrap_or(i128::from(self.promoted_at))
    }

    /// What its mode risks.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        Class::parse(&self.class)
    }

    /// Its mode.
    #[must_use]
    pub fn mode(&self) -> Option<ModeName> {
        ModeName::parse(&self.asked.mode)
    }

    /// The workers' instances.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance> {
        self.asked.instances.iter().filter_map(|text| Instance::parse(text)).collect()
    }

    /// Whether something follows the swap before it counts as promoted: units to restart, a command that verifies.
    #[must_use]
    pub fn has_rollout(&self) -> bool {
        !self.units.is_empty() || !self.rollout.verify.is_empty()
    }

    /// The words of the files before, joined as a generation is.
    #[must_use]
    pub fn base(&self) -> String {
        joined(self.files.iter().map(|file| file.base.as_str()))
    }

    /// The words of the files after.
    #[must_use]
    pub fn staged(&self) -> String {
        joined(self.files.iter().map(|file| file.staged.as_str()))
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record of which nothing but what a test changes counts.
    pub(in crate::rotation) fn record() -> Record {
        Record {
            schema: SCHEMA,
            id: String::new(),
            phase: Phase::Staged,
            asked: Asked::default(),
            class: "live".to_owned(),
            files: Vec::new(),
            units: Vec::new(),
            rollout: Rollout::default(),
            staged_by: Signed { at: String::new(), actor: Actor { uid: 0, sudo_user: None, loginuid: None } },
            reason: None,
            is_compromised: false,
            promoted_at: 0,
            promoted_since_boot: None,
        }
    }
}
