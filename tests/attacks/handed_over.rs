//! New values that a program hands over: on standard input, or on a descriptor that it opened.

use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::Attack;
use crate::changing::run_within;
use crate::driver::read_of;
use crate::redaction::CANARY;
use crate::support::{Outcome, Scenario};
use crate::typing::taken;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("standard input gives one value whole, and several one a line", streamed),
        Attack::anybody("a descriptor gives a value from where it stands", descriptor),
        Attack::anybody("a descriptor that is closed or a terminal is refused", no_descriptor),
    ]
}

/// Standard input is a pipe with this in it.
fn read(words: &[&str], input: &[u8]) -> Outcome {
    let scenario = Scenario::new();
    let words = read_of(words);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().current_dir(scenario.folder());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the driver starts");
    // One that is too large is not read to its end.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    let output: Output = child.wait_with_output().expect("it ends");
    Outcome { output, scenario }
}

fn streamed() {
    let key = format!("-----BEGIN KEY-----\n{CANARY}\n-----END KEY-----");
    let outcome = read(&["KEY"], format!("{key}\n").as_bytes()).ended(0);
    assert_eq!(taken(&outcome.scenario), [key]);
    let outcome = read(&["A", "B"], b"one\r\ntwo ").ended(0).found("ends with a blank").found("warning");
    assert_eq!(taken(&outcome.scenario), ["one", "two "]);
    let longest = "x".repeat(131_071 - 4);
    assert!(taken(&read(&["KEY"], longest.as_bytes()).ended(0).scenario) == [longest.clone()]);
    for (words, input, status, said) in [
        (&["KEY"][..], String::new(), 78, "empty"),
        (&["KEY"], "\n".to_owned(), 78, "empty"),
        (&["A", "B"], format!("{CANARY}\n"), 65, "1 line, and 2 values are wanted"),
        (&["A", "B"], format!("{CANARY}\nb\nc\n"), 65, "in this order: A (pine.live.env), B (pine.live.env)"),
        (&["A", "B"], format!("{CANARY}\n\n"), 65, "2 values"),
        (&["A", "B"], format!("\n{CANARY}\0\n"), 65, "is a NUL"),
        (&["KEY"], format!("{CANARY}\0"), 65, "is a NUL"),
        (&["KEY"], format!("{longest}x"), 65, "131072 bytes"),
        (&["KEY"], "x".repeat(200_000), 65, "more than"),
    ] {
        let outcome = read(words, input.as_bytes());
        if said == "2 values" {
            // The second of two lines is empty.
            outcome.ended(78).found("empty").hides(CANARY);
            continue;
        }
        let outcome = outcome.ended(status).found(said).hides(CANARY);
        assert_eq!(taken(&outcome.scenario), [""; 0]);
    }
}

fn descriptor() {
    let scenario = Scenario::new().file("values", format!("passed over\n{CANARY}\n"));
    let script = "exec 9<values; read -r first <&9; exec \"$@\"";
    let output = Command::new("/bin/bash")
        .args(["-c", script, "bash"])
        .args(read_of(&["--fd", "9", "KEY"]))
        .env_clear()
        .current_dir(scenario.folder())
        .stdin(Stdio::null())
        .output()
        .expect("the driver starts");
    let outcome = Outcome { output, scenario }.ended(0).hides(CANARY);
    assert_eq!(taken(&outcome.scenario), [CANARY]);
}

fn no_descriptor() {
    for number in ["9", "200", "2147483647"] {
        read(&["--fd", number, "KEY"], b"other").ended(64).found(&format!("descriptor {number} is not open"));
    }
    // The terminal itself, under another number.
    let pty = nix::pty::openpty(None, None).expect("a pseudo-terminal");
    let (scenario, words) = (Scenario::new(), read_of(&["--fd", "9", "KEY"]));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().current_dir(scenario.folder()).stdin(Stdio::null());
    let slave = pty.slave.as_raw_fd();
    #[allow(unsafe_code, reason = "a descriptor gets its number between fork and exec")]
    // SAFETY: one system call.
    unsafe {
        command.pre_exec(move || Ok(nix::errno::Errno::result(nix::libc::dup2(slave, 9)).map(|_| ())?));
    }
    let output = run_within(command, Duration::from_secs(20));
    Outcome { output, scenario }.ended(64).found("descriptor 9 is a terminal");
}
