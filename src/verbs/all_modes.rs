//! `check --all-modes`: every mode of a config through its gates, and the modes compared with each other.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::check::{self, DataEndpoint};
use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::launch::{self, Outcome};
use crate::load::{self, Inputs};
use crate::mode::ModeName;
use crate::name::Name;
use crate::output;
use crate::resolve::provenance::Provenance;
use crate::screen::Screen;
use crate::text::counted;

/// What `check --all-modes --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    verdict: &'static str,
    status: u8,
    modes: Vec<ModeReport<'a>>,
    declared_data_endpoints: Vec<DataEndpoint<'a>>,
    /// What concerns no mode alone.
    findings: Vec<&'a Finding>,
}

#[derive(Serialize)]
struct ModeReport<'a> {
    mode: &'a str,
    class: Option<&'static str>,
    verdict: &'static str,
    status: u8,
    generation: Option<&'a str>,
    findings: Vec<&'a Finding>,
}

/// A mode, and what its gates found.
struct Looked {
    mode: ModeName,
    outcome: Outcome,
}

/// Looks at every mode; the status is the one that decides among all of theirs.
#[must_use]
pub fn check(inputs: &Inputs, caller: &Caller, strict: bool, json: bool) -> Status {
    let mut of_all = Findings::new();
    let modes = load::declared_modes(inputs, caller, &mut of_all);
    if modes.is_empty() && of_all.status().is_none() {
        of_all.push(no_modes(inputs));
    }
    let looked: Vec<Looked> = modes
        .into_iter()
        .map(|mode| {
            let inputs = Inputs { mode: mode.as_str().to_owned(), ..inputs.clone() };
            Looked { mode, outcome: launch::prepare(&inputs, caller) }
        })
        .collect();
    // What every mode says of the config has been said once.
    if !looked.is_empty() {
        of_all = Findings::new();
    }
    of_all.extend(lacking(&looked));
    let everything: Findings =
        looked.iter().flat_map(|one| one.outcome.findings.iter()).chain(of_all.iter()).cloned().collect();
    let status = check::status(&everything, strict);
    if json {
        let modes = looked.iter().map(|one| report(one, strict)).collect();
        let verdict = check::verdict(&everything);
        let findings = of_all.iter().collect();
        let declared_data_endpoints = declaring(&looked).map(check::data_endpoints).unwrap_or_default();
        let status = status.code();
        let report = Report { schema: 1, verdict, status, modes, declared_data_endpoints, findings };
        output::print(&output::json(&report));
    } else {
        output::print(&text(&looked, &of_all, &everything, strict, Screen::of_output(caller)));
    }
    status
}

fn no_modes(inputs: &Inputs) -> Finding {
    let finding = Finding::refuses(Gate::Mode, "the config lists no modes")
        .why("there is nothing to compare")
        .mend("list them under modes: in the envgate: block, or check one: envgate check -m MODE");
    match &inputs.config {
        Some(config) => finding.at(Place::file(config)),
        None => finding,
    }
}

/// Variables that the files of one mode have and those of another lack: a key that was forgotten when a mode was added.
fn lacking(looked: &[Looked]) -> Vec<Finding> {
    let names: Vec<Option<BTreeSet<&Name>>> = looked.iter().map(|one| names(&one.outcome)).collect();
    let mut findings = Vec::new();
    for (one, own) in looked.iter().zip(&names) {
        let Some(own) = own else { continue };
        let mut lacking: BTreeSet<&Name> = names.iter().flatten().flatten().copied().collect();
        lacking.retain(|name| !own.contains(name));
        for name in lacking {
            let having = looked
                .iter()
                .zip(&names)
                .filter(|(_, names)| names.as_ref().is_some_and(|names| names.contains(name)));
            let having: Vec<&str> = having.map(|(other, _)| other.mode.as_str()).collect();
            let what =
                format!("no input of the mode {} sets {name}; those of {} do", one.mode, having.join(", "));
            findings.push(
                Finding::warns(Gate::Required, what)
                    .variable(name)
                    .why("a key that was forgotten in one mode is missed at its first launch")
                    .mend(format!("add it to an env file of the mode {}, if that mode needs it", one.mode)),
            );
        }
    }
    findings
}

/// What the env files and credentials of a mode set; nothing where they could not all be read.
fn names(outcome: &Outcome) -> Option<BTreeSet<&Name>> {
    let resolved = outcome.resolved().filter(|resolved| !resolved.incomplete)?;
    let is_input =
        |provenance: &Provenance| matches!(provenance, Provenance::EnvFile(_) | Provenance::Credential(_));
    let variables = resolved.variables.iter();
    Some(variables.filter(|variable| is_input(&variable.provenance)).map(|variable| &variable.name).collect())
}

/// A mode that knows what the block declares: it does so for all of them.
fn declaring(looked: &[Looked]) -> Option<&Outcome> {
    looked.iter().map(|one| &one.outcome).find(|outcome| outcome.resolved().is_some())
}

fn report(looked: &Looked, strict: bool) -> ModeReport<'_> {
    let resolved = looked.outcome.resolved();
    ModeReport {
        mode: looked.mode.as_str(),
        class: resolved.map(|resolved| resolved.mode.class().as_str()),
        verdict: check::verdict(&looked.outcome.findings),
        status: check::status(&looked.outcome.findings, strict).code(),
        generation: resolved.map(|resolved| resolved.generation.as_str()),
        findings: looked.outcome.findings.iter().collect(),
    }
}

fn text(looked: &[Looked], of_all: &Findings, everything: &Findings, strict: bool, screen: Screen) -> String {
    let mut text = String::new();
    for one in looked {
        let class =
            one.outcome.resolved().map_or("class not known", |resolved| resolved.mode.class().as_str());
        let _ = write!(
            text,
            "mode {} ({class}): {}\n{}\n",
            one.mode,
            summary(&one.outcome.findings, strict, screen),
            output::findings_as_text(&one.outcome.findings, screen)
        );
    }
    if of_all.iter().next().is_some() {
        let _ = write!(text, "compared with each other\n{}\n", output::findings_as_text(of_all, screen));
    }
    let _ = writeln!(text, "all modes: {}", summary(everything, strict, screen));
    text.push_str(&declaring(looked).map(check::data_endpoints_as_text).unwrap_or_default());
    text
}

fn summary(findings: &Findings, strict: bool, screen: Screen) -> String {
    format!(
        "{} (status {}, {}, {})",
        check::painted_verdict(findings, screen),
        check::status(findings, strict).code(),
        counted(findings.refusals().count(), "finding"),
        counted(findings.warnings().count(), "warning"),
    )
}
