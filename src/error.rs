//! The exit statuses, a published contract, and the one error type of the library.

use std::fmt;
use std::path::PathBuf;

use nix::errno::Errno;

use crate::text::shown_path;

/// An exit status. The numbers are those of sysexits.h and of the shells, so that systemd prints a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A verb other than `exec` ended well.
    Fine,
    /// Findings, or a rotation that was rolled back.
    Findings,
    /// 64: the command line is wrong.
    Usage,
    /// 65: an env file or the config cannot be read as what it claims to be.
    DataError,
    /// 66: a named file does not exist.
    NoInput,
    /// 70: a fault of envgate's own.
    Software,
    /// 71: a fault of the system.
    SystemFault,
    /// 75: try again.
    TryAgain,
    /// 77: a gate refused.
    NoPermission,
    /// 78: well-formed inputs, but incomplete or contradictory.
    Config,
    /// 126: the command cannot be executed.
    CannotExecute,
    /// 127: the command was not found.
    NotFound,
    /// 130: interrupted at a prompt.
    Interrupted,
}

impl Status {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Fine,
        Self::Findings,
        Self::Usage,
        Self::DataError,
        Self::NoInput,
        Self::Software,
        Self::SystemFault,
        Self::TryAgain,
        Self::NoPermission,
        Self::Config,
        Self::CannotExecute,
        Self::NotFound,
        Self::Interrupted,
    ];

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Findings => 1,
            Self::Usage => 64,
            Self::DataError => 65,
            Self::NoInput => 66,
            Self::Software => 70,
            Self::SystemFault => 71,
            Self::TryAgain => 75,
            Self::NoPermission => 77,
            Self::Config => 78,
            Self::CannotExecute => 126,
            Self::NotFound => 127,
            Self::Interrupted => 130,
        }
    }

    /// Rank where several refusals meet; the lowest decides. Faults stand before all: a check that could not
    /// be made decides nothing.
    #[must_use]
    pub fn precedence(self) -> u8 {
        match self {
            Self::Software => 0,
            Self::SystemFault => 1,
            Self::Usage => 2,
            Self::NoPermission => 3,
            Self::DataError => 4,
            Self::NoInput => 5,
            Self::Config => 6,
            Self::CannotExecute => 7,
            Self::NotFound => 8,
            Self::TryAgain => 9,
            Self::Interrupted => 10,
            Self::Findings => 11,
            Self::Fine => 12,
        }
    }
}

/// What went wrong outside the checks. A refusal is not an error: it is a report of findings.
#[derive(Debug)]
pub enum Error {
    /// The system refused a step of the launch itself.
    System {
        /// The step, as the reader would name it ("create the memfd for the config").
        step: &'static str,
        /// The file it was about.
        path: Option<PathBuf>,
        /// The system's reason.
        errno: Errno,
    },
    /// `execve` refused although every check had passed.
    Exec {
        /// The program.
        program: PathBuf,
        /// The system's reason.
        errno: Errno,
    },
    /// What envgate keeps for itself is not as it left it, or not where it can be kept.
    Unsafe {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
        /// The command or the edit that mends it.
        mend: &'static str,
    },
    /// Somebody else holds a lock.
    Busy {
        /// The file that is locked.
        path: PathBuf,
    },
    /// A program that a verb needs could not be used.
    Helper {
        /// Its name.
        program: &'static str,
        /// What it was to do, and what it said.
        what: String,
    },
}

impl Error {
    /// A failed step.
    #[must_use]
    pub fn system(step: &'static str, errno: Errno) -> Self {
        Self::System { step, path: None, errno }
    }

    /// A failed step about a file.
    pub fn system_at(step: &'static str, path: impl Into<PathBuf>, errno: Errno) -> Self {
        Self::System { step, path: Some(path.into()), errno }
    }

    /// The status with which the program ends.
    #[must_use]
    pub fn exit_status(&self) -> Status {
        match self {
            Self::System { .. } | Self::Helper { .. } => Status::SystemFault,
            Self::Unsafe { .. } => Status::NoPermission,
            Self::Busy { .. } => Status::TryAgain,
            Self::Exec { errno: Errno::ENOMEM | Errno::EIO | Errno::EMFILE | Errno::ENFILE, .. } => {
                Status::SystemFault
            }
            // ENOENT too: the program was found before, and what is missing is its interpreter.
            Self::Exec { .. } => Status::CannotExecute,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System { step, path: None, errno } => write!(formatter, "cannot {step}: {}", errno.desc()),
            Self::System { step, path: Some(path), errno } => {
                write!(formatter, "cannot {step} ({}): {}", shown_path(path), errno.desc())?;
                formatter.write_str(advice(*errno))
            }
            Self::Unsafe { path, what, mend } => {
                write!(formatter, "{} {what}: {mend}", shown_path(path))
            }
            Self::Busy { path } => {
                write!(
                    formatter,
                    "another envgate holds the lock of {}: try again; fuser -v names the process",
                    shown_path(path)
                )
            }
            Self::Exec { program, errno } => {
                write!(formatter, "the system does not execute {}: {}", shown_path(program), errno.desc())?;
                match errno {
                    Errno::ENOENT => {
                        formatter.write_str(" (a script's interpreter is missing: see its first line)")
                    }
                    Errno::ENOEXEC => formatter.write_str(
                        " (a script needs a first line such as #!/bin/sh; a binary must fit this machine)",
                    ),
                    _ => Ok(()),
                }
            }
            Self::Helper { program, what } => write!(formatter, "{program}: {what}"),
        }
    }
}

/// What to do where a file system refuses.
fn advice(errno: Errno) -> &'static str {
    match errno {
        Errno::ENOSPC | Errno::EDQUOT => " (make room first: df -h and df -i, and the user's quota)",
        Errno::EROFS => " (the file system is read-only: remount it)",
        Errno::EFBIG => " (the process may write no file of this size: ulimit -f)",
        Errno::EIO => " (the disk fails: see dmesg and journalctl -k)",
        Errno::EACCES | Errno::EPERM => " (see the owner and the mode of its folder, and lsattr)",
        _ => "",
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_order_is_64_77_65_66_78_126_127_75() {
        let mut statuses = [
            Status::TryAgain,
            Status::NotFound,
            Status::CannotExecute,
            Status::Config,
            Status::NoInput,
            Status::DataError,
            Status::NoPermission,
            Status::Usage,
        ];
        statuses.sort_by_key(|status| status.precedence());
        assert_eq!(statuses.map(Status::code), [64, 77, 65, 66, 78, 126, 127, 75]);
    }
}
