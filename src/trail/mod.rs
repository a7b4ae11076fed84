//! The audit trail: one record a line, each with the hash of the one before, so that what is changed, taken out or
//! moved shows. There is one writer, [`Trail::append`].
//!
//! A chain alone cannot see that its end was cut off: each record goes to the journal as well, with its hash.

mod actor;
mod announce;
mod chain;
mod file;
mod hash;
mod record;
mod verify;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use actor::Actor;
pub use announce::{Compared, Journal, MESSAGE};
pub use file::{Reading, read};
pub use hash::Hash;
pub use record::{Action, Generations, Outcome, Record, UnitOutcome};
pub use verify::{Fault, FaultKind, Verdict, verify};

use crate::caller::Caller;
use crate::error::Error;
use crate::kept::Places;
use crate::load::secure_file::Directory;

/// The trail's name in its folder.
const NAME: &str = "audit.jsonl";

/// Where the trail of this user is.
#[must_use]
pub fn path(places: &Places) -> PathBuf {
    places.trail().join(NAME)
}

/// The trail, for who appends to it.
#[derive(Debug)]
pub struct Trail {
    places: Places,
    directory: Directory,
    path: PathBuf,
    actor: Actor,
    host: String,
}

impl Trail {
    /// Opens the trail's folder, and makes it at first use.
    pub fn open(places: &Places, caller: &Caller) -> Result<Self, Error> {
        let directory = places.open_trail()?;
        let host = nix::unistd::gethostname().map_err(|errno| Error::system("get the host's name", errno))?;
        Ok(Self {
            path: path(places),
            places: places.clone(),
            directory,
            actor: Actor::of(caller),
            host: host.to_string_lossy().into_owned(),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finds out whether a record could be written now, for who is about to do what has to be recorded.
    pub fn probe(&self) -> Result<(), Error> {
        file::open_to_append(&self.directory, &self.path, &self.places)?.last_hash().map(drop)
    }

    /// Puts a record behind all others, on the disk and then into the journal. On an error the trail has no more
    /// than a torn line, which the next record leaves behind.
    pub fn append(&self, record: &Record) -> Result<Hash, Error> {
        let mut file = file::open_to_append(&self.directory, &self.path, &self.places)?;
        let previous = file.last_hash()?;
        // Under the lock, so that the times are in the order of the lines.
        let stamped = record.stamped(SystemTime::now(), &self.host, &self.actor, previous);
        let (line, hash) = stamped.sealed().map_err(|_| self.too_long())?;
        if line.len() > chain::MAX_LINE {
            return Err(self.too_long());
        }
        file.append(&line)?;
        announce::announce(&stamped, &line, hash, &self.path);
        Ok(hash)
    }

    fn too_long(&self) -> Error {
        Error::system_at("write a record of more than 128 KiB", &self.path, nix::errno::Errno::EMSGSIZE)
    }
}
