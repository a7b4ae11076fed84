//! The units, brought to the staged files one by one, or back: what was asked of systemd is written down ahead of it,
//! so that whoever goes on after a kill knows which units were touched.

use std::ffi::OsString;

use super::phase::Phase;
use super::plan::{back, forth, now, strays};
use super::progress::listener;
use super::record::{UnitRecord, UnitStep};
use super::running::run_command;
use super::session::{Session, Stopped};
use super::store::Transaction;
use super::units::fault::Fault;
use super::units::proof::{Proof, Verdict};
use super::units::reload::{Delivered, reload_one};
use super::units::restart::{Plan, restart_all_at_once, restart_one};
use crate::error::Error;
use crate::exec::run::Ended;
use crate::signals::HeldBack;
use crate::systemd::control::UnitState;
use crate::text::{counted, shown};

/// Why a rotation did not come to its end.
#[derive(Debug)]
pub enum Halted {
    /// A unit or the verifying command failed.
    Failed(String),
    /// Somebody wants to stop: nothing was taken back.
    Interrupted,
    /// The system failed, or a gate refused.
    Stopped(Stopped),
}

impl From<Error> for Halted {
    fn from(error: Error) -> Self {
        Self::Stopped(error.into())
    }
}

impl From<Stopped> for Halted {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// What brings units from one side to the other.
pub struct Way<'a> {
    /// The run.
    pub session: &'a Session<'a>,
    /// What ends the waiting.
    pub signals: &'a HeldBack,
    /// Hears what is going on, a line at a time.
    pub say: &'a mut dyn FnMut(&str),
    /// Delivers the config of a unit anew, for a reload.
    pub deliver: Deliver<'a>,
}

/// Writes the config of the worker of this unit, expanded with the values that are current.
pub type Deliver<'a> = &'a mut dyn FnMut(&UnitState) -> Result<Delivered, Error>;

impl Way<'_> {
    /// Restarts every unit that waits, the canary first, and verifies behind it and at the end.
    pub fn forth(&mut self, transaction: &mut Transaction) -> Result<(), Halted> {
        transaction.save(Phase::Restarting)?;
        if transaction.record.is_compromised {
            self.all_at_once(transaction)?;
            return self.verify(transaction);
        }
        let count = transaction.record.units.len();
        for at in 0..count {
            if transaction.record.units[at].step.is_done() {
                continue;
            }
            // Behind the canary, and ahead of the second: whoever goes on after a kill does not pass it over.
            if at == 1 {
                self.verify(transaction)?;
            }
            self.one(transaction, at)?;
        }
        self.verify(transaction)
    }

    fn one(&mut self, transaction: &mut Transaction, at: usize) -> Result<(), Halted> {
        let files = forth(&transaction.record);
        let unit = transaction.record.units[at].unit.clone();
        let lead = format!("{}/{} {}", at + 1, transaction.record.units.len(), shown(&unit));
        let plan = Plan {
            files: &files,
            swapped: transaction.record.swapped(),
            settle: transaction.record.rollout.settle(),
            // One that a killed run had asked for may be down.
            even_if_stopped: transaction.record.units[at].step != UnitStep::Waiting,
        };
        transaction.record.units[at].step = UnitStep::Touched;
        transaction.save(Phase::Restarting)?;
        let result = self.bring(&unit, &plan, transaction.record.rollout.is_reload, &lead);
        let record = &mut transaction.record.units[at];
        let failed = match result {
            Ok((step, said)) => {
                (self.say)(&format!("{lead}: {}", in_words_of(step, &said)));
                (record.step, record.said) = (step, said);
                None
            }
            Err(Fault::Interrupted) => return Err(Halted::Interrupted),
            Err(fault) => {
                // Somebody stopped it meanwhile: nothing was asked of systemd, and no way back is to start it.
                let is_stopped = matches!(fault, Fault::NotRunning { .. });
                record.step = if is_stopped { UnitStep::Waiting } else { UnitStep::Failed };
                record.said = fault.to_string();
                Some(in_words_of_fault(&unit, &fault))
            }
        };
        transaction.save(Phase::Restarting)?;
        match failed {
            Some(why) => Err(Halted::Failed(why)),
            None => Ok(()),
        }
    }

    /// Restarts or reloads one unit; how far it is then, and what is to be said of it.
    fn bring(
        &mut self,
        unit: &str,
        plan: &Plan<'_>,
        is_reload: bool,
        lead: &str,
    ) -> Result<(UnitStep, String), Fault> {
        let mut listener = listener(self.signals, self.say, lead);
        if !is_reload {
            return Ok(proven(restart_one(unit, plan, &mut listener)?));
        }
        let reloaded = reload_one(unit, plan, self.deliver, &mut listener)?;
        // The proof of a reload is what was delivered and what systemd says; more is known of Type=notify-reload alone.
        let said =
            if reloaded.is_confirmed { "" } else { "its ExecReload= does not say when it has read them" };
        Ok((UnitStep::Proven, said.to_owned()))
    }

    /// There is no way back: all of them, whatever becomes of one.
    fn all_at_once(&mut self, transaction: &mut Transaction) -> Result<(), Halted> {
        let files = forth(&transaction.record);
        let is_open = |step: UnitStep| !step.is_done();
        let units: Vec<String> = transaction
            .record
            .units
            .iter()
            .filter(|unit| is_open(unit.step))
            .map(|unit| unit.unit.clone())
            .collect();
        for unit in transaction.record.units.iter_mut().filter(|unit| is_open(unit.step)) {
            unit.step = UnitStep::Touched;
        }
        transaction.save(Phase::Restarting)?;
        let plan = Plan {
            files: &files,
            swapped: transaction.record.swapped(),
            settle: transaction.record.rollout.settle(),
            even_if_stopped: true,
        };
        let lead = format!("{} units at once", units.len());
        let results = restart_all_at_once(&units, &plan, &mut listener(self.signals, self.say, &lead));
        let (mut failed, mut interrupted) = (0, false);
        for restarted in results {
            let record = transaction.record.units.iter_mut().find(|unit| unit.unit == restarted.unit);
            let Some(record) = record else { continue };
            match restarted.result {
                Ok(proof) => {
                    (record.step, record.said) = proven(proof);
                    (self.say)(&format!(
                        "{}: {}",
                        shown(&record.unit),
                        in_words_of(record.step, &record.said)
                    ));
                }
                Err(Fault::Interrupted) => interrupted = true,
                Err(fault) => {
                    (record.step, record.said) = (UnitStep::Failed, fault.to_string());
                    (self.say)(&in_words_of_fault(&record.unit, &fault));
                    failed += 1;
                }
            }
        }
        transaction.save(Phase::Restarting)?;
        if interrupted {
            Err(Halted::Interrupted)
        } else if failed == 0 {
            Ok(())
        } else {
            Err(Halted::Failed(format!("{failed} of {} did not come up", counted(units.len(), "unit"))))
        }
    }

    /// Runs what was given as `--verify`, with the values that are current now.
    fn verify(&mut self, transaction: &Transaction) -> Result<(), Halted> {
        let words: Vec<OsString> = transaction.record.rollout.verify.iter().map(OsString::from).collect();
        if words.is_empty() {
            return Ok(());
        }
        (self.say)("verifying");
        match run_command(&transaction.record.asked, &[], &words, self.session)? {
            ended if ended.is_fine() => Ok(()),
            Ended::Interrupted(_) => Err(Halted::Interrupted),
            ended => Err(Halted::Failed(format!("--verify {}", ended.in_words()))),
        }
    }

    /// Restarts the units that were touched on the former files, which are in their places again. A failure of one does
    /// not keep the others from it.
    pub fn back(&mut self, transaction: &mut Transaction) -> Result<(), Halted> {
        let files = back(&transaction.record);
        let is_to_do = |unit: &UnitRecord| !matches!(unit.step, UnitStep::Waiting | UnitStep::Back);
        self.add_those_that_came_up_meanwhile(transaction)?;
        let touched: Vec<usize> = (0..transaction.record.units.len())
            .filter(|at| is_to_do(&transaction.record.units[*at]))
            .collect();
        let swapped = now();
        for (done, at) in touched.iter().enumerate() {
            let unit = transaction.record.units[*at].unit.clone();
            let lead = format!("back {}/{} {}", done + 1, touched.len(), shown(&unit));
            let plan = Plan {
                files: &files,
                swapped,
                settle: transaction.record.rollout.settle(),
                even_if_stopped: true,
            };
            let (step, said) = match self.bring(&unit, &plan, transaction.record.rollout.is_reload, &lead) {
                Ok((UnitStep::Proven, said)) => (UnitStep::Back, said),
                Ok(other) => other,
                Err(Fault::Interrupted) => return Err(Halted::Interrupted),
                Err(fault) => (UnitStep::Failed, fault.to_string()),
            };
            (self.say)(&format!("{lead}: {}", in_words_of(step, &said)));
            let record = &mut transaction.record.units[*at];
            (record.step, record.said) = (step, said);
            transaction.save(Phase::RollingBack)?;
        }
        Ok(())
    }

    /// A unit whose turn had not come, and that systemd or a person started between the swap and the way back, runs on
    /// the next values too.
    fn add_those_that_came_up_meanwhile(&mut self, transaction: &mut Transaction) -> Result<(), Halted> {
        let waiting = |unit: &UnitRecord| unit.step == UnitStep::Waiting;
        if !transaction.record.units.iter().any(waiting) {
            return Ok(());
        }
        let found = strays(&transaction.record)?;
        let is_found = |name: &str| found.units.iter().any(|unit| unit.name == name);
        for unit in transaction.record.units.iter_mut().filter(|unit| waiting(unit)) {
            if is_found(&unit.unit) {
                (self.say)(&format!(
                    "{} was started meanwhile, on the values that are taken back",
                    shown(&unit.unit)
                ));
                unit.step = UnitStep::Touched;
            }
        }
        Ok(transaction.save(Phase::RollingBack)?)
    }
}

fn proven(proof: Proof) -> (UnitStep, String) {
    match proof.verdict {
        Verdict::Proven => (UnitStep::Proven, String::new()),
        Verdict::Unknown(why) => (UnitStep::Unknown, why),
    }
}

/// With the log's command where systemd itself, which names it, has not said anything.
fn in_words_of_fault(unit: &str, fault: &Fault) -> String {
    let unit = shown(unit);
    match fault {
        Fault::DidNotStay { .. } => format!("{unit}: {fault}; why: journalctl -u {unit}"),
        _ => format!("{unit}: {fault}"),
    }
}

fn in_words_of(step: UnitStep, said: &str) -> String {
    let words = match step {
        UnitStep::Waiting => "was not touched",
        UnitStep::Touched => "was asked to restart, and its end was not seen",
        UnitStep::Proven if !said.is_empty() => "was given the new values",
        UnitStep::Proven => "runs on the new values",
        UnitStep::Back => "runs on the former values",
        UnitStep::Unknown => "is up, and what it runs on is unknown",
        UnitStep::Failed => "did not come up",
    };
    if said.is_empty() { words.to_owned() } else { format!("{words}: {}", shown(said)) }
}

impl UnitRecord {
    /// How far it is, in words for a person.
    #[must_use]
    pub fn in_words(&self) -> String {
        in_words_of(self.step, &self.said)
    }
}
