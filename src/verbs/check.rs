//! `check`: every gate of a launch, all findings, and nothing is started.

use serde::Serialize;

use crate::caller::Caller;
use crate::error::Status;
use crate::exec::Cleared;
use crate::exec::delivery::Place;
use crate::finding::{Finding, Findings};
use crate::launch::{self, Outcome};
use crate::load::Inputs;
use crate::output;
use crate::resolve::Resolved;
use crate::screen::{Screen, Tone};
use crate::text::{counted, shown};

/// What every look at one launch begins with. `schema` counts up when a field changes its meaning or goes.
#[derive(Serialize)]
pub(super) struct Head<'a> {
    schema: u32,
    verdict: &'static str,
    status: u8,
    mode: &'a str,
    class: Option<&'static str>,
    generation: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// `resolved`: the launch, as far as the verb speaks of it.
    pub(super) fn of(
        inputs: &'a Inputs,
        resolved: Option<&'a Resolved>,
        findings: &Findings,
        status: Status,
    ) -> Self {
        Self {
            schema: 1,
            verdict: verdict(findings),
            status: status.code(),
            mode: &inputs.mode,
            class: resolved.map(|resolved| resolved.mode.class().as_str()),
            generation: resolved.map(|resolved| resolved.generation.as_str()),
        }
    }
}

/// What `check --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    command: Option<String>,
    delivery: Option<String>,
    declared_data_endpoints: Vec<DataEndpoint<'a>>,
    findings: Vec<&'a Finding>,
}

/// Where the config says that the worker only reads market data: a variable, or a key by its path.
#[derive(Serialize)]
pub(super) struct DataEndpoint<'a> {
    variable: Option<&'a str>,
    key: Option<&'a str>,
}

/// Looks at a launch and says what it found; the status is the one that `exec` would have.
#[must_use]
pub fn check(inputs: &Inputs, caller: &Caller, strict: bool, json: bool) -> Status {
    let outcome = launch::prepare(inputs, caller);
    let status = status(&outcome.findings, strict);
    if json {
        output::print(&output::json(&report(inputs, &outcome, status)));
    } else {
        output::print(&text(inputs, &outcome, status, Screen::of_output(caller)));
    }
    status
}

/// As `exec` would end; with `--strict` a warning is a finding.
#[must_use]
pub fn status(findings: &Findings, strict: bool) -> Status {
    let warned = strict && findings.warnings().next().is_some();
    findings.status().unwrap_or(if warned { Status::Findings } else { Status::Fine })
}

fn report<'a>(inputs: &'a Inputs, outcome: &'a Outcome, status: Status) -> Report<'a> {
    let cleared = outcome.cleared.as_ref().ok();
    Report {
        head: Head::of(inputs, cleared.map(Cleared::resolved), &outcome.findings, status),
        command: cleared.map(|cleared| cleared.program().path.to_string_lossy().into_owned()),
        delivery: cleared.and_then(Cleared::place).map(Place::describe),
        declared_data_endpoints: data_endpoints(outcome),
        findings: outcome.findings.iter().collect(),
    }
}

pub(super) fn data_endpoints(outcome: &Outcome) -> Vec<DataEndpoint<'_>> {
    let Some(config) = outcome.resolved().and_then(|resolved| resolved.config.as_ref()) else {
        return Vec::new();
    };
    let declared = config.block.variables.iter().filter(|declaration| declaration.data_endpoint);
    let variables =
        declared.map(|declaration| DataEndpoint { variable: Some(declaration.name.as_str()), key: None });
    let keys = config.block.data_endpoints.iter();
    variables.chain(keys.map(|key| DataEndpoint { variable: None, key: Some(key) })).collect()
}

pub(super) fn data_endpoints_as_text(outcome: &Outcome) -> String {
    let declared: Vec<_> = data_endpoints(outcome)
        .iter()
        .filter_map(|declared| declared.variable.or(declared.key))
        .map(shown)
        .collect();
    if declared.is_empty() {
        return String::new();
    }
    format!(
        "  data only   {} (declared: the other class's hosts and ports are not refused there)\n",
        declared.join(", ")
    )
}

/// The verdict as a person sees it.
#[must_use]
pub(super) fn painted_verdict(findings: &Findings, screen: Screen) -> String {
    let verdict = verdict(findings);
    let tone = match verdict {
        "refused" => Tone::Bad,
        "warned" => Tone::Warning,
        _ => Tone::Good,
    };
    tone.paint(verdict, screen)
}

/// The verdict in a word.
#[must_use]
pub fn verdict(findings: &Findings) -> &'static str {
    if findings.status().is_some() {
        "refused"
    } else if findings.warnings().next().is_some() {
        "warned"
    } else {
        "fine"
    }
}

fn text(inputs: &Inputs, outcome: &Outcome, status: Status, screen: Screen) -> String {
    let findings = output::findings_as_text(&outcome.findings, screen);
    let verdict = painted_verdict(&outcome.findings, screen);
    let refusals = outcome.findings.refusals().count();
    let warnings = outcome.findings.warnings().count();
    let text = match &outcome.cleared {
        Ok(cleared) => {
            let resolved = cleared.resolved();
            let config = cleared.place().map_or(String::new(), |place| {
                format!("  config      {} in {}\n", place.describe(), place.variable())
            });
            format!(
                "{findings}{verdict}: envgate would launch (status {}, {})\n  mode        {} ({})\n  generation  {}\n  command     {}\n{config}",
                status.code(),
                counted(warnings, "warning"),
                resolved.mode.name(),
                resolved.mode.class(),
                resolved.generation,
                shown(&cleared.program().path.to_string_lossy()),
            )
        }
        Err(_) => format!(
            "{findings}{verdict}: envgate would not launch {} (status {}, {}, {})\n",
            shown(&inputs.mode),
            status.code(),
            counted(refusals, "finding"),
            counted(warnings, "warning"),
        ),
    };
    text + &data_endpoints_as_text(outcome)
}
