//! New values, typed where nobody sees them. The terminal is a real one.
//!
//! No verb only reads values: this test program does, started by itself (`driver`).

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Attack;
use crate::driver::read_of;
use crate::redaction::CANARY;
use crate::support::Scenario;
use crate::support::terminal::Terminal;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("what is typed is not shown, and its beginning and length are", typed),
        Attack::anybody("what was typed ahead is no answer", typed_ahead),
        Attack::anybody("a value longer than a line of the terminal is not cut", long),
        Attack::anybody("a paste of several lines is refused, and nothing of it is left over", pasted_lines),
        Attack::anybody("a faulty value is refused at once, and not shown", faulty),
        Attack::anybody("typed characters are taken back by Backspace and Ctrl-U", taken_back),
        Attack::anybody("Ctrl-C ends the question, and the echo is back", interrupted),
        Attack::anybody("a signal ends the question, and the echo is back", signalled),
        Attack::anybody("Ctrl-Z stops with the echo on, and the question is asked once more", stopped),
        Attack::anybody("the end of the terminal's input is no value", ended),
    ]
}

/// Reads these values under a shell, which stays on the terminal and tells how that was left: with its end the
/// kernel would put the terminal back by itself.
fn ask(words: &[&str], keys: &str) -> Terminal {
    let script = "trap : INT QUIT; trap '' HUP TERM; (trap - HUP TERM; exec \"$@\"); echo \"status $?\"; \
                  stty -a | tr ' ' '\\n' | grep -x -e '-*echo;*' -e '-*icanon;*'; echo over; read -r rest";
    shell(&["/bin/sh", "-c", script, "sh"], words, keys)
}

fn shell(shell: &[&str], words: &[&str], keys: &str) -> Terminal {
    let scenario = Scenario::new();
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(read_of(words)).env_clear().env("PATH", "/usr/bin:/bin");
    command.current_dir(scenario.folder());
    Terminal::of(scenario, command, keys)
}

/// It ended with this status, and the terminal is as it was.
#[track_caller]
fn ends(terminal: &mut Terminal, status: i32) {
    terminal.shows("over", 1);
    assert!(terminal.screen.contains(&format!("status {status}\r\n")), "{}", terminal.screen);
    assert!(
        !terminal.screen.contains("-echo") && !terminal.screen.contains("-icanon"),
        "{}",
        terminal.screen
    );
    assert!(terminal.screen.contains("icanon") && terminal.screen.contains("echo"), "{}", terminal.screen);
}

pub fn taken(scenario: &Scenario) -> Vec<String> {
    let taken = fs::read(scenario.path("taken")).unwrap_or_default();
    let text = String::from_utf8(taken).expect("text");
    text.split('\x01').skip(1).map(str::to_owned).collect()
}

const FIRST: &str = "BYBIT_API_KEY (pine.live.env): ";
const SECOND: &str = "BYBIT_API_SECRET (pine.live.env): ";

fn typed() {
    let mut terminal = ask(&["BYBIT_API_KEY", "BYBIT_API_SECRET"], "");
    terminal.shows(FIRST, 1).types(CANARY).types("\n");
    terminal.shows(SECOND, 1).types("short$one\r");
    ends(&mut terminal, 0);
    let shown = format!("{FIRST}{}… ({} characters)\r\n{SECOND}… (9 characters)", &CANARY[..3], CANARY.len());
    assert!(terminal.screen.contains(&shown), "{}", terminal.screen);
    assert!(!terminal.screen.contains(CANARY) && !terminal.screen.contains("short"), "{}", terminal.screen);
    assert_eq!(taken(&terminal.scenario), [CANARY, "short$one"]);
}

fn typed_ahead() {
    let mut terminal = ask(&["KEY", "OTHER"], "ahead\nand-more");
    terminal.shows("KEY (pine.live.env): ", 1).types("good\n");
    terminal.shows("OTHER (pine.live.env): ", 1).types("better\n");
    ends(&mut terminal, 0);
    assert_eq!(taken(&terminal.scenario), ["good", "better"]);
}

/// As fast as the program takes it: a terminal's own buffer is smaller.
fn paste(terminal: &mut Terminal, text: &str) {
    let mut left = text.as_bytes();
    while !left.is_empty() {
        match terminal.keyboard.write(&left[..left.len().min(1024)]) {
            Ok(count) => left = &left[count..],
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn long() {
    let value: String = (0..20_000).map(|index: u32| char::from(b'a' + (index % 26) as u8)).collect();
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1);
    paste(&mut terminal, &format!("{value}\n"));
    ends(&mut terminal, 0);
    assert!(terminal.screen.contains("(20000 characters)"), "{}", terminal.screen);
    assert!(taken(&terminal.scenario) == [value]);
    // Longer than any value: not cut, and nothing of it goes to the shell.
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1);
    paste(&mut terminal, &"x".repeat(140_000));
    paste(&mut terminal, "\n");
    ends(&mut terminal, 65);
    assert!(terminal.screen.contains("[size]") && !terminal.screen.contains("xxxx"), "{}", terminal.screen);
}

fn pasted_lines() {
    for lines in
        [format!("first\n{CANARY}\n"), format!("first\n\n{CANARY}"), format!("first\r\n{CANARY}\r\n")]
    {
        let mut terminal = ask(&["KEY", "OTHER"], "");
        terminal.shows("KEY (pine.live.env): ", 1).types(&lines);
        ends(&mut terminal, 65);
        assert!(terminal.screen.contains("several lines were pasted"), "{}", terminal.screen);
        // Neither taken for the next answer nor left to the shell, which would show it.
        assert!(
            !terminal.screen.contains(CANARY) && !terminal.screen.contains("OTHER ("),
            "{}",
            terminal.screen
        );
        assert_eq!(taken(&terminal.scenario), [""; 0]);
    }
    // A little later, as a slow connection brings it.
    let mut terminal = ask(&["KEY", "OTHER"], "");
    terminal.shows("KEY (pine.live.env): ", 1).types("first\n");
    std::thread::sleep(Duration::from_millis(20));
    terminal.types(&format!("{CANARY}\n"));
    ends(&mut terminal, 65);
    assert!(!terminal.screen.contains(CANARY), "{}", terminal.screen);
    // The end of a line on its own is none.
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1).types("first\r\n\n");
    ends(&mut terminal, 0);
}

fn faulty() {
    for (keys, status, said) in [
        ("\n".to_owned(), 78, "empty"),
        (format!("{CANARY} \n"), 65, "ends with a blank"),
        (format!(" {CANARY}\n"), 65, "begins with a blank"),
        (format!("'{CANARY}'\n"), 65, "stands in quotes"),
        (format!("KEY={CANARY}\n"), 65, "begins with KEY="),
        (format!("{CANARY}\u{1b}[A\n"), 65, "is a control character"),
        (format!("{CANARY}\u{4}\n"), 65, "is a control character"),
        (format!("{CANARY}\u{13}\n"), 65, "is a control character"),
        (format!("{CANARY}\u{200b}\n"), 65, "is an invisible one"),
    ] {
        let mut terminal = ask(&["KEY", "OTHER"], "");
        terminal.shows("KEY (pine.live.env): ", 1).types(&keys);
        ends(&mut terminal, status);
        assert!(terminal.screen.contains(said), "{said}: {}", terminal.screen);
        assert!(
            !terminal.screen.contains(&CANARY[..3]) && !terminal.screen.contains("OTHER ("),
            "{}",
            terminal.screen
        );
    }
}

fn taken_back() {
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1).types("\u{7f}wrong\u{15}goé\u{7f}\u{8}ood\n");
    ends(&mut terminal, 0);
    assert_eq!(taken(&terminal.scenario), ["good"]);
}

fn interrupted() {
    for key in ["\u{3}", "\u{1c}"] {
        let mut terminal = ask(&["KEY", "OTHER"], "");
        terminal.shows("KEY (pine.live.env): ", 1).types("half").types(key);
        ends(&mut terminal, 130);
        assert!(!terminal.screen.contains("half"), "{}", terminal.screen);
        assert_eq!(taken(&terminal.scenario), [""; 0]);
    }
}

fn process(terminal: &Terminal) -> Pid {
    let number = terminal.screen.split("this is process ").nth(1).and_then(|rest| rest.lines().next());
    Pid::from_raw(number.and_then(|number| number.parse().ok()).expect("a number"))
}

fn signalled() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut terminal = ask(&["KEY"], "");
        terminal.shows("KEY (pine.live.env): ", 1);
        kill(process(&terminal), signal).expect("a signal");
        ends(&mut terminal, 130);
        assert!(terminal.screen.contains(&format!("{signal} ended the question")), "{}", terminal.screen);
    }
}

fn stopped() {
    let script = "set -m; \"$@\"; stty -a | tr ' ' '\\n' | grep -x -e '-*echo;*'; echo now; read -r go; fg >/dev/null; \
                  echo \"status $?\"; stty -a | tr ' ' '\\n' | grep -x -e '-*echo;*' -e '-*icanon;*'; echo over; read -r rest";
    let mut terminal = shell(&["/bin/bash", "-c", script, "bash"], &["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1).types("half\u{1a}").shows("now", 1);
    assert!(!terminal.screen.contains("-echo"), "{}", terminal.screen);
    terminal.types("go\n").shows("KEY (pine.live.env): ", 2).types("good\n");
    ends(&mut terminal, 0);
    assert_eq!(taken(&terminal.scenario), ["good"]);
}

fn ended() {
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1).types("\u{4}");
    ends(&mut terminal, 78);
    // A terminal that is gone ends it too.
    let mut terminal = ask(&["KEY"], "");
    terminal.shows("KEY (pine.live.env): ", 1);
    let process = process(&terminal);
    terminal.keyboard = fs::File::open("/dev/null").expect("another file");
    let start = std::time::Instant::now();
    while kill(process, None).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(10), "it still waits");
        std::thread::sleep(Duration::from_millis(5));
    }
}
