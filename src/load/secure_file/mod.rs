//! The one place that reads files.
//!
//! A path is walked from `/` one component at a time through descriptors, and a link is followed only where
//! its owner may be trusted; what is checked is what was opened, never what a name meant a moment ago. This
//! module collects facts; [`crate::verify::ownership`] judges them.

mod control_group;
mod facts;
mod look;
mod process;
mod read;
mod replaceable;
mod walk;

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::fstatat;
use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
use zeroize::Zeroizing;

pub use control_group::processes_of;
pub use facts::{Facts, Identity, Kind};
pub use look::{Seen, is_absent, look_at, newest_link};
pub use process::{ProcessFolder, own_children, own_descriptors};
pub use replaceable::{Replaceable, open_to_replace};
use walk::{Entered, Walk};

/// So much of a script the kernel looks at for its interpreter (`BINPRM_BUF_SIZE`).
pub const BEGINNING: usize = 256;

/// Whose links may be followed on the way, and so whose file may be read.
#[derive(Clone, Debug)]
pub enum Trust {
    /// root and these users.
    Users(Vec<u32>),
    /// root and whoever owns the file that is found: root's look at another user's file.
    FileOwner,
}

/// A file that was opened, with everything that was seen on the way.
#[derive(Debug)]
pub struct Opened {
    /// The path as it was named, made absolute.
    pub path: PathBuf,
    /// Directories and links on the way, in order.
    pub way: Vec<Facts>,
    /// The file itself.
    pub facts: Facts,
    /// Which content it is.
    pub identity: Identity,
    /// The file's names: of each link that led to it, and its own.
    pub names: Vec<OsString>,
    /// Whether it lies on a read-only ramfs or tmpfs, as systemd's credentials do.
    pub on_credential_mount: bool,
    /// What it holds; nothing where it is not a regular file.
    pub contents: Option<Zeroizing<Vec<u8>>>,
}

/// A directory that was walked to and looked at; what is written goes into it by its descriptor.
#[derive(Debug)]
pub struct Directory {
    descriptor: OwnedFd,
    facts: Facts,
}

impl Directory {
    /// Owner and mode.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The descriptor, for what is written into the directory.
    #[must_use]
    pub fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    /// What a name in it means, without opening anything and without following a link.
    pub fn look_at(&self, name: &OsStr) -> Result<Seen, Errno> {
        fstatat(&self.descriptor, name, AtFlags::AT_SYMLINK_NOFOLLOW).map(|stat| Seen::new(&stat))
    }

    /// Whether it is on a tmpfs, so that nothing in it reaches a disk.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        fstatfs(&self.descriptor).is_ok_and(|system| system.filesystem_type() == TMPFS_MAGIC)
    }
}

/// Why a file could not be opened or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenFault {
    /// It, or a directory on the way, does not exist.
    Missing {
        /// The first component that is not there.
        at: PathBuf,
    },
    /// The system refuses us.
    Denied {
        /// The component that may not be read or entered.
        at: PathBuf,
    },
    /// A link on the way belongs to somebody who is not trusted.
    ForeignLink {
        /// The link.
        link: Facts,
    },
    /// More links than the kernel allows: a loop.
    LinkLoop,
    /// Larger than allowed.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// It changed each time it was read.
    Unstable,
    /// Somebody else is writing to it.
    Locked,
    /// Something that cannot be opened as a file.
    NotAFile {
        /// What it is.
        kind: Kind,
    },
    /// The system failed.
    System {
        /// Its reason.
        errno: Errno,
    },
}

/// The file system as one run sees it: each directory is entered once and judged as it was then.
#[derive(Debug, Default)]
pub struct FileSystem(RefCell<Vec<Rc<Entered>>>);

impl FileSystem {
    /// Nothing entered yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn entered(&self, path: &Path) -> Option<Rc<Entered>> {
        self.0.borrow().iter().find(|directory| directory.is_at(path)).map(Rc::clone)
    }

    fn keep(&self, directory: Entered) -> Rc<Entered> {
        let directory = Rc::new(directory);
        self.0.borrow_mut().push(Rc::clone(&directory));
        directory
    }

    /// Opens and reads `path` (relative to the working directory), `limit` bytes at the most.
    pub fn open(&self, path: &Path, trust: &Trust, limit: usize) -> Result<Opened, OpenFault> {
        self.walk_and_read(path, trust, limit).map(|(opened, ..)| opened)
    }

    /// The same, with the directory that it lies in and its descriptor; a regular file alone.
    fn open_with_directory(
        &self,
        path: &Path,
        trust: &Trust,
        limit: usize,
    ) -> Result<(Opened, Directory, OwnedFd), OpenFault> {
        let (opened, walk, file) = self.walk_and_read(path, trust, limit)?;
        let Some(file) = file else { return Err(OpenFault::NotAFile { kind: opened.facts.kind }) };
        Ok((opened, walk.open_directory()?, file))
    }

    fn walk_and_read(
        &self,
        path: &Path,
        trust: &Trust,
        limit: usize,
    ) -> Result<(Opened, Walk<'_>, Option<OwnedFd>), OpenFault> {
        let path = absolute(path)?;
        let mut walk = Walk::start(&path, self)?;
        let mut stat = walk.to_the_end(Some(trust))?;
        let mut opened = None;
        if Kind::of(&stat) == Kind::Regular {
            let (descriptor, opened_stat) = walk.open_last(OFlag::empty())?;
            stat = opened_stat;
            opened = Some(descriptor);
        }
        let facts = Facts::new(&walk.location(), &stat);
        if let (Trust::FileOwner, Some(link)) = (
            trust,
            walk.way.iter().find(|step| step.kind == Kind::Link && step.uid != 0 && step.uid != facts.uid),
        ) {
            return Err(OpenFault::ForeignLink { link: link.clone() });
        }
        let (contents, identity, file) = match opened {
            // What was opened is looked at once more: it may have been swapped for something else.
            Some(descriptor) if facts.kind == Kind::Regular => {
                let mut file = std::fs::File::from(descriptor);
                let (contents, identity) = read::read_stable(&mut file, &stat, limit)?;
                (Some(contents), identity, Some(file.into()))
            }
            _ => (None, Identity::new(&stat), None),
        };
        let names = std::mem::take(&mut walk.names);
        let way = std::mem::take(&mut walk.way);
        let on_credential_mount = walk.on_credential_mount()?;
        let opened = Opened { path, way, facts, identity, names, on_credential_mount, contents };
        Ok((opened, walk, file))
    }

    /// The facts of a path's last component and of everything on the way, without opening it: for a command.
    pub fn inspect(&self, path: &Path) -> Result<(Facts, Vec<Facts>), OpenFault> {
        let path = absolute(path)?;
        let mut walk = Walk::start(&path, self)?;
        let stat = walk.to_the_end(None)?;
        Ok((Facts::new(&walk.location(), &stat), walk.way))
    }

    /// The beginning of a file, for what the kernel reads of a program; nothing where it may not be read.
    pub fn beginning(&self, path: &Path) -> Option<[u8; BEGINNING]> {
        let mut walk = Walk::start(&absolute(path).ok()?, self).ok()?;
        walk.to_the_end(None).ok()?;
        let (descriptor, _) = walk.open_last(OFlag::empty()).ok()?;
        let mut beginning = [0; BEGINNING];
        nix::unistd::read(&descriptor, &mut beginning).ok()?;
        Some(beginning)
    }

    /// Walks to a directory, to write into it: links only of who is trusted, as for a file.
    pub fn open_directory(&self, path: &Path, trust: &Trust) -> Result<Directory, OpenFault> {
        self.open_directory_with_way(path, trust).map(|(directory, _)| directory)
    }

    /// The same, with every step of the way, the directory itself the last.
    pub fn open_directory_with_way(
        &self,
        path: &Path,
        trust: &Trust,
    ) -> Result<(Directory, Vec<Facts>), OpenFault> {
        let path = absolute(path)?;
        let mut walk = Walk::start(&path, self)?;
        walk.to_the_end(Some(trust))?;
        let (descriptor, stat) = walk.open_last(OFlag::O_DIRECTORY)?;
        let facts = Facts::new(&walk.location(), &stat);
        let mut way = walk.way;
        way.push(facts.clone());
        Ok((Directory { descriptor, facts }, way))
    }
}

/// A file of the kernel's (`/proc`) or a public database of the system (`/etc/passwd`), whose path no user can
/// bend. Any user may put bytes that are no UTF-8 into a line of it (`chfn`): they must not hide the other lines.
pub fn read_system_file(path: &str) -> std::io::Result<String> {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads files")]
    let bytes = std::fs::read(path)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn absolute(path: &Path) -> Result<PathBuf, OpenFault> {
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    let directory = nix::unistd::getcwd().map_err(|errno| OpenFault::System { errno })?;
    Ok(directory.join(path))
}
