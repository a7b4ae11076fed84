//! The launch that a unit makes: its user, and the inputs on its command line.

use std::path::Path;

use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate};
use crate::load::{ActingFor, Confirming, Inputs, UnitCredentials, user};
use crate::systemd::units::Unit;
use crate::text::{quoted, shown};

/// Reads the command line of an `envgate exec`; a verb does not know how.
pub type ReadCommandLine = fn(&[String]) -> Option<Inputs>;

/// For whom the files are looked at: the unit's user, as root; without root, only one's own.
pub(super) fn worker(
    unit: &Unit,
    mode: Option<&str>,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<ActingFor> {
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
            let mode = mode.map_or(String::new(), |mode| format!(" -m {}", quoted(&shown(mode))));
            findings.push(
                Finding::refuses(
                    Gate::Permission,
                    "this unit runs as another user, whose files you may not read",
                )
                .why("only root looks at another user's secrets")
                .mend(format!("sudo envgate check --unit {}{mode}", quoted(&unit.name))),
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

pub(super) fn uses_envgate(unit: &Unit) -> bool {
    unit.command
        .first()
        .is_some_and(|program| Path::new(program).file_name().is_some_and(|name| name == "envgate"))
}

/// The inputs of a unit that uses envgate already, where its command line can be read.
pub(super) fn inputs_of_command(
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
