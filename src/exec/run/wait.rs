//! Waiting for a command: it ends by itself, by its limit, or because we are told to end.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;

use super::Ended;
use crate::error::Error;
use crate::signals::{self, HeldBack};

/// So long a command may take to end once it was told to; then it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Holds back what ends us, and what tells of the command's end. To be called before that is started.
pub(super) fn hold_back() -> Result<HeldBack, Error> {
    let failed = |errno| Error::system("hold signals back while a command runs", errno);
    if signals::not_ignored(&[Signal::SIGCHLD]).is_empty() {
        // The kernel would forget how the command ended (waitid(2), "ECHILD").
        return Err(Error::system(
            "learn how a command ends, since SIGCHLD is ignored (start envgate from a shell)",
            Errno::ECHILD,
        ));
    }
    let ending = signals::not_ignored(&signals::ENDING);
    HeldBack::new(ending.into_iter().chain([Signal::SIGCHLD])).map_err(failed)
}

/// Waits for it, and ends it where it takes longer than `limit` or a signal tells us to end.
pub(super) fn wait(child: Pid, limit: Duration, signals: &HeldBack) -> Result<Ended, Error> {
    let failed = |errno| Error::system("wait for a command", errno);
    let mut deadline = Instant::now().checked_add(limit);
    let mut by_us = None;
    loop {
        if let Some(ended) = look(child).map_err(failed)? {
            return Ok(by_us.unwrap_or(ended));
        }
        let reason = match next(signals, deadline).map_err(failed)? {
            Some(Event::Signal(signal)) => Ended::Interrupted(signal),
            Some(Event::Deadline) => Ended::OutOfTime(limit),
            None => continue,
        };
        // Asked first; killed where it does not obey, or we are told a second time.
        end(child, if by_us.is_none() { Signal::SIGTERM } else { Signal::SIGKILL });
        deadline = by_us.is_none().then(|| Instant::now() + GRACE);
        by_us = by_us.or(Some(reason));
    }
}

enum Event {
    Signal(Signal),
    Deadline,
}

/// Waits for something to happen; none where that may be the command's end.
fn next(signals: &HeldBack, deadline: Option<Instant>) -> Result<Option<Event>, Errno> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left == Some(Duration::ZERO) {
        return Ok(Some(Event::Deadline));
    }
    // Rounded up, or the last millisecond would be spent in a loop.
    let timeout = left.map_or(PollTimeout::NONE, |left| {
        PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
    });
    match poll(&mut [PollFd::new(signals.as_fd(), PollFlags::POLLIN)], timeout) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(errno) => return Err(errno),
    }
    Ok(signals.take().filter(|signal| *signal != Signal::SIGCHLD).map(Event::Signal))
}

/// Whether it has ended. What it left running in its group is killed before its number is given back, since the
/// number is the group's: it holds the secrets too.
fn look(child: Pid) -> Result<Option<Ended>, Errno> {
    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    match waitid(Id::Pid(child), flags) {
        Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => return Ok(None),
        Ok(_) => {}
        Err(errno) => return Err(errno),
    }
    // Nobody else may be in it.
    let _ = killpg(child, Signal::SIGKILL);
    match waitpid(child, None)? {
        WaitStatus::Exited(_, status) => Ok(Some(Ended::Exited(status))),
        WaitStatus::Signaled(_, signal, _) => Ok(Some(Ended::Killed(signal))),
        _ => Ok(None),
    }
}

/// Its group, and itself where it has no group of its own yet.
fn end(child: Pid, signal: Signal) {
    if killpg(child, signal).is_err() {
        // It may have ended in this moment.
        let _ = kill(child, signal);
    }
}
