//! Which of the open rotations is meant.

use std::path::PathBuf;

use crate::error::Status;
use crate::finding::{Finding, Gate};
use crate::rotation::{Record, Session, Step, Stopped, Transaction};

/// What an open rotation has to be about; everything that is not named fits.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// `-m`.
    pub mode: Option<String>,
    /// `-c`, absolute.
    pub config: Option<PathBuf>,
    /// `-i`.
    pub instances: Vec<String>,
    /// `-e`, absolute.
    pub env_files: Vec<PathBuf>,
    /// Variables that it is about.
    pub names: Vec<String>,
}

impl Selection {
    /// Whether a rotation is meant.
    #[must_use]
    pub fn fits(&self, record: &Record) -> bool {
        let asked = &record.asked;
        let real = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let same = |path: &PathBuf, other: &PathBuf| path == other || real(path) == real(other);
        let has_name = |name: &String| record.files.iter().any(|file| file.names.contains(name));
        self.mode.as_ref().is_none_or(|mode| *mode == asked.mode)
            && self
                .config
                .as_ref()
                .is_none_or(|config| asked.config.as_ref().is_some_and(|other| same(config, other)))
            && self.instances.iter().all(|instance| asked.instances.contains(instance))
            && self.env_files.iter().all(|file| record.holds(&real(file)))
            && self.names.iter().all(has_name)
    }

    /// The one that is meant, of those that a step is for; locked.
    pub fn take(&self, step: Step, session: &Session<'_>) -> Result<Transaction, Stopped> {
        let open = session.store.all()?;
        let fitting: Vec<&Record> = open.iter().filter(|record| self.fits(record)).collect();
        let meant: Vec<&&Record> = fitting.iter().filter(|record| record.takes(step)).collect();
        let only = match (meant.as_slice(), fitting.as_slice()) {
            ([only], _) => **only,
            // It is no step for this one, and the step itself says why.
            ([], [only]) => *only,
            ([], []) => return Err(none_is_open(!open.is_empty()).into()),
            _ => return Err(several(&fitting).into()),
        };
        let taken = session.store.take(&only.id)?;
        Ok(taken.ok_or_else(|| none_is_open(false))?)
    }
}

fn none_is_open(others: bool) -> Finding {
    let what = if others { "no open rotation is about these inputs" } else { "no rotation is open" };
    Finding::refuses(Gate::Rotation, what)
        .status(Status::NoInput)
        .why("this step goes on with what an earlier one has begun")
        .mend("envgate rotate show lists what is open; envgate rotate stage begins one")
}

fn several(records: &[&Record]) -> Finding {
    let one = |record: &&Record| {
        let names: Vec<String> = record.names().iter().map(ToString::to_string).collect();
        let launch: Vec<&str> =
            [&record.asked.mode].into_iter().chain(&record.asked.instances).map(String::as_str).collect();
        format!("{} (-m {})", names.join(", "), launch.join(" -i "))
    };
    let all: Vec<String> = records.iter().map(one).collect();
    Finding::refuses(Gate::Usage, format!("{} rotations are open: {}", records.len(), all.join("; ")))
        .why("the step is for one of them")
        .mend("say which: -c, -m, -i, -e or the variables' names")
}
