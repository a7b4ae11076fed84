//! A person's commands in a place, and how they end.

use std::io::Write as _;
use std::process::Output;

use crate::Proof;
use crate::place::{Place, Who, key, said, secret};

/// A sentence that is shown in a place of its own, as a user who is not root.
pub fn of(name: &str, show: fn(&Place)) -> Proof {
    Proof::anybody(name, move || {
        Place::with(Who::User, |place| {
            place.reset();
            show(place);
        });
    })
}

/// The workers of a place, as a command line names them.
pub const LAUNCH: [&str; 8] = ["-m", "paper", "-c", "config.yml", "-i", "ES", "-i", "NQ"];

/// Runs the program with these values on its standard input; it shows none of them.
pub fn ask(place: &Place, words: &[&str], values: &str) -> Output {
    let mut command = place.command(&[], words.iter().copied());
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(values.as_bytes()).expect("written");
    drop(writer);
    let output = command.stdin(reader).output().expect("the program starts");
    for serial in 0..9 {
        for value in [key(serial), secret(serial)] {
            assert!(!said(&output).contains(&value), "a value is shown: {}", said(&output));
        }
    }
    output
}

/// The same, and it ends so.
#[track_caller]
pub fn ends(place: &Place, words: &[&str], values: &str, status: i32, shows: &str) -> Output {
    let output = ask(place, words, values);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(status), "{words:?}: {text}");
    assert!(text.contains(shows), "no {shows:?} in: {text}");
    output
}

/// The words of a staging.
pub fn stage(names: &[&'static str]) -> Vec<&'static str> {
    [&["rotate", "stage"], names, &LAUNCH].concat()
}
