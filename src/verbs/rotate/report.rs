//! What is open, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::How;
use super::remaining::{Remaining, doubts, remaining};
use super::steps::Back;
use crate::caller::Caller;
use crate::load::user;
use crate::output;
use crate::rotation::units::holders::Holdings;
use crate::rotation::{FileRecord, Phase, Record, UnitRecord};
use crate::screen::Screen;
use crate::text::{shown, shown_path};
use crate::trail::UnitOutcome;

/// The document of `--json`.
#[derive(Serialize)]
struct Data<'a> {
    schema: u32,
    rotations: Vec<RotationData<'a>>,
    /// Who holds the values that are current no longer: behind a promotion and a way back alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<&'a [Remaining]>,
    /// What each unit runs on: behind a way back alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back: Option<&'a [UnitOutcome]>,
}

impl Default for Data<'_> {
    fn default() -> Self {
        Self { schema: 1, rotations: Vec::new(), remaining: None, rolled_back: None }
    }
}

#[derive(Serialize)]
struct RotationData<'a> {
    id: &'a str,
    phase: &'static str,
    interrupted: bool,
    mode: &'a str,
    class: &'a str,
    config: Option<String>,
    instances: &'a [String],
    files: Vec<FileData<'a>>,
    units: Vec<UnitData<'a>>,
    staged_at: &'a str,
    uid: u32,
    reason: Option<&'a str>,
    compromised: bool,
}

#[derive(Serialize)]
struct FileData<'a> {
    file: String,
    variables: &'a [String],
    base: &'a str,
    staged: &'a str,
}

#[derive(Serialize)]
struct UnitData<'a> {
    unit: &'a str,
    step: crate::rotation::UnitStep,
    said: &'a str,
}

/// Prints these rotations.
pub(super) fn print(records: &[&Record], how: &How, caller: &Caller) {
    if how.json {
        let rotations = records.iter().map(|record| data(record)).collect();
        output::print(&output::json(&Data { rotations, ..Data::default() }));
        return;
    }
    if records.is_empty() {
        let whose = if caller.uid.is_root() { "" } else { " (of yours: root's are root's to see)" };
        output::print(&format!("no rotation is open{whose}\n"));
        return;
    }
    let screen = Screen::of_output(caller);
    let texts: Vec<String> = records.iter().map(|record| text(record, screen)).collect();
    output::print(&texts.join("\n"));
}

/// What was promoted, and who still holds the old values.
pub(super) fn promoted(record: &Record, holdings: &Holdings, how: &How, caller: &Caller) {
    let remaining = remaining(record, holdings);
    if how.json {
        let rotations = vec![data(record)];
        output::print(&output::json(&Data { rotations, remaining: Some(&remaining), ..Data::default() }));
        return;
    }
    print(&[record], how, caller);
    for one in &remaining {
        output::print(&format!("  remains   {} holds the old values: {}\n", one.who, one.mend));
    }
    doubts(record, holdings);
}

/// What was taken back, and what each unit runs on now.
pub(super) fn rolled_back(record: &Record, back: &Back, how: &How, caller: &Caller) {
    if how.json {
        let rotations = vec![data(record)];
        let (units, remaining) = (Some(&back.units[..]), Some(&back.remaining[..]));
        output::print(&output::json(&Data { rotations, rolled_back: units, remaining, ..Data::default() }));
        return;
    }
    output::print("rolled back: the former values are current again\n");
    for unit in &back.units {
        output::print(&format!("  unit      {}: {}\n", shown(&unit.unit), shown(&unit.outcome)));
    }
    for one in &back.remaining {
        output::print(&format!(
            "  remains   {} holds the values that were taken back: {}\n",
            one.who, one.mend
        ));
    }
    print(&[record], how, caller);
}

/// What became of each unit, for the trail.
pub(super) fn outcomes(record: &Record) -> Vec<UnitOutcome> {
    let outcome = |unit: &UnitRecord| UnitOutcome { unit: unit.unit.clone(), outcome: unit.in_words() };
    record.units.iter().map(outcome).collect()
}

/// Says that nothing is open any more.
pub(super) fn say(how: &How, text: &str) {
    if how.json {
        output::print(&output::json(&Data::default()));
    } else {
        output::print(text);
    }
}

fn data(record: &Record) -> RotationData<'_> {
    RotationData {
        id: &record.id,
        phase: record.phase.as_str(),
        interrupted: record.phase.is_halfway(),
        mode: &record.asked.mode,
        class: &record.class,
        config: record.asked.config.as_ref().map(|path| path.to_string_lossy().into_owned()),
        instances: &record.asked.instances,
        files: record
            .files
            .iter()
            .map(|file| FileData {
                file: file.path.to_string_lossy().into_owned(),
                variables: &file.names,
                base: &file.base,
                staged: &file.staged,
            })
            .collect(),
        units: record
            .units
            .iter()
            .map(|unit| UnitData { unit: &unit.unit, step: unit.step, said: &unit.said })
            .collect(),
        staged_at: &record.staged_by.at,
        uid: record.staged_by.actor.uid,
        reason: record.reason.as_deref(),
        compromised: record.is_compromised,
    }
}

fn text(record: &Record, screen: Screen) -> String {
    let names: Vec<String> = record.names().iter().map(ToString::to_string).collect();
    let launch: Vec<_> =
        [&record.asked.mode].into_iter().chain(&record.asked.instances).map(|word| shown(word)).collect();
    let mut text =
        format!("{}: {} ({}, {})\n", record.phase.as_str(), names.join(", "), launch.join(" "), record.class);
    let by = user::name_of(record.staged_by.actor.uid);
    let by =
        record.staged_by.actor.sudo_user.as_deref().map_or(by.clone(), |person| format!("{person} as {by}"));
    let _ = writeln!(text, "  staged    {} by {}", shown(&record.staged_by.at), shown(&by));
    if let Some(reason) = &record.reason {
        text.push_str(&screen.paragraph("  reason    ", &shown(reason)));
    }
    for file in &record.files {
        let _ = writeln!(text, "  file      {}", shown_path(&file.path));
        let _ = writeln!(text, "            {}", generations(file, record.phase));
    }
    for unit in &record.units {
        let _ = writeln!(text, "  unit      {}: {}", shown(&unit.unit), unit.in_words());
    }
    let _ = writeln!(text, "  next      {}", next(record));
    text
}

fn generations(file: &FileRecord, phase: Phase) -> String {
    match phase {
        Phase::Staging => format!("on {}", file.base),
        Phase::Promoted | Phase::Restarting | Phase::Closing => {
            format!("{} now, {} before", file.staged, file.base)
        }
        _ => format!("{} now, {} staged", file.base, file.staged),
    }
}

fn next(record: &Record) -> &'static str {
    match record.phase {
        Phase::Staged => "envgate rotate promote, or envgate rotate discard",
        Phase::Promoted if record.is_compromised => "envgate rotate close --revoked",
        Phase::Promoted => {
            "revoke the old key, then envgate rotate close --revoked; or envgate rotate rollback"
        }
        _ if record.is_compromised => "interrupted: envgate rotate resume",
        _ => "interrupted: envgate rotate resume, or envgate rotate rollback",
    }
}
