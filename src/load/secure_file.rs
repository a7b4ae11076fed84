//! The one place that reads files.
//!
//! A path is walked from `/` one component at a time through descriptors, and a link is followed only where
//! its owner may be trusted; what is checked is what was opened, never what a name meant a moment ago. This
//! module collects facts; [`crate::verify::ownership`] judges them.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::sys::statfs::{FsType, TMPFS_MAGIC, fstatfs};
use nix::sys::statvfs::FsFlags;
use zeroize::Zeroizing;

/// Links in a row that a path may hold, as many as the kernel allows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// Times that a file is read anew because it changed under our eyes.
const MAX_READS: usize = 5;
/// linux/magic.h; nix has no name for it.
const RAMFS: FsType = FsType(0x8584_58f6);

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
    fn new(path: &Path, stat: &FileStat) -> Self {
        let kind = match SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) {
            SFlag::S_IFREG => Kind::Regular,
            SFlag::S_IFDIR => Kind::Directory,
            SFlag::S_IFLNK => Kind::Link,
            SFlag::S_IFIFO => Kind::Fifo,
            SFlag::S_IFSOCK => Kind::Socket,
            _ => Kind::Device,
        };
        Self { path: path.to_owned(), kind, uid: stat.st_uid, gid: stat.st_gid, mode: stat.st_mode & 0o7777 }
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
    fn new(stat: &FileStat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            modified: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
            size: stat.st_size as u64,
        }
    }
}

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

/// Opens and reads `path` (relative to the working directory), `limit` bytes at the most.
pub fn open(path: &Path, trust: &Trust, limit: usize) -> Result<Opened, OpenFault> {
    let path = absolute(path)?;
    let mut walk = Walk::start(&path)?;
    let (descriptor, stat) = walk.run(trust)?;
    let facts = Facts::new(&walk.location(), &stat);
    if let (Trust::FileOwner, Some(link)) = (
        trust,
        walk.way.iter().find(|step| step.kind == Kind::Link && step.uid != 0 && step.uid != facts.uid),
    ) {
        return Err(OpenFault::ForeignLink { link: link.clone() });
    }
    let (contents, identity) = match facts.kind {
        Kind::Regular => {
            let (contents, identity) = read_stable(descriptor, &stat, limit)?;
            (Some(contents), identity)
        }
        _ => (None, Identity::new(&stat)),
    };
    let names = std::mem::take(&mut walk.names);
    Ok(Opened {
        path,
        on_credential_mount: walk.on_credential_mount()?,
        way: walk.way,
        facts,
        identity,
        names,
        contents,
    })
}

/// The facts of a path's last component and of everything on the way, without opening it: for a command.
pub fn inspect(path: &Path) -> Result<(Facts, Vec<Facts>), OpenFault> {
    let path = absolute(path)?;
    let mut walk = Walk::start(&path)?;
    let stat = walk.run_without_opening()?;
    Ok((Facts::new(&walk.location(), &stat), walk.way))
}

/// Walks to a directory, to write into it: links only of who is trusted, as for a file.
pub fn open_directory(path: &Path, trust: &Trust) -> Result<Directory, OpenFault> {
    let path = absolute(path)?;
    let mut walk = Walk::start(&path)?;
    let (descriptor, stat) = walk.run(trust)?;
    let facts = Facts::new(&walk.location(), &stat);
    match facts.kind {
        Kind::Directory => {
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
            let descriptor = openat(&descriptor, ".", flags, Mode::empty())
                .map_err(|errno| OpenFault::System { errno })?;
            Ok(Directory { descriptor, facts })
        }
        kind => Err(OpenFault::NotAFile { kind }),
    }
}

/// A file of the kernel's (`/proc`, `/sys`), whose path no user can bend.
pub fn read_kernel_file(path: &str) -> std::io::Result<String> {
    read_system_file(path)
}

/// A public database of the system (`/etc/passwd`), whose path no user can bend. Any user may put bytes that are
/// no UTF-8 into a line of it (`chfn`): they must not hide the other lines.
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

/// A walk through a path: the descriptors of the directories entered so far, and what is still to go.
struct Walk {
    /// From `/` down; `..` goes back up this stack, so it always means the directory that was really entered.
    entered: Vec<(OwnedFd, OsString)>,
    /// Components still to go, the next one last.
    pending: Vec<OsString>,
    /// What was seen.
    way: Vec<Facts>,
    links: usize,
    names: Vec<OsString>,
}

impl Walk {
    fn start(path: &Path) -> Result<Self, OpenFault> {
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
    fn location(&self) -> PathBuf {
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

    /// Walks to the end and opens the file.
    fn run(&mut self, trust: &Trust) -> Result<(OwnedFd, FileStat), OpenFault> {
        while let Some(name) = self.pending.pop() {
            if self.go_up(&name) {
                continue;
            }
            let (descriptor, stat) = self.look(&name)?;
            let facts = Facts::new(&self.here(&name), &stat);
            match facts.kind {
                Kind::Link => self.follow(&name, &descriptor, facts, trust)?,
                Kind::Directory if !self.pending.is_empty() => self.enter(name, descriptor, facts),
                _ if !self.pending.is_empty() => {
                    return Err(OpenFault::Missing {
                        at: self.here(&name).join(self.pending.last().map_or(OsStr::new(""), |next| next)),
                    });
                }
                Kind::Regular => {
                    // O_NONBLOCK: were the file swapped for a pipe at this moment, we would not hang on it.
                    let flags = OFlag::O_RDONLY
                        | OFlag::O_NOFOLLOW
                        | OFlag::O_NONBLOCK
                        | OFlag::O_NOCTTY
                        | OFlag::O_CLOEXEC;
                    let opened = openat(self.directory()?, name.as_os_str(), flags, Mode::empty());
                    let descriptor = opened.map_err(|errno| self.fault(errno, &name))?;
                    let stat = fstat(&descriptor).map_err(|errno| OpenFault::System { errno })?;
                    self.names.push(name);
                    return Ok((descriptor, stat));
                }
                _ => {
                    self.names.push(name);
                    return Ok((descriptor, stat));
                }
            }
        }
        // The path was `/`, or ended in `..`.
        Err(OpenFault::NotAFile { kind: Kind::Directory })
    }

    /// Walks to the end, following every link: for a program, which the kernel would find the same way.
    fn run_without_opening(&mut self) -> Result<FileStat, OpenFault> {
        while let Some(name) = self.pending.pop() {
            if self.go_up(&name) {
                continue;
            }
            let (descriptor, stat) = self.look(&name)?;
            let facts = Facts::new(&self.here(&name), &stat);
            match facts.kind {
                Kind::Link => self.follow_unconditionally(&name, &descriptor, facts)?,
                Kind::Directory if !self.pending.is_empty() => self.enter(name, descriptor, facts),
                _ if !self.pending.is_empty() => return Err(OpenFault::Missing { at: self.here(&name) }),
                _ => {
                    self.names.push(name);
                    return Ok(stat);
                }
            }
        }
        Err(OpenFault::NotAFile { kind: Kind::Directory })
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

    fn follow(&mut self, name: &OsStr, link: &OwnedFd, facts: Facts, trust: &Trust) -> Result<(), OpenFault> {
        if let Trust::Users(users) = trust
            && facts.uid != 0
            && !users.contains(&facts.uid)
        {
            return Err(OpenFault::ForeignLink { link: facts });
        }
        self.follow_unconditionally(name, link, facts)
    }

    fn follow_unconditionally(
        &mut self,
        name: &OsStr,
        link: &OwnedFd,
        facts: Facts,
    ) -> Result<(), OpenFault> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(OpenFault::LinkLoop);
        }
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

    fn on_credential_mount(&self) -> Result<bool, OpenFault> {
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
        let flags =
            nix::sys::statvfs::fstatvfs(directory).map_err(|errno| OpenFault::System { errno })?.flags();
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

/// A directory is entered, not read: the right to pass through it is enough.
const DIRECTORY: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

/// Reads the whole file; reads it anew where it changed meanwhile, so that nobody gets half of an edit.
fn read_stable(
    descriptor: OwnedFd,
    first: &FileStat,
    limit: usize,
) -> Result<(Zeroizing<Vec<u8>>, Identity), OpenFault> {
    let mut file = std::fs::File::from(descriptor);
    let mut before = Identity::new(first);
    for _ in 0..MAX_READS {
        let contents = read_once(&mut file, before.size, limit)?;
        let after = Identity::new(&fstat(&file).map_err(|errno| OpenFault::System { errno })?);
        if after == before && contents.len() as u64 == after.size {
            return Ok((contents, after));
        }
        before = after;
        std::io::Seek::rewind(&mut file).map_err(|error| system(&error))?;
    }
    Err(OpenFault::Unstable)
}

fn read_once(file: &mut std::fs::File, size: u64, limit: usize) -> Result<Zeroizing<Vec<u8>>, OpenFault> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > limit {
        return Err(OpenFault::TooLarge { limit });
    }
    // The size that was seen, and not to the end: no reallocation leaves a copy of the contents behind, and a
    // file that has grown meanwhile has another size afterwards, which the caller sees.
    let mut contents = Zeroizing::new(vec![0; size]);
    let mut filled = 0;
    while filled < contents.len() {
        match file.read(&mut contents[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(system(&error)),
        }
    }
    contents.truncate(filled);
    Ok(contents)
}

fn system(error: &std::io::Error) -> OpenFault {
    OpenFault::System { errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)) }
}

/// A path as bytes, for systems calls that take them.
#[must_use]
pub fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
