//! The trail's file: opened without following a link, locked, written in one call behind everything that is there.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, Flock, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, SFlag, fchmod, fstat, fstatat};
use nix::unistd::{fsync, ftruncate, write};

use super::hash::Hash;
use super::{NAME, chain, path};
use crate::error::Error;
use crate::kept::Places;
use crate::load::secure_file::Directory;
use crate::lock::{LockFault, lock_within};

/// So long an append waits for another one, which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// So much of the end is read for the last record: it, what was torn behind it, and room.
const MAX_TAIL: u64 = 8 * chain::MAX_LINE as u64;

const OPEN: OFlag = OFlag::O_NOFOLLOW.union(OFlag::O_NONBLOCK).union(OFlag::O_NOCTTY).union(OFlag::O_CLOEXEC);

/// The file, for as long as its lock is held.
pub(super) struct Appending<'a> {
    file: Flock<File>,
    directory: &'a Directory,
    path: PathBuf,
    length: u64,
    /// For a file that has nothing yet.
    mode: Mode,
    /// Whether the last line lacks its end.
    is_torn: bool,
}

/// Opens the file, makes it at first use, and takes its lock.
pub(super) fn open_to_append<'a>(
    directory: &'a Directory,
    path: &Path,
    places: &Places,
) -> Result<Appending<'a>, Error> {
    let give_up = Instant::now() + PATIENCE;
    let system = |step| move |errno| Error::system_at(step, path, errno);
    loop {
        let flags = OPEN | OFlag::O_RDWR | OFlag::O_APPEND | OFlag::O_CREAT;
        let private = Mode::S_IRUSR | Mode::S_IWUSR;
        let file = File::from(
            openat(directory.descriptor(), NAME, flags, private).map_err(system("open the trail"))?,
        );
        judge(&fstat(&file).map_err(system("look at the trail"))?, path, places.uid())?;
        match lock_within(file, false, give_up.saturating_duration_since(Instant::now())) {
            Ok(file) => {
                // As it is now that nobody else writes; a file that was moved aside meanwhile is another one.
                let stat = fstat(&*file).map_err(system("look at the trail"))?;
                if is_still(&stat, directory) {
                    let length = u64::try_from(stat.st_size).unwrap_or(0);
                    let mode = places.readable_by_group(private, Mode::S_IRGRP);
                    let path = path.to_owned();
                    return Ok(Appending { file, directory, path, length, mode, is_torn: false });
                }
            }
            Err(LockFault::Held) => return Err(Error::Busy { path: path.to_owned() }),
            Err(LockFault::System(errno)) => return Err(system("lock the trail")(errno)),
        }
    }
}

fn judge(stat: &FileStat, path: &Path, uid: u32) -> Result<(), Error> {
    let is_file = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFREG;
    let (what, mend) = if !is_file {
        ("is no file", "move it aside")
    } else if stat.st_uid != uid {
        ("belongs to somebody else", "look at what is in it (envgate audit verify), then chown it")
    } else if stat.st_nlink > 1 {
        ("has a second name (a hard link)", "remove the other one: find -samefile names it")
    } else if stat.st_mode & 0o022 != 0 {
        ("can be written by others", "chmod go-w, then envgate audit verify")
    } else {
        return Ok(());
    };
    Err(Error::Unsafe { path: path.to_owned(), what, mend })
}

fn is_still(stat: &FileStat, directory: &Directory) -> bool {
    fstatat(directory.descriptor(), NAME, AtFlags::AT_SYMLINK_NOFOLLOW)
        .is_ok_and(|now| (now.st_dev, now.st_ino) == (stat.st_dev, stat.st_ino))
}

impl Appending<'_> {
    /// The hash that the next record follows on: that of the last line which is a record. What was torn behind it is
    /// left behind.
    pub(super) fn last_hash(&mut self) -> Result<Hash, Error> {
        let start = self.length.saturating_sub(MAX_TAIL);
        let mut tail = vec![0; usize::try_from(self.length - start).unwrap_or(0)];
        self.file.read_exact_at(&mut tail, start).map_err(|error| {
            let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
            Error::system_at("read the end of the trail", &self.path, errno)
        })?;
        self.is_torn = tail.last().is_some_and(|byte| *byte != b'\n');
        let last = tail.split(|byte| *byte == b'\n').rev().find_map(chain::link);
        match last {
            Some(link) => Ok(link.hash),
            None if start == 0 => Ok(Hash::BEGINNING),
            None => Err(Error::Unsafe {
                path: self.path.clone(),
                what: "has no record in its last mebibyte",
                mend: "see envgate audit verify; move it aside to begin a new trail",
            }),
        }
    }

    /// Writes a line, on a line of its own, and waits for the disk. What was written of it in vain is taken back.
    pub(super) fn append(&self, line: &[u8]) -> Result<(), Error> {
        let fault = |step| move |errno| Error::system_at(step, &self.path, errno);
        if self.length == 0 {
            fchmod(&*self.file, self.mode).map_err(fault("set the mode of the trail"))?;
        }
        let written = if self.is_torn { self.write(&[b"\n", line].concat()) } else { self.write(line) };
        let kept = written
            .map_err(fault("write a record into the trail"))
            .and_then(|()| fsync(&*self.file).map_err(fault("write the record to the disk")))
            .and_then(|()| self.keep_name().map_err(fault("write the trail's name to the disk")));
        if kept.is_ok() {
            return kept;
        }
        // The first error is the one to report. A trail that only grows (chattr +a) keeps the piece, as after a power
        // failure, and the next record leaves it behind.
        if let Ok(length) = i64::try_from(self.length) {
            let _ = ftruncate(&*self.file, length);
        }
        kept
    }

    /// One call: whoever reads meanwhile sees all of it or none.
    fn write(&self, bytes: &[u8]) -> Result<(), Errno> {
        let written = loop {
            match write(&*self.file, bytes) {
                Err(Errno::EINTR) => {}
                written => break written?,
            }
        };
        // A part fits: the disk is full, or the quota.
        if written == bytes.len() { Ok(()) } else { Err(Errno::ENOSPC) }
    }

    /// The name of a new file has to outlive the machine too.
    fn keep_name(&self) -> Result<(), Errno> {
        if self.length > 0 { Ok(()) } else { fsync(self.directory.descriptor()) }
    }
}

/// The trail as it is read, with its lock.
#[derive(Debug)]
pub struct Reading(Flock<File>);

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

/// Opens the trail to read it from its beginning; none where nothing was recorded yet. For as long as it is read,
/// nobody appends.
pub fn read(places: &Places) -> Result<Option<BufReader<Reading>>, Error> {
    let Some(directory) = places.find_trail()? else { return Ok(None) };
    let path = path(places);
    let file = match openat(directory.descriptor(), NAME, OPEN | OFlag::O_RDONLY, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(Errno::ENOENT) => return Ok(None),
        Err(errno) => return Err(Error::system_at("open the trail", path, errno)),
    };
    judge(
        &fstat(&file).map_err(|errno| Error::system_at("look at the trail", &path, errno))?,
        &path,
        places.uid(),
    )?;
    match lock_within(file, true, PATIENCE) {
        Ok(file) => Ok(Some(BufReader::new(Reading(file)))),
        Err(LockFault::Held) => Err(Error::Busy { path }),
        Err(LockFault::System(errno)) => Err(Error::system_at("lock the trail", path, errno)),
    }
}
