//! Signals that are read from a queue instead of ending the program, while it has something to put back first.

use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use crate::load::secure_file;

/// What a person or the system ends a program with.
pub const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// Signals that wait in a queue. The mask is put back when this is dropped: then those that nobody took are
/// delivered.
#[derive(Debug)]
pub struct HeldBack {
    inherited: SigSet,
    queue: SignalFd,
}

impl HeldBack {
    /// Holds these signals back from now on.
    pub fn new(signals: impl IntoIterator<Item = Signal>) -> Result<Self, Errno> {
        let signals: SigSet = signals.into_iter().collect();
        let inherited = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        match SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC) {
            Ok(queue) => Ok(Self { inherited, queue }),
            Err(errno) => {
                // The mask was ours to set, so putting it back cannot fail.
                let _ = inherited.thread_set_mask();
                Err(errno)
            }
        }
    }

    /// The next one that came. Taken from the queue, or it would be delivered when the mask is put back.
    #[must_use]
    pub fn take(&self) -> Option<Signal> {
        let information = self.queue.read_signal().ok().flatten()?;
        i32::try_from(information.ssi_signo).ok().and_then(|number| Signal::try_from(number).ok())
    }
}

impl AsFd for HeldBack {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

impl Drop for HeldBack {
    fn drop(&mut self) {
        // The mask was ours to set, so putting it back cannot fail.
        let _ = self.inherited.thread_set_mask();
    }
}

/// Which of these signals this process was not told to ignore (`nohup`, a job in a script's background): one that is
/// ignored would be read from the queue all the same (signal(7), "A signal may be blocked").
#[must_use]
pub fn not_ignored(signals: &[Signal]) -> Vec<Signal> {
    let status = secure_file::read_system_file("/proc/self/status").unwrap_or_default();
    let ignored = ignored_by(&status);
    signals.iter().copied().filter(|signal| ignored >> (*signal as u32 - 1) & 1 == 0).collect()
}

/// The mask of ignored signals in `/proc/self/status` (`proc_pid_status(5)`): bit 0 is signal 1.
fn ignored_by(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read_from_the_kernels_line() {
        let ignored = ignored_by("Name:\tx\nSigBlk:\t00000000000000ff\nSigIgn:\t0000000000001001\n");
        assert_eq!(ignored, 1 << (Signal::SIGHUP as u32 - 1) | 1 << (Signal::SIGPIPE as u32 - 1));
        assert_eq!(ignored_by("SigCgt:\t1\n"), 0);
    }

    #[test]
    fn a_signal_that_was_taken_is_not_delivered_and_the_mask_is_put_back() {
        // In a thread of its own: the mask is one thread's, and the signal is sent to it alone.
        std::thread::spawn(|| {
            let before = SigSet::thread_get_mask().unwrap();
            let held_back = HeldBack::new([Signal::SIGUSR1]).unwrap();
            assert_eq!(held_back.take(), None);
            nix::sys::signal::raise(Signal::SIGUSR1).unwrap();
            assert_eq!((held_back.take(), held_back.take()), (Some(Signal::SIGUSR1), None));
            drop(held_back);
            assert_eq!(SigSet::thread_get_mask().unwrap(), before);
        })
        .join()
        .unwrap();
    }
}
