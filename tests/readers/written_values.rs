//! Every value that envgate writes reads back, and what it refuses to write is said here.

use envgate::load::env_file::{Dialect, MAX_ASSIGNMENT, portable_form};
use libtest_mimic::Trial;
use proptest::collection::vec;
use proptest::prelude::*;

use super::bulk::{self, Verdict};
use super::env_files::{compare, trial};
use super::reader::Reader;

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = [
        ("bash_reads_back_every_written_value", Reader::Bash),
        ("dash_reads_back_every_written_value", Reader::Dash),
        ("dotenvy_reads_back_every_written_value", Reader::Dotenvy),
        ("systemd_reads_back_every_written_value", Reader::Systemd),
    ]
    .into_iter()
    .map(|(name, reader)| {
        trial(name, reader, move || {
            Ok(bulk::hold(&value(), 500, |values| read_back(reader, values))?.at_least(70)?)
        })
    })
    .collect();
    trials.push(Trial::test(
        "a_value_is_refused_only_for_characters_that_readers_or_people_do_not_see_alike",
        || {
            bulk::hold(&value(), 5000, |values| {
                values.iter().map(|value| refused_for_a_reason(value)).collect()
            })?;
            Ok(())
        },
    ));
    trials.push(Trial::test("the_longest_value_is_the_longest_that_execve_takes", || {
        let longest = "x".repeat(MAX_ASSIGNMENT - "X=".len());
        assert!(portable_form(&longest).is_some());
        assert!(portable_form(&format!("{longest}x")).is_none());
        Ok(())
    }));
    trials
}

fn value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[A-Za-z0-9_.:/@-]{1,8}",
        8 => "[ -~]{1,6}",
        4 => "['\"\\\\$`# ~;&|\n]{1,5}",
        2 => Just("\\'".to_owned()),
        2 => "[éßñ日本🔑\t]{1,3}",
        1 => prop::sample::select(&["\r", "\0", "\u{7}", "\u{7f}", "\u{85}", "\u{a0}", "\u{200b}", "\u{feff}", "\u{202e}",
            "\n#\u{a0}", "\n# \u{200b}"]).prop_map(str::to_owned),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn read_back(reader: Reader, values: &[String]) -> Vec<Verdict> {
    let forms: Vec<_> = values.iter().map(|value| portable_form(value)).collect();
    let written = |index: usize| forms[index].as_ref().map(|form| format!("K{index}={}\n", form.as_str()));
    let files: Vec<String> = (0..values.len()).filter_map(written).collect();
    let mut compared = compare(reader, Dialect::Portable, &files).into_iter();
    forms
        .iter()
        .map(|form| match form {
            None => Verdict::Refused,
            Some(_) => match compared.next().expect("a verdict for each file") {
                Verdict::Refused => Verdict::Differs("envgate refuses what it has written".to_owned()),
                verdict => verdict,
            },
        })
        .collect()
}

fn refused_for_a_reason(value: &str) -> Verdict {
    let unseen = |character: char| {
        (character.is_control() && character != '\n' && character != '\t')
            || "\u{a0}\u{200b}\u{feff}\u{202e}".contains(character)
    };
    match (portable_form(value), value.chars().any(unseen)) {
        (None, true) => Verdict::Refused,
        (Some(_), false) => Verdict::Alike,
        (None, false) => Verdict::Differs("refused without a reason".to_owned()),
        (Some(_), true) => Verdict::Differs("written with a character that is not seen alike".to_owned()),
    }
}
