//! Every short value over the characters that readers quarrel about: nothing is left to chance at the border.

use std::collections::BTreeMap;

use envgate::load::env_file::Dialect;
use libtest_mimic::{Failed, Trial};

use super::bulk::Verdict;
use super::env_files::{compare, trial};
use super::reader::{Reader, accepted};

/// How many assignments one file holds.
const FILE: usize = 250;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, reader) in [
        ("bash_agrees_on_every_short_portable_value", Reader::Bash),
        ("dash_agrees_on_every_short_portable_value", Reader::Dash),
        ("dotenvy_agrees_on_every_short_portable_value", Reader::Dotenvy),
        ("systemd_agrees_on_every_short_portable_value", Reader::Systemd),
    ] {
        trials.push(trial(name, reader, move || {
            let values = values(&['a', ' ', '\'', '"', '\\', '$', '#', '~', ':', '\n'], 5);
            agree(reader, Dialect::Portable, &values, 3500)
        }));
    }
    trials.push(trial("systemd_agrees_on_every_short_value_of_its_dialect", Reader::Systemd, || {
        let values = values(&['a', ' ', '\'', '"', '\\', '$', '#', '\n', '`'], 4);
        agree(Reader::Systemd, Dialect::Systemd, &values, 3000)
    }));
    trials
}

/// Every text of up to `length` of these characters.
fn values(alphabet: &[char], length: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut longest = all.clone();
    for _ in 0..length {
        longest = longest
            .iter()
            .flat_map(|text| alphabet.iter().map(move |character| format!("{text}{character}")))
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Packs the accepted values into few files, and names the assignments that a reader takes otherwise.
fn agree(reader: Reader, dialect: Dialect, values: &[String], at_least: usize) -> Result<(), Failed> {
    let fits =
        |value: &&String| accepted(&format!("K={value}\n"), dialect).is_some_and(|found| found.len() == 1);
    let accepted_values: Vec<&String> = values.iter().filter(fits).collect();
    if accepted_values.len() < at_least {
        return Err(format!("only {} values are accepted", accepted_values.len()).into());
    }
    // The empty line ends a value whose last backslash would take in the next one.
    let lines: Vec<String> =
        accepted_values.iter().enumerate().map(|(index, value)| format!("K{index}={value}\n\n")).collect();
    let files: Vec<String> = lines.chunks(FILE).map(<[String]>::concat).collect();
    let mut differing = BTreeMap::new();
    for (chunk, verdict) in compare(reader, dialect, &files).into_iter().enumerate() {
        if !matches!(verdict, Verdict::Alike) {
            let alone = &lines[chunk * FILE..lines.len().min((chunk + 1) * FILE)];
            for (line, verdict) in alone.iter().zip(compare(reader, dialect, alone)) {
                if let Verdict::Differs(how) = verdict {
                    differing.insert(line.clone(), how);
                }
            }
            if differing.is_empty() {
                return Err(format!("only together they differ: {:?}", files[chunk]).into());
            }
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    let first: Vec<_> = differing.iter().take(10).collect();
    Err(format!("{} differ, the first of them: {first:#?}", differing.len()).into())
}
