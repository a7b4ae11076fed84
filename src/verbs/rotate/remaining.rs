//! Who still holds values that are current no longer, and who has to do what about it.

use serde::Serialize;

use crate::output;
use crate::rotation::units::holders::{Held, HoldingUnit, Holdings};
use crate::rotation::{Record, UnitRecord, UnitStep, plan};
use crate::text::shown;

/// Somebody who holds them.
#[derive(Debug, Serialize)]
pub(super) struct Remaining {
    /// The unit of the system's manager that it is, or belongs to.
    pub(super) unit: Option<String>,
    /// Its processes that hold them.
    pub(super) processes: Vec<u32>,
    /// For a person.
    #[serde(skip)]
    pub(super) who: String,
    /// What is to be done.
    pub(super) mend: String,
}

/// All of them, without units that were reloaded, whose environment stays as it was: their changed variables reach them
/// through the config alone.
pub(super) fn remaining(record: &Record, holdings: &Holdings) -> Vec<Remaining> {
    let reloaded = |name: &str| {
        let done = |unit: &UnitRecord| unit.unit == name && unit.step.is_done();
        record.rollout.is_reload && record.units.iter().any(done)
    };
    let units = holdings.units.iter().filter(|unit| !reloaded(&unit.name));
    units.map(of_unit).chain(holdings.by_hand.iter().map(by_hand)).collect()
}

fn of_unit(unit: &HoldingUnit) -> Remaining {
    let processes: Vec<u32> = unit.holders.iter().map(|held| held.process.pid).collect();
    let name = shown(&unit.name);
    // What outlives a restart, outlives the next one too.
    let is_left_over =
        !processes.is_empty() && unit.state.main_pid.is_some_and(|main| !processes.contains(&main));
    let numbers: Vec<String> = processes.iter().map(ToString::to_string).collect();
    let numbers = numbers.join(" ");
    let (who, mend) = if is_left_over {
        (format!("{name} (process {numbers}, older than its last start)"), format!("kill {numbers}"))
    } else {
        (name.clone().into_owned(), format!("systemctl restart {name}"))
    };
    Remaining { unit: Some(unit.name.clone()), processes, who, mend }
}

fn by_hand(held: &Held) -> Remaining {
    let pid = held.process.pid;
    Remaining {
        unit: held.process.unit_name().map(str::to_owned),
        processes: vec![pid],
        who: plan::describe(held),
        mend: format!("its owner, {}, has to restart it", shown(&held.process.user)),
    }
}

/// Those of which nobody can say what they hold, but for units that were proven otherwise.
pub(super) fn doubts(record: &Record, holdings: &Holdings) {
    let is_proven = |name: Option<&str>| {
        record.units.iter().any(|unit| unit.step == UnitStep::Proven && Some(unit.unit.as_str()) == name)
    };
    for doubtful in holdings.unknown.iter().filter(|one| !is_proven(one.process.unit_name())) {
        let process = &doubtful.process;
        output::complain(&format!(
            "  unknown: process {} of {} ({}) may hold the old values: {}\n",
            process.pid,
            shown(&process.user),
            shown(process.unit_name().unwrap_or(&process.program)),
            shown(&doubtful.why)
        ));
    }
    if let Some(fault) = &holdings.systemd_fault {
        output::complain(&format!("  unknown: which units hold the old values: {}\n", shown(fault)));
    }
    if holdings.hides_others {
        output::complain("  unknown: /proc hides the processes of other users: ask as root\n");
    }
}
