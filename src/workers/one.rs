//! One process, looked at by its number: when it started, and which launch it says it comes from.

use nix::errno::Errno;
use nix::time::{ClockId, clock_gettime};

use super::environ::{self, Launch};
use super::process::{self, Clock, Process, Stat};
use crate::load::secure_file::ProcessFolder;

/// Nanoseconds since the host was booted, which no setting of a clock moves. A process's start is rounded down to the
/// kernel's hundredths of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BootTime(i128);

/// A process.
#[derive(Clone, Debug)]
pub struct OneProcess {
    /// What `/proc` says of it.
    pub process: Process,
    /// When it started.
    pub started: BootTime,
    /// What it was launched as; none where its environment does not say so, or may not be read.
    pub launch: Option<Launch>,
}

/// Now; none where the kernel does not say.
#[must_use]
pub fn boot_time_now() -> Option<BootTime> {
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Some(BootTime(i128::from(time.tv_sec()) * 1_000_000_000 + i128::from(time.tv_nsec())))
}

/// A moment of today's clock, in nanoseconds since 1970.
#[must_use]
pub fn boot_time_of(moment: i128) -> Option<BootTime> {
    Some(BootTime(Clock::read()?.since_boot(moment)))
}

/// Looks at a process; none where it has ended.
pub fn look_at(number: u32) -> Result<Option<OneProcess>, Errno> {
    let folder = match ProcessFolder::enter(number) {
        Err(Errno::ENOENT | Errno::ESRCH) => return Ok(None),
        folder => folder?,
    };
    let line = match folder.read("stat") {
        Err(Errno::ENOENT | Errno::ESRCH) => return Ok(None),
        line => line?,
    };
    let stat = Stat::parse(&line).ok_or(Errno::EINVAL)?;
    if !stat.runs() {
        return Ok(None);
    }
    let clock = Clock::read().ok_or(Errno::EINVAL)?;
    let launch = folder.read("environ").ok().and_then(|environ| environ::read(&environ));
    let (process, _) = process::describe(number, &folder, Some(&stat), Some(clock));
    let started = BootTime(clock.started_since_boot(&stat));
    Ok(Some(OneProcess { process, started, launch: launch.map(|(launch, _)| launch) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_started_between_two_looks_at_the_clock() {
        let nanoseconds = |time: Option<BootTime>| time.unwrap().0;
        let before = nanoseconds(boot_time_now());
        let mut child = std::process::Command::new("/bin/sleep").arg("60").spawn().unwrap();
        let seen = look_at(child.id()).unwrap().unwrap();
        let after = nanoseconds(boot_time_now());
        assert!((before - 10_000_000..=after).contains(&seen.started.0), "{before} {seen:?} {after}");
        let same = nanoseconds(boot_time_of(seen.process.started.unwrap()));
        assert!((same - seen.started.0).abs() < 5_000_000, "{same} {seen:?}");
        child.kill().unwrap();
        // Ended, and nobody has asked how: it has no program any more.
        while look_at(child.id()).unwrap().is_some() {}
        child.wait().unwrap();
        assert!(look_at(child.id()).unwrap().is_none());
    }
}
