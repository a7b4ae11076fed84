//! `check --unit`: a unit as it is today, through every gate, and how it moves over to envgate.

use std::fmt::Write as _;

use serde::Serialize;

use super::check;
use super::move_over::{self, MoveOver};
use super::unit_inputs::{ReadCommandLine, inputs_of_command, uses_envgate, worker};
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings, Gate};
use crate::launch;
use crate::load::env_file::Dialect;
use crate::load::{ActingFor, Inputs};
use crate::output;
use crate::screen::Screen;
use crate::systemd::units::Unit;
use crate::text::{counted, quoted, shown};

/// What `check --unit --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    unit: &'a str,
    verdict: &'static str,
    status: u8,
    findings: Vec<&'a Finding>,
    #[serde(flatten)]
    move_over: Option<&'a MoveOver>,
}

/// Looks at a unit; `mode` is what it is to run as, where its command does not say so.
pub fn check(
    name: &str,
    mode: Option<&str>,
    caller: &Caller,
    read: ReadCommandLine,
    strict: bool,
    json: bool,
) -> Result<Status, Error> {
    let how = How { strict, json, screen: Screen::of_output(caller) };
    let mut findings = Findings::new();
    if let Some(finding) = no_service(name) {
        findings.push(finding);
        return Ok(report(name, &findings, None, how));
    }
    let unit = match Unit::read(name) {
        Ok(unit) => unit,
        Err(error) => {
            findings.push(unanswered(&error));
            return Ok(report(name, &findings, None, how));
        }
    };
    let Some(unit) = unit else {
        findings.push(
            Finding::refuses(Gate::Input, format!("systemd knows no unit {}", shown(name)))
                .why("there is nothing to look at")
                .mend("see: systemctl list-unit-files --type=service"),
        );
        return Ok(report(name, &findings, None, how));
    };
    let Some(acting_for) = worker(&unit, mode, caller, &mut findings) else {
        return Ok(report(&unit.name, &findings, None, how));
    };
    if uses_envgate(&unit) {
        if let Some(inputs) = inputs_of_command(&unit, acting_for, read, &mut findings) {
            findings.extend(mode.and_then(|asked| other_mode(&unit, asked, &inputs.mode)));
            findings.extend(launch::prepare(&inputs, caller).findings.iter().cloned());
        }
        return Ok(report(&unit.name, &findings, None, how));
    }
    let move_over = move_over::plan(&unit, mode, acting_for, &mut findings);
    let inputs = inputs_of_today(&unit, &move_over, acting_for);
    if move_over.mode.is_some() {
        findings.extend(launch::prepare(&inputs, caller).findings.iter().cloned());
    }
    Ok(report(&unit.name, &findings, Some(&move_over), how))
}

/// Whoever asks for one mode must not hear that another one is fine.
fn other_mode(unit: &Unit, asked: &str, launched: &str) -> Option<Finding> {
    (asked != launched).then(|| {
        let name = &unit.name;
        let (asked, launched) = (shown(asked), shown(launched));
        Finding::refuses(
            Gate::Usage,
            format!("the unit launches the mode {launched}, and {asked} was asked for"),
        )
        .why("what is said here of the unit would be taken for the other mode's")
        .mend(format!(
            "leave -m out; to change the mode of the unit: systemctl edit --full {}",
            quoted(&shown(name))
        ))
    })
}

/// There is no systemd, or no bus to it.
fn unanswered(error: &Error) -> Finding {
    Finding::refuses(Gate::System, error.to_string())
        .why("what a unit is, with its drop-ins, is known to a running systemd alone")
        .mend(
            "look whether one runs here: systemctl is-system-running; in a container or a chroot name the inputs \
             themselves: envgate check -m MODE -c CONFIG -e FILE",
        )
}

/// A name that systemd cannot load, or that is of another kind of unit.
fn no_service(name: &str) -> Option<Finding> {
    let suffix = name.rsplit_once('.').map(|(_, suffix)| suffix);
    let stem = name.strip_suffix(".service").unwrap_or(name);
    let finding = if stem.ends_with('@') {
        Finding::refuses(Gate::Usage, format!("{} is a template", shown(name)))
            .why("its users, files and paths may depend on the instance")
            .mend("name one instance of it: envgate check --unit NAME@INSTANCE")
    } else if matches!(
        suffix,
        Some(
            "socket"
                | "target"
                | "device"
                | "mount"
                | "automount"
                | "swap"
                | "timer"
                | "path"
                | "slice"
                | "scope"
        )
    ) {
        Finding::refuses(Gate::Usage, format!("{} is not a service", shown(name)))
            .why("only a service starts a worker")
            .mend("name the service: envgate check --unit NAME.service")
    } else {
        return None;
    };
    Some(finding)
}

/// The inputs that the unit would have under envgate.
fn inputs_of_today(unit: &Unit, move_over: &MoveOver, acting_for: ActingFor) -> Inputs {
    Inputs {
        config: move_over.config.clone(),
        instance: move_over.instance.clone(),
        env_files: unit
            .environment_files
            .iter()
            .filter(|(path, optional)| !optional || path.exists())
            .map(|(path, _)| path.clone())
            .collect(),
        dialect: Some(Dialect::Systemd),
        config_variable: move_over.config_variable.clone(),
        settings: move_over.constants_beside_files(),
        command: unit.command.iter().map(Into::into).collect(),
        ..Inputs::look(move_over.mode.as_deref().unwrap_or_default(), acting_for)
    }
}

/// How it is said.
#[derive(Clone, Copy)]
struct How {
    strict: bool,
    json: bool,
    screen: Screen,
}

fn report(name: &str, findings: &Findings, move_over: Option<&MoveOver>, how: How) -> Status {
    let How { strict, json, screen } = how;
    let status = check::status(findings, strict);
    if json {
        let findings_list = findings.iter().collect();
        let report = Report {
            schema: 1,
            unit: name,
            verdict: check::verdict(findings),
            status: status.code(),
            findings: findings_list,
            move_over,
        };
        output::print(&output::json(&report));
        return status;
    }
    let mut text = output::findings_as_text(findings, screen);
    let _ = writeln!(
        text,
        "{}: {name} (status {}, {}, {})",
        check::painted_verdict(findings, screen),
        status.code(),
        counted(findings.refusals().count(), "finding"),
        counted(findings.warnings().count(), "warning"),
    );
    if let Some(move_over) = move_over {
        text.push_str(&move_over.as_text());
    }
    output::print(&text);
    status
}
