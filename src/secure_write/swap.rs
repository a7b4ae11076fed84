//! Names that move within one directory: whole files alone, nothing is copied.

use std::ffi::OsStr;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, renameat};
use nix::unistd::{UnlinkatFlags, fsync, linkat, unlinkat};

use super::WriteFault;
use crate::load::secure_file::Directory;

/// Has the disk confirm the names of a directory: those of a step that ended before it did.
pub fn sync(directory: &Directory) -> Result<(), WriteFault> {
    fsync(directory.descriptor()).map_err(|errno| WriteFault::NotSynced { errno })
}

/// Gives a file a second name, which nothing may have yet.
pub fn link_beside(directory: &Directory, name: &OsStr, second: &OsStr) -> Result<(), WriteFault> {
    let linked = linkat(directory.descriptor(), name, directory.descriptor(), second, AtFlags::empty());
    linked.map_err(|errno| match errno {
        Errno::EEXIST => WriteFault::Exists,
        errno => WriteFault::System { step: "keep the current file under a second name", errno },
    })?;
    sync(directory)
}

/// Puts the file of one name in the place of another's. Two names of one file would both stay: it is not for them.
pub fn rename_durably(directory: &Directory, from: &OsStr, to: &OsStr) -> Result<(), WriteFault> {
    renameat(directory.descriptor(), from, directory.descriptor(), to)
        .map_err(|errno| WriteFault::System { step: "put the file in its place", errno })?;
    sync(directory)
}

/// Removes a name; that it is gone already is no fault.
pub fn remove_durably(directory: &Directory, name: &OsStr) -> Result<(), WriteFault> {
    match unlinkat(directory.descriptor(), name, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => sync(directory),
        Err(errno) => Err(WriteFault::System { step: "remove the file", errno }),
    }
}
