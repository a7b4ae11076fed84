//! `--reload`: for workers that read their delivered config again. Their environment stays as it is, so that every
//! changed variable has to reach them through the config alone.

use std::path::{Path, PathBuf};

use crate::caller::Caller;
use crate::error::Error;
use crate::exec::redelivery::deliver_anew;
use crate::finding::{Finding, Findings, Gate};
use crate::launch;
use crate::load::Inputs;
use crate::rotation::units::reload::Delivered;
use crate::rotation::{Record, Stopped};
use crate::systemd::control::UnitState;
use crate::systemd::units::Unit;
use crate::text::shown;
use crate::verbs::unit_inputs::{ReadCommandLine, inputs_of_command, worker};

/// Refuses where a changed variable is in the environment of a worker, or the config of a unit was not delivered as a
/// file. Nothing was changed yet.
pub(super) fn judge(
    record: &Record,
    units: &[String],
    caller: &Caller,
    read: ReadCommandLine,
) -> Result<(), Stopped> {
    let mut refused = Findings::new();
    for inputs in record.asked.inputs(caller) {
        let Some(rendered) = launch::judge(&inputs, caller, &mut Findings::new()) else { continue };
        for name in record.names() {
            let variable = rendered.resolved.variables.get(name.as_str());
            if variable.is_none_or(|variable| !variable.config_only) {
                let finding = Finding::refuses(
                    Gate::Rotation,
                    format!("--reload: {name} is in the worker's environment, which a reload does not change"),
                )
                .variable(&name)
                .why("the worker would go on with the old value")
                .mend(format!(
                    "restart it: --restart without --reload; or declare it: variables: {{{name}: {{deliver: config}}}}"
                ));
                refused.push_once(finding);
            }
        }
    }
    for unit in units {
        if let Err(why) = launch_of(unit, caller, read) {
            refused.push(
                Finding::refuses(Gate::Rotation, format!("--reload: {}: {why}", shown(unit)))
                    .why("its config cannot be delivered anew, and it would reload the former one")
                    .mend("restart it: --restart without --reload"),
            );
        }
    }
    Stopped::unless_fine(refused).map(drop)
}

/// Delivers the config of a unit anew, with the values of the env files as they are now.
pub(super) fn deliver(state: &UnitState, caller: &Caller, read: ReadCommandLine) -> Result<Delivered, Error> {
    let failed = |what: String| Error::Helper { program: "envgate", what };
    let (inputs, directory) = launch_of(&state.name, caller, read).map_err(failed)?;
    let mut findings = Findings::new();
    let rendered = launch::judge(&inputs, caller, &mut findings);
    if let Some(refusal) = findings.refusals().next() {
        return Err(failed(format!(
            "the gate {} refuses its launch: {}",
            refusal.gate.as_str(),
            refusal.what
        )));
    }
    let rendered = rendered.ok_or_else(|| failed("its launch is refused".to_owned()))?;
    let (path, identity) = deliver_anew(&rendered, &directory)?;
    Ok(Delivered { path, identity })
}

/// What the unit launches, and the directory that its config was delivered to; why it cannot be delivered anew.
fn launch_of(name: &str, caller: &Caller, read: ReadCommandLine) -> Result<(Inputs, PathBuf), String> {
    let unit = Unit::read(name).map_err(|error| error.to_string())?;
    let unit = unit.ok_or_else(|| "there is no such unit".to_owned())?;
    let mut findings = Findings::new();
    let acting_for = worker(&unit, None, caller, &mut findings);
    let inputs = acting_for.and_then(|acting_for| inputs_of_command(&unit, acting_for, read, &mut findings));
    let Some(inputs) = inputs else {
        let what = findings.iter().next().map_or_else(String::new, |finding| finding.what.to_string());
        return Err(what);
    };
    let directory = unit.runtime_directories.first();
    let directory = directory
        .ok_or_else(|| "it has no RuntimeDirectory=, so that its config is in memory alone".to_owned())?;
    let directory = Path::new("/run").join(directory);
    let name = inputs.config.as_deref().and_then(Path::file_name);
    let delivered = name.map(|name| directory.join(name)).ok_or_else(|| "it has no config".to_owned())?;
    if crate::load::secure_file::is_absent(&delivered) {
        return Err(format!("no config was delivered to {}", crate::text::shown_path(&delivered)));
    }
    Ok((inputs, directory))
}
