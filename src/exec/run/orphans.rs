//! What a command leaves running outside its own process group. We are its reaper: whoever of its descendants loses its
//! parent becomes our child, wherever it went.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::error::Error;
use crate::load::secure_file;

/// So many generations of orphans are ended: each may have children of its own, and one that only flees is left.
const GENERATIONS: usize = 1000;

/// The children that are none of the command's: a shell that became envgate has left its own to us.
pub(super) struct Orphans {
    others: Vec<i32>,
}

impl Orphans {
    /// Adopts them from here on (`PR_SET_CHILD_SUBREAPER`, prctl(2)). To be called before the command is started.
    pub(super) fn adopt() -> Result<Self, Error> {
        prctl::set_child_subreaper(true)
            .map_err(|errno| Error::system("adopt what a command leaves running", errno))?;
        Ok(Self { others: secure_file::own_children().unwrap_or_default() })
    }

    /// Ends them: they hold the secrets too. One that is another user's by now stays.
    pub(super) fn end(mut self) {
        for _ in 0..GENERATIONS {
            let children = secure_file::own_children().unwrap_or_default();
            let left: Vec<i32> = children.into_iter().filter(|child| !self.others.contains(child)).collect();
            if left.is_empty() {
                return;
            }
            for child in left {
                let child = Pid::from_raw(child);
                match kill(child, Signal::SIGKILL) {
                    Err(Errno::EPERM) => self.others.push(child.as_raw()),
                    _ => while waitpid(child, None) == Err(Errno::EINTR) {},
                }
            }
        }
    }
}
