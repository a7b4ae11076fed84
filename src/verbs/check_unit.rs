//! `check --unit`: a unit as it is today, through every gate, and how it moves over to envgate.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::check;
use super::move_over::{self, MoveOver};
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings, Gate};
use crate::launch;
use crate::load::env_file::Dialect;
use crate::load::{ActingFor, Confirming, Inputs, UnitCredentials, user};
use crate::output;
use crate::screen::Screen;
use crate::systemd::units::Unit;
use crate::text::counted;

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

/// Reads the command line of an `envgate exec`; the verb does not know how.
pub type ReadCommandLine = fn(&[String]) -> Option<Inputs>;

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
            Finding::refuses(Gate::Input, format!("systemd knows no unit {}", crate::text::shown(name)))
                .why("there is nothing to look at")
                .mend("see: systemctl list-unit-files --type=service"),
        );
        return Ok(report(name, &findings, None, how));
    };
    let Some(acting_for) = worker(&unit, caller, &mut findings) else {
        return Ok(report(&unit.name, &findings, None, how));
    };
    if uses_envgate(&unit) {
        if let Some(inputs) = inputs_of_command(&unit, acting_for, read, &mut findings) {
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
        Finding::refuses(Gate::Usage, format!("{} is a template", crate::text::shown(name)))
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
        Finding::refuses(Gate::Usage, format!("{} is not a service", crate::text::shown(name)))
            .why("only a service starts a worker")
            .mend("name the service: envgate check --unit NAME.service")
    } else {
        return None;
    };
    Some(finding)
}

/// For whom the files are looked at: the unit's user, as root; without root, only one's own.
fn worker(unit: &Unit, caller: &Caller, findings: &mut Findings) -> Option<ActingFor> {
    let number = match unit.user.as_deref() {
        None => Some(0),
        Some(name) => user::number_of(name),
    };
    match number {
        Some(user) if caller.uid.is_root() || caller.uid.as_raw() == user => {
            // The drop-in gives a unit that has none a runtime directory.
            let has_runtime_directory = !uses_envgate(unit) || !unit.runtime_directories.is_empty();
            Some(ActingFor::Unit { user, has_runtime_directory })
        }
        Some(_) => {
            findings.push(
                Finding::refuses(
                    Gate::Permission,
                    "this unit runs as another user, whose files you may not read",
                )
                .why("only root looks at another user's secrets")
                .mend(format!("sudo envgate check --unit {}", unit.name)),
            );
            None
        }
        None => {
            findings.push(
                Finding::warns(
                    Gate::Owner,
                    format!("the unit's user {} is not in /etc/passwd", unit.user.as_deref().unwrap_or("")),
                )
                .why("files are looked at as their owner's instead")
                .mend("a DynamicUser= unit gets its secrets by LoadCredential="),
            );
            Some(ActingFor::FileOwner)
        }
    }
}

fn uses_envgate(unit: &Unit) -> bool {
    unit.command
        .first()
        .is_some_and(|program| Path::new(program).file_name().is_some_and(|name| name == "envgate"))
}

/// The inputs of a unit that uses envgate already, where its command line can be read.
fn inputs_of_command(
    unit: &Unit,
    acting_for: ActingFor,
    read: ReadCommandLine,
    findings: &mut Findings,
) -> Option<Inputs> {
    let Some(mut inputs) = read(&unit.command) else {
        findings.push(
            Finding::refuses(
                Gate::Usage,
                "the unit's ExecStart= is not an envgate exec that this version understands",
            )
            .why("the unit would end with status 64")
            .mend("see: envgate exec --help"),
        );
        return None;
    };
    inputs.acting_for = acting_for;
    inputs.confirming = Confirming::Look;
    // As the unit's process would: not from where this look is made.
    let in_unit = |path: &Path| unit.working_directory.join(path);
    inputs.config = inputs.config.as_deref().map(in_unit);
    for file in &mut inputs.env_files {
        if !file.as_os_str().as_encoded_bytes().starts_with(b"credential:") {
            *file = in_unit(file);
        }
    }
    // A source that is no path is one that systemd looks for in its credential stores.
    let (sources, elsewhere): (Vec<_>, Vec<_>) =
        unit.credentials.iter().cloned().partition(|(_, source)| source.is_absolute());
    let unreadable = elsewhere.iter().chain(&unit.encrypted_credentials).map(|(name, _)| name.clone());
    inputs.unit_credentials = UnitCredentials { unreadable: unreadable.collect(), sources };
    findings.extend(unit.encrypted_credentials.iter().map(|(name, _)| encrypted(name, unit)));
    Some(inputs)
}

fn encrypted(name: &str, unit: &Unit) -> Finding {
    Finding::warns(
        Gate::Input,
        format!("the credential {name} is encrypted: only the unit itself can read it"),
    )
    .why("what it holds is not looked at here, and no variable is called missing")
    .mend(format!("systemctl start {}, then systemctl status", unit.name))
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
