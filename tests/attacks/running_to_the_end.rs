//! How a command that a rotation runs ends: by itself, by its limit or by a signal, and always with its children.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Attack;
use crate::running::{own, run, started_by};
use crate::support::Scenario;
use crate::support::terminal::Terminal;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("what a command prints goes past our own output where that is asked", output),
        Attack::anybody("a command that is run has no terminal to type into", no_terminal),
        Attack::anybody("a command that takes too long is ended, and its children", too_long),
        Attack::anybody("what a command leaves running is ended", left_over),
        Attack::anybody(
            "what a command leaves running in a session of its own is ended",
            left_over_elsewhere,
        ),
        Attack::anybody("what whoever called left running goes on", not_its_own),
        Attack::anybody("an older process that loses its parent meanwhile goes on", adopted),
        Attack::anybody("a signal ends the command, and is reported", interrupted),
        Attack::anybody("a signal that is ignored ends no command", ignored),
        Attack::anybody("what cannot be executed is no end of a command", not_executed),
    ]
}

fn output() {
    let scenario = own("echo said; echo complained >&2");
    let output = run(&scenario, &[], "paper");
    assert_eq!((output.stdout.as_slice(), output.status.code()), (b"said\n".as_slice(), Some(0)));
    let output = run(&scenario, &["--errors"], "paper");
    assert_eq!(output.stdout, b"", "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("said\ncomplained\n"), "{output:?}");
}

/// Ours is another user's, where root runs it: what is typed into it, root's shell would run (TIOCSTI).
fn no_terminal() {
    let scenario = own("(: </dev/tty) 2>/dev/null && echo has one || echo has none");
    let launch = scenario.prepared("paper");
    let command = started_by(&["/bin/sh", "-c", "\"$@\"; (: </dev/tty) && echo over", "sh"], &launch, &[]);
    let mut terminal = Terminal::of(scenario, command, "");
    terminal.shows("over", 1);
    assert!(terminal.screen.contains("has none"), "{}", terminal.screen);
}

/// The process that the script named, and whether it still runs.
fn runs(scenario: &Scenario) -> bool {
    let number = fs::read_to_string(scenario.path("child")).expect("the child's number");
    let stat = fs::read_to_string(format!("/proc/{}/stat", number.trim())).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

#[track_caller]
fn ends_soon(scenario: &Scenario) {
    let start = Instant::now();
    while runs(scenario) {
        assert!(start.elapsed() < Duration::from_secs(10), "its child still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const CHILD: &str = "sleep 300 >/dev/null 2>&1 & echo $! >child.new; mv child.new child";

fn too_long() {
    let scenario = own(&format!("{CHILD}; wait"));
    let output = run(&scenario, &["--limit", "300"], "paper");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was ended after 300ms"), "{output:?}");
    ends_soon(&scenario);
}

fn left_over() {
    let scenario = own(&format!("{CHILD}; exit 3"));
    let output = run(&scenario, &[], "paper");
    assert!(String::from_utf8_lossy(&output.stderr).contains("ended with status 3"), "{output:?}");
    ends_soon(&scenario);
    let output = run(&own("kill -SEGV $$"), &[], "paper");
    assert!(String::from_utf8_lossy(&output.stderr).contains("ended by SIGSEGV"), "{output:?}");
}

/// It left the group, and has a child in a session of its own in turn.
fn left_over_elsewhere() {
    let inner = "setsid sh -c 'sleep 300 & echo $! >child.new; mv child.new child; wait' >/dev/null 2>&1 &";
    for end in ["exit 3", "exec sleep 300"] {
        let wait = "while ! [ -e child ]; do sleep 0.01; done";
        let scenario = own(&format!("{inner} {wait}; {end}"));
        run(&scenario, &["--limit", "2000"], "paper");
        ends_soon(&scenario);
    }
}

/// A shell that becomes envgate hands its own children over.
fn not_its_own() {
    let scenario = own("exit 0");
    let shell = format!("cd {} && {CHILD}; exec \"$@\"", scenario.path("").display());
    let mut command = started_by(&["/bin/sh", "-c", &shell, "sh"], &scenario.prepared("paper"), &[]);
    let status = command.env("PATH", "/usr/bin:/bin").status().expect("it starts");
    assert!(status.success() && runs(&scenario), "{status}");
    let number = fs::read_to_string(scenario.path("child")).expect("the child's number");
    kill(Pid::from_raw(number.trim().parse().expect("a number")), Signal::SIGKILL).expect("it runs");
}

/// A grandchild of that shell becomes ours too while the command runs: it is older, and none of the command's.
fn adopted() {
    let scenario = own("kill $(cat parent); sleep 0.3");
    let inner = "sleep 300 >/dev/null 2>&1 & echo $! >child.new; mv child.new child; wait";
    let shell = format!(
        "cd {} && {{ sh -c '{inner}' >/dev/null 2>&1 & echo $! >parent; }}; while ! [ -e child ]; do sleep 0.01; done; \
         sleep 0.05; exec \"$@\"",
        scenario.path("").display()
    );
    let mut command = started_by(&["/bin/sh", "-c", &shell, "sh"], &scenario.prepared("paper"), &[]);
    command.env("PATH", "/usr/bin:/bin").status().expect("it starts");
    assert!(runs(&scenario), "somebody else's process was ended");
    let number = fs::read_to_string(scenario.path("child")).expect("the child's number");
    kill(Pid::from_raw(number.trim().parse().expect("a number")), Signal::SIGKILL).expect("it runs");
}

/// Started, and its command runs.
fn begin(scenario: &Scenario, wrapper: &[&str]) -> std::process::Child {
    let mut command = started_by(wrapper, &scenario.prepared("paper"), &[]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).env("PATH", "/usr/bin:/bin");
    let child = command.spawn().expect("the driver starts");
    let start = Instant::now();
    while !scenario.path("child").exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never ran");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

fn signal(child: &std::process::Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a number")), signal).expect("a signal");
}

fn interrupted() {
    for sent in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let scenario = own(&format!("{CHILD}; wait"));
        let child = begin(&scenario, &[]);
        signal(&child, sent);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(&format!("because {sent} interrupted")), "{said}");
        ends_soon(&scenario);
    }
    // One that does not obey is killed at the second word.
    let scenario = own(&format!("trap '' TERM; {CHILD}; while :; do wait; sleep 0.05; done"));
    let child = begin(&scenario, &[]);
    signal(&child, Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, Signal::SIGINT);
    let output = child.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&output.stderr).contains("because SIGTERM"), "{output:?}");
    ends_soon(&scenario);
}

fn ignored() {
    let scenario = own(&format!("{CHILD}; for _ in 1 2 3 4; do sleep 0.1; done"));
    let child = begin(&scenario, &["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]);
    signal(&child, Signal::SIGHUP);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn not_executed() {
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n");
    let scenario = scenario.file("data", "echo started\n").mode(0o755).command(["./data"]);
    let output = run(&scenario, &[], "paper");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(126), b"".as_slice()), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not execute ./data"), "{output:?}");
}
