//! Looks at a path without opening anything: what is there now, and since when a name leads there.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, readlink};
use nix::sys::stat::{FileStat, fstatat, lstat};

use super::{Identity, Kind};

/// Links that a path may hold, as many as the kernel allows (`path_resolution(7)`).
const MAX_LINKS: usize = 40;

/// A file that was looked at and not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What it is.
    pub kind: Kind,
    /// Which content it is.
    pub identity: Identity,
    /// When it was last written, renamed, linked or given away (ctime), in nanoseconds since 1970.
    pub changed: i128,
}

impl Seen {
    pub(super) fn new(stat: &FileStat) -> Self {
        Self { kind: Kind::of(stat), identity: Identity::new(stat), changed: changed(stat) }
    }
}

fn changed(stat: &FileStat) -> i128 {
    i128::from(stat.st_ctime) * 1_000_000_000 + i128::from(stat.st_ctime_nsec)
}

/// A file as we see it; links are followed, nothing is opened.
pub fn look_at(path: &Path) -> Result<Seen, Errno> {
    fstatat(AT_FDCWD, path, AtFlags::empty()).map(|stat| Seen::new(&stat))
}

/// Whether there is nothing of this name, not even a link that leads nowhere, nor a folder that is one.
#[must_use]
pub fn is_absent(path: &Path) -> bool {
    let missing = |path: &Path| lstat(path).err() == Some(Errno::ENOENT);
    // What is behind a link to a disk that is not mounted is not absent: nobody knows it.
    let is_dangling = |folder: &Path| !missing(folder) && look_at(folder).is_err();
    missing(path) && !path.parent().is_some_and(is_dangling)
}

/// When the youngest link on a path was made, in nanoseconds since 1970: since then it may lead elsewhere than
/// before. None without links.
pub fn newest_link(path: &Path) -> Result<Option<i128>, Errno> {
    let mut pending: Vec<PathBuf> = vec![path.to_owned()];
    let mut newest = None;
    let mut links = 0;
    while let Some(path) = pending.pop() {
        for part in path.ancestors() {
            let stat = lstat(part)?;
            if Kind::of(&stat) != Kind::Link {
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                return Err(Errno::ELOOP);
            }
            newest = newest.max(Some(changed(&stat)));
            pending.push(part.parent().unwrap_or(Path::new("/")).join(readlink(part)?));
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_behind_a_link_counts() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("v1/secrets")).unwrap();
        let made = |name: &str| changed(&lstat(&at(name)).unwrap());
        assert_eq!(newest_link(&at("v1/secrets")).unwrap(), None);
        std::os::unix::fs::symlink("v1", at("current")).unwrap();
        assert_eq!(newest_link(&at("current/secrets")).unwrap(), Some(made("current")));
        std::os::unix::fs::symlink("current/secrets", at("secrets")).unwrap();
        // The link in the middle is made anew: it is the younger one now.
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::remove_file(at("current")).unwrap();
        std::os::unix::fs::symlink("v1", at("current")).unwrap();
        assert!(made("current") > made("secrets"));
        assert_eq!(newest_link(&at("secrets")).unwrap(), Some(made("current")));
        std::os::unix::fs::symlink("loop", at("loop")).unwrap();
        assert_eq!(newest_link(&at("loop")), Err(Errno::ELOOP));
    }
}
