//! The values that were retired on this host, as keyed fingerprints: none of them comes back by mistake.

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag, openat};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::record::{Record, SCHEMA};
use crate::error::Error;
use crate::fingerprint::Fingerprint;
use crate::kept::{Places, open_error};
use crate::load::secure_file::{FileSystem, OpenFault, Trust};
use crate::moment::Moment;
use crate::secure_write::write_durably;
use crate::written::write_error;

const NAME: &str = "retired.json";
/// Some tens of thousands of values.
const MAX: usize = 16 << 20;

/// All of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Retired {
    schema: u32,
    values: Vec<Value>,
}

/// A value that was replaced and closed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Value {
    fingerprint: Fingerprint,
    /// The variable that had it.
    pub(super) name: String,
    /// When it was retired; RFC 3339, in UTC.
    pub(super) at: String,
}

impl Retired {
    /// Reads them.
    pub(super) fn read(places: &Places) -> Result<Self, Error> {
        let path = places.state().join(NAME);
        let unreadable = || Error::Unsafe {
            path: path.clone(),
            what: "is not the list of retired values that this version reads",
            mend: "restore it from a backup, or move it aside: then no earlier value is recognised",
        };
        let opened = match FileSystem::new().open(&path, &Trust::Users(vec![places.uid()]), MAX) {
            Ok(opened) => opened,
            Err(OpenFault::Missing { .. }) => return Ok(Self { schema: SCHEMA, values: Vec::new() }),
            Err(fault) => return Err(open_error(fault, &path)),
        };
        let contents = opened.contents.filter(|_| opened.facts.uid == places.uid()).ok_or_else(unreadable)?;
        let retired: Self = serde_json::from_slice(&contents).map_err(|_| unreadable())?;
        if retired.schema == SCHEMA { Ok(retired) } else { Err(unreadable()) }
    }

    /// The retired value that this one is.
    #[must_use]
    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<&Value> {
        self.values.iter().find(|value| value.fingerprint == *fingerprint)
    }

    /// Retires the values that a rotation has replaced. Those that are there already stay as they are, so that it may
    /// be done again.
    pub(super) fn retire(places: &Places, record: &Record) -> Result<(), Error> {
        let state = places.open_state()?;
        let path = places.state().join(NAME);
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let descriptor = openat(state.descriptor(), ".", flags, Mode::empty())
            .map_err(|errno| Error::system_at("open the folder", places.state(), errno))?;
        // Held by others for no longer than this takes.
        let _lock = Flock::lock(descriptor, FlockArg::LockExclusive)
            .map_err(|(_, errno)| Error::system_at("lock the folder", places.state(), errno))?;
        let mut retired = Self::read(places)?;
        let at = Moment::now().to_string();
        for file in &record.files {
            for name in file.names.iter().filter(|name| !file.plain.contains(name)) {
                let Some(fingerprint) = file.base_values.get(name) else { continue };
                if retired.find(fingerprint).is_none() {
                    let (fingerprint, name, at) = (fingerprint.clone(), name.clone(), at.clone());
                    retired.values.push(Value { fingerprint, name, at });
                }
            }
        }
        let text = serde_json::to_vec_pretty(&retired)
            .map_err(|_| Error::system_at("write the retired values", &path, Errno::EINVAL))?;
        write_durably(&state, NAME.as_ref(), &text, Mode::S_IRUSR | Mode::S_IWUSR)
            .map_err(|fault| write_error(fault, &path))
    }
}
