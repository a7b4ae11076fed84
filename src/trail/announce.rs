//! The same record in the journal, with its hash, and the comparison of both: a trail whose end was cut off is a
//! whole chain, and the journal still has the rest.

use std::path::Path;

use super::hash::Hash;
use super::record::{Outcome, Stamped};
use super::verify::Verdict;
use crate::error::Error;
use crate::kept::Places;
use crate::name::Name;
use crate::systemd::journal::{self, Event, Priority};
use crate::systemd::records::{self, JournalRecord};
use crate::text::{shown, shown_path};

/// `MESSAGE_ID=` of a record of the trail.
pub const MESSAGE: &str = "3f6a1c9e5d7b4e08a2c4f1d80b96e573";

const HASH: &str = "ENVGATE_AUDIT_HASH";
const FILE: &str = "ENVGATE_AUDIT_FILE";
const TIME: &str = "ENVGATE_AUDIT_TIME";

/// Sends a record that is in the trail.
pub(super) fn announce(stamped: &Stamped<'_>, line: &[u8], hash: Hash, path: &Path) {
    let record = stamped.record;
    let priority = match record.outcome {
        Outcome::Done => Priority::Notice,
        Outcome::Failed => Priority::Warning,
    };
    let outcome = if record.outcome == Outcome::Done { "" } else { " failed" };
    let names: Vec<&str> = record.variables.iter().map(Name::as_str).collect();
    let message = format!("envgate recorded: {}{outcome} {}", record.action.as_str(), names.join(" "));
    let mut event = Event::new(MESSAGE, priority, message.trim_end());
    event.add("ENVGATE_VERSION", env!("CARGO_PKG_VERSION"));
    event.add(HASH, &hash.to_string());
    event.add("ENVGATE_AUDIT_PREVIOUS", &stamped.previous.to_string());
    event.add(FILE, &shown_path(path));
    event.add(TIME, &stamped.time);
    event.add("ENVGATE_AUDIT_RECORD", String::from_utf8_lossy(line).trim_end());
    event.add("ENVGATE_ACTION", record.action.as_str());
    if let Some(mode) = &record.mode {
        event.add("ENVGATE_MODE", mode.as_str());
    }
    if let Some(class) = record.class {
        event.add("ENVGATE_CLASS", class.as_str());
    }
    for file in &record.files {
        event.add("ENVGATE_ENV_FILE", &shown_path(file));
    }
    if let Some(reason) = &record.reason {
        event.add("ENVGATE_REASON", &shown(reason));
    }
    journal::send_patiently(&event);
}

/// What the journal has of a trail.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Records of this trail in the journal.
    pub records: usize,
    /// When those were written that the trail lacks, as the journal has it; oldest first.
    pub lacking: Vec<String>,
}

/// Records of a journal that was read, and of which the trail must have all.
#[derive(Debug)]
pub struct Journal(Vec<(Option<Hash>, String)>);

impl Journal {
    /// Reads the records of this trail. To be read before the trail is: what is appended meanwhile is in the trail
    /// first.
    pub fn read(places: &Places) -> Result<Self, Error> {
        let found = records::of_message(MESSAGE, places.uid(), &[HASH, FILE, TIME])?;
        Ok(Self::of(&found, &super::path(places)))
    }

    fn of(found: &[JournalRecord], path: &Path) -> Self {
        let path = shown_path(path);
        let own = found.iter().filter(|record| record.field(FILE) == Some(&path));
        let parts = |record: &JournalRecord| {
            let hash = record.field(HASH).and_then(|hash| Hash::parse(hash.as_bytes()));
            (hash, record.field(TIME).unwrap_or_default().to_owned())
        };
        Self(own.map(parts).collect())
    }

    /// Which of them the trail lacks.
    #[must_use]
    pub fn compare(&self, trail: &Verdict) -> Compared {
        let lacking = self.0.iter().filter(|(hash, _)| hash.is_none_or(|hash| !trail.has(hash)));
        Compared { records: self.0.len(), lacking: lacking.map(|(_, time)| time.clone()).collect() }
    }
}
