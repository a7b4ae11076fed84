//! Appending to a trail. No verb only appends a record: a test program does, started by itself, so that it can be
//! killed, or run where the host's own trail is another one.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use envgate::caller::Caller;
use envgate::error::Error;
use envgate::kept::Places;
use envgate::name::Name;
use envgate::trail::{Action, Outcome, Record, Trail, UnitOutcome};

const WORD: &str = "append-to-trail";

/// `append-to-trail FOLDER COUNT`: appends so many records, and says the status of the first error. With `-` for the
/// folder, they go where the program's own go.
pub fn append_where_asked() -> Option<i32> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let [_, word, folder, count] = words.as_slice() else { return None };
    if word != WORD {
        return None;
    }
    let count = count.to_str().and_then(|count| count.parse().ok()).expect("a number");
    let appended = if folder == "-" {
        Places::of(&Caller::snapshot()).and_then(|places| append_to(&places, count, "kept up"))
    } else {
        append(Path::new(folder), count, "kept up")
    };
    match appended {
        Ok(()) => Some(0),
        Err(error) => {
            eprintln!("{error}");
            Some(i32::from(error.exit_status().code()))
        }
    }
}

/// This program as the appender, behind these words.
pub fn appender(before: &[&str], folder: &Path, count: usize) -> Command {
    let program = std::env::current_exe().expect("a path");
    let mut words: Vec<OsString> = before.iter().map(OsString::from).collect();
    words.extend([program.into(), WORD.into(), folder.into(), count.to_string().into()]);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command
}

/// Appends so many records to the trail in a folder.
pub fn append(folder: &Path, count: usize, reason: &str) -> Result<(), Error> {
    append_to(&Places::below(folder, nix::unistd::Uid::effective().as_raw()), count, reason)
}

fn append_to(places: &Places, count: usize, reason: &str) -> Result<(), Error> {
    let trail = Trail::open(places, &Caller::snapshot())?;
    let mut record = Record::new(Action::Promote, Outcome::Done);
    record.files = vec![PathBuf::from("/etc/pine/pine.live.env")];
    record.variables = vec![Name::parse(b"BYBIT_API_KEY").expect("a name")];
    record.units = vec![UnitOutcome { unit: "pine@ES.service".into(), outcome: "restarted".into() }];
    record.reason = Some(reason.to_owned());
    (0..count).try_for_each(|_| trail.append(&record).map(drop))
}
