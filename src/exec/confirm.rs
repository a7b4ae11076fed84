//! Asking a person on the terminal before real money is traded.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::sys::termios::{FlushArg, tcflush};
use nix::unistd::read;

use super::Cleared;
use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Gate};
use crate::moment::{self, Moment};
use crate::output;
use crate::resolve::Resolved;
use crate::resolve::provenance::Provenance;
use crate::screen::{Screen, Tone};
use crate::signals::HeldBack;
use crate::text::{quoted, shown, shown_path};

/// So many wrong answers end it.
const TRIES: usize = 3;
/// So long may an answer be.
const MAX_ANSWER: usize = 1024;
/// Ctrl-C and Ctrl-D, where the terminal does not make a signal and an end of them (`stty raw`).
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
/// What a raw terminal hands on of a correction: Backspace and Delete.
const ERASE: [u8; 2] = [0x08, 0x7f];

/// Shows what is about to start, and asks for the one answer: the mode, and the instance where there is one.
/// The question goes to the terminal itself, past whatever standard output is; what was typed before is thrown
/// away.
pub(super) fn ask(cleared: &Cleared, caller: &Caller) -> Result<(), Finding> {
    let resolved = &cleared.rendered.resolved;
    let name = resolved.mode.name().as_str();
    let expected = match &resolved.instance {
        Some(instance) => format!("{name} {}", instance.as_str()),
        None => name.to_owned(),
    };
    let summary = summary(cleared, caller);
    output::complain(&summary);
    let mut terminal = open("/dev/tty", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())
        .map(File::from)
        .map_err(|_| refusal(name, "there is no terminal to ask on"))?;
    // Nobody says yes to what went into a file, or nowhere.
    if !std::io::stderr().is_terminal() {
        terminal
            .write_all(summary.as_bytes())
            .map_err(|_| refusal(name, "the terminal cannot be written to"))?;
    }
    for left in (0..TRIES).rev() {
        let answer = match ask_once(&terminal, &format!("Type \"{expected}\" to launch: ")) {
            Ok(answer) => answer,
            Err(silence) => {
                // The cursor stands behind the question, or behind ^C.
                let _ = writeln!(terminal);
                return Err(match silence {
                    Silence::NoAnswer => refusal(name, "the terminal gave no answer"),
                    Silence::Interrupted => refusal(name, "you interrupted it").status(Status::Interrupted),
                });
            }
        };
        if answer.trim_ascii() == expected.as_bytes() {
            return Ok(());
        }
        let more = if left == 0 { "that was the last try" } else { "not that" };
        let _ = writeln!(terminal, "{more}");
    }
    Err(refusal(name, "three answers were wrong"))
}

/// Why there is no answer.
enum Silence {
    /// The end of the input, or a terminal that is gone.
    NoAnswer,
    /// Ctrl-C.
    Interrupted,
}

/// Asks, and reads one line of the terminal. From the question on, Ctrl-C is read as a signal here, so that it ends
/// with a status of ours; the mask is put back, since the worker inherits it.
fn ask_once(terminal: &File, question: &str) -> Result<Vec<u8>, Silence> {
    let interrupt = HeldBack::new([Signal::SIGINT]).map_err(|_| Silence::NoAnswer)?;
    // Keys that were hit before the question are no answer to it.
    let _ = tcflush(terminal, FlushArg::TCIFLUSH);
    let mut screen = terminal;
    screen.write_all(question.as_bytes()).map_err(|_| Silence::NoAnswer)?;
    wait_and_read(terminal, &interrupt)
}

/// Whatever the terminal's settings are: a line that was handed on without its end (Ctrl-D), and one of a raw terminal,
/// which comes byte by byte.
fn wait_and_read(terminal: &File, interrupt: &HeldBack) -> Result<Vec<u8>, Silence> {
    let mut answer = Vec::new();
    loop {
        let mut events = [
            PollFd::new(terminal.as_fd(), PollFlags::POLLIN),
            PollFd::new(interrupt.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut events, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return Err(Silence::NoAnswer),
        }
        if interrupt.take().is_some() {
            return Err(Silence::Interrupted);
        }
        if events[0].revents().is_none_or(|event| event.is_empty()) {
            continue;
        }
        let mut chunk = [0; MAX_ANSWER];
        let count = match read(terminal, &mut chunk) {
            Err(Errno::EINTR | Errno::EAGAIN) => continue,
            Ok(0) | Err(_) => return Err(Silence::NoAnswer),
            Ok(count) => count,
        };
        for byte in &chunk[..count] {
            if ERASE.contains(byte) {
                answer.pop();
            } else {
                answer.push(*byte);
            }
        }
        if answer.contains(&INTERRUPT) {
            return Err(Silence::Interrupted);
        }
        match answer.iter().position(|byte| matches!(*byte, b'\n' | b'\r' | END)) {
            Some(end) if answer[end] == END => return Err(Silence::NoAnswer),
            Some(end) => {
                answer.truncate(end);
                return Ok(answer);
            }
            None if answer.len() >= MAX_ANSWER => return Ok(answer),
            None => {}
        }
    }
}

/// What a person on a terminal sees of a launch that needs no answer.
pub(super) fn quiet_line(cleared: &Cleared) -> String {
    let resolved = &cleared.rendered.resolved;
    let instance =
        resolved.instance.as_ref().map_or(String::new(), |instance| format!(" {}", instance.as_str()));
    format!(
        "envgate: {}{instance} ({}), generation {}\n",
        resolved.mode.name(),
        resolved.mode.class(),
        resolved.generation
    )
}

fn refusal(mode: &str, what: &'static str) -> Finding {
    Finding::refuses(Gate::Confirmation, format!("the mode {mode} was not confirmed: {what}"))
        .why("it trades real money")
        .mend("launch again and type the answer that is asked for")
}

fn summary(cleared: &Cleared, caller: &Caller) -> String {
    let resolved = &cleared.rendered.resolved;
    let mut lines = vec![
        format!("mode       {} ({}: real money)", resolved.mode.name(), resolved.mode.class()),
        format!("host       {}", host()),
        format!("user       {}", user()),
    ];
    if let Some(instance) = &resolved.instance {
        lines.push(format!("instance   {}", instance.as_str()));
    }
    if let Some(config) = &resolved.config {
        lines.push(format!("config     {}", shown_path(&config.opened.path)));
    }
    let screen = Screen::of_complaints(caller);
    for file in &resolved.env_files {
        let text = format!("{} ({})", shown_path(&file.path), age(file.modified));
        lines.push(format!("env file   {}", not_configured(text, file.replaces_configured, "file", screen)));
    }
    lines.extend(settings(resolved));
    if cleared.allows_second {
        lines.push("second     allowed, if this worker runs already (--allow-second)".to_owned());
    }
    if let Some(break_glass) = &resolved.break_glass {
        lines.push(format!("BREAK-GLASS {}", break_glass.reason()));
    }
    lines.push(format!("command    {}", command(cleared, screen)));
    let lines: Vec<String> = lines.into_iter().map(|line| format!("  {line}\n")).collect();
    format!("envgate is about to launch:\n{}", lines.concat())
}

/// What `--set` changes: it distinguishes this launch from the one that the config describes.
fn settings(resolved: &Resolved) -> impl Iterator<Item = String> {
    let set = resolved.variables.iter().filter(|variable| variable.provenance == Provenance::Setting);
    set.map(|variable| {
        // Exposed to be shown: it stands on the command line, and a variable that is declared a secret is refused there.
        let value = String::from_utf8_lossy(variable.value.expose());
        format!("set        {}={}", variable.name, quoted(&shown(&value)))
    })
}

fn host() -> String {
    nix::unistd::gethostname()
        .map_or_else(|_| "unknown".to_owned(), |name| shown(&name.to_string_lossy()).into_owned())
}

fn user() -> String {
    shown(&crate::load::user::name_of(nix::unistd::Uid::effective().as_raw())).into_owned()
}

/// The program and its arguments as a shell takes them, so that each is seen to be one.
fn command(cleared: &Cleared, screen: Screen) -> String {
    let words: Vec<_> = cleared
        .program
        .arguments
        .iter()
        .map(|word| quoted(&shown(&word.to_string_lossy())).into_owned())
        .collect();
    not_configured(words.join(" "), cleared.program.replaces_configured, "command", screen)
}

/// In red where the command line has it in place of what the config has.
fn not_configured(text: String, replaces: bool, what: &str, screen: Screen) -> String {
    if replaces { Tone::Bad.paint(&format!("{text}   (NOT the configured {what})"), screen) } else { text }
}

/// How long ago a file was changed.
fn age(modified: i128) -> String {
    let age = Moment::of_nanoseconds(modified).until(Moment::now());
    format!("changed {} ago", moment::in_words(age))
}
