//! A pseudo-terminal that the test controls.

use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::fcntl::{OFlag, open};
use nix::pty::{Winsize, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::stat::Mode;

/// Both ends. Closed in each process that another test starts meanwhile (`openpty` would leave them open): a worker
/// has no descriptors but those that its own test is about.
pub struct PseudoTerminal {
    /// The test's end: keyboard and screen.
    pub controller: File,
    /// The program's end.
    pub program: OwnedFd,
}

impl PseudoTerminal {
    pub fn open() -> Self {
        let controller =
            posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC).expect("a terminal");
        grantpt(&controller).expect("granted");
        unlockpt(&controller).expect("unlocked");
        let name = ptsname_r(&controller).expect("its name");
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let program = open(name.as_str(), flags, Mode::empty()).expect("the other end");
        Self { controller: File::from(OwnedFd::from(controller)), program }
    }

    /// One of this size.
    pub fn of_size(rows: u16, columns: u16) -> Self {
        let terminal = Self::open();
        resize(&terminal.controller, rows, columns);
        terminal
    }
}

/// Tells the terminal its size.
pub fn resize(controller: &File, rows: u16, columns: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    #[allow(unsafe_code, reason = "the size of a terminal is set by ioctl")]
    // SAFETY: the descriptor is open and the structure lives as long as the call.
    let done = unsafe { nix::libc::ioctl(controller.as_raw_fd(), nix::libc::TIOCSWINSZ, &raw const size) };
    assert_eq!(done, 0, "resized");
}
