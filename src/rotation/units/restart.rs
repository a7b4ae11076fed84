//! Restarting units, and watching that they stay: one by one, or all at once.
//!
//! A restart that was asked for goes on in systemd, whatever becomes of us: where nobody waits for it any more, what the
//! unit runs on is found out anew.

use std::time::{Duration, Instant};

use super::fault::{Fault, Interrupted};
use super::holders::Rotated;
use super::proof::{self, Proof};
use super::watch::{self, Standing};
use crate::error::Error;
use crate::systemd::control::{self, UnitState};
use crate::systemd::job::{self, Job, Outcome};
use crate::workers::{self, BootTime};

/// Between two looks at a unit, and between two calls of the caller's while a job goes on.
pub(super) const LOOK: Duration = Duration::from_millis(250);
/// Until every process that is started from now on has a later start in the kernel's hundredths of a second.
const TICKS: Duration = Duration::from_millis(25);

/// What is asked for with each unit.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The files, in the direction that they go.
    pub files: &'a [Rotated],
    /// When they were swapped, in nanoseconds since 1970.
    pub swapped: i128,
    /// How long a unit has to stay before it counts.
    pub settle: Duration,
    /// Also where it does not run: a way back restarts what failed on the way there. Without it a unit that somebody
    /// stopped meanwhile stays stopped.
    pub even_if_stopped: bool,
}

/// What is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its job was asked for, and goes on for so long.
    Working(Duration),
    /// It is active, and has so long to stay.
    Settling(Duration),
}

/// Hears what is going on, every quarter of a second at least, and may end the waiting.
pub type Listener<'a> = &'a mut dyn FnMut(Progress) -> Result<(), Interrupted>;

/// What became of one of several units.
#[derive(Debug)]
pub struct Restarted {
    /// The unit.
    pub unit: String,
    /// What is proven of it, or what went wrong.
    pub result: Result<Proof, Fault>,
}

/// Restarts one unit and waits until it has stayed; then proves what it runs on.
pub fn restart_one(unit: &str, plan: &Plan<'_>, progress: Listener<'_>) -> Result<Proof, Fault> {
    let mut all = restart_all_at_once(&[unit.to_owned()], plan, progress);
    all.pop().map_or(Err(Fault::NoSuchUnit), |one| one.result)
}

/// Restarts all of them in one job, and waits until they have stayed, all together. Each has its own result.
pub fn restart_all_at_once(units: &[String], plan: &Plan<'_>, progress: Listener<'_>) -> Vec<Restarted> {
    let mut watched: Vec<Watched> = units.iter().map(|unit| Watched::begin(unit, plan)).collect();
    // Before anything is asked for: a process that is older than this is none of the restart's.
    let since = workers::boot_time_now();
    let since = since.filter(|now| workers::boot_time_of(plan.swapped).is_some_and(|swap| swap <= *now));
    std::thread::sleep(TICKS);
    if let Err(fault) = restart_and_settle(&mut watched, plan.settle, progress) {
        for one in watched.iter_mut().filter(|one| one.fault.is_none()) {
            one.fault = Some(again(&fault));
        }
    }
    watched.into_iter().map(|one| one.end(plan, since)).collect()
}

/// What ended the watch over all of them, said of one.
fn again(fault: &Fault) -> Fault {
    match fault {
        Fault::Unanswered(Error::Helper { program, what }) => {
            Fault::Unanswered(Error::Helper { program, what: what.clone() })
        }
        _ => Fault::Interrupted,
    }
}

/// A unit on its way.
struct Watched {
    unit: String,
    before: UnitState,
    start: Option<(UnitState, Standing)>,
    fault: Option<Fault>,
}

impl Watched {
    fn begin(unit: &str, plan: &Plan<'_>) -> Self {
        let mut watched =
            Self { unit: unit.to_owned(), before: UnitState::default(), start: None, fault: None };
        match control::state(unit) {
            Ok(Some(state)) => {
                let runs = !matches!(state.active.as_str(), "inactive" | "failed" | "deactivating");
                if !runs && !plan.even_if_stopped {
                    watched.fault = Some(Fault::NotRunning { state: state.in_words() });
                }
                watched.before = state;
            }
            Ok(None) => watched.fault = Some(Fault::NoSuchUnit),
            Err(error) => watched.fault = Some(Fault::Unanswered(error)),
        }
        watched
    }

    /// Its first look after the job.
    fn started(&mut self, now: &UnitState, outcome: &Outcome) {
        match (watch::started(&self.before, now, *outcome == Outcome::Done), outcome) {
            (Ok(standing), _) => self.start = Some((now.clone(), standing)),
            (Err(_), Outcome::NotAllowed(said)) => {
                self.fault = Some(Fault::NotAllowed { said: job::about(said, &self.before.name) });
            }
            (Err(_), Outcome::Failed(said) | Outcome::NoSuchUnit(said)) => {
                let said = job::about(said, &self.before.name);
                self.fault = Some(Fault::Failed { said, state: now.in_words() });
            }
            (Err(fault), Outcome::Done) => self.fault = Some(fault),
        }
    }

    fn look_again(&mut self, now: &UnitState) {
        let Some((start, standing)) = &self.start else { return };
        self.fault = watch::stayed(start, *standing, now).err();
    }

    fn is_up(&self) -> bool {
        self.fault.is_none()
    }

    fn end(self, plan: &Plan<'_>, since: Option<BootTime>) -> Restarted {
        let result = match (self.fault, self.start) {
            (Some(fault), _) => Err(fault),
            (None, Some((state, standing))) => proof::prove(&state, standing, plan.files, since),
            (None, None) => Err(Fault::NoSuchUnit),
        };
        Restarted { unit: self.unit, result }
    }
}

fn restart_and_settle(
    watched: &mut [Watched],
    settle: Duration,
    progress: Listener<'_>,
) -> Result<(), Fault> {
    let names: Vec<&str> =
        watched.iter().filter(|one| one.is_up()).map(|one| one.before.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    job::forget_starts(&names);
    let outcome = wait(job::restart(&names)?, progress)?;
    look(watched, |one, now| one.started(now, &outcome))?;
    let begin = Instant::now();
    loop {
        if !watched.iter().any(Watched::is_up) {
            return Ok(());
        }
        let left = settle.saturating_sub(begin.elapsed());
        progress(Progress::Settling(left))?;
        std::thread::sleep(LOOK.min(left));
        look(watched, Watched::look_again)?;
        if left.is_zero() {
            return Ok(());
        }
    }
}

/// Waits for a job, however long it takes.
pub(super) fn wait(mut job: Job, progress: Listener<'_>) -> Result<Outcome, Fault> {
    let begin = Instant::now();
    loop {
        if let Some(outcome) = job.outcome()? {
            return Ok(outcome);
        }
        progress(Progress::Working(begin.elapsed()))?;
        std::thread::sleep(LOOK);
    }
}

/// Asks systemd once for all units that are up so far.
fn look(watched: &mut [Watched], mut judge: impl FnMut(&mut Watched, &UnitState)) -> Result<(), Error> {
    let names: Vec<&str> =
        watched.iter().filter(|one| one.is_up()).map(|one| one.before.name.as_str()).collect();
    let states = control::states(&names)?;
    for one in watched.iter_mut().filter(|one| one.is_up()) {
        match states.iter().find(|state| state.name == one.before.name) {
            Some(now) => judge(one, now),
            None => one.fault = Some(Fault::NoSuchUnit),
        }
    }
    Ok(())
}
