//! What the worker inherits as a process: it is as if the caller had started it itself.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction};

use crate::support::Scenario;
use crate::worker::{SLEEP, Worker, configured, plain, unchanged};

fn set_disposition(signal: Signal, handler: SigHandler) -> std::io::Result<()> {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    #[allow(unsafe_code, reason = "the disposition is what is tested")]
    // SAFETY: ignoring or the default runs no code.
    unsafe {
        sigaction(signal, &action)?;
    }
    Ok(())
}

#[test]
fn an_ignored_signal_stays_ignored_and_a_default_one_default() {
    for signal in [Signal::SIGPIPE, Signal::SIGHUP, Signal::SIGINT, Signal::SIGCHLD] {
        let ignored = Worker::start(plain(), move || set_disposition(signal, SigHandler::SigIgn));
        assert!(ignored.mask_has("SigIgn:", signal), "{signal}");
        let default = Worker::start(plain(), move || set_disposition(signal, SigHandler::SigDfl));
        assert!(!default.mask_has("SigIgn:", signal), "{signal}");
        assert_eq!(default.line("status", "SigCgt:").as_deref(), Some("0000000000000000"));
    }
}

#[test]
fn a_blocked_signal_stays_blocked_and_a_pending_one_pending() {
    let worker = Worker::start(plain(), || {
        SigSet::from(Signal::SIGTERM).thread_block()?;
        Ok(raise(Signal::SIGTERM)?)
    });
    assert!(worker.mask_has("SigBlk:", Signal::SIGTERM) && !worker.mask_has("SigBlk:", Signal::SIGHUP));
    assert!(worker.mask_has("SigPnd:", Signal::SIGTERM) || worker.mask_has("ShdPnd:", Signal::SIGTERM));
    let plain = Worker::start(plain(), unchanged);
    assert_eq!(plain.line("status", "SigBlk:").as_deref(), Some("0000000000000000"));
}

#[test]
fn a_warning_that_nobody_reads_changes_no_signal() {
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY='a$HOME'\n").config("key: ${KEY}\n");
    let scenario = scenario.command(SLEEP);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = scenario.prepared("paper");
    command.stderr(writer);
    let worker =
        Worker::start_prepared(scenario, command, || set_disposition(Signal::SIGPIPE, SigHandler::SigDfl));
    for mask in ["SigBlk:", "SigPnd:", "ShdPnd:", "SigIgn:"] {
        assert!(!worker.mask_has(mask, Signal::SIGPIPE), "{mask}");
    }
}

#[test]
fn the_worker_is_the_process_that_was_started_and_has_one_thread() {
    let worker = Worker::start(plain(), unchanged);
    let own = std::process::id().to_string();
    assert_eq!(worker.line("status", "Pid:"), Some(worker.child.id().to_string()));
    assert_eq!(worker.line("status", "PPid:"), Some(own));
    assert_eq!(worker.line("status", "Threads:").as_deref(), Some("1"));
}

#[test]
fn the_arguments_are_untouched() {
    let words: [&[u8]; 8] =
        [b"/bin/sleep", b"60", b"", b"two words", b"$HOME", b"\xff\xfe\n", b"--help", b"'\"\\"];
    // sleep would refuse them: a shell is given them and becomes it, and its own line is looked at before.
    let script = ": > started; exec 3< fifo; exec sleep 60";
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n");
    nix::unistd::mkfifo(&scenario.path("fifo"), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    let command = [&[b"/bin/sh", b"-c".as_slice(), script.as_bytes()], words.as_slice()].concat();
    let scenario = scenario.command(command.iter().map(|word| OsStr::from_bytes(word)));
    let child = scenario.prepared("paper").spawn().expect("the program starts");
    let id = child.id();
    let worker = Worker { child, scenario };
    let started = Instant::now();
    while !worker.scenario.path("started").exists() {
        assert!(started.elapsed() < Duration::from_secs(20), "it never became the worker");
        std::thread::sleep(Duration::from_millis(2));
    }
    let line = fs::read(format!("/proc/{id}/cmdline")).expect("the process lives");
    let seen: Vec<&[u8]> = line.strip_suffix(b"\0").expect("words").split(|byte| *byte == 0).collect();
    assert_eq!(seen, command);
}

#[test]
fn the_folder_the_umask_and_the_priority_are_untouched() {
    let worker = Worker::start(configured(), || {
        nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o137));
        #[allow(unsafe_code, reason = "a priority is set between fork and exec")]
        // SAFETY: one system call.
        let priority = unsafe { nix::libc::setpriority(nix::libc::PRIO_PROCESS, 0, 7) };
        if priority == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    });
    assert_eq!(fs::read_link(worker.proc("cwd")).expect("a link"), worker.scenario.folder());
    assert_eq!(worker.line("status", "Umask:").as_deref(), Some("0137"));
    let stat = fs::read_to_string(worker.proc("stat")).expect("the process lives");
    let nice = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(16)).map(str::to_owned);
    assert_eq!(nice.as_deref(), Some("7"));
    let oom = |path: std::path::PathBuf| fs::read_to_string(path).expect("a score");
    assert_eq!(oom(worker.proc("oom_score_adj")), oom("/proc/self/oom_score_adj".into()));
}

#[test]
fn the_worker_leaves_no_core_unless_the_config_allows_it() {
    let (_, hard) = getrlimit(Resource::RLIMIT_CORE).expect("a limit");
    let soft = |worker: &Worker| {
        let line = worker.line("limits", "Max core file size").expect("a limit");
        line.split_whitespace().next().expect("the soft one").to_owned()
    };
    let raise = move || Ok(setrlimit(Resource::RLIMIT_CORE, hard, hard)?);
    assert_eq!(soft(&Worker::start(configured(), raise)), "0");
    let allowed = plain().config("envgate: {core_dumps: allow}\nkey: ${KEY}\n");
    let expected =
        if hard == nix::sys::resource::RLIM_INFINITY { "unlimited".into() } else { hard.to_string() };
    assert_eq!(soft(&Worker::start(allowed, raise)), expected);
    // The worker itself is as dumpable as any process: only its launcher was not.
    let worker = Worker::start(plain(), unchanged);
    let owner = fs::metadata(worker.proc("environ")).expect("the process lives").uid();
    assert_eq!(owner, nix::unistd::Uid::effective().as_raw());
}

#[test]
fn nothing_is_printed_by_a_launch_without_findings() {
    // A user without a line in /etc/passwd would be warned of it.
    let outcome = Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config("key: ${KEY}\n")
        .command(["/bin/true"])
        .run("paper")
        .launched();
    assert_eq!((outcome.stdout(), outcome.stderr()), (String::new(), String::new()));
}
