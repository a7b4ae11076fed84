//! The one place that writes files: private from birth, and whole or not there at all.

mod durable;
mod swap;

pub use durable::{
    WriteFault, create_beside, create_durably, remove_leftovers, replace_durably, write_durably,
};
pub use swap::{link_beside, remove_durably, rename_durably, sync};

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, linkat, unlinkat};

use crate::load::secure_file::Directory;

/// Puts a file of this mode, and of this owner where one is given, into the directory, in the place of one of the same name. A reader sees the old one
/// or the new one, never a part. The file has no name before it is whole, so that no part of it stays behind
/// where the process is killed meanwhile. Nothing is synced: the directory is on a tmpfs, and what is in it does not
/// outlive the machine.
pub fn replace(
    directory: &Directory,
    name: &OsStr,
    contents: &[u8],
    mode: Mode,
    owner: Option<(Uid, Gid)>,
) -> Result<(), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_TMPFILE | OFlag::O_CLOEXEC;
    match openat(directory.descriptor(), ".", flags, Mode::S_IRUSR | Mode::S_IWUSR) {
        Ok(nameless) => {
            let nameless = File::from(nameless);
            write(&nameless, contents)?;
            give(&nameless, mode, owner)?;
            match link(&nameless, directory, name) {
                Ok(()) => Ok(()),
                Err(Errno::EEXIST) => replace_old(&nameless, directory, name),
                Err(errno) => Err(errno),
            }
        }
        // A file system without nameless files.
        Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT) => {
            replace_named(directory, name, contents, mode, owner)
        }
        Err(errno) => Err(errno),
    }
}

fn link(nameless: &File, directory: &Directory, name: &OsStr) -> Result<(), Errno> {
    let path = format!("/proc/self/fd/{}", nameless.as_raw_fd());
    linkat(AT_FDCWD, path.as_str(), directory.descriptor(), name, AtFlags::AT_SYMLINK_FOLLOW)
}

/// `linkat` replaces nothing and `rename` needs a name: the whole file has one of its own for a moment.
fn replace_old(nameless: &File, directory: &Directory, name: &OsStr) -> Result<(), Errno> {
    let temporary = link_aside(nameless, directory, name)?;
    rename(directory, &temporary, name)
}

fn link_aside(nameless: &File, directory: &Directory, name: &OsStr) -> Result<String, Errno> {
    let mut result = Err(Errno::EEXIST);
    for attempt in 0..ATTEMPTS {
        let temporary = temporary_name(name, attempt);
        match link(nameless, directory, OsStr::new(&temporary)) {
            Ok(()) => return Ok(temporary),
            Err(Errno::EEXIST) => {}
            Err(errno) => {
                result = Err(errno);
                break;
            }
        }
    }
    result
}

fn rename(directory: &Directory, temporary: &str, name: &OsStr) -> Result<(), Errno> {
    let renamed = renameat(directory.descriptor(), temporary, directory.descriptor(), name);
    if renamed.is_err() {
        // The first error is the one to report.
        let _ = unlinkat(directory.descriptor(), temporary, UnlinkatFlags::NoRemoveDir);
    }
    renamed
}

/// Before it has its name: nobody ever sees it as another user's.
fn give(file: &File, mode: Mode, owner: Option<(Uid, Gid)>) -> Result<(), Errno> {
    if let Some((uid, gid)) = owner {
        fchown(file, Some(uid), Some(gid))?;
    }
    fchmod(file, mode)
}

fn replace_named(
    directory: &Directory,
    name: &OsStr,
    contents: &[u8],
    mode: Mode,
    owner: Option<(Uid, Gid)>,
) -> Result<(), Errno> {
    let (temporary, descriptor) = create(directory, name)?;
    let file = File::from(descriptor);
    if let Err(errno) = write(&file, contents).and_then(|()| give(&file, mode, owner)) {
        let _ = unlinkat(directory.descriptor(), temporary.as_str(), UnlinkatFlags::NoRemoveDir);
        return Err(errno);
    }
    rename(directory, &temporary, name)
}

/// Names that are tried: another process may hold one, by a process id in another namespace.
const ATTEMPTS: usize = 100;

fn temporary_name(name: &OsStr, attempt: usize) -> String {
    format!("{}{}-{attempt}", temporary_prefix(name), std::process::id())
}

fn temporary_prefix(name: &OsStr) -> String {
    format!(".{}.envgate-", name.to_string_lossy())
}

/// A temporary file that nobody else has: the name carries our process id, and an existing one is an error.
fn create(directory: &Directory, name: &OsStr) -> Result<(String, OwnedFd), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut result = Err(Errno::EEXIST);
    for attempt in 0..ATTEMPTS {
        let temporary = temporary_name(name, attempt);
        match openat(directory.descriptor(), temporary.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(descriptor) => return Ok((temporary, descriptor)),
            Err(Errno::EEXIST) => {}
            Err(errno) => {
                result = Err(errno);
                break;
            }
        }
    }
    result
}

fn write(mut file: &File, contents: &[u8]) -> Result<(), Errno> {
    file.write_all(contents).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))
}
