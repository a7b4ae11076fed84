//! What the kernel says of another process (`proc(5)`).

use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, fstat, fstatat};
use zeroize::Zeroizing;

use super::Seen;

/// The most that is read of one file: arguments and environment take 6 MiB (execve(2)).
const MAX_READ: usize = 8 << 20;
/// What most of these files fit into: what is not needed has to be wiped all the same.
const FIRST_READ: usize = 4 << 10;

/// A process's folder in `/proc`, held by a descriptor: all that is read of it is of one process, even where that
/// ends meanwhile and its number goes to another.
#[derive(Debug)]
pub struct ProcessFolder(OwnedFd);

impl ProcessFolder {
    /// The numbers of all processes that `/proc` shows us.
    pub fn numbers() -> std::io::Result<Vec<u32>> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir("/proc")? {
            numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        Ok(numbers)
    }

    /// Holds the folder of the process with this number.
    pub fn enter(number: u32) -> Result<Self, Errno> {
        let path = format!("/proc/{number}");
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        openat(AT_FDCWD, path.as_str(), flags, Mode::empty()).map(Self)
    }

    /// One of its files. `environ` holds secrets: no buffer is left behind unwiped.
    pub fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Errno> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut file = std::fs::File::from(openat(&self.0, name, flags, Mode::empty())?);
        // The kernel says no size: a buffer that was too small is wiped, and a larger one filled from the copy.
        let mut contents = Zeroizing::new(vec![0; FIRST_READ]);
        let mut filled = 0;
        loop {
            match file.read(&mut contents[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Errno::from_raw(error.raw_os_error().unwrap_or(0))),
            }
            if filled == contents.len() {
                if filled >= MAX_READ {
                    return Err(Errno::EFBIG);
                }
                let mut larger = Zeroizing::new(vec![0; filled * 2]);
                larger[..filled].copy_from_slice(&contents);
                contents = larger;
            }
        }
        contents.truncate(filled);
        Ok(contents)
    }

    /// Whose folder it is: the process's user, or root where the process may not be looked into.
    #[must_use]
    pub fn owner(&self) -> Option<u32> {
        fstat(&self.0).ok().map(|stat| stat.st_uid)
    }

    /// A file as this process sees it, with the mounts that it has; links are followed, nothing is opened.
    pub fn look_at(&self, path: &Path) -> Result<Seen, Errno> {
        let below_root = path.strip_prefix("/").unwrap_or(path);
        let stat = fstatat(&self.0, &Path::new("root").join(below_root), AtFlags::empty())?;
        Ok(Seen::new(&stat))
    }
}

/// The numbers of all descriptors that this process has open, one of this very look too.
pub fn own_descriptors() -> std::io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()));
    }
    Ok(numbers)
}

/// The numbers of this process's children, ended ones too (a kernel without `CONFIG_PROC_CHILDREN` does not say).
pub fn own_children() -> std::io::Result<Vec<i32>> {
    let mut numbers = Vec::new();
    for thread in std::fs::read_dir("/proc/self/task")? {
        let thread = thread?.file_name();
        let children = super::read_system_file(&format!("/proc/self/task/{}/children", thread.display()))?;
        numbers.extend(children.split_whitespace().filter_map(|number| number.parse::<i32>().ok()));
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whole_and_its_files_are_seen_as_it_sees_them() {
        let own = ProcessFolder::enter(std::process::id()).unwrap();
        assert!(ProcessFolder::numbers().unwrap().contains(&std::process::id()));
        assert!(own.read("stat").unwrap().starts_with(std::process::id().to_string().as_bytes()));
        assert!(own.read("maps").unwrap().ends_with(b"\n"));
        let file = Path::new("/etc/passwd");
        assert_eq!(own.look_at(file), super::super::look_at(file));
        assert_eq!(own.look_at(Path::new("/nowhere")), Err(Errno::ENOENT));
    }
}
