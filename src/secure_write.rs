//! The one place that writes files: private from birth, and whole or not there at all.

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat, renameat};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::load::secure_file::Directory;

/// Puts a file of this mode into the directory, in the place of one of the same name. A reader sees the old one
/// or the new one, never a part.
pub fn replace(directory: &Directory, name: &OsStr, contents: &[u8], mode: Mode) -> Result<(), Errno> {
    let (temporary, descriptor) = create(directory, name)?;
    let written = write(descriptor, contents, mode)
        .and_then(|()| renameat(directory.descriptor(), temporary.as_str(), directory.descriptor(), name));
    if written.is_err() {
        // The first error is the one to report.
        let _ = unlinkat(directory.descriptor(), temporary.as_str(), UnlinkatFlags::NoRemoveDir);
    }
    written
}

/// A temporary file that nobody else has: the name carries our process id, and an existing one is an error.
fn create(directory: &Directory, name: &OsStr) -> Result<(String, OwnedFd), Errno> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mut result = Err(Errno::EEXIST);
    for attempt in 0..100 {
        let temporary = format!(".{}.envgate-{}-{attempt}", name.to_string_lossy(), std::process::id());
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

fn write(descriptor: OwnedFd, contents: &[u8], mode: Mode) -> Result<(), Errno> {
    let mut file = std::fs::File::from(descriptor);
    file.write_all(contents).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    fchmod(&file, mode)
}
