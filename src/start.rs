//! The first moments of the process: what must be true before a secret is read.

use std::os::fd::{AsFd, AsRawFd};

use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag, fcntl, openat};
use nix::sys::stat::Mode;

use crate::error::{Error, Status};
use crate::output;

/// Makes this process undumpable (`execve` makes the worker dumpable again), keeps our files off the standard
/// streams, and lets no panic print what it holds.
pub fn protect() -> Result<(), Error> {
    std::panic::set_hook(Box::new(|panic| {
        let place =
            panic.location().map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
        output::complain(&format!(
            "envgate: a fault of envgate's own{place}; nothing was started. Please report it.\n"
        ));
        output::end(Status::Software);
    }));
    nix::sys::prctl::set_dumpable(false)
        .map_err(|errno| Error::system("forbid core dumps of envgate", errno))?;
    occupy_standard_streams()
}

/// A standard stream that the caller closed would be taken by the next file we open, and a message to a person
/// written into it. Until `execve` closes it again, `/dev/null` holds the place.
fn occupy_standard_streams() -> Result<(), Error> {
    if is_open(std::io::stdin()) && is_open(std::io::stdout()) && is_open(std::io::stderr()) {
        return Ok(());
    }
    loop {
        // The lowest free number is what `open` gives.
        let null = openat(AT_FDCWD, "/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
            .map_err(|errno| Error::system_at("hold a closed standard stream", "/dev/null", errno))?;
        if null.as_raw_fd() > 2 {
            return Ok(());
        }
        // Held until the end of the process.
        std::mem::forget(null);
    }
}

fn is_open(stream: impl AsFd) -> bool {
    fcntl(stream, FcntlArg::F_GETFD).is_ok()
}
