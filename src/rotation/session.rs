//! What every step of a rotation needs, opened before anything is changed: a trail that cannot be written or a key
//! that cannot be read stops a rotation at its beginning.

use nix::unistd::Uid;

use super::record::{Record, Signed};
use super::store::Store;
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings};
use crate::fingerprint::HostKey;
use crate::kept::Places;
use crate::load::user;
use crate::moment::Moment;
use crate::trail::{self, Action, Actor, Generations, Outcome, Trail, UnitOutcome};

/// Why a step was not done.
#[derive(Debug)]
pub enum Stopped {
    /// Gates refused; the findings say why.
    Refused(Findings),
    /// The system refused.
    Failed(Error),
}

impl Stopped {
    /// The status with which the program ends.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Refused(findings) => findings.status().unwrap_or(Status::Software),
            Self::Failed(error) => error.exit_status(),
        }
    }

    /// Stops where one of the findings refuses; else they come back.
    pub fn unless_fine(findings: Findings) -> Result<Findings, Self> {
        if findings.status().is_some() { Err(Self::Refused(findings)) } else { Ok(findings) }
    }
}

impl From<Finding> for Stopped {
    fn from(finding: Finding) -> Self {
        Self::Refused(Findings::from_iter([finding]))
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// One run of a verb.
#[derive(Debug)]
pub struct Session<'a> {
    /// Who runs it.
    pub caller: &'a Caller,
    /// Where things are kept.
    pub places: Places,
    /// The open rotations.
    pub store: Store,
    /// What fingerprints are keyed with.
    pub key: HostKey,
    trail: Trail,
    actor: Actor,
}

impl<'a> Session<'a> {
    /// Opens everything.
    pub fn open(caller: &'a Caller) -> Result<Self, Error> {
        let places = Places::of(caller)?;
        let trail = Trail::open(&places, caller)?;
        trail.probe()?;
        let store = Store::open(&places)?;
        let key = HostKey::open(&places)?;
        Ok(Self { caller, places, store, key, trail, actor: Actor::of(caller) })
    }

    /// Who did something now.
    #[must_use]
    pub fn sign(&self) -> Signed {
        Signed { at: Moment::now().to_string(), actor: self.actor.clone() }
    }

    /// The person in one word, for the record above a variable: who asked for root, the login's user, or the user.
    #[must_use]
    pub fn by(&self) -> String {
        let is_word = |name: &String| {
            !name.is_empty()
                && name.len() <= 64
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        let login = || self.actor.loginuid.map(user::name_of);
        let own = || user::name_of(Uid::current().as_raw());
        self.actor.sudo_user.clone().filter(is_word).or_else(|| login().filter(is_word)).unwrap_or_else(own)
    }

    /// Puts a step into the trail. It was done, so that a trail which cannot be written is said and undoes nothing.
    pub fn note(
        &self,
        record: &Record,
        action: Action,
        outcome: Outcome,
        units: Vec<UnitOutcome>,
    ) -> Result<(), Error> {
        let (before, after) = match action {
            Action::Rollback => (record.staged(), record.base()),
            _ => (record.base(), record.staged()),
        };
        let noted = trail::Record {
            files: record.paths(),
            variables: record.names(),
            mode: record.mode(),
            class: record.class(),
            instances: record.instances(),
            generation: Generations {
                before: Some(before),
                after: Some(after).filter(|words| !words.is_empty()),
            },
            units,
            reason: record.reason.clone(),
            ..trail::Record::new(action, outcome)
        };
        self.trail.append(&noted).map(drop)
    }
}
