//! A file that could not be written, as a finding.

use std::path::Path;

use nix::errno::Errno;

use crate::error::{Error, Status};
use crate::finding::{Finding, Gate, Place};
use crate::secure_write::WriteFault;
use crate::text::{quoted_path, shown_path};

/// Says what is there now, and what to do.
#[must_use]
pub fn write_finding(fault: WriteFault, path: &Path) -> Finding {
    let finding = match fault {
        WriteFault::Changed => Finding::refuses(Gate::System, "somebody changed the file meanwhile")
            .status(Status::TryAgain)
            .why("what they wrote would be lost; the file is as they left it")
            .mend("try again when the other one is done"),
        WriteFault::HardLinked => {
            Finding::refuses(Gate::FileKind, "the file has a second name (a hard link)")
                .why("a new file under this name would leave the old content under the other one")
                .mend(format!(
                    "find it and remove one of them: sudo find / -xdev -samefile {}",
                    quoted_path(path)
                ))
        }
        WriteFault::Exists => Finding::refuses(Gate::Usage, "the file is there already")
            .why("what is in it would be lost")
            .mend("name another file; to begin anew, move this one aside first"),
        WriteFault::NotSynced { errno } => Finding::refuses(
            Gate::System,
            format!("the change is made, but the disk does not confirm it: {}", errno.desc()),
        )
        .why("after a power failure the file may be as it was before")
        .mend(match errno {
            Errno::ENOSPC | Errno::EDQUOT => format!("{}; then look at the file", make_room(path)),
            Errno::EROFS => {
                "the file system is read-only by now: see dmesg, remount it, then look at the file".to_owned()
            }
            _ => "look at the system's log (dmesg, journalctl -k), then at the file".to_owned(),
        }),
        WriteFault::System { step, errno } => system(step, errno, path),
    };
    finding.at(Place::file(path))
}

/// The same about a file of envgate's own, as an error.
#[must_use]
pub fn write_error(fault: WriteFault, path: &Path) -> Error {
    match fault {
        WriteFault::System { step, errno } => Error::system_at(step, path, errno),
        WriteFault::NotSynced { errno } => Error::system_at("write the file to the disk", path, errno),
        WriteFault::Changed | WriteFault::HardLinked => {
            Error::system_at("write the file", path, Errno::EBUSY)
        }
        WriteFault::Exists => Error::system_at("make the file", path, Errno::EEXIST),
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn make_room(path: &Path) -> String {
    format!("make room first: df -h {0}; df -i {0}", quoted_path(directory_of(path)))
}

fn system(step: &'static str, errno: Errno, path: &Path) -> Finding {
    let (gate, mend) = match errno {
        // A link to it is one across file systems.
        Errno::EBUSY | Errno::EXDEV => (
            Gate::FileKind,
            "a file that is mounted by itself (a bind mount, a container's secret) cannot be replaced: change it where \
             it comes from"
                .to_owned(),
        ),
        Errno::ENOSPC | Errno::EDQUOT => {
            (Gate::System, make_room(path))
        }
        Errno::EROFS => (
            Gate::System,
            "the file system is read-only: change the file where it comes from, or remount it".to_owned(),
        ),
        Errno::EACCES | Errno::EPERM => (
            Gate::Permission,
            format!(
                "run as root or as the owner of {} (and see lsattr, where root is refused too)",
                shown_path(directory_of(path))
            ),
        ),
        _ => (Gate::System, "see the system's log (dmesg, journalctl -k) and the limits (ulimit -a)".to_owned()),
    };
    Finding::refuses(gate, format!("cannot {step}: {}", errno.desc()))
        .why("a file is replaced as a whole or not at all: the one that was there is untouched")
        .mend(mend)
}
