//! The open rotations of this user: a folder for each, whose lock is the rotation's and whose one file is its record.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, fsync, unlinkat};

use super::phase::Phase;
use super::record::{Record, SCHEMA};
use crate::error::Error;
use crate::kept::{Places, open_error};
use crate::load::secure_file::{Directory, FileSystem, OpenFault, Trust};
use crate::moment::Moment;
use crate::secure_write::{remove_leftovers, write_durably};
use crate::written::write_error;

const FOLDER: &str = "rotations";
const RECORD: &str = "record.json";
/// The largest record that is read: of thousands of variables.
const MAX_RECORD: usize = 8 << 20;
/// So long a step waits for another one of the same rotation.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the open rotations are.
#[derive(Debug)]
pub struct Store {
    directory: Directory,
    path: PathBuf,
    uid: u32,
}

/// An open rotation, locked for as long as this lives.
#[derive(Debug)]
pub struct Transaction {
    /// What is remembered of it.
    pub record: Record,
    store: PathBuf,
    directory: Directory,
    _lock: Flock<OwnedFd>,
}

impl Store {
    /// Opens the folder, and makes it at first use.
    pub fn open(places: &Places) -> Result<Self, Error> {
        let state = places.open_state()?;
        let path = places.state().join(FOLDER);
        make_folder(&state, FOLDER, &path)?;
        let directory = open_folder(&path, places.uid())?;
        Ok(Self { directory, path, uid: places.uid() })
    }

    /// Opens the folder where there is one: nothing is made for a look.
    pub fn find(places: &Places) -> Result<Option<Self>, Error> {
        let path = places.state().join(FOLDER);
        let directory = unless_gone(open_folder(&path, places.uid()))?;
        Ok(directory.map(|directory| Self { directory, path, uid: places.uid() }))
    }

    /// The records of all open rotations, the oldest first. One that cannot be read is an error: it stands for a
    /// step that was interrupted.
    pub fn all(&self) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        for id in self.ids()? {
            records.extend(self.read(&id)?);
        }
        records.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(records)
    }

    fn ids(&self) -> Result<Vec<String>, Error> {
        let path = format!("/proc/self/fd/{}", self.directory.descriptor().as_raw_fd());
        let system = |error: &std::io::Error| {
            let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
            Error::system_at("list the open rotations", &self.path, errno)
        };
        let entries = std::fs::read_dir(path).map_err(|error| system(&error))?;
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<Result<_, _>>().map_err(|error| system(&error))
    }

    /// None where it has ended meanwhile, or was killed before it began.
    fn read(&self, id: &str) -> Result<Option<Record>, Error> {
        let path = self.path.join(id).join(RECORD);
        let unreadable = || Error::Unsafe {
            path: path.clone(),
            what: "is not the record of a rotation that this version reads",
            mend: "look at the env file, its .staged and its .previous yourself, then move this folder aside",
        };
        let opened = match FileSystem::new().open(&path, &Trust::Users(vec![self.uid]), MAX_RECORD) {
            Ok(opened) => opened,
            Err(OpenFault::Missing { .. }) => return Ok(None),
            Err(fault) => return Err(open_error(fault, &path)),
        };
        let contents = opened.contents.filter(|_| opened.facts.uid == self.uid).ok_or_else(unreadable)?;
        let record: Record = serde_json::from_slice(&contents).map_err(|_| unreadable())?;
        if record.schema == SCHEMA && record.id == id { Ok(Some(record)) } else { Err(unreadable()) }
    }

    /// Begins a rotation: its folder, its lock and its first record.
    pub fn begin(&self, mut record: Record) -> Result<Transaction, Error> {
        self.remove_empty();
        record.schema = SCHEMA;
        for attempt in 0..1000 {
            let now = Moment::now().to_string().replace([':', 'Z'], "-");
            record.id = format!("{now}{}-{attempt}", std::process::id());
            let path = self.path.join(&record.id);
            if !make_folder(&self.directory, &record.id, &path)? {
                continue;
            }
            // Until it is locked and has its record, another process takes it for a leftover and removes it.
            let Some(directory) = unless_gone(open_folder(&path, self.uid))? else { continue };
            let Some(lock) = lock(&directory, &path)? else { continue };
            let mut transaction =
                Transaction { record: record.clone(), store: self.path.clone(), directory, _lock: lock };
            if unless_gone(transaction.save(Phase::Staging))?.is_some() {
                return Ok(transaction);
            }
        }
        Err(Error::system_at("make a folder for the rotation", &self.path, Errno::EEXIST))
    }

    /// Takes the lock of an open rotation, and reads what is remembered of it now; none where it has ended.
    pub fn take(&self, id: &str) -> Result<Option<Transaction>, Error> {
        let path = self.path.join(id);
        let give_up = Instant::now() + PATIENCE;
        loop {
            let Some(directory) = unless_gone(open_folder(&path, self.uid))? else { return Ok(None) };
            if let Some(lock) = lock(&directory, &path)? {
                let Some(record) = self.read(id)? else { return Ok(None) };
                return Ok(Some(Transaction { record, store: self.path.clone(), directory, _lock: lock }));
            }
            if Instant::now() >= give_up {
                return Err(Error::Busy { path });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether another process has the lock of an open rotation now.
    pub fn is_busy(&self, id: &str) -> Result<bool, Error> {
        let path = self.path.join(id);
        let Some(directory) = unless_gone(open_folder(&path, self.uid))? else { return Ok(false) };
        Ok(lock(&directory, &path)?.is_none())
    }

    /// Folders without a record: of a process that was killed at its first step or behind its last one.
    fn remove_empty(&self) {
        for id in self.ids().unwrap_or_default() {
            // One that another process has just made is locked, or has its record.
            if let Ok(directory) = open_folder(&self.path.join(&id), self.uid)
                && let Ok(Some(_lock)) = lock(&directory, &self.path)
                && matches!(self.read(&id), Ok(None))
            {
                remove_leftovers(&directory, RECORD.as_ref());
                let _ = unlinkat(self.directory.descriptor(), id.as_str(), UnlinkatFlags::RemoveDir);
            }
        }
    }
}

impl Transaction {
    /// Writes what is remembered, ahead of a step.
    pub fn save(&mut self, phase: Phase) -> Result<(), Error> {
        self.record.phase = phase;
        let path = self.path();
        let text = serde_json::to_vec_pretty(&self.record).map_err(|_| Error::Unsafe {
            path: path.clone(),
            what: "cannot hold a path that is no UTF-8",
            mend: "rotate files whose names are text",
        })?;
        let mode = Mode::S_IRUSR | Mode::S_IWUSR;
        write_durably(&self.directory, RECORD.as_ref(), &text, mode)
            .map_err(|fault| write_error(fault, &path))
    }

    /// Its record's path.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.store.join(&self.record.id).join(RECORD)
    }

    /// It has ended: nothing is remembered of it but in the trail.
    pub fn forget(self) -> Result<(), Error> {
        let path = self.path();
        let fault = |errno| Error::system_at("remove the record", &path, errno);
        unlinkat(self.directory.descriptor(), RECORD, UnlinkatFlags::NoRemoveDir).map_err(fault)?;
        fsync(self.directory.descriptor()).map_err(fault)?;
        // An empty folder is nothing: it stays where it cannot be removed, until the next rotation.
        let folder = self.store.join(&self.record.id);
        let _ = nix::unistd::unlinkat(nix::fcntl::AT_FDCWD, &folder, UnlinkatFlags::RemoveDir);
        Ok(())
    }
}

fn unless_gone<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::System { errno: Errno::ENOENT, .. }) => Ok(None),
        result => result.map(Some),
    }
}

/// Whether it was this process that made it.
fn make_folder(parent: &Directory, name: &str, path: &Path) -> Result<bool, Error> {
    match mkdirat(parent.descriptor(), name, Mode::S_IRWXU) {
        Ok(()) => {
            fsync(parent.descriptor())
                .map_err(|errno| Error::system_at("write the folder to the disk", path, errno))?;
            Ok(true)
        }
        Err(Errno::EEXIST) => Ok(false),
        Err(errno) => Err(Error::system_at("make the folder", path, errno)),
    }
}

fn open_folder(path: &Path, uid: u32) -> Result<Directory, Error> {
    let directory = FileSystem::new()
        .open_directory(path, &Trust::Users(vec![uid]))
        .map_err(|fault| open_error(fault, path))?;
    let facts = directory.facts();
    if facts.uid != uid || facts.mode & 0o077 != 0 {
        return Err(Error::Unsafe {
            path: path.to_owned(),
            what: "is not private to the user who runs envgate",
            mend: "see who changed it; then chown and chmod 700",
        });
    }
    Ok(directory)
}

/// None where another process has the lock.
fn lock(directory: &Directory, path: &Path) -> Result<Option<Flock<OwnedFd>>, Error> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let descriptor = openat(directory.descriptor().as_fd(), ".", flags, Mode::empty())
        .map_err(|errno| Error::system_at("open the folder", path, errno))?;
    match Flock::lock(descriptor, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Ok(None),
        Err((_, errno)) => Err(Error::system_at("lock the rotation", path, errno)),
    }
}
