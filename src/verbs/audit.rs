//! `audit`: what the trail says, and whether it is what was written.

use std::io::{BufRead, Read};

use nix::errno::Errno;
use serde::Serialize;
use serde_json::Value;

use super::audit_text;
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::kept::Places;
use crate::moment::Moment;
use crate::output;
use crate::screen::Screen;
use crate::text::is_like;
use crate::trail::{self, Compared, Fault, FaultKind, Journal};

/// Which records are shown: those that fit all of these.
#[derive(Debug, Default)]
pub struct Filters {
    /// Not older than this.
    pub since: Option<Moment>,
    /// Of this action.
    pub action: Option<String>,
    /// About this file: a path or a name, or a glob.
    pub file: Option<String>,
    /// About this variable.
    pub variable: Option<String>,
    /// About this unit, or a glob.
    pub unit: Option<String>,
}

/// The document of `--json`.
#[derive(Serialize)]
struct Data<'a> {
    schema: u32,
    file: String,
    records: Option<&'a [Value]>,
    count: usize,
    faults: Vec<FaultData>,
    journal: Option<JournalData<'a>>,
}

#[derive(Serialize)]
struct FaultData {
    line: usize,
    kind: FaultKind,
}

#[derive(Serialize)]
struct JournalData<'a> {
    state: &'static str,
    reason: Option<&'a str>,
    records: usize,
    lacking: &'a [String],
}

/// Prints the records that fit, oldest first. A line that is no record is said to be there.
pub fn show(filters: &Filters, caller: &Caller, json: bool) -> Result<Status, Error> {
    let places = Places::of(caller)?;
    let path = trail::path(&places);
    let mut records = Vec::new();
    let mut faults = Vec::new();
    if let Some(mut trail) = trail::read(&places)? {
        let fault = |error: std::io::Error| read_error(&error, &places);
        for (at, line) in trail.by_ref().split(b'\n').enumerate() {
            match serde_json::from_slice::<Value>(&line.map_err(fault)?) {
                Ok(record) if record.is_object() => records.push(record),
                _ => faults.push(FaultData { line: at + 1, kind: FaultKind::Changed }),
            }
        }
    }
    records.retain(|record| filters.fit(record));
    if json {
        let file = path.to_string_lossy().into_owned();
        let count = records.len();
        output::print(&output::json(&Data {
            schema: 1,
            file,
            records: Some(&records),
            count,
            faults,
            journal: None,
        }));
    } else {
        output::print(&audit_text::records(&records, &path, Screen::of_output(caller)));
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        output::complain(&audit_text::no_records(&lines));
    }
    Ok(Status::Fine)
}

/// Checks every record, and compares the trail with the journal where that can be read.
pub fn verify(caller: &Caller, json: bool) -> Result<Status, Error> {
    let places = Places::of(caller)?;
    let path = trail::path(&places);
    // The journal first: what is appended meanwhile is in the trail before it is there.
    let journal = Journal::read(&places);
    let verdict = match trail::read(&places)? {
        Some(trail) => trail::verify(trail),
        None => trail::verify(std::io::empty()),
    };
    let verdict = verdict.map_err(|error| read_error(&error, &places))?;
    let compared = journal.map(|journal| journal.compare(&verdict));
    let lacks = compared.as_ref().is_ok_and(|compared| !compared.lacking.is_empty());
    if json {
        let reason = compared.as_ref().err().map(ToString::to_string);
        output::print(&output::json(&Data {
            schema: 1,
            file: path.to_string_lossy().into_owned(),
            records: None,
            count: verdict.records,
            faults: verdict
                .faults
                .iter()
                .map(|fault| FaultData { line: fault.line, kind: fault.kind })
                .collect(),
            journal: Some(journal_data(compared.as_ref().ok(), reason.as_deref())),
        }));
    } else {
        output::print(&audit_text::verdict(&verdict, &compared, &path));
    }
    Ok(if verdict.faults.is_empty() && !lacks { Status::Fine } else { Status::Findings })
}

fn journal_data<'a>(compared: Option<&'a Compared>, reason: Option<&'a str>) -> JournalData<'a> {
    let (state, records, lacking) = match compared {
        None => ("unread", 0, &[][..]),
        Some(Compared { records: 0, .. }) => ("empty", 0, &[][..]),
        Some(compared) => ("compared", compared.records, &compared.lacking[..]),
    };
    JournalData { state, reason, records, lacking }
}

fn read_error(error: &std::io::Error, places: &Places) -> Error {
    let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
    Error::system_at("read the trail", trail::path(places), errno)
}

impl Filters {
    /// Whether every record fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { since, action, file, variable, unit } = self;
        since.is_none() && [action, file, variable, unit].into_iter().all(Option::is_none)
    }

    fn fit(&self, record: &Value) -> bool {
        let is_one = |field: &Value, fits: &dyn Fn(&str) -> bool| {
            field.as_array().is_some_and(|all| all.iter().filter_map(Value::as_str).any(fits))
        };
        let since = self.since.is_none_or(|since| {
            record["time"].as_str().and_then(Moment::parse).is_some_and(|time| time >= since)
        });
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let unit = |unit: &Value| unit["unit"].as_str().is_some_and(|unit| self.is_of_unit(unit));
        since
            && self.action.as_ref().is_none_or(|action| record["action"] == **action)
            && self
                .variable
                .as_ref()
                .is_none_or(|variable| is_one(&record["variables"], &|name| name == variable))
            && self.file.as_ref().is_none_or(|file| {
                is_one(&record["files"], &|path| is_like(path, file) || is_like(&name(path), file))
            })
            && (self.unit.is_none() || record["units"].as_array().is_some_and(|units| units.iter().any(unit)))
    }

    /// With or without its suffix.
    fn is_of_unit(&self, unit: &str) -> bool {
        let stem = unit.strip_suffix(".service").unwrap_or(unit);
        self.unit.as_ref().is_some_and(|glob| is_like(unit, glob) || is_like(stem, glob))
    }
}

/// What a kind of fault means, and what to do.
pub(super) fn meaning(fault: &Fault) -> (&'static str, &'static str) {
    match fault.kind {
        FaultKind::Changed => {
            ("this record is not as it was written", "compare it with the journal's or a backup's")
        }
        FaultKind::Missing => (
            "what stood before this record is missing, or was written anew",
            "look for it in the journal and in backups",
        ),
        FaultKind::Reordered => (
            "this record does not stand where it was written",
            "compare the order with the journal's or a backup's",
        ),
        FaultKind::Repeated => {
            ("this record stands here a second time", "compare it with the journal's or a backup's")
        }
        FaultKind::Torn => (
            "a write that did not end (a full disk, a power failure, a kill): its record was never confirmed",
            "what was lost is the step that failed then; the line may be deleted",
        ),
    }
}
