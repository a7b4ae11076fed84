//! `status`: every variable of a launch, where it comes from and what it beat, with the secrets masked.

use serde::Serialize;

use super::check::Head;
use super::inventory::Inventory;
use super::status_text;
use crate::caller::Caller;
use crate::error::Status;
use crate::finding::Findings;
use crate::generation::Source;
use crate::launch;
use crate::load::Inputs;
use crate::mode::Instance;
use crate::moment::Moment;
use crate::output;
use crate::resolve::Resolved;
use crate::screen::Screen;
use crate::workers::{self, Survey};

/// What `status --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    instance: Option<&'a str>,
    config: Option<String>,
    env_files: Vec<EnvFile>,
    /// Workers of this launch that run past gates which would have refused them.
    break_glass: &'a [Emergency],
    #[serde(flatten)]
    inventory: &'a Inventory,
    /// The gates that refuse, each once.
    refused_by: Vec<&'static str>,
}

/// An env file of the launch.
#[derive(Serialize)]
struct EnvFile {
    file: String,
    /// When it was changed.
    changed: Moment,
    /// How long ago, in seconds.
    seconds: u64,
}

/// A worker that was launched with `--break-glass`, as long as it runs.
#[derive(Serialize)]
pub(super) struct Emergency {
    /// Its process.
    pub(super) pid: u32,
    /// When it was started.
    pub(super) since: Option<Moment>,
    /// Why.
    pub(super) reason: String,
}

/// Shows the variables of a launch, of a refused one as far as it came; the status is 1 where a gate refuses it.
#[must_use]
pub fn status(inputs: &Inputs, caller: &Caller, all: bool, json: bool) -> Status {
    let outcome = launch::prepare(inputs, caller);
    let resolved = outcome.resolved();
    let now = Moment::now();
    let inventory = resolved.map(|resolved| Inventory::of(resolved, all, now)).unwrap_or_default();
    let emergencies = resolved.map(emergencies).unwrap_or_default();
    let status = if outcome.findings.status().is_some() { Status::Findings } else { Status::Fine };
    if json {
        let report = Report {
            break_glass: &emergencies,
            ..report(inputs, resolved, &inventory, &outcome.findings, status, now)
        };
        output::print(&output::json(&report));
    } else {
        let screen = Screen::of_output(caller);
        let mut text =
            resolved.map_or(String::new(), |resolved| status_text::of(resolved, &inventory, now, screen));
        text.push_str(&status_text::emergencies(&emergencies, screen));
        text.push_str(&status_text::last_line(inputs, &outcome.findings, screen));
        output::print(&text);
    }
    status
}

fn report<'a>(
    inputs: &'a Inputs,
    resolved: Option<&'a Resolved>,
    inventory: &'a Inventory,
    findings: &Findings,
    status: Status,
    now: Moment,
) -> Report<'a> {
    let config = resolved.and_then(|resolved| resolved.config.as_ref());
    let files = resolved.map_or(&[][..], |resolved| &resolved.env_files);
    Report {
        head: Head::of(inputs, resolved, findings, status),
        instance: resolved.and_then(|resolved| resolved.instance.as_ref()).map(Instance::as_str),
        config: config.map(|config| config.opened.path.to_string_lossy().into_owned()),
        env_files: files
            .iter()
            .map(|file| {
                let changed = Moment::of_nanoseconds(file.modified);
                EnvFile {
                    file: file.path.to_string_lossy().into_owned(),
                    changed,
                    seconds: changed.until(now).as_secs(),
                }
            })
            .collect(),
        break_glass: &[],
        inventory,
        refused_by: findings.refusing_gates(),
    }
}

/// What runs of this launch, and was let past gates. What may not be looked at is `workers`' affair.
fn emergencies(resolved: &Resolved) -> Vec<Emergency> {
    let survey = workers::survey().unwrap_or_else(|error| {
        output::complain(&format!(
            "envgate: whether a worker runs past this launch's gates (--break-glass) cannot be told: {error}\n"
        ));
        Survey::default()
    });
    let config = resolved.config.as_ref().map(|config| &config.opened);
    // Exposed to be read as what it is: the paths that the worker is told of.
    let files = resolved.variables.get("ENVGATE_FILES").map(|files| files.value.expose());
    let sources = files.and_then(Source::of_text).unwrap_or_default();
    let is_ours = |launch: &workers::Launch| {
        let same_instance = resolved.instance.is_none() || launch.instance == resolved.instance;
        same_instance && launch.is_of(config, &sources, resolved.mode.name())
    };
    let ours = survey.workers.into_iter().filter(|worker| is_ours(&worker.launch));
    ours.filter_map(|worker| {
        let since = worker.process.started.map(Moment::of_nanoseconds);
        Some(Emergency { pid: worker.process.pid, since, reason: worker.launch.break_glass? })
    })
    .collect()
}
