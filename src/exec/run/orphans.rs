//! What a command leaves running outside its own process group. We are its reaper: whoever of its descendants loses its
//! parent becomes our child, wherever it went.

use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

use crate::error::Error;
use crate::load::secure_file::{self, ProcessFolder};

/// So long the last of them may take to be gone; one that hangs in the kernel is left.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);
/// The kernel counts the starts of processes in hundredths of a second.
const TICK: u64 = 10_000_000;

/// What becomes our child from now on.
pub(super) struct Orphans {
    /// Our children before: a shell that became envgate has left its own to us. None where the kernel does not say
    /// (`CONFIG_PROC_CHILDREN`): then nobody is ended, since anybody could be theirs.
    others: Option<Vec<i32>>,
    /// Now, in ticks since the host's start: who is older is none of the command's.
    since: u64,
    was_reaper: bool,
}

impl Orphans {
    /// Adopts them from here on (`PR_SET_CHILD_SUBREAPER`, prctl(2)). To be called before the command is started.
    pub(super) fn adopt() -> Result<Self, Error> {
        let failed = |errno| Error::system("adopt what a command leaves running", errno);
        let was_reaper = prctl::get_child_subreaper().map_err(failed)?;
        prctl::set_child_subreaper(true).map_err(failed)?;
        let now = clock_gettime(ClockId::CLOCK_BOOTTIME).map_err(failed)?;
        let nanoseconds = Duration::from(now).as_nanos();
        let since = u64::try_from(nanoseconds).unwrap_or(u64::MAX) / TICK;
        Ok(Self { others: secure_file::own_children().ok(), since, was_reaper })
    }

    /// Ends them: they hold the secrets too. One that is another user's by now stays.
    pub(super) fn end(self) {
        let deadline = Instant::now() + PATIENCE;
        if let Some(mut others) = self.others {
            // Each may leave children of its own in turn.
            while Instant::now() < deadline {
                let children = secure_file::own_children().unwrap_or_default();
                let left: Vec<i32> = children.into_iter().filter(|child| !others.contains(child)).collect();
                if left.is_empty() {
                    break;
                }
                for child in left {
                    if is_older(child, self.since)
                        || kill(Pid::from_raw(child), Signal::SIGKILL) == Err(Errno::EPERM)
                    {
                        others.push(child);
                    } else if waitpid(Pid::from_raw(child), Some(WaitPidFlag::WNOHANG))
                        == Ok(WaitStatus::StillAlive)
                    {
                        std::thread::sleep(LOOK);
                    }
                }
            }
        }
        let _ = prctl::set_child_subreaper(self.was_reaper);
    }
}

/// Field 22 of its `stat` (proc(5)).
fn is_older(process: i32, since: u64) -> bool {
    let stat =
        u32::try_from(process).ok().and_then(|number| ProcessFolder::enter(number).ok()?.read("stat").ok());
    let started = stat.and_then(|stat| {
        let fields = std::str::from_utf8(&stat).ok()?.rsplit_once(") ")?.1;
        fields.split(' ').nth(19)?.parse::<u64>().ok()
    });
    started.is_some_and(|started| started < since)
}
