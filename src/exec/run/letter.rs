//! How the environment goes to the process that becomes the command, and what went wrong there comes back: a file in
//! memory, and not the process's own environment. That one the dynamic loader would obey (`LD_PRELOAD`, which a
//! config may allow its worker) while the process is still root's.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::sys::stat::{SFlag, fstat};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::exec::command::Program;
use crate::exec::environment::EnvironmentBlock;
use crate::exec::memory_file::{fits_the_limit, unsealed};
use crate::exec::to_path;

/// The most that is read: environment and arguments take 6 MiB (execve(2)).
const MAX_LETTER: u64 = 8 << 20;
/// A failure: the step, and the number of the system's reason.
const FAILURE: usize = 5;

/// The file. Its first part is the environment, `NAME=value` strings each with its NUL; behind that stands the
/// failure, where there is one.
#[derive(Debug)]
pub(super) struct Letter {
    file: File,
    environment: u64,
}

/// What the process does before it is the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Read,
    Session,
    Input,
    Groups,
    Group,
    User,
    Capabilities,
    Dumpable,
    WayBack,
    NoNewPrivileges,
    Execute,
}

/// All of them; a step's number is its place here.
const STEPS: [(Step, &str); 11] = [
    (Step::Read, "read the environment of the command"),
    (Step::Session, "begin a session for the command"),
    (Step::Input, "open the command's standard input"),
    (Step::Groups, "take the groups of the worker's user"),
    (Step::Group, "take the group of the worker's user"),
    (Step::User, "become the worker's user"),
    (Step::Capabilities, "drop the capabilities of root"),
    (Step::Dumpable, "forbid core dumps of envgate"),
    (Step::WayBack, "give up every way back to root"),
    (Step::NoNewPrivileges, "keep the command from new privileges"),
    (Step::Execute, "execute the command"),
];

impl Letter {
    /// Writes the environment.
    pub(super) fn write(environment: &EnvironmentBlock) -> Result<Self, Error> {
        let failed = |errno| Error::system("hand over the environment of the command", errno);
        fits_the_limit(environment.bytes().len() + FAILURE)?;
        let file = unsealed(c"envgate-environment").map_err(failed)?;
        file.write_all_at(environment.bytes(), 0)
            .map_err(|error| failed(Errno::from_raw(error.raw_os_error().unwrap_or(0))))?;
        Ok(Self { file, environment: environment.bytes().len() as u64 })
    }

    /// The letter that lies on our standard input; none where that is anything else.
    pub(super) fn received() -> Option<Self> {
        let stdin = std::io::stdin();
        let stat = fstat(&stdin).ok()?;
        let kind = SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits());
        let environment = u64::try_from(stat.st_size).ok()?;
        if kind != SFlag::S_IFREG || environment == 0 || environment > MAX_LETTER {
            return None;
        }
        let file = File::from(stdin.as_fd().try_clone_to_owned().ok()?);
        Some(Self { file, environment })
    }

    /// The environment, from a buffer that is wiped.
    pub(super) fn environment(&self) -> Result<Zeroizing<Vec<u8>>, Errno> {
        let size = usize::try_from(self.environment).map_err(|_| Errno::EFBIG)?;
        let mut contents = Zeroizing::new(vec![0; size]);
        self.file
            .read_exact_at(&mut contents, 0)
            .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
        Ok(contents)
    }

    /// Says behind the environment what went wrong. Nobody could be told that this fails too.
    pub(super) fn report(&self, step: Step, errno: Errno) {
        let number = STEPS.iter().position(|(known, _)| *known == step).unwrap_or(0);
        let mut failure = [u8::try_from(number).unwrap_or(0); FAILURE];
        failure[1..].copy_from_slice(&(errno as i32).to_le_bytes());
        let _ = self.file.write_all_at(&failure, self.environment);
    }

    /// What went wrong; none where the command was executed.
    pub(super) fn failure(&self, program: &Program) -> Result<Option<Error>, Error> {
        let unread = |errno| Error::system("learn whether the command was executed", errno);
        let stat = fstat(&self.file).map_err(unread)?;
        if u64::try_from(stat.st_size) == Ok(self.environment) {
            return Ok(None);
        }
        let mut failure = [0; FAILURE];
        self.file
            .read_exact_at(&mut failure, self.environment)
            .map_err(|error| unread(Errno::from_raw(error.raw_os_error().unwrap_or(0))))?;
        let [step, errno @ ..] = failure;
        let errno = Errno::from_raw(i32::from_le_bytes(errno));
        let (step, words) = STEPS[usize::from(step).min(STEPS.len() - 1)];
        Ok(Some(if step == Step::Execute {
            Error::Exec { program: to_path(&program.path), errno }
        } else {
            Error::system(words, errno)
        }))
    }
}

impl AsRawFd for Letter {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}
