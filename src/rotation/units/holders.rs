//! Who holds the former generation of files: the units to restart, the workers that others have to restart, and those of
//! which nobody can say. What cannot be known is unknown, never left out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::judge::{Evidence, Files, Judged};
use crate::error::Error;
use crate::load::secure_file;
use crate::mode::{Instance, ModeName};
use crate::systemd::control::{self, UnitState};
use crate::systemd::supervisor::Supervisor;
use crate::systemd::units::Unit;
use crate::workers::{self, Process, Survey, Worker};

/// A file that is rotated, in the direction that it goes: for a way back, both words change places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Where it lies, with all links resolved.
    pub location: PathBuf,
    /// The generation's word of what is given up.
    pub former: String,
    /// The generation's word of what takes its place.
    pub next: String,
}

/// A process that holds the former generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The process; its unit is the system's, a user's or none.
    pub process: Process,
    /// The mode that it was launched in, where that is known.
    pub mode: Option<ModeName>,
    /// The instance.
    pub instance: Option<Instance>,
    /// What says so.
    pub evidence: Evidence,
}

/// A service of the system's manager that holds the former generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingUnit {
    /// Its full name.
    pub name: String,
    /// What it is now, its `Type=` among it.
    pub state: UnitState,
    /// Its processes that hold it; none where the unit says so itself and no process was launched by envgate.
    pub holders: Vec<Held>,
    /// What says so of the unit itself: what systemd loaded for it before the swap.
    pub evidence: Option<Evidence>,
}

/// A process of which nobody can say whether it holds the former generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubtful {
    /// The process.
    pub process: Process,
    /// The mode that it was launched in, where that is known.
    pub mode: Option<ModeName>,
    /// The instance.
    pub instance: Option<Instance>,
    /// Why not.
    pub why: String,
}

/// Everybody who holds the former generation, or may.
#[derive(Clone, Debug, Default)]
pub struct Holdings {
    /// Units that run, in the order of their names: the first is the canary.
    pub units: Vec<HoldingUnit>,
    /// Launched by hand, under a user's own manager, or left over by a unit that no longer runs: to be restarted or
    /// ended by their owners. Where systemd gave no answer, those of units too: nobody knows whether those run.
    pub by_hand: Vec<Held>,
    /// Launched by envgate, or started by systemd with it, and what they hold is not known.
    pub unknown: Vec<Doubtful>,
    /// Processes that may not be looked into, older than the swap, and that nobody connects with envgate.
    pub unreadable: Vec<Process>,
    /// Whether `/proc` hides the processes of other users from us.
    pub hides_others: bool,
    /// Why systemd gave no answer about its services; none where it did.
    pub systemd_fault: Option<String>,
}

/// Looks who holds the former generation. `swapped` is the moment of the swap, in nanoseconds since 1970; before there
/// was one, now.
pub fn holders(files: &[Rotated], swapped: i128) -> Result<Holdings, Error> {
    let survey = workers::survey()?;
    let states = match control::services() {
        Ok(states) => states,
        Err(error) => return Ok(collect(survey, &[], &Files::new(files, swapped), Some(error.to_string()))),
    };
    let fault = survey.systemd_fault.clone();
    Ok(collect(survey, &states, &Files::new(files, swapped), fault))
}

/// What is found, by the unit that it is found in.
#[derive(Default)]
struct Found {
    units: BTreeMap<String, (Option<Evidence>, Vec<Held>)>,
    holdings: Holdings,
}

fn collect(survey: Survey, states: &[UnitState], files: &Files<'_>, mut fault: Option<String>) -> Holdings {
    let running = |name: &str| states.iter().find(|state| state.name == name && is_running(state));
    let mut found = Found::default();
    let loaded: BTreeMap<&str, Option<Unit>> = states
        .iter()
        .filter(|state| is_running(state))
        .filter(|state| !state.environment_files.is_empty() || may_have_credentials(&state.name))
        .map(|state| (state.name.as_str(), load(&state.name, &mut fault)))
        .collect();
    for state in states.iter().filter(|state| is_running(state)) {
        let unit = loaded.get(state.name.as_str()).and_then(Option::as_ref);
        if let Some(evidence) = files.judge_unit(state, unit) {
            found.units.entry(state.name.clone()).or_default().0 = Some(evidence);
        }
    }
    for worker in survey.workers {
        let name = system_unit(&worker.process).map(str::to_owned);
        let state = name.as_deref().and_then(running);
        let unit = name.as_deref().and_then(|name| loaded.get(name)).and_then(Option::as_ref);
        match files.judge_worker(&worker, state, unit) {
            Judged::Not => {}
            Judged::Holds(evidence) => found.add_held(held(worker, evidence), state),
            Judged::Unknown(why) => found.holdings.unknown.push(doubtful(worker, why)),
        }
    }
    let is_older = |process: &Process| process.started.is_none_or(|started| files.is_before_swap(started));
    let mut holdings = found.holdings;
    // A unit that holds it anyway needs no second entry.
    holdings
        .unknown
        .retain(|one| system_unit(&one.process).is_none_or(|name| !found.units.contains_key(name)));
    holdings.unreadable = survey.unreadable.into_iter().filter(is_older).collect();
    holdings.hides_others = survey.hides_others;
    holdings.systemd_fault = fault;
    holdings.units = found
        .units
        .into_iter()
        .filter_map(|(name, (evidence, holders))| {
            let state = running(&name)?.clone();
            Some(HoldingUnit { name, state, holders, evidence })
        })
        .collect();
    holdings
}

/// What systemd loads for a unit. While somebody reloads systemd itself (`daemon-reload`) a question may fail: it is asked
/// once more. Without an answer it is not known who holds what.
fn load(name: &str, fault: &mut Option<String>) -> Option<Unit> {
    Unit::read(name).or_else(|_| Unit::read(name)).unwrap_or_else(|error| {
        *fault = Some(error.to_string());
        None
    })
}

impl Found {
    /// A unit that does not run is not started by a rotation: what is left of it is its owner's.
    fn add_held(&mut self, held: Held, state: Option<&UnitState>) {
        match state {
            Some(state) => self.units.entry(state.name.clone()).or_default().1.push(held),
            None => self.holdings.by_hand.push(held),
        }
    }
}

/// Also one that is just starting or stopping: it has processes.
fn is_running(state: &UnitState) -> bool {
    !matches!(state.active.as_str(), "inactive" | "failed")
}

/// systemd keeps what it loads for a unit in a folder of its name, as long as the unit runs.
fn may_have_credentials(unit: &str) -> bool {
    !secure_file::is_absent(&PathBuf::from("/run/credentials").join(unit))
}

fn system_unit(process: &Process) -> Option<&str> {
    match &process.unit {
        Some(Supervisor::System { unit }) => unit.as_deref(),
        Some(Supervisor::User { .. }) | None => None,
    }
}

fn held(worker: Worker, evidence: Evidence) -> Held {
    Held { process: worker.process, mode: worker.launch.mode, instance: worker.launch.instance, evidence }
}

fn doubtful(worker: Worker, why: String) -> Doubtful {
    Doubtful { process: worker.process, mode: worker.launch.mode, instance: worker.launch.instance, why }
}
