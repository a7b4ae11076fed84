//! A file that could not be opened, as a finding.

use std::path::Path;

use super::secure_file::{self, OpenFault};
use crate::error::Status;
use crate::finding::{Finding, Gate, Place};
use crate::text::{quoted_path, shown_path};

/// A file that could not be opened, as a finding. `what` is the file's part in the launch: "the env file".
#[must_use]
pub fn open_finding(fault: &OpenFault, path: &Path, what: &str) -> Finding {
    let finding = match fault {
        OpenFault::Missing { at } if at == path => {
            Finding::refuses(Gate::Input, format!("{what} does not exist"))
                .why("a worker must not start without what it names")
                .mend(format!(
                    "create it, or correct its path; what is there: ls -l {}",
                    quoted_path(beside(path))
                ))
        }
        OpenFault::Missing { at } => {
            Finding::refuses(Gate::Input, format!("{what} does not exist: there is no {}", shown_path(at)))
                .why("a worker must not start without what it names")
                .mend("create it, or correct its path")
        }
        OpenFault::Denied { at } => Finding::refuses(
            Gate::Permission,
            format!("you may not read {what}: the system denies {}", shown_path(at)),
        )
        .why("a launch runs as the worker's user and reads as that user")
        .mend(if at == path {
            format!(
                "run as the user who owns it (ls -l {0}): sudo -u USER envgate …; where the worker runs as somebody else, \
                 give it to that user: sudo chown USER: {0}",
                quoted_path(at)
            )
        } else {
            // Nobody is told to open or to give away a folder: more than this file may lie in it.
            "run as the user who owns it, or move the file to a folder that the worker's user may enter"
                .to_owned()
        }),
        OpenFault::ForeignLink { link } => Finding::refuses(
            Gate::ParentDirectory,
            format!("the way to {what} goes through {}, a link of user {}", shown_path(&link.path), link.uid),
        )
        .why("whoever owns the link chooses the file")
        .mend("name the file by its own path"),
        OpenFault::LinkLoop => {
            Finding::refuses(Gate::FileKind, format!("the way to {what} is a loop of links"))
                .why("it leads to no file")
                .mend(format!("correct the link: ls -l {}", quoted_path(path)))
        }
        OpenFault::TooLarge { limit } => {
            Finding::refuses(Gate::Size, format!("{what} is larger than {limit} bytes"))
                .why("nothing of this kind is that large; it is not read at all")
                .mend("name the right file")
        }
        OpenFault::Unstable => {
            Finding::refuses(Gate::System, format!("{what} changed each time it was read"))
                .why("half of an edit may be in it")
                .mend("wait until whoever writes it is done")
        }
        OpenFault::Locked => Finding::refuses(Gate::System, format!("somebody else is changing {what}"))
            .status(Status::TryAgain)
            .why("two who write at a time would lose what one of them wrote")
            .mend("try again when the other one is done"),
        OpenFault::NotAFile { kind } => return not_a_file(path, *kind, what),
        OpenFault::System { errno } => {
            Finding::refuses(Gate::System, format!("{what} could not be read: {}", errno.desc()))
                .why("a worker must not start on half of its inputs")
                .mend("see the system's log (dmesg, journalctl -k) and the limits (ulimit -a, LimitNOFILE=)")
        }
    };
    finding.at(Place::file(path))
}

/// The folder in which a file is missing: it is there, and shows what the file may be called.
fn beside(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What is no regular file, as a finding.
#[must_use]
pub fn not_a_file(path: &Path, kind: secure_file::Kind, what: &str) -> Finding {
    use secure_file::Kind;
    let kind = match kind {
        Kind::Directory => "a directory",
        Kind::Fifo => "a named pipe",
        Kind::Socket => "a socket",
        Kind::Device => "a device",
        Kind::Link | Kind::Regular => "not a regular file",
    };
    Finding::refuses(Gate::FileKind, format!("{what} is {kind}"))
        .at(Place::file(path))
        .why("only a regular file holds the same bytes for everybody who reads it")
        .mend("name a regular file")
}
