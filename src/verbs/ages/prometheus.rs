//! The metrics, in the text format that `node_exporter`'s textfile collector reads
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use nix::sys::stat::Mode as FileMode;

use super::refused;
use super::row::Row;
use crate::caller::Caller;
use crate::error::Error;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::kept::Places;
use crate::load::open_finding;
use crate::load::secure_file::{FileSystem, OpenFault, Trust, open_to_replace};
use crate::mode::{Class, ModeName};
use crate::moment::Moment;
use crate::name::Name;
use crate::rotation::{Record, Store};
use crate::secure_write::{self, WriteFault};
use crate::workers::{self, Judge, State as Held};
use crate::written::write_finding;

/// The largest file that is replaced: it is read before, so that an editor's change is not lost.
const MAX_FILE: usize = 16 << 20;

/// Writes the metrics, whole or not at all. A new file is 0644; one that is there keeps its owner and mode.
pub(super) fn write(file: &Path, rows: &[Row], findings: &Findings, caller: &Caller) -> Result<(), Finding> {
    let text = metrics(rows, findings) + &of_workers() + &of_rotations(caller) + &of_refusals();
    let trust = Trust::Users(vec![caller.uid.as_raw()]);
    let closed = |fault, path: &Path, what| {
        open_finding(&fault, path, what)
            .why("whoever is to be warned by the metrics goes on seeing the old ones")
    };
    match open_to_replace(file, &trust, MAX_FILE) {
        Ok(target) => {
            let written = secure_write::replace_durably(&target, text.as_bytes());
            written.map_err(|fault| write_finding(fault, file))
        }
        Err(OpenFault::Missing { at }) if at.file_name() == file.file_name() => create(file, &text, &trust),
        Err(fault) => Err(closed(fault, file, "the file for the metrics")),
    }
}

fn create(file: &Path, text: &str, trust: &Trust) -> Result<(), Finding> {
    let name = file.file_name().ok_or_else(|| {
        Finding::refuses(Gate::Usage, "the file for the metrics has no name")
            .at(Place::file(file))
            .why("the collector reads files")
            .mend("name one that ends in .prom, in the collector's folder")
    })?;
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = FileSystem::new()
        .open_directory(parent, trust)
        .map_err(|fault| open_finding(&fault, parent, "the folder for the metrics"))?;
    let everybody_reads = FileMode::from_bits_truncate(0o644);
    match secure_write::create_durably(&directory, name, text.as_bytes(), everybody_reads, None) {
        // Two at a time: the other one's metrics are as new as ours.
        Ok(()) | Err(WriteFault::Exists) => Ok(()),
        Err(fault) => Err(write_finding(fault, file)),
    }
}

/// One metric: its name, what it is, and its value of a row that has one.
type Metric = (&'static str, &'static str, fn(&Row) -> Option<i64>);

const OF_SECRETS: [Metric; 3] = [
    (
        "envgate_secret_age_seconds",
        "How old a secret is; at least, where nothing but its file's last change says so.",
        |row| row.age.map(|age| i64::try_from(age.span.as_secs()).unwrap_or(i64::MAX)),
    ),
    ("envgate_secret_age_limit_seconds", "How old a secret may be.", |row| {
        row.limit.map(|limit| i64::try_from(limit.span.as_secs()).unwrap_or(i64::MAX))
    }),
    ("envgate_secret_expires_timestamp_seconds", "When a secret ends.", |row| {
        row.expires.map(Moment::seconds)
    }),
];

fn metrics(rows: &[Row], findings: &Findings) -> String {
    let mut text = String::new();
    for (name, help, value) in OF_SECRETS {
        head(&mut text, name, help);
        for row in rows {
            if let Some(value) = value(row) {
                let _ = writeln!(text, "{name}{{{}}} {value}", labels(row));
            }
        }
    }
    let name = "envgate_secret_state";
    head(
        &mut text,
        name,
        "1 for how a secret stands: fine, soon, over, ended or unknown; no variable for a whole file.",
    );
    for row in rows {
        let _ = writeln!(text, "{name}{{{},state=\"{}\"}} 1", labels(row), row.state.as_str());
    }
    let name = "envgate_ages_refused";
    head(&mut text, name, "What kept configs from being looked at; envgate ages says what it is.");
    let _ = writeln!(text, "{name} {}", findings.refusals().count());
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn labels(row: &Row) -> String {
    format!(
        "config=\"{}\",mode=\"{}\",file=\"{}\",variable=\"{}\"",
        escaped(&row.config.to_string_lossy()),
        row.mode.name(),
        escaped(&row.file.to_string_lossy()),
        row.variable.as_ref().map_or("", Name::as_str),
    )
}

/// The three characters that the format gives a meaning in a label's value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What runs under envgate and what of it holds an old generation, as far as that may be looked at.
fn of_workers() -> String {
    let Ok(survey) = workers::survey() else { return String::new() };
    let mut judge = Judge::default();
    let mut counts: BTreeMap<(String, &str), [usize; 2]> = BTreeMap::new();
    for worker in &survey.workers {
        let mode = worker.launch.mode.as_ref().map_or("", ModeName::as_str).to_owned();
        let class = worker.launch.class.map_or("", Class::as_str);
        let [stale, unknown] = counts.entry((mode, class)).or_default();
        match Held::of(&judge.files(worker)) {
            Held::Stale => *stale += 1,
            Held::Unknown(_) => *unknown += 1,
            Held::Current => {}
        }
    }
    let mut text = String::new();
    let names = [
        ("envgate_workers_stale", "Workers that hold an old generation of their env files."),
        ("envgate_workers_unknown", "Workers of which it cannot be told what they hold."),
    ];
    for (at, (name, help)) in names.into_iter().enumerate() {
        head(&mut text, name, help);
        for ((mode, class), counts) in &counts {
            let _ = writeln!(text, "{name}{{mode=\"{mode}\",class=\"{class}\"}} {}", counts[at]);
        }
    }
    let name = "envgate_processes_unreadable";
    head(&mut text, name, "Processes of which it may not be looked at whether envgate launched them.");
    let _ = writeln!(text, "{name} {}", survey.unreadable.len());
    text
}

/// How long each env file of an open rotation has waited for its end. Those of the user who asks: root's are the host's.
fn of_rotations(caller: &Caller) -> String {
    let open = open_rotations(caller);
    let mut text = String::new();
    let name = "envgate_rotation_open_seconds";
    head(&mut text, name, "How long ago a rotation of an env file was staged that is not closed.");
    let now = Moment::now();
    for record in open.iter().flatten() {
        let age = Moment::parse(&record.staged_by.at).map_or(0, |at| at.until(now).as_secs());
        for file in &record.files {
            let _ = writeln!(
                text,
                "{name}{{file=\"{}\",mode=\"{}\",phase=\"{}\"}} {age}",
                escaped(&file.path.to_string_lossy()),
                escaped(&record.asked.mode),
                record.phase.as_str()
            );
        }
    }
    let name = "envgate_rotations_unreadable";
    head(&mut text, name, "1 where the open rotations cannot be read; envgate rotate show says why.");
    let _ = writeln!(text, "{name} {}", u8::from(open.is_err()));
    text
}

fn open_rotations(caller: &Caller) -> Result<Vec<Record>, Error> {
    Store::find(&Places::of(caller)?)?.map_or(Ok(Vec::new()), |store| store.all())
}

/// The head alone where there is no journal that may be read.
fn of_refusals() -> String {
    let mut text = String::new();
    let name = "envgate_launches_refused_in_a_row";
    head(
        &mut text,
        name,
        "Launches of a unit that envgate refused since it launched it last, by the journal.",
    );
    for (unit, count) in refused::in_a_row() {
        let _ = writeln!(text, "{name}{{unit=\"{}\"}} {count}", escaped(&unit));
    }
    text
}
