//! What is open, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::How;
use crate::caller::Caller;
use crate::load::user;
use crate::output;
use crate::rotation::{FileRecord, Phase, Record, Session, UnitRecord, UnitStep, plan, units};
use crate::screen::Screen;
use crate::text::{shown, shown_path};
use crate::trail::UnitOutcome;

/// The document of `--json`.
#[derive(Serialize)]
struct Data<'a> {
    schema: u32,
    rotations: Vec<RotationData<'a>>,
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
    step: UnitStep,
    said: &'a str,
}

/// Prints these rotations.
pub(super) fn print(records: &[&Record], how: &How, caller: &Caller) {
    if how.json {
        let rotations = records.iter().map(|record| data(record)).collect();
        output::print(&output::json(&Data { schema: 1, rotations }));
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
pub(super) fn promoted(
    record: &Record,
    holdings: &units::holders::Holdings,
    how: &How,
    session: &Session<'_>,
) {
    print(&[record], how, session.caller);
    if how.json {
        return;
    }
    for holder in holders_beside(record, holdings) {
        output::print(&format!("  remains   {holder} holds the old values: restart it\n"));
    }
    doubts(record, holdings);
}

/// What was taken back, and who holds the withdrawn values all the same.
pub(super) fn rolled_back(record: &Record, how: &How, session: &Session<'_>) {
    if !how.json {
        output::print("rolled back: the former values are current again\n");
    }
    print(&[record], how, session.caller);
    let withdrawn = units::holders::holders(&plan::back(record), plan::now());
    for holder in withdrawn.iter().flat_map(holders) {
        output::complain(&format!("  remains   {holder} holds the withdrawn values: restart it\n"));
    }
}

/// Everybody who holds the old values, for a person.
pub(super) fn holders(holdings: &units::holders::Holdings) -> Vec<String> {
    let units = holdings.units.iter().map(|unit| shown(&unit.name).into_owned());
    units.chain(holdings.by_hand.iter().map(plan::describe)).collect()
}

/// The same without units that were reloaded, whose environment stays as it was: their changed variables reach them
/// through the config alone.
pub(super) fn holders_beside(record: &Record, holdings: &units::holders::Holdings) -> Vec<String> {
    let reloaded = |name: &String| {
        let done = |unit: &&UnitRecord| matches!(unit.step, UnitStep::Proven | UnitStep::Unknown);
        record.rollout.is_reload && record.units.iter().filter(done).any(|unit| shown(&unit.unit) == *name)
    };
    holders(holdings).into_iter().filter(|name| !reloaded(name)).collect()
}

/// Those of which nobody can say what they hold, but for units that were proven otherwise.
pub(super) fn doubts(record: &Record, holdings: &units::holders::Holdings) {
    let is_proven = |name: Option<&str>| {
        record.units.iter().any(|unit| unit.step == UnitStep::Proven && Some(unit.unit.as_str()) == name)
    };
    for doubtful in holdings.unknown.iter().filter(|one| !is_proven(one.process.unit_name())) {
        let process = &doubtful.process;
        output::complain(&format!(
            "  unknown: process {} of {} ({}) may hold the old values: {}\n",
            process.pid,
            shown(&process.user),
            shown(process.unit_name().unwrap_or(&process.program)),
            shown(&doubtful.why)
        ));
    }
    if holdings.hides_others {
        output::complain("  unknown: /proc hides the processes of other users: ask as root\n");
    }
}

/// What became of each unit, for the trail.
pub(super) fn outcomes(record: &Record) -> Vec<UnitOutcome> {
    let outcome = |unit: &UnitRecord| UnitOutcome { unit: unit.unit.clone(), outcome: unit.in_words() };
    record.units.iter().map(outcome).collect()
}

/// Says that nothing is open any more.
pub(super) fn say(how: &How, text: &str) {
    if how.json {
        output::print(&output::json(&Data { schema: 1, rotations: Vec::new() }));
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
