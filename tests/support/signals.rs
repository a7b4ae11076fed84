//! Signals as a terminal gives them to a program: whoever runs the tests in the background may have set some to be
//! ignored, and what the tests start would inherit that.

use nix::sys::signal::{SigHandler, Signal, signal};

/// Puts back what `nohup`, a shell's `&` or a service manager has set to be ignored.
pub fn as_on_a_terminal() {
    for one in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGTERM] {
        #[allow(unsafe_code, reason = "a disposition is set; no handler of ours runs")]
        // SAFETY: the default disposition runs no code of this program.
        let set = unsafe { signal(one, SigHandler::SigDfl) };
        set.expect("a signal");
    }
}
