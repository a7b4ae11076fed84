//! Where envgate keeps what outlives a run: a state folder, and one for the trail. Both are made at first use, and
//! nobody but their owner writes into them.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::{Mode, fchmod, mkdirat};
use nix::unistd::fsync;

use crate::caller::Caller;
use crate::error::Error;
use crate::load::secure_file::{Directory, Facts, FileSystem, Kind, OpenFault, Trust};
use crate::load::user;

/// The folders of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    state: PathBuf,
    trail: PathBuf,
    uid: u32,
}

impl Places {
    /// Root's are the host's. A user's are below `$XDG_STATE_HOME`, where that is absolute and the user's own, or
    /// below the home folder that the system's database has: `$HOME` is the caller's to choose.
    pub fn of(caller: &Caller) -> Result<Self, Error> {
        let uid = caller.uid.as_raw();
        if uid == 0 {
            return Ok(Self { state: "/var/lib/envgate".into(), trail: "/var/log/envgate".into(), uid });
        }
        // A place in which the user could write anyway; what is found there is judged like any other.
        let chosen = caller.inherited("XDG_STATE_HOME").map(PathBuf::from);
        let is_own = |path: &PathBuf| {
            path.is_absolute()
                && FileSystem::new()
                    .inspect(path)
                    .is_ok_and(|(facts, _)| facts.uid == uid && facts.kind == Kind::Directory)
        };
        let base = match chosen.filter(is_own) {
            Some(base) => base,
            None => home(uid)?.join(".local/state"),
        };
        Ok(Self::below(&base.join("envgate"), uid))
    }

    /// Everything in one folder, of this user.
    #[must_use]
    pub fn below(folder: &Path, uid: u32) -> Self {
        Self { state: folder.to_owned(), trail: folder.to_owned(), uid }
    }

    /// The user.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The folder for what is remembered.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The folder for the trail.
    #[must_use]
    pub fn trail(&self) -> &Path {
        &self.trail
    }

    /// Opens the state folder, and makes it where it is missing (0700).
    pub fn open_state(&self) -> Result<Directory, Error> {
        open_or_make(&self.state, self.uid, Mode::S_IRWXU)
    }

    /// Opens the trail's folder, and makes it where it is missing: root's may be read by its group.
    pub fn open_trail(&self) -> Result<Directory, Error> {
        open_or_make(
            &self.trail,
            self.uid,
            self.readable_by_group(Mode::S_IRWXU, Mode::S_IRGRP | Mode::S_IXGRP),
        )
    }

    /// The trail's folder, where there is one.
    pub fn find_trail(&self) -> Result<Option<Directory>, Error> {
        match open(&self.trail, self.uid) {
            Ok(directory) => Ok(Some(directory)),
            Err(NotOpened::Missing(_)) => Ok(None),
            Err(NotOpened::Fault(error)) => Err(error),
        }
    }

    /// A mode, with more for the group where the folder is the host's.
    pub(crate) fn readable_by_group(&self, mode: Mode, group: Mode) -> Mode {
        if self.uid == 0 { mode | group } else { mode }
    }
}

fn home(uid: u32) -> Result<PathBuf, Error> {
    let home = user::find(uid).map(|user| PathBuf::from(user.home)).filter(|home| home.is_absolute());
    home.ok_or(Error::Unsafe {
        path: "/etc/passwd".into(),
        what: "names no home folder for this user",
        mend: "set XDG_STATE_HOME to a folder that the user owns",
    })
}

enum NotOpened {
    Missing(PathBuf),
    Fault(Error),
}

/// Folders that may be missing on the way: more are a way that somebody changes while we walk.
const MAX_MADE: usize = 16;

fn open_or_make(path: &Path, uid: u32, mode: Mode) -> Result<Directory, Error> {
    let mut is_made = false;
    for _ in 0..MAX_MADE {
        match open(path, uid) {
            Ok(directory) => {
                if is_made {
                    fchmod(directory.descriptor().as_fd(), mode)
                        .map_err(|errno| Error::system_at("set the mode of the folder", path, errno))?;
                }
                return Ok(directory);
            }
            Err(NotOpened::Missing(at)) => is_made = make(&at, uid)?,
            Err(NotOpened::Fault(error)) => return Err(error),
        }
    }
    Err(Error::system_at("make the folder", path, Errno::ENOENT))
}

/// Makes one folder, 0700, and says whether it was this process.
fn make(path: &Path, uid: u32) -> Result<bool, Error> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::system_at("make the folder", path, Errno::ENOENT));
    };
    let parent = open_way(parent, uid).map_err(|not_opened| match not_opened {
        NotOpened::Missing(at) => Error::system_at("open the folder", at, Errno::ENOENT),
        NotOpened::Fault(error) => error,
    })?;
    match mkdirat(parent.descriptor(), name, Mode::S_IRWXU) {
        Err(Errno::EEXIST) => return Ok(false),
        made => made.map_err(|errno| Error::system_at("make the folder", path, errno))?,
    }
    fsync(parent.descriptor())
        .map_err(|errno| Error::system_at("write the folder to the disk", path, errno))?;
    Ok(true)
}

/// Opens a folder into which nobody else writes.
fn open(path: &Path, uid: u32) -> Result<Directory, NotOpened> {
    let directory = open_way(path, uid)?;
    let facts = directory.facts();
    let (what, mend) = if facts.uid != uid {
        ("belongs to somebody else", "move it aside, or give it to the user who runs envgate (chown)")
    } else if facts.mode & 0o022 != 0 {
        ("can be written by others", "chmod go-w, then look at what is in it")
    } else {
        return Ok(directory);
    };
    Err(NotOpened::Fault(Error::Unsafe { path: facts.path.clone(), what, mend }))
}

/// Opens a folder that nobody else can put another one in the place of, but for a group that root trusts with a
/// folder on the way (`/var/log` is such a one): what they put there would be theirs, and refused.
fn open_way(path: &Path, uid: u32) -> Result<Directory, NotOpened> {
    let opened = FileSystem::new().open_directory_with_way(path, &Trust::Users(vec![uid]));
    let (directory, way) = opened.map_err(|fault| match fault {
        OpenFault::Missing { at } => NotOpened::Missing(at),
        fault => NotOpened::Fault(open_error(fault, path)),
    })?;
    match way.iter().find_map(|step| judge(step, uid)) {
        Some(error) => Err(NotOpened::Fault(error)),
        None => Ok(directory),
    }
}

fn judge(step: &Facts, uid: u32) -> Option<Error> {
    let is_sticky = step.mode & 0o1000 != 0;
    let (what, mend) = if step.uid != 0 && step.uid != uid {
        (
            "belongs to somebody else, who can put another folder in the place of envgate's",
            "see its owner: ls -ld",
        )
    } else if step.kind == Kind::Directory && step.mode & 0o002 != 0 && !is_sticky {
        ("can be written by everybody, who can put another folder in the place of envgate's", "chmod o-w")
    } else {
        return None;
    };
    Some(Error::Unsafe { path: step.path.clone(), what, mend })
}

/// A fault of the walk as an error about this path.
pub(crate) fn open_error(fault: OpenFault, path: &Path) -> Error {
    let system = |errno| Error::system_at("open", path, errno);
    match fault {
        OpenFault::Missing { at } => Error::system_at("open", at, Errno::ENOENT),
        OpenFault::Denied { at } => Error::system_at("open", at, Errno::EACCES),
        OpenFault::ForeignLink { link } => Error::Unsafe {
            path: link.path,
            what: "is a link of somebody else's",
            mend: "remove it, and put a folder or a link of your own there",
        },
        OpenFault::LinkLoop => system(Errno::ELOOP),
        OpenFault::TooLarge { .. } => system(Errno::EFBIG),
        OpenFault::Unstable | OpenFault::Locked => Error::Busy { path: path.to_owned() },
        OpenFault::NotAFile { .. } => system(Errno::ENOTDIR),
        OpenFault::System { errno } => system(errno),
    }
}
