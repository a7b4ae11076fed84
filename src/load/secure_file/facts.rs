//! What the system says of a file, and which content it is.

use std::path::{Path, PathBuf};

use nix::sys::stat::{FileStat, SFlag};

/// What a name leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
}

impl Kind {
    pub(super) fn of(stat: &FileStat) -> Self {
        match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
            SFlag::S_IFREG => Self::Regular,
            SFlag::S_IFDIR => Self::Directory,
            SFlag::S_IFLNK => Self::Link,
            SFlag::S_IFIFO => Self::Fifo,
            SFlag::S_IFSOCK => Self::Socket,
            _ => Self::Device,
        }
    }
}

/// What `fstat` said of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Where, with the links before it resolved.
    pub path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Permission bits, with set-id and sticky bits.
    pub mode: u32,
}

impl Facts {
    pub(super) fn new(path: &Path, stat: &FileStat) -> Self {
        let kind = Kind::of(stat);
        Self { path: path.to_owned(), kind, uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode & 0o7777 }
    }

    /// Whether the mode surely denies a user this right (4 to read, 1 to execute or to pass), for a look on another
    /// user's behalf. In which groups that user is, and what an ACL says, is not known here: the group's bits count.
    #[must_use]
    pub fn denies(&self, user: u32, right: u32) -> bool {
        let granted = if self.uid == user { self.mode >> 6 } else { self.mode | self.mode >> 3 };
        user != 0 && granted & right == 0
    }
}

/// Identity of a file's content without a look at it: device, inode, mtime and size. Not ctime and not the
/// link count, so that a rename changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Modification time in nanoseconds since 1970.
    pub modified: i128,
    /// Size in bytes.
    pub size: u64,
}

impl Identity {
    #[allow(
        clippy::cast_sign_loss,
        clippy::unnecessary_cast,
        reason = "sizes are never negative; widths differ by target"
    )]
    pub(super) fn new(stat: &FileStat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            modified: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
            size: stat.st_size as u64,
        }
    }
}
