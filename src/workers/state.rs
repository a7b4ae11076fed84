//! Whether a worker's env files are today what they were when it was launched.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use nix::errno::Errno;

use super::{Kind, Worker};
use crate::generation::{self, Source};
use crate::load::secure_file::{self, Kind as FileKind, ProcessFolder, Seen};
use crate::systemd::supervisor::Supervisor;
use crate::systemd::units::Unit;

/// The kernel counts a process's start in hundredths of a second, and a file's times by a clock that lags as much.
const UNSURE: i128 = 20_000_000;

/// What a worker holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// What is there today.
    Current,
    /// What was there before.
    Stale,
    /// Nobody can say, and why.
    Unknown(Cow<'static, str>),
}

/// One env file or credential, and what the worker holds of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// The file or credential.
    pub source: Source,
    /// What the worker holds of it.
    pub state: State,
}

/// Compares workers with the files of today. Asks systemd once for each unit that loads credentials.
#[derive(Debug, Default)]
pub struct Judge {
    units: HashMap<String, Option<Unit>>,
}

impl Judge {
    /// What the worker holds of each file and credential, in the order of its generation; a reason where that is not
    /// known.
    pub fn files(&mut self, worker: &Worker) -> Result<Vec<FileState>, &'static str> {
        if let Kind::Opaque { why } = worker.kind {
            return Err(why);
        }
        let launch = &worker.launch;
        let (Some(words), Some(sources)) = (&launch.generation, &launch.sources) else {
            return Err("its environment does not say which files");
        };
        let judged = sources.iter().zip(words).map(|(source, word)| {
            let state = match source {
                Source::File(path) => file_state(worker.process.pid, path, word),
                Source::Credential(name) => self.credential_state(worker, name),
            };
            FileState { source: source.clone(), state }
        });
        Ok(judged.collect())
    }

    fn credential_state(&mut self, worker: &Worker, name: &str) -> State {
        let Some(Supervisor::System { unit: Some(unit) }) = &worker.process.unit else {
            return unknown("it is not in a unit of the system's that could name the credential's source");
        };
        let unit = self.units.entry(unit.clone()).or_insert_with(|| Unit::read(unit).ok().flatten());
        let Some(unit) = unit else { return unknown("systemd does not say where the credential comes from") };
        if unit.encrypted_credentials.iter().any(|(encrypted, _)| encrypted == name) {
            return unknown("the credential is encrypted");
        }
        let source = unit.credentials.iter().find(|(credential, _)| credential == name);
        match (source, worker.process.started) {
            (Some((_, path)), Some(started)) if path.is_absolute() => source_state(path, started),
            (Some(_), Some(_)) => unknown("the credential's source is not a path"),
            (None, _) => unknown("the unit does not load the credential from a file"),
            (_, None) => unknown("when the worker started may not be read"),
        }
    }
}

/// All of a worker's files together: one that is stale makes it stale.
impl State {
    /// The state of them all.
    #[must_use]
    pub fn of(files: &Result<Vec<FileState>, &'static str>) -> Self {
        let files = match files {
            Ok(files) => files,
            Err(why) => return unknown(why),
        };
        if files.iter().any(|file| file.state == Self::Stale) {
            return Self::Stale;
        }
        let unknown = files.iter().find_map(|file| match &file.state {
            Self::Unknown(why) => Some(Self::Unknown(format!("{}: {why}", file.source).into())),
            _ => None,
        });
        unknown.unwrap_or(Self::Current)
    }

    /// In a word.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Stale => "stale",
            Self::Unknown(_) => "unknown",
        }
    }
}

fn unknown(why: &'static str) -> State {
    State::Unknown(Cow::Borrowed(why))
}

/// A path means what the worker's own mounts make of it; where that may not be looked at, what it means to us.
fn file_state(pid: u32, path: &Path, word: &str) -> State {
    let inside = ProcessFolder::enter(pid).and_then(|folder| folder.look_at(path));
    match inside.or_else(|_| secure_file::look_at(path)) {
        Ok(seen) if generation::word(&seen.identity) == word => State::Current,
        Ok(_) => State::Stale,
        Err(errno) => unseen(errno),
    }
}

fn unseen(errno: Errno) -> State {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR => unknown("the file is gone"),
        Errno::EACCES | Errno::EPERM => unknown("you may not look at the file: ask as root"),
        errno => State::Unknown(format!("the file cannot be looked at: {}", errno.desc()).into()),
    }
}

/// A credential is a copy: its source is compared with the moment at which the worker was started.
fn source_state(path: &Path, started: i128) -> State {
    match (secure_file::look_at(path), secure_file::newest_link(path)) {
        (Ok(seen), Ok(link)) => judge_source(&seen, link, started),
        (Err(errno), _) | (_, Err(errno)) => unseen(errno),
    }
}

fn judge_source(seen: &Seen, newest_link: Option<i128>, started: i128) -> State {
    let written = seen.identity.modified;
    if seen.kind != FileKind::Regular {
        unknown("the credential's source is not a file")
    } else if written > started + UNSURE {
        State::Stale
    } else if written > started {
        unknown("the credential's source was changed at the moment of the start")
    } else if seen.changed > started {
        unknown("the credential's source was renamed or changed since the start")
    } else if newest_link.is_some_and(|made| made > started) {
        unknown("a link to the credential's source was changed since the start")
    } else {
        State::Current
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::secure_file::Identity;

    const START: i128 = 1_000_000_000_000;

    #[test]
    fn a_credentials_source_is_compared_with_the_start() {
        let judged = |modified: i128, changed: i128, link: Option<i128>| {
            let identity = Identity { device: 1, inode: 2, modified, size: 3 };
            judge_source(&Seen { kind: FileKind::Regular, identity, changed }, link, START)
        };
        assert_eq!(judged(START - 1, START, Some(START)), State::Current);
        assert_eq!(judged(START + 2 * UNSURE, START + 2 * UNSURE, None), State::Stale);
        for (modified, changed, link, why) in [
            (START + 1, START + 1, None, "at the moment of the start"),
            (START - 1, START + 1, None, "renamed or changed"),
            (START - 1, START - 1, Some(START + 1), "a link"),
        ] {
            let State::Unknown(said) = judged(modified, changed, link) else { panic!("{why}") };
            assert!(said.contains(why), "{said}");
        }
        let folder = secure_file::look_at(Path::new("/etc")).unwrap();
        assert!(matches!(judge_source(&folder, None, i128::MAX), State::Unknown(_)));
    }

    #[test]
    fn one_stale_file_makes_a_worker_stale_and_one_unknown_makes_it_unknown() {
        let of = |states: &[State]| {
            let file = |state: &State| FileState { source: Source::File("/f".into()), state: state.clone() };
            State::of(&Ok(states.iter().map(file).collect()))
        };
        let unknown = State::Unknown("gone".into());
        assert_eq!(of(&[]), State::Current);
        assert_eq!(of(&[State::Current, unknown.clone(), State::Stale]), State::Stale);
        assert_eq!(of(&[State::Current, unknown]), State::Unknown("/f: gone".into()));
    }
}
