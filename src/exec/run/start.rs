//! Starting the process that becomes the command: this program once more, with an empty environment, told what to do
//! by its arguments and by the letter on its standard input.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::SigSet;
use nix::unistd::Pid;

use super::Order;
use super::letter::Letter;
use crate::error::Error;
use crate::exec::delivery::CHILDS_DESCRIPTOR;
use crate::load::secure_file;

/// This program, even where its file was replaced since.
const OURSELVES: &str = "/proc/self/exe";

/// Starts it. Nothing that we or our caller have open goes along but errors, output and the config.
pub(super) fn start(
    order: &Order,
    letter: &Letter,
    config: Option<&OwnedFd>,
    output_to_errors: bool,
) -> Result<Pid, Error> {
    let arguments: Vec<CString> = order.words();
    let nothing: [&CStr; 0] = [];
    let start = || {
        let mut attributes = PosixSpawnAttr::init()?;
        attributes.set_flags(PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK)?;
        attributes.set_sigmask(&SigSet::empty())?;
        let actions = descriptors(letter, config, output_to_errors)?;
        posix_spawn(OURSELVES, &actions, &attributes, &arguments, &nothing)
    };
    start().map_err(|errno| Error::system("start a process for the command", errno))
}

/// In this order: the letter's and the config's own numbers may be any, each other's too.
fn descriptors(
    letter: &Letter,
    config: Option<&OwnedFd>,
    output_to_errors: bool,
) -> Result<PosixSpawnFileActions, Errno> {
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_dup2(letter.as_raw_fd(), 0)?;
    if output_to_errors {
        actions.add_dup2(2, 1)?;
    }
    if let Some(config) = config {
        // Onto itself as well, where it has that number: the flag that closes it is cleared (posix_spawn(3p)).
        actions.add_dup2(config.as_raw_fd(), CHILDS_DESCRIPTOR)?;
    }
    let is_kept = |number: i32| number <= 2 || config.is_some() && number == CHILDS_DESCRIPTOR;
    let open =
        secure_file::own_descriptors().map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    for number in open.into_iter().filter(|number| !is_kept(*number)) {
        actions.add_close(number)?;
    }
    Ok(actions)
}
