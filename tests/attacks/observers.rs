//! Who looks at envgate from outside while it holds secrets: another process of the same user, a core dump.
//!
//! The process is held by a standard error that nobody reads: it has read everything and warns of something.

use std::fs;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};

use crate::redaction::CANARY;
use crate::support::Scenario;
use crate::{ALICE, Attack};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("a process of the same user cannot look into envgate", closed_to_the_user),
        Attack::anybody("envgate leaves no core, whatever signal ends it", no_core),
        Attack::anybody("envgate's command line holds no secret of its inputs", command_line),
        Attack::anybody("envgate killed while it holds secrets leaves no file", no_file_left),
    ]
}

/// A launch that waits with all secrets in its memory; ended when dropped.
struct Held {
    child: Child,
    scenario: Scenario,
    _reader: std::io::PipeReader,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As Alice where root can be her, else as oneself.
fn hold() -> Held {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", format!("KEY='{CANARY}$HOME'\n"))
        .config("key: ${KEY}\n")
        .command(["/bin/true"]);
    let scenario = if Uid::effective().is_root() { scenario.as_user(ALICE) } else { scenario };
    let (reader, writer) = std::io::pipe().expect("a pipe");
    fill(&writer);
    let mut command = scenario.prepared("paper");
    command.stderr(writer).stdout(Stdio::null());
    with_core_limit(&mut command);
    let child = command.spawn().expect("the program starts");
    let held = Held { child, scenario, _reader: reader };
    wait_until_it_waits(held.child.id());
    held
}

/// As large a core as this user may have.
fn with_core_limit(command: &mut Command) {
    #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
    // SAFETY: system calls only, nothing is allocated.
    unsafe {
        command.pre_exec(|| {
            let (_, hard) = getrlimit(Resource::RLIMIT_CORE)?;
            Ok(setrlimit(Resource::RLIMIT_CORE, hard, hard)?)
        });
    }
}

fn fill(mut writer: &std::io::PipeWriter) {
    let flags = OFlag::from_bits_retain(fcntl(writer.as_fd(), FcntlArg::F_GETFL).expect("flags"));
    fcntl(writer.as_fd(), FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).expect("flags");
    for size in [4096, 1] {
        while writer.write(&vec![b'.'; size]).is_ok() {}
    }
    fcntl(writer.as_fd(), FcntlArg::F_SETFL(flags)).expect("flags");
}

/// Until the process has slept for a while: it stands in its write.
fn wait_until_it_waits(pid: u32) {
    let started = Instant::now();
    let mut asleep = 0;
    while asleep < 20 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a process");
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
        assert_ne!(state, Some('Z'), "it ended instead of waiting");
        asleep = if state == Some('S') { asleep + 1 } else { 0 };
        assert!(started.elapsed() < Duration::from_secs(20), "it neither waits nor ends");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What can be read of a process by its own user.
fn readable(pid: u32, file: &str) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("exec 3< /proc/{pid}/{file}")]).stderr(Stdio::null());
    if Uid::effective().is_root() {
        command.uid(ALICE).gid(ALICE);
    }
    command.status().expect("a shell").success()
}

fn closed_to_the_user() {
    let held = hold();
    let mut sleeper = Command::new("/bin/sleep");
    sleeper.arg("60");
    if Uid::effective().is_root() {
        sleeper.uid(ALICE).gid(ALICE);
    }
    let mut sleeper = sleeper.spawn().expect("sleep");
    wait_until_it_waits(sleeper.id());
    let owner = |pid: u32| fs::metadata(format!("/proc/{pid}/environ")).expect("a process").uid();
    let seen: Vec<(bool, bool)> = ["environ", "mem", "maps", "auxv"]
        .iter()
        .map(|file| (readable(held.child.id(), file), readable(sleeper.id(), file)))
        .collect();
    let owners = (owner(held.child.id()), owner(sleeper.id()));
    sleeper.kill().expect("kill");
    sleeper.wait().expect("wait");
    // An undumpable process belongs to root in /proc; any other to its user (proc(5)).
    assert_eq!(owners.0, 0);
    assert_ne!(owners.1, 0);
    for (envgate, other) in seen {
        assert!(!envgate && other, "envgate's can be read: {envgate}, another process's: {other}");
    }
}

fn no_core() {
    // The same user, limit and folder leave a core of another program, where this machine writes cores at all.
    let mut control = Command::new("/bin/sleep");
    let folder = tempfile::tempdir().expect("a folder");
    control.arg("60").current_dir(folder.path());
    if Uid::effective().is_root() {
        std::os::unix::fs::chown(folder.path(), Some(ALICE), Some(ALICE)).expect("chown");
        control.uid(ALICE).gid(ALICE);
    }
    with_core_limit(&mut control);
    let mut control = control.spawn().expect("sleep");
    wait_until_it_waits(control.id());
    send(control.id(), Signal::SIGSEGV);
    let machine_dumps = control.wait().expect("wait").core_dumped();
    for signal in [Signal::SIGSEGV, Signal::SIGABRT, Signal::SIGQUIT, Signal::SIGBUS, Signal::SIGXFSZ] {
        let mut held = hold();
        let pid = held.child.id();
        let owner = fs::metadata(format!("/proc/{pid}/environ")).expect("a process").uid();
        assert_eq!(
            owner, 0,
            "dumpable: only the machine's settings keep it from a core (here: {machine_dumps})"
        );
        send(pid, signal);
        let status = held.child.wait().expect("wait");
        assert_eq!(status.signal(), Some(signal as i32));
        assert!(!status.core_dumped(), "{signal} left a core");
        let left: Vec<_> = fs::read_dir(held.scenario.folder())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .filter(|name| name.to_string_lossy().contains("core"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).expect("a process id")), signal).expect("kill");
}

fn command_line() {
    let held = hold();
    let line = fs::read(format!("/proc/{}/cmdline", held.child.id())).expect("a process");
    let line = String::from_utf8_lossy(&line).into_owned();
    assert!(line.contains("exec") && !line.contains(CANARY), "{line}");
    let name = fs::read_to_string(format!("/proc/{}/comm", held.child.id())).expect("a process");
    assert_eq!(name.trim(), "envgate");
}

fn no_file_left() {
    let mut held = hold();
    held.child.kill().expect("kill");
    held.child.wait().expect("wait");
    let mut names: Vec<_> = fs::read_dir(held.scenario.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["config.yml", "pine.paper.env"]);
}
