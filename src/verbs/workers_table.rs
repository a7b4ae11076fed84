//! What `workers` says to people: a table, what is unknown and why, and who still holds the old generation.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::workers::{Report, Row};
use crate::mode::{Class, Instance, ModeName};
use crate::moment::{Moment, in_words};
use crate::screen::{Screen, Tone};
use crate::systemd::supervisor::Supervisor;
use crate::table::{Cell, Table};
use crate::text::{counted, shown};
use crate::workers::{Kind, Process, State};

const HEADINGS: [&str; 9] =
    ["UNIT", "USER", "MODE", "CLASS", "INSTANCE", "PID", "RUNS FOR", "GENERATION", "STATE"];

pub(super) fn text(report: &Report, screen: Screen, now: Moment) -> String {
    let mut text = String::new();
    let mut table = Table::new(&HEADINGS).folding(&["USER", "RUNS FOR", "GENERATION"]);
    report.rows.iter().for_each(|row| table.push(cells(row, now)));
    if table.is_empty() {
        text.push_str("no worker of envgate's was found\n");
    } else {
        text.push_str(&table.lines(screen));
    }
    let notes = notes(report, screen);
    if !notes.is_empty() {
        let _ = write!(text, "\n{notes}");
    }
    let summary = summary(&report.rows, screen);
    if !summary.is_empty() {
        let _ = write!(text, "\n{summary}");
    }
    text
}

fn cells(row: &Row, now: Moment) -> Vec<Cell> {
    let (process, launch) = (&row.worker.process, &row.worker.launch);
    let plain = |text: Option<&str>| Cell::plain(text.unwrap_or("-"));
    let age = process.started.map(|started| in_words(Moment::of_nanoseconds(started).until(now)));
    let state = match row.worker.kind {
        Kind::Orphan => format!("{}, left over", row.state.as_str()),
        Kind::Worker | Kind::Opaque { .. } => row.state.as_str().to_owned(),
    };
    vec![
        Cell::plain(&place(process)),
        Cell::plain(&process.user),
        plain(launch.mode.as_ref().map(ModeName::as_str)),
        plain(launch.class.map(Class::as_str)),
        plain(launch.instance.as_ref().map(Instance::as_str)),
        Cell::plain(&process.pid.to_string()),
        plain(age.as_deref()),
        plain(launch.generation_as_text().as_deref()),
        Cell::new(&state, tone(row)),
    ]
}

/// An old generation is worst where it trades real money.
fn tone(row: &Row) -> Tone {
    match (&row.state, &row.worker.kind) {
        (State::Stale, _) if row.worker.launch.class != Some(Class::Paper) => Tone::Bad,
        (State::Current, Kind::Worker) => Tone::Good,
        _ => Tone::Warning,
    }
}

fn place(process: &Process) -> String {
    match &process.unit {
        Some(Supervisor::System { unit: Some(unit) }) => unit.clone(),
        Some(Supervisor::User { unit: Some(unit) }) => format!("{unit} (user's)"),
        _ => "-".to_owned(),
    }
}

fn name(row: &Row) -> String {
    let process = &row.worker.process;
    match process.unit_name() {
        Some(unit) => format!("{} (PID {})", shown(unit), process.pid),
        None => format!("PID {}", process.pid),
    }
}

/// What the table has no room for.
fn notes(report: &Report, screen: Screen) -> String {
    let mut notes = String::new();
    for row in &report.rows {
        if let Some(reason) = &row.worker.launch.break_glass {
            let line = format!("break-glass: {}: {}", name(row), shown(reason));
            let _ = writeln!(notes, "{}", Tone::Bad.paint(&line, screen));
        }
    }
    for row in &report.rows {
        if let State::Unknown(why) = &row.state {
            let _ = writeln!(notes, "unknown: {}: {}", name(row), shown(why));
        }
    }
    let mend = if report.by_root { "the system denies it to root here" } else { "run this as root" };
    for (user, count) in unreadable_users(&report.unreadable) {
        let _ = writeln!(
            notes,
            "unknown: {} of {} whose environment may not be read ({mend})",
            counted(count, "process"),
            shown(user),
        );
    }
    if report.hides_others {
        notes.push_str(
            "unknown: /proc hides the processes of other users (hidepid): to see them, run this as root\n",
        );
    }
    if let Some(fault) = &report.systemd_fault {
        let _ = writeln!(
            notes,
            "unknown: {}: a service that has overwritten its environment is not in the list",
            shown(fault)
        );
    }
    for glob in &report.unmatched {
        let _ = writeln!(
            notes,
            "not found: no process of envgate's is in a unit {}; see: systemctl list-units --type=service",
            shown(glob)
        );
    }
    notes
}

fn unreadable_users(unreadable: &[Process]) -> BTreeMap<&str, usize> {
    let mut users = BTreeMap::new();
    for process in unreadable {
        *users.entry(process.user.as_str()).or_default() += 1;
    }
    users
}

fn summary(rows: &[Row], screen: Screen) -> String {
    let mut lines = String::new();
    for (class, word) in [(Some(Class::Live), "live "), (Some(Class::Paper), "paper "), (None, "unclassed ")]
    {
        let of_class: Vec<&Row> = rows
            .iter()
            .filter(|row| row.worker.launch.class == class && row.worker.kind != Kind::Orphan)
            .collect();
        lines.push_str(&summary_of(&of_class, word, class, screen));
    }
    let orphans = rows.iter().filter(|row| row.worker.kind == Kind::Orphan).count();
    if orphans > 0 {
        let rest = if orphans == 1 {
            "outlived its worker and still holds what that was launched with"
        } else {
            "outlived their workers and still hold what those were launched with"
        };
        let line = format!("{} {rest}", counted(orphans, "process"));
        let _ = writeln!(lines, "{}", Tone::Warning.paint(&line, screen));
    }
    lines
}

fn summary_of(rows: &[&Row], word: &str, class: Option<Class>, screen: Screen) -> String {
    let count = |state: &str| rows.iter().filter(|row| row.state.as_str() == state).count();
    let (all, stale, unknown) = (rows.len(), count("stale"), count("unknown"));
    let workers = counted(all, &format!("{word}worker"));
    let (line, tone) = match (all, stale, unknown) {
        (0, ..) => return String::new(),
        (1, 0, 0) => (format!("{workers} holds the current generation"), Tone::Good),
        (_, 0, 0) => (format!("all {workers} hold the current generation"), Tone::Good),
        (_, 0, _) => (format!("{unknown} of {workers} unknown, none known to be stale"), Tone::Warning),
        _ => {
            let hold = if stale == 1 { "holds" } else { "hold" };
            let unknown = if unknown > 0 { format!("; {unknown} unknown") } else { String::new() };
            let tone = if class == Some(Class::Paper) { Tone::Warning } else { Tone::Bad };
            (format!("{stale} of {workers} still {hold} the old generation{unknown}"), tone)
        }
    };
    format!("{}\n", tone.paint(&line, screen))
}
