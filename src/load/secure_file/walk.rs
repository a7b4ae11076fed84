//! The walk: from `/` to a file, one component at a time through descriptors.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::sys::statvfs::{FsFlags, fstatvfs};

use super::{Facts, Kind, OpenFault, Trust};

/// Links in a row that a path may hold, as many as the kernel allows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// linux/magic.h; nix has no name for it.
const RAMFS: FsType = FsType(0x8584_58f6);
/// A directory is entered, not read: the right to pass through it is enough.
const DIRECTORY: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

/// A walk through a path: the descriptors of the directories entered so far, and what is still to go.
pub(super) struct Walk {
    /// From `/` down; `..` goes back up this stack, so it always means the directory that was really entered.
    entered: Vec<(OwnedFd, OsString)>,
    /// Components still to go, the next one last.
    pending: Vec<OsString>,
    /// What was seen.
    pub(super) way: Vec<Facts>,
    links: usize,
    /// The names of the last component: of each link that led to it, and its own.
    pub(super) names: Vec<OsString>,
}

impl Walk {
    pub(super) fn start(path: &Path) -> Result<Self, OpenFault> {
        let root =
            openat(AT_FDCWD, "/", DIRECTORY, Mode::empty()).map_err(|errno| OpenFault::System { errno })?;
        let stat = fstat(&root).map_err(|errno| OpenFault::System { errno })?;
        let mut walk = Self {
            entered: vec![(root, OsString::new())],
            pending: Vec::new(),
            way: vec![Facts::new(Path::new("/"), &stat)],
            links: 0,
            names: Vec::new(),
        };
        walk.push_path(path);
        Ok(walk)
    }

    /// Puts a path before what is still to go.
    fn push_path(&mut self, path: &Path) {
        let components = path.components().rev().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        });
        self.pending.extend(components);
    }

    /// Where the walk stands, with all links resolved; after the last component, the file's own path.
    pub(super) fn location(&self) -> PathBuf {
        let mut path = PathBuf::from("/");
        path.extend(self.entered.iter().skip(1).map(|(_, name)| name));
        if let Some(name) = self.names.last() {
            path.push(name);
        }
        path
    }

    fn here(&self, name: &OsStr) -> PathBuf {
        let mut path = PathBuf::from("/");
        path.extend(self.entered.iter().skip(1).map(|(_, name)| name));
        path.push(name);
        path
    }

    fn directory(&self) -> Result<&OwnedFd, OpenFault> {
        self.entered
            .last()
            .map(|(descriptor, _)| descriptor)
            .ok_or(OpenFault::System { errno: Errno::ENOTDIR })
    }

    /// Walks to the last component, which is looked at and not opened. Links are followed where their owner is
    /// trusted; without `trust` all of them, as the kernel would.
    pub(super) fn to_the_end(&mut self, trust: Option<&Trust>) -> Result<FileStat, OpenFault> {
        while let Some(name) = self.pending.pop() {
            if self.go_up(&name) {
                continue;
            }
            if self.pending.is_empty() {
                let stat = fstatat(self.directory()?, name.as_os_str(), AtFlags::AT_SYMLINK_NOFOLLOW)
                    .map_err(|errno| self.fault(errno, &name))?;
                if Kind::of(&stat) != Kind::Link {
                    self.names.push(name);
                    return Ok(stat);
                }
            }
            let (descriptor, stat) = self.look(&name)?;
            let facts = Facts::new(&self.here(&name), &stat);
            match (facts.kind, self.pending.last()) {
                (Kind::Link, _) => self.follow(&name, &descriptor, facts, trust)?,
                (Kind::Directory, Some(_)) => self.enter(name, descriptor, facts),
                (_, Some(next)) => return Err(OpenFault::Missing { at: self.here(&name).join(next) }),
                // It was a link a moment ago; whoever swaps it for ever has this count as a loop.
                (_, None) => {
                    self.count_link()?;
                    self.pending.push(name);
                }
            }
        }
        // The path was `/`, or ended in `..`.
        Err(OpenFault::NotAFile { kind: Kind::Directory })
    }

    /// Opens what the walk ended at, with these flags beside the usual ones; what is opened is looked at again,
    /// since it may have been swapped for something else.
    pub(super) fn open_last(&self, flags: OFlag) -> Result<(OwnedFd, FileStat), OpenFault> {
        let name = self.names.last().map_or(OsStr::new(""), |name| name);
        // O_NONBLOCK: were the file swapped for a pipe at this moment, we would not hang on it.
        let usual =
            OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let opened = openat(self.directory()?, name, usual | flags, Mode::empty());
        let descriptor = opened.map_err(|errno| self.fault(errno, name))?;
        let stat = fstat(&descriptor).map_err(|errno| OpenFault::System { errno })?;
        Ok((descriptor, stat))
    }

    /// `..`: back to the directory that this one was entered from.
    fn go_up(&mut self, name: &OsStr) -> bool {
        if name != ".." {
            return false;
        }
        if self.entered.len() > 1 {
            self.entered.pop();
        }
        true
    }

    /// Looks at one component without opening it.
    fn look(&self, name: &OsStr) -> Result<(OwnedFd, FileStat), OpenFault> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let descriptor =
            openat(self.directory()?, name, flags, Mode::empty()).map_err(|errno| self.fault(errno, name))?;
        let stat = fstat(&descriptor).map_err(|errno| OpenFault::System { errno })?;
        Ok((descriptor, stat))
    }

    fn enter(&mut self, name: OsString, descriptor: OwnedFd, facts: Facts) {
        self.way.push(facts);
        self.entered.push((descriptor, name));
    }

    fn follow(
        &mut self,
        name: &OsStr,
        link: &OwnedFd,
        facts: Facts,
        trust: Option<&Trust>,
    ) -> Result<(), OpenFault> {
        if let Some(Trust::Users(users)) = trust
            && facts.uid != 0
            && !users.contains(&facts.uid)
        {
            return Err(OpenFault::ForeignLink { link: facts });
        }
        self.count_link()?;
        // The empty name reads the link that the descriptor holds, not the one that has its name now.
        let target = readlinkat(link.as_fd(), "").map_err(|errno| self.fault(errno, name))?;
        let target = PathBuf::from(target);
        if self.pending.is_empty() {
            self.names.push(name.to_owned());
        }
        self.way.push(facts);
        if target.is_absolute() {
            self.entered.truncate(1);
        }
        self.push_path(&target);
        Ok(())
    }

    fn count_link(&mut self) -> Result<(), OpenFault> {
        self.links += 1;
        if self.links > MAX_LINKS { Err(OpenFault::LinkLoop) } else { Ok(()) }
    }

    pub(super) fn on_credential_mount(&self) -> Result<bool, OpenFault> {
        let below = |root: &[&str]| {
            self.entered.len() > root.len() + 1
                && root
                    .iter()
                    .zip(self.entered.iter().skip(1))
                    .all(|(part, (_, name))| *part == "*" || name.as_os_str() == *part)
        };
        if !below(&["run", "credentials"]) && !below(&["run", "user", "*", "credentials"]) {
            return Ok(false);
        }
        let directory = self.directory()?;
        let system = fstatfs(directory).map_err(|errno| OpenFault::System { errno })?;
        let kind = system.filesystem_type();
        let flags = fstatvfs(directory).map_err(|errno| OpenFault::System { errno })?.flags();
        Ok((kind == RAMFS || kind == TMPFS_MAGIC) && flags.contains(FsFlags::ST_RDONLY))
    }

    fn fault(&self, errno: Errno, name: &OsStr) -> OpenFault {
        let at = self.here(name);
        match errno {
            Errno::ENOENT | Errno::ENOTDIR | Errno::ENAMETOOLONG => OpenFault::Missing { at },
            Errno::EACCES | Errno::EPERM => OpenFault::Denied { at },
            Errno::ELOOP => OpenFault::LinkLoop,
            Errno::ENXIO => OpenFault::NotAFile { kind: Kind::Socket },
            errno => OpenFault::System { errno },
        }
    }
}
