//! Whether one worker, or one unit, holds the former generation of the files: decided over what is known of it.

use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::holders::Rotated;
use crate::generation::{self, Source};
use crate::load::secure_file::{self, Kind as FileKind, ProcessFolder};
use crate::systemd::control::UnitState;
use crate::systemd::supervisor::Supervisor;
use crate::systemd::units::Unit;
use crate::workers::{Kind, Launch, Worker};

/// The kernel counts a process's start in hundredths of a second, and a file's times by a clock that lags as much.
const UNSURE: i128 = 20_000_000;

/// What says that the former generation is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The generation that the process was launched with.
    Generation,
    /// A generation of the same file that is neither the former one nor the next: it was written anew since.
    Earlier,
    /// A credential that systemd loaded from the file before the swap.
    Credential,
    /// An environment that systemd read from the file before the swap, past envgate.
    EnvironmentFile,
    /// The unit's command names the file, and it was started before the swap; its process does not say more.
    CommandLine,
}

impl Evidence {
    /// In a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generation => "its generation",
            Self::Earlier => "its generation, an earlier one",
            Self::Credential => "a credential loaded before the swap",
            Self::EnvironmentFile => "EnvironmentFile= read before the swap",
            Self::CommandLine => "its command, started before the swap",
        }
    }
}

/// What is known of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It holds it.
    Holds(Evidence),
    /// It does not.
    Not,
    /// Nobody can say, and why.
    Unknown(String),
}

/// What a path is to the files that are rotated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named<'a> {
    /// This one of them.
    File(&'a Rotated),
    /// Something else.
    Other,
    /// It may not be looked at.
    Hidden,
}

/// The files that are rotated, and when they were swapped.
pub(super) struct Files<'a> {
    files: &'a [Rotated],
    swapped: i128,
}

impl<'a> Files<'a> {
    pub(super) fn new(files: &'a [Rotated], swapped: i128) -> Self {
        Self { files, swapped }
    }

    /// Whether something that began then may have read what was there before the swap.
    pub(super) fn is_before_swap(&self, began: i128) -> bool {
        began < self.swapped.saturating_add(UNSURE)
    }

    /// What systemd itself loaded for a unit that runs.
    pub(super) fn judge_unit(&self, state: &UnitState, unit: Option<&Unit>) -> Option<Evidence> {
        if state.activated.is_some_and(|activated| !self.is_before_swap(activated)) {
            return None;
        }
        let loads = |path: &Path| matches!(self.named(path, &look_at), Named::File(_));
        let from_credential = unit.is_some_and(|unit| {
            let sources = unit.credentials.iter().chain(&unit.encrypted_credentials);
            sources.flat_map(|(_, source)| credential_paths(source)).any(|path| loads(&path))
        });
        if from_credential {
            return Some(Evidence::Credential);
        }
        // A worker of envgate's has nothing of systemd's environment but what it was let.
        let is_envgate = unit_runs_envgate(unit);
        let from_file = state.environment_files.iter().any(|path| loads(Path::new(path)));
        (from_file && !is_envgate).then_some(Evidence::EnvironmentFile)
    }

    /// What a worker holds, by its own words; for one that says none, by what its unit is made to start.
    pub(super) fn judge_worker(
        &self,
        worker: &Worker,
        state: Option<&UnitState>,
        unit: Option<&Unit>,
    ) -> Judged {
        let began = state.and_then(|state| state.activated).or(worker.process.started);
        let is_before = began.is_none_or(|began| self.is_before_swap(began));
        if let Kind::Opaque { why } = worker.kind {
            return if is_before { self.judge_opaque(&worker.launch, why) } else { Judged::Not };
        }
        let judged = self.judge_process(worker.process.pid, &worker.launch);
        if judged != Judged::Not {
            return judged;
        }
        let started = worker.process.started;
        let is_older = started.is_none_or(|started| self.is_before_swap(started));
        let sources = worker.launch.sources.as_deref().unwrap_or_default();
        let credentials: Vec<&str> = sources.iter().filter_map(credential_name).collect();
        if credentials.is_empty() || !is_older {
            return Judged::Not;
        }
        if matches!(worker.process.unit, Some(Supervisor::System { .. })) {
            self.judge_credentials(&credentials, unit)
        } else {
            Judged::Unknown("its credentials were loaded by no unit of the system's".to_owned())
        }
    }

    /// What a process holds by the words of its generation.
    pub(super) fn judge_process(&self, pid: u32, launch: &Launch) -> Judged {
        self.judge_launch(launch, &|path| look_inside(pid, path))
    }

    /// By the words of the generation alone. `look` gives the word of what is at a path today, as the worker sees it.
    fn judge_launch(&self, launch: &Launch, look: &dyn Fn(&Path) -> Result<String, Errno>) -> Judged {
        let Some(words) = &launch.generation else {
            return Judged::Unknown("its environment does not say which files".to_owned());
        };
        if self.files.iter().any(|file| words.contains(&file.former)) {
            return Judged::Holds(Evidence::Generation);
        }
        let Some(sources) = &launch.sources else {
            return Judged::Unknown("its environment does not say which files".to_owned());
        };
        let mut hidden = None;
        for (source, word) in sources.iter().zip(words) {
            let Source::File(path) = source else { continue };
            match self.named(path, look) {
                Named::File(file) if *word != file.next => return Judged::Holds(Evidence::Earlier),
                Named::File(_) | Named::Other => {}
                Named::Hidden => hidden = Some(path),
            }
        }
        match hidden {
            Some(path) if !self.files.iter().any(|file| words.contains(&file.next)) => Judged::Unknown(
                format!("its env file {} may not be looked at: ask as root", crate::text::shown_path(path)),
            ),
            _ => Judged::Not,
        }
    }

    fn judge_opaque(&self, launch: &Launch, why: &str) -> Judged {
        let sources = launch.sources.as_deref().unwrap_or_default();
        let names = |source: &Source| match source {
            Source::File(path) => matches!(self.named(path, &look_at), Named::File(_)),
            Source::Credential(_) => false,
        };
        if sources.iter().any(names) {
            return Judged::Holds(Evidence::CommandLine);
        }
        let more = if sources.is_empty() { "" } else { "; its unit's command names other files today" };
        Judged::Unknown(format!("{why}{more}"))
    }

    fn judge_credentials(&self, names: &[&str], unit: Option<&Unit>) -> Judged {
        let Some(unit) = unit else {
            return Judged::Unknown("systemd does not say where its credentials come from".to_owned());
        };
        let sources = unit.credentials.iter().chain(&unit.encrypted_credentials);
        let mut named = sources.filter(|(name, _)| names.contains(&name.as_str()));
        let is_ours = |path: PathBuf| matches!(self.named(&path, &look_at), Named::File(_));
        if named.any(|(_, source)| credential_paths(source).into_iter().any(is_ours)) {
            Judged::Holds(Evidence::Credential)
        } else {
            Judged::Not
        }
    }

    /// What is at a path today is the former file or the next one, by whatever name it goes.
    fn named(&self, path: &Path, look: &dyn Fn(&Path) -> Result<String, Errno>) -> Named<'a> {
        let is_at = |file: &&Rotated| file.location == path;
        match look(path) {
            Ok(word) => {
                let is_file = |file: &&Rotated| file.former == word || file.next == word;
                self.files.iter().find(is_file).map_or(Named::Other, Named::File)
            }
            Err(errno) => match self.files.iter().find(is_at) {
                Some(file) => Named::File(file),
                None if matches!(errno, Errno::ENOENT | Errno::ENOTDIR) => Named::Other,
                None => Named::Hidden,
            },
        }
    }
}

fn unit_runs_envgate(unit: Option<&Unit>) -> bool {
    let program = unit.and_then(|unit| unit.command.first());
    program.is_some_and(|program| Path::new(program).file_name().is_some_and(|name| name == "envgate"))
}

fn credential_name(source: &Source) -> Option<&str> {
    match source {
        Source::Credential(name) => Some(name),
        Source::File(_) => None,
    }
}

/// Where systemd looks for a credential's source: one that is no path is in its credential stores, and of a folder all
/// files are loaded (systemd.exec(5)).
fn credential_paths(source: &Path) -> Vec<PathBuf> {
    let stores = ["/etc/credstore", "/run/credstore", "/usr/lib/credstore", "/etc/credstore.encrypted"];
    let paths = if source.is_absolute() {
        vec![source.to_owned()]
    } else {
        stores.iter().map(|store| Path::new(store).join(source)).collect()
    };
    let files_of = |path: PathBuf| match secure_file::look_at(&path) {
        Ok(seen) if seen.kind == FileKind::Directory => {
            let entries = std::fs::read_dir(&path).into_iter().flatten();
            entries.filter_map(|entry| Some(entry.ok()?.path())).collect()
        }
        _ => vec![path],
    };
    paths.into_iter().flat_map(files_of).collect()
}

fn look_at(path: &Path) -> Result<String, Errno> {
    secure_file::look_at(path).map(|seen| generation::word(&seen.identity))
}

/// A path means what the worker's own mounts make of it; where that may not be looked at, what it means to us.
fn look_inside(pid: u32, path: &Path) -> Result<String, Errno> {
    let inside = ProcessFolder::enter(pid).and_then(|folder| folder.look_at(path));
    inside.map(|seen| generation::word(&seen.identity)).or_else(|_| look_at(path))
}

#[cfg(test)]
mod tests;
