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

/// What `check --json` prints. `schema` counts up when a field changes its meaning or goes.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    verdict: &'static str,
    status: u8,
    mode: &'a str,
    class: Option<&'static str>,
    generation: Option<&'a str>,
    command: Option<String>,
    delivery: Option<String>,
    findings: Vec<&'a Finding>,
}

/// Looks at a launch and says what it found; the status is the one that `exec` would have.
#[must_use]
pub fn check(inputs: &Inputs, caller: &Caller, strict: bool, json: bool) -> Status {
    let outcome = launch::prepare(inputs, caller);
    let status = status(&outcome.findings, strict);
    if json {
        output::print(&output::json(&report(inputs, &outcome, status)));
    } else {
        output::print(&text(inputs, &outcome, status));
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
    let resolved = cleared.map(Cleared::resolved);
    Report {
        schema: 1,
        verdict: verdict(&outcome.findings),
        status: status.code(),
        mode: &inputs.mode,
        class: resolved.map(|resolved| resolved.mode.class().as_str()),
        generation: resolved.map(|resolved| resolved.generation.as_str()),
        command: cleared.map(|cleared| cleared.program().path.to_string_lossy().into_owned()),
        delivery: cleared.and_then(Cleared::place).map(Place::describe),
        findings: outcome.findings.iter().collect(),
    }
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

fn text(inputs: &Inputs, outcome: &Outcome, status: Status) -> String {
    let findings = output::findings_as_text(&outcome.findings);
    let refusals = outcome.findings.refusals().count();
    let warnings = outcome.findings.warnings().count();
    match &outcome.cleared {
        Ok(cleared) => {
            let resolved = cleared.resolved();
            let config = cleared.place().map_or(String::new(), |place| {
                format!("  config      {} in {}\n", place.describe(), place.variable())
            });
            format!(
                "{findings}{}: envgate would launch (status {}, {})\n  mode        {} ({})\n  generation  {}\n  command     {}\n{config}",
                verdict(&outcome.findings),
                status.code(),
                output::counted(warnings, "warning"),
                resolved.mode.name(),
                resolved.mode.class(),
                resolved.generation,
                crate::text::shown(&cleared.program().path.to_string_lossy()),
            )
        }
        Err(_) => format!(
            "{findings}refused: envgate would not launch {} (status {}, {}, {})\n",
            crate::text::shown(&inputs.mode),
            status.code(),
            output::counted(refusals, "finding"),
            output::counted(warnings, "warning"),
        ),
    }
}
