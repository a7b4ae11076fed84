//! A process that the test started, looked at from outside.

use std::fs;
use std::time::{Duration, Instant};

/// Waits until a process is `sleep`, and asleep: before that its loader still opens libraries, and while it is
/// being executed it has no environment.
#[track_caller]
pub fn until_asleep(pid: u32) {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).expect("the process lives");
    let asleep = nix::libc::SYS_clock_nanosleep.to_string();
    let started = Instant::now();
    while read("comm").trim() != "sleep" || read("syscall").split(' ').next() != Some(&asleep) {
        assert!(started.elapsed() < Duration::from_secs(20), "it never became sleep");
        std::thread::sleep(Duration::from_millis(2));
    }
}
