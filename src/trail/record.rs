//! What a record says. No value of a variable is in it, nor a hash of one.

use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::actor::Actor;
use super::chain;
use super::hash::Hash;
use crate::mode::{Class, Instance, ModeName};
use crate::name::Name;
use crate::text::escaped_in_json;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new value was put beside the current one.
    Stage,
    /// A command was run with the staged values.
    Test,
    /// The staged file became the current one.
    Promote,
    /// Units were restarted or reloaded.
    Restart,
    /// What runs was compared with what should.
    Prove,
    /// The former file became the current one.
    Rollback,
    /// An interrupted rotation went on.
    Resume,
    /// A staged file was thrown away.
    Discard,
    /// The old key is revoked: the former file was deleted.
    Close,
}

impl Action {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Stage,
        Self::Test,
        Self::Promote,
        Self::Restart,
        Self::Prove,
        Self::Rollback,
        Self::Resume,
        Self::Discard,
        Self::Close,
    ];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Test => "test",
            Self::Promote => "promote",
            Self::Restart => "restart",
            Self::Prove => "prove",
            Self::Rollback => "rollback",
            Self::Resume => "resume",
            Self::Discard => "discard",
            Self::Close => "close",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should.
    Done,
    /// Otherwise.
    Failed,
}

/// What became of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitOutcome {
    /// The unit's full name.
    pub unit: String,
    /// In a few words.
    pub outcome: String,
}

/// The generation before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Generations {
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// One thing that was done. When, where and by whom is the trail's to say.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// What.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// The env files, by their whole paths.
    #[serde(serialize_with = "as_text")]
    pub files: Vec<PathBuf>,
    /// The names of the variables.
    #[serde(serialize_with = "as_names")]
    pub variables: Vec<Name>,
    /// The mode.
    #[serde(serialize_with = "as_mode")]
    pub mode: Option<ModeName>,
    /// What it risks.
    pub class: Option<Class>,
    /// The workers' instances.
    #[serde(serialize_with = "as_instances")]
    pub instances: Vec<Instance>,
    /// Of the files.
    pub generation: Generations,
    /// What became of each unit.
    pub units: Vec<UnitOutcome>,
    /// Why, in the words of who did it.
    pub reason: Option<String>,
}

impl Record {
    /// A record that says what and nothing else.
    #[must_use]
    pub fn new(action: Action, outcome: Outcome) -> Self {
        Self {
            action,
            outcome,
            files: Vec::new(),
            variables: Vec::new(),
            mode: None,
            class: None,
            instances: Vec::new(),
            generation: Generations::default(),
            units: Vec::new(),
            reason: None,
        }
    }

    pub(super) fn stamped<'a>(
        &'a self,
        time: SystemTime,
        host: &'a str,
        actor: &'a Actor,
        previous: Hash,
    ) -> Stamped<'a> {
        let time = humantime::format_rfc3339_millis(time).to_string();
        Stamped { time, host, actor, record: self, previous }
    }
}

fn as_text<S: Serializer>(files: &[PathBuf], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(files.iter().map(|file| file.to_string_lossy()))
}

fn as_names<S: Serializer>(names: &[Name], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(Name::as_str))
}

#[allow(clippy::ref_option, reason = "serde calls it so")]
fn as_mode<S: Serializer>(mode: &Option<ModeName>, serializer: S) -> Result<S::Ok, S::Error> {
    mode.as_ref().map(ModeName::as_str).serialize(serializer)
}

fn as_instances<S: Serializer>(instances: &[Instance], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(instances.iter().map(Instance::as_str))
}

/// A record at its place in the chain; `previous` comes last, where [`chain`] looks for it.
#[derive(Debug, Serialize)]
pub(super) struct Stamped<'a> {
    pub(super) time: String,
    pub(super) host: &'a str,
    pub(super) actor: &'a Actor,
    #[serde(flatten)]
    pub(super) record: &'a Record,
    pub(super) previous: Hash,
}

impl Stamped<'_> {
    /// The line, with its end, and the hash in it. Whatever a person wrote is on one line and harmless on a terminal.
    pub(super) fn sealed(&self) -> serde_json::Result<(Vec<u8>, Hash)> {
        Ok(chain::seal(&escaped_in_json(&serde_json::to_string(self)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_written_as_it_is_called() {
        for action in Action::ALL {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
    }

    #[test]
    fn what_a_person_wrote_stays_on_one_harmless_line_and_reads_back_as_it_was() {
        let mut record = Record::new(Action::Stage, Outcome::Done);
        let reason = "a\n\u{1b}[2J\u{9b}2J\u{202e}\u{7f}\",\"hash\":\"x\"}\0ü";
        record.reason = Some(reason.to_owned());
        let actor = Actor { uid: 0, sudo_user: None, loginuid: Some(1000) };
        let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_500);
        let (line, hash) = record.stamped(at, "h", &actor, Hash::BEGINNING).sealed().unwrap();
        let text = String::from_utf8(line).unwrap();
        assert!(!text.trim_end_matches('\n').chars().any(crate::text::is_obeyed), "{text:?}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["reason"], reason);
        assert_eq!(read["time"], "1970-01-01T00:00:01.500Z");
        assert_eq!(read["hash"], hash.to_string());
        assert_eq!(read["actor"]["loginuid"], 1000);
    }
}
