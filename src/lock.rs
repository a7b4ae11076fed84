//! Waiting for a lock (`flock(2)`), and not for ever. The kernel serves who waits in their order; who looks again and
//! again gets it by luck, and beside busy writers not at all.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg, Flockable};

/// Why there is no lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockFault {
    /// Somebody else has had it all the time.
    Held,
    /// The system refuses.
    System(Errno),
}

/// Takes an exclusive lock, or a shared one, and waits for it so long. The thread that still waits then ends with the
/// process, or gives the lock back at once.
pub fn lock_within<T: Flockable + Send + 'static>(
    file: T,
    is_shared: bool,
    patience: Duration,
) -> Result<Flock<T>, LockFault> {
    let (now, waiting) = if is_shared {
        (FlockArg::LockSharedNonblock, FlockArg::LockShared)
    } else {
        (FlockArg::LockExclusiveNonblock, FlockArg::LockExclusive)
    };
    let file = match Flock::lock(file, now) {
        Ok(lock) => return Ok(lock),
        Err((file, Errno::EWOULDBLOCK)) => file,
        Err((_, errno)) => return Err(LockFault::System(errno)),
    };
    let (sender, receiver) = mpsc::sync_channel(1);
    let waiter = std::thread::Builder::new().spawn(move || {
        let locked = Flock::lock(file, waiting).map_err(|(_, errno)| LockFault::System(errno));
        // Nobody waits any more: the lock goes with it.
        let _ = sender.send(locked);
    });
    if waiter.is_err() {
        return Err(LockFault::System(Errno::EAGAIN));
    }
    match receiver.recv_timeout(patience) {
        Ok(locked) => locked,
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(LockFault::Held),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_file(folder: &std::path::Path) -> std::fs::File {
        std::fs::OpenOptions::new().create(true).append(true).open(folder.join("lock")).unwrap()
    }

    #[test]
    fn a_lock_is_waited_for_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let patience = Duration::from_millis(100);
        let held = lock_within(same_file(folder.path()), false, patience).unwrap();
        assert_eq!(lock_within(same_file(folder.path()), false, patience).err(), Some(LockFault::Held));
        let file = same_file(folder.path());
        let waiting = std::thread::spawn(move || lock_within(file, false, Duration::from_secs(60)).is_ok());
        std::thread::sleep(patience);
        drop(held);
        assert!(waiting.join().unwrap());
        let first = lock_within(same_file(folder.path()), true, patience);
        assert!(first.is_ok() && lock_within(same_file(folder.path()), true, patience).is_ok());
    }
}
