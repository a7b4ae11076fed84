//! A worker that runs, looked at from outside through `/proc`, so that nothing in between changes what is seen.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;

use crate::support::Scenario;
use crate::support::process::until_asleep;

pub const SLEEP: [&str; 2] = ["/bin/sleep", "60"];

/// A worker that runs; ended when dropped.
pub struct Worker {
    pub child: Child,
    /// The scenario's folder lives as long as the worker.
    pub scenario: Scenario,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Worker {
    /// Starts the scenario in a process that `prepare` changes first, and waits until it is the worker.
    pub fn start(
        scenario: Scenario,
        prepare: impl Fn() -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let mut command = scenario.prepared("paper");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self::start_prepared(scenario, command, prepare)
    }

    /// The same with this mode, in a process that nothing changes.
    pub fn start_in(scenario: Scenario, mode: &str) -> Self {
        let mut command = scenario.prepared(mode);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self::start_prepared(scenario, command, unchanged)
    }

    pub fn start_prepared(
        scenario: Scenario,
        mut command: Command,
        prepare: impl Fn() -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        #[allow(unsafe_code, reason = "the process is changed between fork and exec")]
        // SAFETY: what the tests do here are single system calls.
        unsafe {
            command.pre_exec(move || {
                // Whatever the test's own parents left open is nobody's business here.
                nix::libc::syscall(nix::libc::SYS_close_range, 3, u32::MAX, nix::libc::CLOSE_RANGE_CLOEXEC);
                prepare()
            });
        }
        let child = command.spawn().expect("the program starts");
        let worker = Self { child, scenario };
        until_asleep(worker.child.id());
        worker
    }

    pub fn proc(&self, file: &str) -> std::path::PathBuf {
        format!("/proc/{}/{file}", self.child.id()).into()
    }

    /// What stands behind this word in a file of the worker's in `/proc`.
    pub fn line(&self, file: &str, word: &str) -> Option<String> {
        let text = fs::read_to_string(self.proc(file)).expect("the process lives");
        text.lines().find_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned())
    }

    /// Whether a signal is in this mask of `/proc/PID/status`.
    pub fn mask_has(&self, mask: &str, signal: Signal) -> bool {
        let mask = self.line("status", mask).expect("a mask");
        u64::from_str_radix(&mask, 16).expect("hexadecimal") >> (signal as u32 - 1) & 1 == 1
    }

    /// Number and target of each open descriptor.
    pub fn descriptors(&self) -> Vec<(i32, String)> {
        let entries = fs::read_dir(self.proc("fd")).expect("the process lives");
        let mut list: Vec<_> = entries
            .map(|entry| {
                let path = entry.expect("an entry").path();
                let number = path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse().ok());
                let target = fs::read_link(&path).expect("an open descriptor");
                (number.expect("a number"), target.to_string_lossy().into_owned())
            })
            .collect();
        list.sort();
        list
    }

    pub fn environment(&self) -> Vec<String> {
        let bytes = fs::read(self.proc("environ")).expect("the process lives");
        bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }
}

/// The plainest launch.
pub fn plain() -> Scenario {
    Scenario::new().env_file("pine.paper.env", "KEY=good\n").command(SLEEP)
}

/// One with a config, which is delivered by a memfd.
pub fn configured() -> Scenario {
    plain().config("key: ${KEY}\n")
}

/// Nothing is prepared.
#[allow(clippy::unnecessary_wraps, reason = "what a preparation returns")]
pub fn unchanged() -> std::io::Result<()> {
    Ok(())
}
