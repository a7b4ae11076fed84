//! The walk: from `/` to a file, one component at a time through descriptors.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::sys::statvfs::{FsFlags, fstatvfs};

use super::{Directory, Facts, FileSystem, Kind, OpenFault, Trust};

/// Links in a row that a path may hold, as many as the kernel allows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// linux/magic.h; nix has no name for it.
const RAMFS: FsType = FsType(0x8584_58f6);
/// A directory is entered, not read: the right to pass through it is enough.
const DIRECTORY: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

/// A directory that was entered: what was judged, and the descriptor that everything in it is opened by.
#[derive(Debug)]
pub(super) struct Entered {
    descriptor: OwnedFd,
    facts: Facts,
}

/// A walk through a path: the directories entered so far, and what is still to go.
pub(super) struct Walk<'a> {
    system: &'a FileSystem,
    /// From `/` down; `..` goes back up this stack, so it always means the directory that was really entered.
    entered: Vec<Rc<Entered>>,
    /// Components still to go, the next one last.
    pending: Vec<OsString>,
    /// What was seen.
    pub(super) way: Vec<Facts>,
    links: usize,
    /// The names of the last component: of each link that led to it, and its own.
    pub(super) names: Vec<OsString>,
}

impl Entered {
    pub(super) fn is_at(&self, path: &Path) -> bool {
        // Byte by byte: both are made by a walk, so there is one way to write them.
        self.facts.path.as_os_str() == path.as_os_str()
    }
}

impl<'a> Walk<'a> {
    pub(super) fn start(path: &Path, system: &'a FileSystem) -> Result<Self, OpenFault> {
        let mut walk = Self {
            system,
            entered: Vec::new(),
            pending: Vec::new(),
            way: Vec::new(),
            links: 0,
            names: Vec::new(),
        };
        let root = Path::new("/");
        if !walk.enter_again(root) {
            let system = |errno| OpenFault::System { errno };
            let descriptor = openat(AT_FDCWD, root, DIRECTORY, Mode::empty()).map_err(system)?;
            let facts = Facts::new(root, &fstat(&descriptor).map_err(system)?);
            walk.enter(descriptor, facts);
        }
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

    /// The path of the last component, with all links resolved.
    pub(super) fn location(&self) -> PathBuf {
        self.here(self.names.last().map_or(OsStr::new(""), |name| name))
    }

    fn here(&self, name: &OsStr) -> PathBuf {
        self.entered.last().map_or(PathBuf::from("/"), |directory| directory.facts.path.join(name))
    }

    fn directory(&self) -> Result<&OwnedFd, OpenFault> {
        let last = self.entered.last().map(|directory| &directory.descriptor);
        last.ok_or(OpenFault::System { errno: Errno::ENOTDIR })
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
                    .map_err(|errno| self.look_fault(errno, &name))?;
                if Kind::of(&stat) != Kind::Link {
                    self.names.push(name);
                    return Ok(stat);
                }
            }
            let path = self.here(&name);
            if !self.pending.is_empty() && self.enter_again(&path) {
                continue;
            }
            let (descriptor, stat) = self.look(&name)?;
            let facts = Facts::new(&path, &stat);
            match (facts.kind, self.pending.last()) {
                (Kind::Link, _) => self.follow(&name, &descriptor, facts, trust)?,
                (Kind::Directory, Some(_)) => self.enter(descriptor, facts),
                (_, Some(next)) => return Err(OpenFault::Missing { at: path.join(next) }),
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

    /// The directory that the walk has ended in, opened to be written into and synced.
    pub(super) fn open_directory(&self) -> Result<Directory, OpenFault> {
        let here = self.here(OsStr::new(""));
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let descriptor =
            openat(self.directory()?, ".", flags, Mode::empty()).map_err(|errno| match errno {
                Errno::EACCES => OpenFault::Denied { at: here.clone() },
                errno => OpenFault::System { errno },
            })?;
        let stat = fstat(&descriptor).map_err(|errno| OpenFault::System { errno })?;
        Ok(Directory { descriptor, facts: Facts::new(&here, &stat) })
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
        let descriptor = openat(self.directory()?, name, flags, Mode::empty())
            .map_err(|errno| self.look_fault(errno, name))?;
        let stat = fstat(&descriptor).map_err(|errno| OpenFault::System { errno })?;
        Ok((descriptor, stat))
    }

    fn enter(&mut self, descriptor: OwnedFd, facts: Facts) {
        self.way.push(facts.clone());
        self.entered.push(self.system.keep(Entered { descriptor, facts }));
    }

    /// Enters a directory that an earlier walk has entered: the very same one, by its descriptor.
    fn enter_again(&mut self, path: &Path) -> bool {
        let Some(directory) = self.system.entered(path) else { return false };
        self.way.push(directory.facts.clone());
        self.entered.push(directory);
        true
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
        let path = self.entered.last().map_or(Path::new("/"), |directory| &directory.facts.path);
        let mut parts = path.iter().skip(1);
        let below_credentials = match (parts.next(), parts.next()) {
            (Some(run), Some(credentials)) if run == "run" && credentials == "credentials" => true,
            (Some(run), Some(user)) if run == "run" && user == "user" => {
                parts.next().is_some() && parts.next().is_some_and(|part| part == "credentials")
            }
            _ => false,
        };
        if !below_credentials || parts.next().is_none() {
            return Ok(false);
        }
        let directory = self.directory()?;
        let system = fstatfs(directory).map_err(|errno| OpenFault::System { errno })?;
        let kind = system.filesystem_type();
        let flags = fstatvfs(directory).map_err(|errno| OpenFault::System { errno })?.flags();
        Ok((kind == RAMFS || kind == TMPFS_MAGIC) && flags.contains(FsFlags::ST_RDONLY))
    }

    /// A look needs nothing of the component itself: what is denied is the way through its directory.
    fn look_fault(&self, errno: Errno, name: &OsStr) -> OpenFault {
        match (self.fault(errno, name), self.entered.last()) {
            (OpenFault::Denied { .. }, Some(directory)) => {
                OpenFault::Denied { at: directory.facts.path.clone() }
            }
            (fault, _) => fault,
        }
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
