//! What is open, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::remaining::{Remaining, doubts, remaining};
use super::steps::Back;
use super::{How, masked_values};
use crate::caller::Caller;
use crate::load::user;
use crate::output;
use crate::rotation::units::holders::Holdings;
use crate::rotation::{FileRecord, Phase, Record, UnitRecord, UnitStep};
use crate::screen::Screen;
use crate::text::{shown, shown_path};
use crate::trail::UnitOutcome;

/// The document of `--json`.
#[derive(Serialize)]
struct Data<'a> {
    schema: u32,
    rotations: Vec<RotationData<'a>>,
    /// What each unit runs on: behind a way back alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    rolled_back: Option<&'a [UnitOutcome]>,
}

impl Default for Data<'_> {
    fn default() -> Self {
        Self { schema: 1, rotations: Vec::new(), rolled_back: None }
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
    /// Who holds the values that are current no longer; none where nobody has looked.
    remaining: Option<&'a [Remaining]>,
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

/// A rotation, and what was found out about it.
pub(super) struct Found<'a> {
    /// It.
    pub(super) record: &'a Record,
    /// Who holds the values that are current no longer, where somebody has looked.
    pub(super) remaining: Option<Vec<Remaining>>,
    /// Whether another process works on it.
    pub(super) is_busy: bool,
    /// Whether it is closed right behind this report.
    pub(super) is_over: bool,
}

/// Prints this rotation.
pub(super) fn print(record: &Record, how: &How, caller: &Caller) {
    print_all(&[Found { record, remaining: None, is_busy: false, is_over: false }], how, caller);
}

/// Prints these rotations.
pub(super) fn print_all(found: &[Found<'_>], how: &How, caller: &Caller) {
    if how.json {
        let rotations = found.iter().map(data).collect();
        output::print(&output::json(&Data { rotations, ..Data::default() }));
        return;
    }
    if found.is_empty() {
        let whose = if caller.uid.is_root() { "" } else { " (of yours: root's are root's to see)" };
        output::print(&format!("no rotation is open{whose}\n"));
        return;
    }
    let screen = Screen::of_output(caller);
    let texts: Vec<String> = found.iter().map(|one| text(one, screen, caller)).collect();
    output::print(&texts.join("\n"));
}

/// What was promoted, and who still holds the old values.
pub(super) fn promoted(record: &Record, holdings: &Holdings, is_over: bool, how: &How, caller: &Caller) {
    let remaining = Some(remaining(record, holdings));
    print_all(&[Found { record, remaining, is_busy: false, is_over }], how, caller);
    if !how.json {
        doubts(record, holdings);
    }
}

/// What was taken back, and what each unit runs on now.
pub(super) fn rolled_back(record: &Record, back: Back, how: &How, caller: &Caller) {
    let found = Found { record, remaining: Some(back.remaining), is_busy: false, is_over: false };
    if how.json {
        let (rotations, rolled_back) = (vec![data(&found)], Some(&back.units[..]));
        output::print(&output::json(&Data { rotations, rolled_back, ..Data::default() }));
        return;
    }
    output::print("rolled back: the former values are current again\n");
    for unit in &back.units {
        let line = format!("{}: {}", shown(&unit.unit), shown(&unit.outcome));
        output::print(&Screen::of_output(caller).paragraph("  unit      ", &line));
    }
    print_all(&[found], how, caller);
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

fn data<'a>(found: &'a Found<'_>) -> RotationData<'a> {
    let record = found.record;
    RotationData {
        id: &record.id,
        phase: record.phase.as_str(),
        interrupted: record.phase.is_halfway() && !found.is_busy,
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
        remaining: found.remaining.as_deref(),
    }
}

fn text(found: &Found<'_>, screen: Screen, caller: &Caller) -> String {
    let record = found.record;
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
        for line in masked_values::lines(file, caller) {
            let _ = writeln!(text, "            {line}");
        }
    }
    for unit in &record.units {
        let is_at_it = found.is_busy && unit.step == UnitStep::Touched;
        let state = if is_at_it { "is being restarted".to_owned() } else { unit.in_words() };
        text.push_str(&screen.paragraph("  unit      ", &format!("{}: {state}", shown(&unit.unit))));
    }
    for one in found.remaining.iter().flatten() {
        let what =
            if record.phase == Phase::Staged { "the values that were taken back" } else { "the old values" };
        text.push_str(&screen.paragraph("  remains   ", &format!("{} holds {what}: {}", one.who, one.mend)));
    }
    text.push_str(&screen.paragraph("  next      ", &next(found)));
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

fn next(found: &Found<'_>) -> String {
    let record = found.record;
    let somebody_remains = found.remaining.iter().flatten().next().is_some();
    let is_down = record.units.iter().any(|unit| unit.step == UnitStep::Failed);
    let next_steps = record.next_steps();
    match record.phase {
        _ if found.is_over => "nothing: it is closed".to_owned(),
        _ if found.is_busy => "another process works on it: wait for it".to_owned(),
        Phase::Promoted if somebody_remains => format!("restart who remains, then {next_steps}"),
        phase if phase.is_halfway() && record.is_compromised && is_down => format!(
            "mend what keeps them down, then {next_steps}; or replace the values once more: envgate rotate run --compromised"
        ),
        phase if phase.is_halfway() => format!("interrupted: {next_steps}"),
        _ => next_steps.to_owned(),
    }
}
