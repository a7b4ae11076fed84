//! What `lint --fix` writes: every reader reads from the new file what the chosen one has read from the old.

use std::collections::BTreeMap;

use envgate::load::env_file::Dialect;
use envgate::readers::{self, rewrite};
use libtest_mimic::{Failed, Trial};

use super::bulk::{self, Verdict};
use super::constructs::CONSTRUCTS;
use super::env_file_grammar::{Aim, file, numbered};
use super::env_files::{compare, trial};
use super::reader::{Reader, Reading, accepted};

pub fn trials() -> Vec<Trial> {
    let all = [Reader::Bash, Reader::Dash, Reader::Dotenvy];
    let mut trials = Vec::new();
    // The old file is read by the reader itself, too.
    for (name, meaning, itself) in [
        ("a_file_rewritten_as_bash_reads_it_is_that_to_all", readers::Reader::Bash, Some(Reader::Bash)),
        ("a_file_rewritten_as_dotenv_reads_it_is_that_to_all", readers::Reader::Dotenv, None),
        ("a_file_rewritten_as_systemd_reads_it_is_that_to_all", readers::Reader::Systemd, None),
        ("a_file_rewritten_as_docker_reads_it_is_that_to_all", readers::Reader::Docker, None),
    ] {
        trials.push(trial(name, Reader::Bash, move || hold(meaning, itself, &all, 400)));
    }
    trials.push(trial("a_rewritten_file_is_the_same_to_systemd_too", Reader::Systemd, || {
        hold(readers::Reader::Systemd, Some(Reader::Systemd), &[Reader::Systemd], 100)?;
        hold(readers::Reader::Bash, Some(Reader::Bash), &[Reader::Systemd], 100)
    }));
    trials
}

fn hold(
    meaning: readers::Reader,
    itself: Option<Reader>,
    all: &[Reader],
    cases: usize,
) -> Result<(), Failed> {
    let constructs: Vec<String> = CONSTRUCTS.iter().map(|(file, ..)| (*file).to_owned()).collect();
    for (verdict, file) in verdicts(meaning, itself, all, &constructs).iter().zip(&constructs) {
        if let Verdict::Differs(how) = verdict {
            return Err(format!("{file:?}: {how}").into());
        }
    }
    for aim in [Aim::Portable, Aim::Systemd] {
        bulk::hold(&file(aim), cases, |templates| {
            let files: Vec<String> =
                templates.iter().enumerate().map(|(index, template)| numbered(template, index)).collect();
            verdicts(meaning, itself, all, &files)
        })?
        .at_least(5)?;
    }
    Ok(())
}

type Values = BTreeMap<String, Vec<u8>>;

fn verdicts(
    meaning: readers::Reader,
    itself: Option<Reader>,
    all: &[Reader],
    files: &[String],
) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = files.iter().map(|_| Verdict::Refused).collect();
    let mut rewritten = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let Ok(new) = rewrite(file.as_bytes(), meaning) else { continue };
        let new = String::from_utf8(new.contents.to_vec()).expect("text");
        verdicts[index] = match accepted(&new, Dialect::Portable) {
            Some(values) if values == before(meaning, file) => Verdict::Alike,
            values => Verdict::Differs(format!("{new:?} has {values:?}")),
        };
        if comments(file, meaning) > new.lines().filter(|line| line.trim_start().starts_with('#')).count() {
            verdicts[index] = Verdict::Differs(format!("{new:?} has lost a comment"));
        }
        rewritten.push((index, new));
    }
    let old: Vec<String> = rewritten.iter().map(|(index, _)| files[*index].clone()).collect();
    let new: Vec<String> = rewritten.iter().map(|(_, new)| new.clone()).collect();
    for reader in all {
        for (verdict, (index, _)) in compare(*reader, Dialect::Portable, &new).into_iter().zip(&rewritten) {
            if let Verdict::Differs(how) = verdict {
                verdicts[*index] = Verdict::Differs(how);
            }
        }
    }
    let readings: Vec<Reading> = itself.map_or(Vec::new(), |reader| reader.read(&old));
    for (reading, (index, new)) in readings.into_iter().zip(&rewritten) {
        if reading.ok() != accepted(new, Dialect::Portable) {
            verdicts[*index] =
                Verdict::Differs(format!("{itself:?} did not read that from the old file: {new:?}"));
        }
    }
    verdicts
}

/// What the chosen reader has in the end.
fn before(meaning: readers::Reader, file: &str) -> Values {
    let reading = meaning.read(file.as_bytes());
    let finals = reading.finals();
    let values = finals.iter().filter_map(|(name, found)| Some((*name, found.outcome.value()?)));
    values
        .map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), value.expose().to_vec()))
        .collect()
}

/// Lines between the statements that are comments.
fn comments(file: &str, meaning: readers::Reader) -> usize {
    let reading = meaning.read(file.as_bytes());
    let mut at = 0;
    let between = file.split_inclusive('\n').filter(|line| {
        let start = at;
        at += line.len();
        let inside = reading.statements.iter().any(|seen| seen.span.contains(&start));
        !inside && line.trim_start().starts_with('#')
    });
    between.count()
}
