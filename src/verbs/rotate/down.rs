//! Units that do not run, and would launch with the files of a rotation: a key that is revoked ends its workers before
//! the new one is there, and what does not run holds nothing.

use crate::caller::Caller;
use crate::finding::Findings;
use crate::launch;
use crate::rotation::{Record, Stopped};
use crate::systemd::control::{self, UnitState};
use crate::systemd::units::Unit;
use crate::verbs::unit_inputs::{ReadCommandLine, inputs_of_command, uses_envgate, worker};

/// By their names.
#[derive(Default)]
pub(super) struct Down {
    /// systemd is about to start them again.
    pub(super) coming_back: Vec<String>,
    /// They failed, and stay down until a person starts them.
    pub(super) failed: Vec<String>,
}

/// Finds them among the services that systemd has loaded.
pub(super) fn find(record: &Record, caller: &Caller, read: ReadCommandLine) -> Result<Down, Stopped> {
    let mut down = Down::default();
    for state in control::services()? {
        let list = match &state {
            UnitState { sub, .. } if sub.starts_with("auto-restart") => &mut down.coming_back,
            UnitState { active, .. } if active == "failed" => &mut down.failed,
            _ => continue,
        };
        let unit = Unit::read(&state.name)?;
        if unit.is_some_and(|unit| launches_with(record, &unit, caller, read)) {
            list.push(state.name);
        }
    }
    Ok(down)
}

fn launches_with(record: &Record, unit: &Unit, caller: &Caller, read: ReadCommandLine) -> bool {
    if !uses_envgate(unit) {
        return false;
    }
    if unit.credentials.iter().any(|(_, source)| record.holds(source)) {
        return true;
    }
    // What is wrong with a launch of another unit is not this rotation's to say.
    let mut findings = Findings::new();
    let acting_for = worker(unit, None, caller, &mut findings);
    let inputs = acting_for.and_then(|acting_for| inputs_of_command(unit, acting_for, read, &mut findings));
    let rendered = inputs.and_then(|inputs| launch::judge(&inputs, caller, &mut findings));
    rendered
        .is_some_and(|rendered| rendered.resolved.env_files.iter().any(|file| record.holds(&file.location)))
}
