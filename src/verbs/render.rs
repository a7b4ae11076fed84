//! `render`: the expanded config as the worker would get it, with its secrets masked. `--reveal` hands them to a
//! pipe, of a launch that no gate refuses, and to nothing else.

use std::collections::HashMap;

use serde::Serialize;

use super::check::{self, Head};
use super::visible::is_public;
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::exec::Cleared;
use crate::exec::delivery::Place;
use crate::finding::{Finding, Findings, Gate, Severity};
use crate::launch::{self, Outcome};
use crate::load::Inputs;
use crate::load::config::{Config, Delivery, DocumentFault};
use crate::mask::masked;
use crate::output;
use crate::render;
use crate::resolve::Resolved;
use crate::text::is_obeyed;

/// What of the expanded config is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All but the secrets, for a person.
    Masked,
    /// The same, for a program (`--json`).
    Report,
    /// All of it, for the program behind a pipe (`--reveal`).
    Secrets,
}

/// What `render --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    config: Option<String>,
    delivery: Option<String>,
    text: Option<String>,
    findings: Vec<&'a Finding>,
}

/// Shows the expanded config; the status is the one that `exec` would have.
pub fn render(inputs: &Inputs, caller: &Caller, shown: Shown) -> Result<Status, Error> {
    if let Some(misused) = no_config(inputs).or_else(|| no_pipe(shown)) {
        let findings = Findings::from_iter([misused]);
        match shown {
            Shown::Report => output::print(&output::json(&report(inputs, None, &findings))),
            Shown::Masked | Shown::Secrets => output::complain_of(&findings, caller),
        }
        return Ok(check::status(&findings, false));
    }
    let outcome = launch::prepare(inputs, caller);
    match shown {
        Shown::Report => output::print(&output::json(&report(inputs, Some(&outcome), &outcome.findings))),
        Shown::Masked => show(&outcome, caller),
        Shown::Secrets => {
            output::complain_of(&outcome.findings, caller);
            match &outcome.cleared {
                Ok(cleared) => hand_over(cleared)?,
                Err(_) => output::complain(
                    "envgate: --reveal shows only what a worker would get, and a gate refuses this launch\n",
                ),
            }
        }
    }
    Ok(check::status(&outcome.findings, false))
}

fn report<'a>(inputs: &'a Inputs, outcome: Option<&'a Outcome>, findings: &'a Findings) -> Report<'a> {
    let resolved = outcome.and_then(Outcome::resolved);
    let cleared = outcome.and_then(|outcome| outcome.cleared.as_ref().ok());
    let config = resolved.and_then(|resolved| resolved.config.as_ref());
    Report {
        head: Head::of(inputs, resolved, findings, check::status(findings, false)),
        config: config.map(|config| config.opened.path.to_string_lossy().into_owned()),
        delivery: cleared.and_then(Cleared::place).map(Place::describe),
        text: resolved.and_then(masked_text),
        findings: findings.iter().collect(),
    }
}

fn no_config(inputs: &Inputs) -> Option<Finding> {
    inputs.config.is_none().then(|| {
        Finding::refuses(Gate::Usage, "no config is named, and nothing else is rendered")
            .why("env files alone reach the worker as variables")
            .mend("name the config with -c; envgate status shows the variables")
    })
}

/// A terminal keeps what it showed, a file stays on its disk, and a service's socket leads to the journal.
fn no_pipe(shown: Shown) -> Option<Finding> {
    (shown == Shown::Secrets && !output::prints_into_a_pipe()).then(|| {
        Finding::refuses(Gate::Usage, "--reveal writes to a pipe alone, and standard output is none")
            .why("secrets that are shown on a terminal or written to a file stay there")
            .mend(
                "envgate render --reveal … | PROGRAM-THAT-READS-IT; without --reveal the secrets are masked",
            )
    })
}

/// The secrets, to the program behind the pipe.
fn hand_over(cleared: &Cleared) -> Result<(), Error> {
    let resolved = cleared.resolved();
    let Some(config) = &resolved.config else { return Ok(()) };
    say_delivery(config);
    output::complain(&format!(
        "envgate: the config of the mode {} goes to the pipe with its secrets\n",
        resolved.mode.name()
    ));
    // Exposed to be handed over: a person asked for it, and the reader is a program.
    output::hand_over(render::for_worker(config, &resolved.variables).expose())
}

/// Prints the config with its secrets masked, and what a person should know of it.
fn show(outcome: &Outcome, caller: &Caller) {
    output::complain_of(&outcome.findings, caller);
    let Some((resolved, text)) =
        outcome.resolved().and_then(|resolved| Some((resolved, masked_text(resolved)?)))
    else {
        return output::complain("envgate: nothing can be rendered before this is mended\n");
    };
    if let Some(config) = &resolved.config {
        say_delivery(config);
    }
    output::print(&harmless(&text));
    if outcome.cleared.is_err() {
        output::complain("envgate: a gate refuses this launch: no worker gets this config\n");
    }
}

/// The config with its secrets masked, where it can be rendered. What nothing defines stays as it is.
fn masked_text(resolved: &Resolved) -> Option<String> {
    let config = resolved.config.as_ref().filter(|config| is_renderable(config))?;
    let shown: HashMap<&str, Vec<u8>> = resolved
        .variables
        .iter()
        .map(|variable| {
            // Exposed to be masked, or because it is no secret.
            let value = variable.value.expose();
            let shown = if value.is_empty() || is_public(variable, resolved) {
                value.to_vec()
            } else {
                masked(value).into_bytes()
            };
            (variable.name.as_str(), shown)
        })
        .collect();
    let is_optional =
        |name: &str| config.block.declaration(name).is_some_and(|declaration| !declaration.required);
    let value_of = |name: &str| match shown.get(name) {
        Some(value) => Some(value.as_slice()),
        None => is_optional(name).then_some(&[][..]),
    };
    let text = render::expanded_where_set(config.text(), &config.document, &value_of);
    // Exposed to be printed: what is secret in it is masked.
    Some(String::from_utf8_lossy(text.expose()).into_owned())
}

/// The worker's text as a person's terminal may have it: the source's comments and literals may hold anything.
fn harmless(text: &str) -> String {
    let is_kept = |at: usize, one: char| matches!(one, '\n' | '\t') || text[at..].starts_with("\r\n");
    let kept = |(at, one)| if is_obeyed(one) && !is_kept(at, one) { '\u{fffd}' } else { one };
    text.char_indices().map(kept).collect()
}

/// Where a fault of the document refuses the launch, the places of its scalars are not to be trusted.
fn is_renderable(config: &Config) -> bool {
    let refuses = |fault: &DocumentFault| fault.kind.severity() == Severity::Refuses;
    config.document.is_whole() && !config.document.faults.iter().any(refuses)
}

fn say_delivery(config: &Config) {
    if config.block.delivery == Delivery::Source {
        output::complain(
            "envgate: with delivery: source the worker reads the source and expands by itself; this is what envgate makes of it\n",
        );
    }
}
