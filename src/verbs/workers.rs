//! `workers`: what runs under envgate on this host, and whether it holds what its files hold today.

use serde::Serialize;

use super::workers_table;
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::mode::{Class, Instance, ModeName};
use crate::moment::Moment;
use crate::output;
use crate::screen::Screen;
use crate::systemd::supervisor::Supervisor;
use crate::text::is_like;
use crate::workers::{self, FileState, Judge, Kind, Process, State, Survey, Worker};

/// A worker, and what it holds.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) worker: Worker,
    pub(super) files: Vec<FileState>,
    pub(super) state: State,
}

/// Everything that is said.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) rows: Vec<Row>,
    pub(super) unreadable: Vec<Process>,
    pub(super) hides_others: bool,
    pub(super) systemd_fault: Option<String>,
    /// Names and globs that no unit has.
    pub(super) unmatched: Vec<String>,
    /// Whether root asks: then nobody may look where it may not.
    pub(super) by_root: bool,
}

/// Looks at this host's processes and says what it found. Workers that hold an old generation are no fault of the
/// verb's; a name that no unit has is.
pub fn workers(units: &[String], caller: &Caller, json: bool) -> Result<Status, Error> {
    let report = report(workers::survey()?, units, caller.uid.is_root());
    if json {
        output::print(&output::json(&as_data(&report)));
    } else {
        output::print(&workers_table::text(&report, Screen::of_output(caller), Moment::now()));
    }
    Ok(if report.unmatched.is_empty() { Status::Fine } else { Status::Findings })
}

fn report(survey: Survey, units: &[String], by_root: bool) -> Report {
    let Survey { mut workers, mut unreadable, hides_others, systemd_fault } = survey;
    let is_asked_for =
        |process: &Process| units.is_empty() || units.iter().any(|glob| is_of_unit(process, glob));
    let unmatched = units.iter().filter(|glob| {
        let all = workers.iter().map(|worker| &worker.process).chain(&unreadable);
        !all.into_iter().any(|process| is_of_unit(process, glob))
    });
    let unmatched = unmatched.cloned().collect();
    workers.retain(|worker| is_asked_for(&worker.process));
    unreadable.retain(is_asked_for);
    // Real money first, then unit by unit.
    workers.sort_by_cached_key(|worker| {
        let unit = worker.process.unit_name().map(str::to_owned);
        (worker.launch.class != Some(Class::Live), unit.is_none(), unit, worker.process.pid)
    });
    let mut judge = Judge::default();
    let rows = workers.into_iter().map(|worker| {
        let files = judge.files(&worker);
        let state = State::of(&files);
        Row { worker, files: files.unwrap_or_default(), state }
    });
    Report { rows: rows.collect(), unreadable, hides_others, systemd_fault, unmatched, by_root }
}

/// A unit by its name, with or without its suffix.
fn is_of_unit(process: &Process, glob: &str) -> bool {
    let names = process.unit_name().map(|unit| (unit, unit.strip_suffix(".service").unwrap_or(unit)));
    names.is_some_and(|(name, stem)| is_like(name, glob) || is_like(stem, glob))
}

/// What `workers --json` prints. `schema` counts up when a field changes its meaning or goes.
#[derive(Serialize)]
struct Data<'a> {
    schema: u32,
    workers: Vec<WorkerData<'a>>,
    unreadable: Vec<ProcessData<'a>>,
    hides_others: bool,
    systemd: Option<&'a str>,
    unmatched: &'a [String],
}

#[derive(Serialize)]
struct ProcessData<'a> {
    pid: u32,
    uid: u32,
    user: &'a str,
    unit: Option<&'a str>,
    manager: Option<&'static str>,
    since: Option<String>,
}

#[derive(Serialize)]
struct WorkerData<'a> {
    kind: &'static str,
    #[serde(flatten)]
    process: ProcessData<'a>,
    mode: Option<&'a str>,
    class: Option<&'static str>,
    instance: Option<&'a str>,
    config: Option<String>,
    generation: Option<String>,
    state: &'static str,
    reason: Option<&'a str>,
    files: Vec<FileData<'a>>,
    break_glass: Option<&'a str>,
}

#[derive(Serialize)]
struct FileData<'a> {
    file: String,
    state: &'static str,
    reason: Option<&'a str>,
}

fn as_data(report: &Report) -> Data<'_> {
    Data {
        schema: 1,
        workers: report.rows.iter().map(worker_data).collect(),
        unreadable: report.unreadable.iter().map(process_data).collect(),
        hides_others: report.hides_others,
        systemd: report.systemd_fault.as_deref(),
        unmatched: &report.unmatched,
    }
}

fn process_data(process: &Process) -> ProcessData<'_> {
    ProcessData {
        pid: process.pid,
        uid: process.uid,
        user: &process.user,
        unit: process.unit_name(),
        manager: process.unit.as_ref().map(|unit| match unit {
            Supervisor::System { .. } => "system",
            Supervisor::User { .. } => "user",
        }),
        since: process.started.map(|started| Moment::of_nanoseconds(started).to_string()),
    }
}

fn worker_data(row: &Row) -> WorkerData<'_> {
    let launch = &row.worker.launch;
    WorkerData {
        kind: match row.worker.kind {
            Kind::Worker => "worker",
            Kind::Orphan => "orphan",
            Kind::Opaque { .. } => "opaque",
        },
        process: process_data(&row.worker.process),
        mode: launch.mode.as_ref().map(ModeName::as_str),
        class: launch.class.map(Class::as_str),
        instance: launch.instance.as_ref().map(Instance::as_str),
        config: launch.config.as_ref().map(|path| path.to_string_lossy().into_owned()),
        generation: launch.generation_as_text(),
        state: row.state.as_str(),
        reason: reason(&row.state),
        files: row
            .files
            .iter()
            .map(|file| FileData {
                file: file.source.to_string(),
                state: file.state.as_str(),
                reason: reason(&file.state),
            })
            .collect(),
        break_glass: launch.break_glass.as_deref(),
    }
}

fn reason(state: &State) -> Option<&str> {
    match state {
        State::Unknown(why) => Some(why),
        State::Current | State::Stale => None,
    }
}
