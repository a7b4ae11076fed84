//! The parts of a rotation that no verb shows alone: a test program does, started by itself, so that it has a
//! terminal, a user and an environment of its own.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program"
)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use envgate::caller::Caller;
use envgate::cli::{self, Action};
use envgate::exec::run::{self, Options};
use envgate::finding::Findings;
use envgate::launch;
use envgate::load::{ActingFor, Inputs};
use envgate::name::Name;
use envgate::output;
use envgate::screen::Screen;
use envgate::start;
use envgate::values::{Source, Wanted};

const RUN: &str = "run-a-command";
const READ: &str = "read-values";

/// Does what the words ask for, and says the status; none where this is the test program itself.
pub fn drive_where_asked() -> Option<i32> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let word = words.get(1)?.to_str()?;
    if ![RUN, READ, "become"].contains(&word) {
        return None;
    }
    start::protect().expect("protected");
    Some(match word {
        // What is started for a command is this program once more, as it is envgate in envgate.
        "become" => match cli::parse(words) {
            Ok(Action::Become(order)) => i32::from(run::stand_in(&order).code()),
            _ => 64,
        },
        READ => read_values(&words[2..]),
        _ => run_command(&words[2..]),
    })
}

/// `run-a-command [--errors] [--limit MILLISECONDS] exec …`: the launch that these words name, as `rotate` would run
/// its command.
fn run_command(words: &[OsString]) -> i32 {
    let at = words.iter().position(|word| word == "exec").expect("a launch");
    let (ours, launch) = words.split_at(at);
    let limit = ours.iter().position(|word| word == "--limit").map(|at| &ours[at + 1]);
    let limit = limit.map_or(run::DEFAULT_LIMIT, |limit| {
        Duration::from_millis(limit.to_str().and_then(|limit| limit.parse().ok()).expect("a number"))
    });
    let options = Options { limit, output_to_errors: ours.iter().any(|word| word == "--errors") };
    let caller = Caller::snapshot();
    let whole = [&["envgate".into()], launch].concat();
    let Ok(Action::Exec(inputs)) = cli::parse(whole) else { panic!("no launch") };
    let acting_for = if caller.uid.is_root() { ActingFor::FileOwner } else { ActingFor::Caller };
    let inputs = Inputs { acting_for, ..*inputs };
    match launch::prepare_run(&inputs, inputs.command.clone(), &caller) {
        Ok((runnable, _)) => match run::run(&runnable, options) {
            Ok(ended) => {
                eprintln!("the command {}", ended.in_words());
                i32::from(!ended.is_fine())
            }
            Err(error) => {
                eprintln!("{error}");
                i32::from(error.exit_status().code())
            }
        },
        Err(findings) => refused(&findings, &caller),
    }
}

/// `read-values [--fd NUMBER] NAME…`: what was read goes into the file `taken`, each value behind a `\x01`.
fn read_values(words: &[OsString]) -> i32 {
    let words: Vec<&str> = words.iter().map(|word| word.to_str().expect("text")).collect();
    let (number, names) = match words.as_slice() {
        ["--fd", number, names @ ..] => (Some(number.parse().expect("a number")), names),
        names => (None, names),
    };
    let caller = Caller::snapshot();
    let wanted: Vec<Wanted> = names
        .iter()
        .map(|name| Wanted {
            name: Name::parse(name.as_bytes()).expect("a name"),
            file: "env/pine.live.env".into(),
        })
        .collect();
    let read = Source::of(number, &caller).map_err(|finding| Findings::from_iter([finding]));
    eprintln!("this is process {}", std::process::id());
    match read.and_then(|source| source.read(&wanted)) {
        Ok(values) => {
            eprint!("{}", output::findings_as_text(&values.warnings, Screen::of_complaints(&caller)));
            let taken: Vec<u8> =
                values.secrets.iter().flat_map(|value| [b"\x01", value.expose()].concat()).collect();
            std::fs::write("taken", taken).expect("a file");
            0
        }
        Err(findings) => refused(&findings, &caller),
    }
}

/// This program, reading values.
pub fn read_of(words: &[&str]) -> Vec<OsString> {
    [&[driver().into(), READ.into()], words.iter().map(Into::into).collect::<Vec<_>>().as_slice()].concat()
}

fn refused(findings: &Findings, caller: &Caller) -> i32 {
    eprint!("{}", output::refusal_as_text(findings, Screen::of_complaints(caller)));
    findings.status().map_or(70, |status| i32::from(status.code()))
}

/// This program as the driver.
pub fn driver() -> PathBuf {
    std::env::current_exe().expect("a path")
}

/// A launch's command, as `rotate` would run it: the same words behind `before`.
pub fn run_of(launch: &Command, before: &[&str]) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec![driver().into(), RUN.into()];
    words.extend(before.iter().map(OsString::from));
    words.extend(launch.get_args().map(ToOwned::to_owned));
    words
}
