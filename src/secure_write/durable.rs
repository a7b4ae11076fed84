//! Files that outlive the machine: the new one is on the disk before it has the name, and the name is on the disk
//! before anybody is told. Killed at any instruction, the file is the old one or the new one.

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, fchmod, fstat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, fsync, unlinkat};
use rustix::fs::XattrFlags;

use super::{create, link, link_aside, rename, write};
use crate::load::secure_file::{Directory, Replaceable};

/// Why a file was not written. What was there before is there still, but for [`WriteFault::NotSynced`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteFault {
    /// Somebody who takes no lock has changed the file since it was read.
    Changed,
    /// The file has a second name, which would keep the old content.
    HardLinked,
    /// A file that is to be made is there already.
    Exists,
    /// The system refused a step, or failed.
    System {
        /// The step, as the end of "cannot …".
        step: &'static str,
        /// The system's reason.
        errno: Errno,
    },
    /// The new file has its name, and the system could not say that it will keep it.
    NotSynced {
        /// The system's reason.
        errno: Errno,
    },
}

fn failed(step: &'static str) -> impl Fn(Errno) -> WriteFault {
    move |errno| WriteFault::System { step, errno }
}

/// Puts new contents in the place of a file that was read under its lock. Owner, group, mode, ACL and other extended
/// attributes stay; a link that leads to the file stays as well, since its target is what is replaced.
pub fn replace_durably(target: &Replaceable, contents: &[u8]) -> Result<(), WriteFault> {
    let old = fstat(target.file()).map_err(failed("look at the file"))?;
    if old.st_nlink > 1 {
        return Err(WriteFault::HardLinked);
    }
    let (directory, name) = (target.directory(), target.name());
    remove_leftovers(directory, name);
    let new = Unnamed::in_directory(directory, name)?;
    let owner = Some((Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid)));
    let mode = Mode::from_bits_truncate(old.st_mode);
    let result = fill(&new.file, contents, owner, mode, Some(target)).and_then(|()| {
        let temporary = new.name_aside(directory, name)?;
        if !target.is_unchanged() {
            let _ = unlinkat(directory.descriptor(), temporary.as_str(), UnlinkatFlags::NoRemoveDir);
            return Err(WriteFault::Changed);
        }
        rename(directory, &temporary, name).map_err(failed("put the new file in its place"))
    });
    if result.is_err() {
        new.forget(directory);
    }
    result?;
    fsync(directory.descriptor()).map_err(|errno| WriteFault::NotSynced { errno })
}

/// Makes a file that is not there yet, of this owner and group where they are given.
pub fn create_durably(
    directory: &Directory,
    name: &OsStr,
    contents: &[u8],
    mode: Mode,
    owner: Option<(Uid, Gid)>,
) -> Result<(), WriteFault> {
    create_like(directory, name, contents, mode, owner, None)
}

fn create_like(
    directory: &Directory,
    name: &OsStr,
    contents: &[u8],
    mode: Mode,
    owner: Option<(Uid, Gid)>,
    old: Option<&Replaceable>,
) -> Result<(), WriteFault> {
    let new = Unnamed::in_directory(directory, name)?;
    let made = || -> Result<(), WriteFault> {
        fill(&new.file, contents, owner, mode, old)?;
        // A link replaces nothing.
        link(&new.file, directory, name).map_err(|errno| match errno {
            Errno::EEXIST => WriteFault::Exists,
            errno => WriteFault::System { step: "give the new file its name", errno },
        })
    };
    let result = made();
    new.forget(directory);
    result?;
    fsync(directory.descriptor()).map_err(|errno| WriteFault::NotSynced { errno })
}

/// Makes a file beside one that was read under its lock, with that one's owner, group, mode, ACL and other extended
/// attributes.
pub fn create_beside(target: &Replaceable, name: &OsStr, contents: &[u8]) -> Result<(), WriteFault> {
    let old = fstat(target.file()).map_err(failed("look at the file"))?;
    let owner = Some((Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid)));
    let mode = Mode::from_bits_truncate(old.st_mode);
    remove_leftovers(target.directory(), name);
    create_like(target.directory(), name, contents, mode, owner, Some(target))
}

/// Puts a file of this mode into a directory of envgate's own, in the place of one of the same name. Whoever calls is
/// the only writer.
pub fn write_durably(
    directory: &Directory,
    name: &OsStr,
    contents: &[u8],
    mode: Mode,
) -> Result<(), WriteFault> {
    remove_leftovers(directory, name);
    let new = Unnamed::in_directory(directory, name)?;
    let written = fill(&new.file, contents, None, mode, None).and_then(|()| {
        let temporary = new.name_aside(directory, name)?;
        rename(directory, &temporary, name).map_err(failed("put the new file in its place"))
    });
    if written.is_err() {
        new.forget(directory);
    }
    written?;
    fsync(directory.descriptor()).map_err(|errno| WriteFault::NotSynced { errno })
}

/// A new file, 0600, without a name where the file system knows such files.
struct Unnamed {
    file: File,
    temporary: Option<String>,
}

impl Unnamed {
    fn in_directory(directory: &Directory, name: &OsStr) -> Result<Self, WriteFault> {
        let flags = OFlag::O_WRONLY | OFlag::O_TMPFILE | OFlag::O_CLOEXEC;
        match openat(directory.descriptor(), ".", flags, Mode::S_IRUSR | Mode::S_IWUSR) {
            Ok(descriptor) => Ok(Self { file: File::from(descriptor), temporary: None }),
            Err(Errno::EOPNOTSUPP | Errno::EISDIR | Errno::ENOENT) => {
                let (temporary, descriptor) =
                    create(directory, name).map_err(failed("make a new file beside the old one"))?;
                Ok(Self { file: File::from(descriptor), temporary: Some(temporary) })
            }
            Err(errno) => Err(WriteFault::System { step: "make a new file in the same directory", errno }),
        }
    }

    /// `rename` needs a name.
    fn name_aside(&self, directory: &Directory, name: &OsStr) -> Result<String, WriteFault> {
        match &self.temporary {
            Some(temporary) => Ok(temporary.clone()),
            None => link_aside(&self.file, directory, name).map_err(failed("give the new file a name")),
        }
    }

    /// Removes the name that the file has had from the start, if any.
    fn forget(&self, directory: &Directory) {
        if let Some(temporary) = &self.temporary {
            // What went wrong before is what is reported.
            let _ = unlinkat(directory.descriptor(), temporary.as_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// Everything that the file will be, before it has a name that anybody looks for. The mode comes last: until then
/// the file is its maker's alone.
fn fill(
    new: &File,
    contents: &[u8],
    owner: Option<(Uid, Gid)>,
    mode: Mode,
    old: Option<&Replaceable>,
) -> Result<(), WriteFault> {
    write(new, contents).map_err(failed("write the new file"))?;
    let stat = fstat(new).map_err(failed("look at the new file"))?;
    let (uid, gid) = owner.unzip();
    let uid = uid.filter(|uid| uid.as_raw() != stat.st_uid);
    let gid = gid.filter(|gid| gid.as_raw() != stat.st_gid);
    if uid.is_some() || gid.is_some() {
        fchown(new, uid, gid).map_err(failed("give the new file its owner and group"))?;
    }
    attributes(new, old.map(Replaceable::file))
        .map_err(failed("give the new file the ACL and attributes of the old one"))?;
    fchmod(new, mode).map_err(failed("set the mode of the new file"))?;
    fsync(new).map_err(failed("write the new file to the disk"))
}

const ACL: &str = "system.posix_acl_access";

/// The extended attributes of the old file. What the new one has inherited from its directory's default ACL and the
/// old one lacks goes: the mode alone says then who may read.
fn attributes(new: &File, old: Option<&OwnedFd>) -> Result<(), Errno> {
    let names = old.map_or(Ok(Vec::new()), attribute_names)?;
    if !names.iter().any(|name| name == ACL)
        && let Err(reason) = rustix::fs::fremovexattr(new, ACL)
        && !matches!(errno(reason), Errno::ENODATA | Errno::EOPNOTSUPP)
    {
        return Err(errno(reason));
    }
    for name in names {
        let Some(old) = old else { break };
        let value = attribute(old, &name)?;
        match rustix::fs::fsetxattr(new, name.as_str(), &value, XattrFlags::empty()).map_err(errno) {
            Ok(()) => {}
            // The policy of the host labels files by itself, and lets few change that.
            Err(_) if name.starts_with("security.") => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// The names that are to be kept: not those that sign a content, which changes.
fn attribute_names(file: &OwnedFd) -> Result<Vec<String>, Errno> {
    let mut names = vec![0; 1 << 16];
    let length = match rustix::fs::flistxattr(file, &mut names[..]).map_err(errno) {
        Ok(length) => length,
        Err(Errno::EOPNOTSUPP) => 0,
        Err(errno) => return Err(errno),
    };
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let names = names.map(|name| String::from_utf8_lossy(name).into_owned());
    Ok(names.filter(|name| !matches!(name.as_str(), "security.ima" | "security.evm")).collect())
}

fn attribute(file: &OwnedFd, name: &str) -> Result<Vec<u8>, Errno> {
    let mut value = vec![0; 1 << 16];
    let length = rustix::fs::fgetxattr(file, name, &mut value[..]).map_err(errno)?;
    value.truncate(length);
    Ok(value)
}

fn errno(error: rustix::io::Errno) -> Errno {
    Errno::from_raw(error.raw_os_error())
}

/// What a writer left that was killed between its last two steps. Whoever holds the file's lock is the only writer,
/// so that such a name is nobody's any more.
pub fn remove_leftovers(directory: &Directory, name: &OsStr) {
    let path = format!("/proc/self/fd/{}", directory.descriptor().as_fd().as_raw_fd());
    let prefix = super::temporary_prefix(name);
    // A leftover is no reason not to write.
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let numbers = found.to_string_lossy().strip_prefix(&prefix).map(str::to_owned);
        let is_digit = |byte: u8| byte.is_ascii_digit() || byte == b'-';
        if numbers.is_some_and(|numbers| numbers.bytes().all(is_digit)) {
            let _ = unlinkat(directory.descriptor(), found.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}
