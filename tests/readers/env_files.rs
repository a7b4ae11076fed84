//! Every file that a dialect accepts means the same to the programs that the dialect speaks of.

use std::collections::BTreeMap;

use envgate::load::env_file::Dialect;
use libtest_mimic::{Completion, Failed, Trial};

use super::bulk::{self, Verdict};
use super::env_file_grammar::{Aim, file, numbered};
use super::reader::{Reader, accepted, difference};

pub fn trials() -> Vec<Trial> {
    let portable = [
        ("bash_reads_every_portable_file_as_envgate_does", Reader::Bash),
        ("dash_reads_every_portable_file_as_envgate_does", Reader::Dash),
        ("dotenvy_reads_every_portable_file_as_envgate_does", Reader::Dotenvy),
        ("systemd_reads_every_portable_file_as_envgate_does", Reader::Systemd),
    ];
    let mut trials: Vec<_> = portable
        .into_iter()
        .map(|(name, reader)| {
            trial(name, reader, move || agree(Aim::Portable, Dialect::Portable, reader, 700, 35))
        })
        .collect();
    trials.push(trial("systemd_reads_every_file_of_its_dialect_as_envgate_does", Reader::Systemd, || {
        agree(Aim::Systemd, Dialect::Systemd, Reader::Systemd, 900, 30)
    }));
    trials.push(Trial::test("what_is_portable_means_the_same_in_the_systemd_dialect", || {
        Ok(bulk::hold(&file(Aim::Portable), 3000, |files| {
            files.iter().map(|file| same_in_both(file)).collect()
        })?
        .at_least(35)?)
    }));
    trials
}

/// A trial that asks a reader, where it is there.
pub fn trial(
    name: &str,
    reader: Reader,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match reader.missing() {
        None => test().map(|()| Completion::Completed),
        Some(reason) if matches!(reader, Reader::Systemd) && super::systemd::is_required() => {
            Err(reason.into())
        }
        Some(reason) => Ok(Completion::ignored_with(reason)),
    })
}

fn agree(aim: Aim, dialect: Dialect, reader: Reader, cases: usize, percent: usize) -> Result<(), Failed> {
    let share = bulk::hold(&file(aim), cases, |templates| {
        let files: Vec<_> =
            templates.iter().enumerate().map(|(index, template)| numbered(template, index)).collect();
        compare(reader, dialect, &files)
    })?;
    Ok(share.at_least(percent)?)
}

/// Asks the reader for the files that envgate accepts.
pub fn compare(reader: Reader, dialect: Dialect, files: &[String]) -> Vec<Verdict> {
    let expected: Vec<Option<BTreeMap<_, _>>> = files.iter().map(|file| accepted(file, dialect)).collect();
    let asked: Vec<String> = files
        .iter()
        .zip(&expected)
        .filter(|(_, expected)| expected.is_some())
        .map(|(file, _)| file.clone())
        .collect();
    let mut readings = reader.read(&asked).into_iter();
    let verdict = |expected: Option<BTreeMap<_, _>>| match expected {
        None => Verdict::Refused,
        Some(expected) => {
            let reading = readings.next().expect("a reading for each file");
            difference(reader, &expected, &reading).map_or(Verdict::Alike, Verdict::Differs)
        }
    };
    expected.into_iter().map(verdict).collect()
}

fn same_in_both(template: &str) -> Verdict {
    let file = numbered(template, 0);
    match (accepted(&file, Dialect::Portable), accepted(&file, Dialect::Systemd)) {
        (None, _) => Verdict::Refused,
        (Some(portable), Some(systemd)) if portable == systemd => Verdict::Alike,
        (portable, systemd) => Verdict::Differs(format!("{portable:?} and {systemd:?}")),
    }
}
