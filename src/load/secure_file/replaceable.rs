//! A file that is going to be replaced: read under a lock, with the directory that it lies in.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::Flock;
use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, statx};

use crate::lock::{LockFault, lock_within};

use super::{Directory, FileSystem, OpenFault, Opened, Trust};

/// So long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(5);

/// A file, locked against other writers for as long as this lives.
///
/// The lock is on the file itself, which only its owner and root can open: on the directory or on a lock file,
/// anybody who can open those could keep a rotation waiting. A writer replaces the file, so whoever gets the lock
/// looks whether the name still means what it has locked.
#[derive(Debug)]
pub struct Replaceable {
    /// The file and what is in it.
    pub opened: Opened,
    directory: Directory,
    name: OsString,
    file: Flock<OwnedFd>,
}

impl Replaceable {
    /// Where its real name is, all links resolved.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Its name there.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// The file, for what the system keeps beside its contents.
    #[must_use]
    pub fn file(&self) -> &OwnedFd {
        &self.file
    }

    /// Whether the file is mounted by itself, so that nothing can be put in its place. False where the kernel cannot say
    /// it (before 5.8).
    #[must_use]
    pub fn is_mount(&self) -> bool {
        statx(&*self.file, "", AtFlags::EMPTY_PATH, StatxFlags::empty())
            .is_ok_and(|facts| facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
    }

    /// Whether the name still means the file that was read, unchanged: an editor takes no lock.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.directory.look_at(&self.name).is_ok_and(|now| now.identity == self.opened.identity)
    }
}

/// Opens a regular file, takes its lock and reads it.
pub fn open_to_replace(path: &Path, trust: &Trust, limit: usize) -> Result<Replaceable, OpenFault> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        // Anew each time: a file that was replaced while we waited is another one.
        let (opened, directory, file) = FileSystem::new().open_with_directory(path, trust, limit)?;
        match lock_within(file, false, give_up.saturating_duration_since(Instant::now())) {
            Ok(file) => {
                let name = opened.names.last().cloned().unwrap_or_default();
                let found = Replaceable { opened, directory, name, file };
                if found.is_unchanged() {
                    return Ok(found);
                }
            }
            Err(LockFault::Held) => return Err(OpenFault::Locked),
            Err(LockFault::System(errno)) => return Err(OpenFault::System { errno }),
        }
        if Instant::now() >= give_up {
            return Err(OpenFault::Locked);
        }
    }
}
