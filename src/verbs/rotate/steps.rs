//! The steps that end a rotation or take it back.

use super::remaining::{Remaining, doubts, remaining};
use super::{How, Selection, promote, reload, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Gate};
use crate::output;
use crate::rotation::units::holders::Holdings;
use crate::rotation::{
    self, Halted, Phase, Record, Session, Step, Stopped, Transaction, UnitRecord, UnitStep, Way, plan,
};
use crate::screen::Screen;
use crate::signals::{self, HeldBack};
use crate::systemd::control::UnitState;
use crate::text::{counted, shown};
use crate::trail::{Action, Outcome, UnitOutcome};
use crate::verbs::ReadCommandLine;

/// Signals that end a step wait until it can be left: between two units, never between two files.
pub(super) fn hold_back() -> Result<HeldBack, Stopped> {
    let held = HeldBack::new(signals::not_ignored(&signals::ENDING));
    Ok(held.map_err(|errno| crate::error::Error::system("hold signals back", errno))?)
}

/// Progress goes to standard error, where the report of what was done does not.
pub(super) fn say(line: &str, caller: &Caller) {
    output::complain(&Screen::of_complaints(caller).paragraph("  ", line));
}

/// Swaps the former files back, and restarts on them what this rotation has restarted.
pub(super) fn rollback(
    selection: &Selection,
    how: &How,
    caller: &Caller,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take(Step::Rollback, &session)?;
    because(&mut transaction.record.reason, how);
    taken_back(transaction, how, &session, read)
}

/// The same with a rotation that is locked already.
fn taken_back(
    mut transaction: Transaction,
    how: &How,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    if matches!(transaction.record.phase, Phase::Staging | Phase::Discarding) {
        rotation::discard(transaction, session)?;
        report::say(how, "nothing was promoted: what was being staged is thrown away\n");
        return Ok(Status::Fine);
    }
    if transaction.record.phase == Phase::Promoted {
        for unit in plan::leave_stopped(&mut transaction.record)? {
            let name = shown(&unit);
            let line = format!(
                "{name} is stopped, and stays so: systemctl start {name} starts it on the former values"
            );
            say(&line, session.caller);
        }
    }
    let signals = hold_back()?;
    match go_back(&mut transaction, session, &signals, read) {
        Ok(back) => {
            let status = if back.outcome == Outcome::Done { Status::Fine } else { Status::Findings };
            report::rolled_back(&transaction.record, back, how, session.caller);
            Ok(status)
        }
        Err(halted) => promote::halted(halted, &transaction.record, how, session),
    }
}

/// How a way back has ended.
pub(super) struct Back {
    /// Failed where a unit does not run on the former file.
    pub(super) outcome: Outcome,
    /// What each unit of the rotation runs on, the untouched ones too.
    pub(super) units: Vec<UnitOutcome>,
    /// Who runs on the values that were taken back.
    pub(super) remaining: Vec<Remaining>,
}

/// The files first, then the units that were touched. Failed where one of them does not run on the former file.
pub(super) fn go_back(
    transaction: &mut Transaction,
    session: &Session<'_>,
    signals: &HeldBack,
    read: ReadCommandLine,
) -> Result<Back, Halted> {
    rotation::swap_back(transaction, session)?;
    say("the former files are back in their places", session.caller);
    let mut deliver = |unit: &UnitState| reload::deliver(unit, session.caller, read);
    let mut say = |line: &str| say(line, session.caller);
    Way { session, signals, say: &mut say, deliver: &mut deliver }.back(transaction)?;
    let failed = transaction.record.units.iter().any(|unit| unit.step == UnitStep::Failed);
    let outcome = if failed { Outcome::Failed } else { Outcome::Done };
    let strays = plan::strays(&transaction.record)?;
    let units = what_each_runs_on(&transaction.record, &strays);
    let remaining = remaining(&transaction.record, &strays);
    rotation::rolled_back(transaction, units.clone(), outcome, session)?;
    Ok(Back { outcome, units, remaining })
}

fn what_each_runs_on(record: &Record, strays: &Holdings) -> Vec<UnitOutcome> {
    let one = |unit: &UnitRecord| {
        let is_known = strays.systemd_fault.is_none() && unit.said.is_empty();
        let outcome = match unit.step {
            UnitStep::Waiting if is_known => "was not touched, and runs on the former values".to_owned(),
            _ => unit.in_words(),
        };
        UnitOutcome { unit: unit.unit.clone(), outcome }
    };
    record.units.iter().map(one).collect()
}

/// Ends the step that was interrupted.
pub(super) fn resume(
    selection: &Selection,
    how: &How,
    caller: &Caller,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take(Step::Resume, &session)?;
    because(&mut transaction.record.reason, how);
    let phase = transaction.record.phase;
    if phase.is_halfway() {
        session.note(&transaction.record, Action::Resume, Outcome::Done, Vec::new())?;
    }
    match phase {
        Phase::Staged | Phase::Promoted => {
            report::print(&transaction.record, how, caller);
            Ok(Status::Fine)
        }
        Phase::Staging | Phase::Discarding => {
            rotation::discard(transaction, &session)?;
            report::say(how, "what was being staged is thrown away: stage again\n");
            Ok(Status::Fine)
        }
        Phase::Promoting | Phase::Restarting => promote::go_on(transaction, how, &session, read),
        // This one: what the words select for a way back may be another, which is at rest.
        Phase::RollingBack => taken_back(transaction, how, &session, read),
        Phase::Closing => {
            rotation::close(transaction, Vec::new(), &session)?;
            report::say(how, "closed: the former files are deleted\n");
            Ok(Status::Fine)
        }
    }
}

/// Throws the staged files away.
pub(super) fn discard(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take(Step::Discard, &session)?;
    because(&mut transaction.record.reason, how);
    rotation::discard(transaction, &session)?;
    report::say(how, "discarded: the staged files are deleted, the current ones are as they were\n");
    Ok(Status::Fine)
}

/// Deletes the former files, once nobody holds their values any more.
pub(super) fn close(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take(Step::Close, &session)?;
    because(&mut transaction.record.reason, how);
    if transaction.record.phase == Phase::Promoted {
        rotation::judge_current(&transaction.record, &session)?;
        let holdings = plan::holdings(&transaction.record)?;
        if let Some(fault) = &holdings.systemd_fault {
            return Err(unanswered(fault).into());
        }
        judge_free(&transaction, &holdings)?;
        doubts(&transaction.record, &holdings);
    }
    let outcomes = report::outcomes(&transaction.record);
    rotation::close(transaction, outcomes, &session)?;
    report::say(how, "closed: the former files are deleted, and the old values are retired\n");
    Ok(Status::Fine)
}

fn unanswered(fault: &str) -> Finding {
    Finding::refuses(Gate::Rotation, format!("systemd does not answer: {}", shown(fault)))
        .status(Status::SystemFault)
        .why("whether a unit still holds the old values is not known without it")
        .mend("see systemctl status, then close again")
}

/// Refuses while a worker holds the old values: its key is dead or about to be.
fn judge_free(transaction: &Transaction, holdings: &Holdings) -> Result<(), Stopped> {
    let remaining = remaining(&transaction.record, holdings);
    if remaining.is_empty() {
        return Ok(());
    }
    let file = transaction.record.files.first().map(|file| file.path.clone()).unwrap_or_default();
    let who: Vec<&str> = remaining.iter().map(|one| one.who.as_str()).collect();
    let mends: Vec<&str> = remaining.iter().map(|one| one.mend.as_str()).collect();
    Err(Finding::refuses(
        Gate::Rotation,
        format!(
            "{} still {} the old values: {}",
            counted(remaining.len(), "worker"),
            if remaining.len() == 1 { "holds" } else { "hold" },
            who.join(", ")
        ),
    )
    .at(crate::finding::Place::file(&file))
    .why("once the old key is revoked, they fail at the next request")
    .mend(format!("{}; then close again", mends.join("; ")))
    .into())
}

/// A reason that is given at a later step is that step's and all later ones'.
pub(super) fn because(reason: &mut Option<String>, how: &How) {
    if how.reason.is_some() {
        reason.clone_from(&how.reason);
    }
}
