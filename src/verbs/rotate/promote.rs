//! `rotate promote`: the staged files become the current ones, and units are brought to them.

use std::time::Duration;

use super::down::{self, Down};
use super::remaining::remaining;
use super::steps::{because, go_back, hold_back, say};
use super::{How, Restart, Selection, ahead, reload, report};
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings};
use crate::moment::in_words;
use crate::output;
use crate::rotation::plan::{self, Planned};
use crate::rotation::{
    self, Halted, Phase, Record, Rollout, Session, Step, Stopped, Transaction, UnitRecord, UnitStep, Way,
};
use crate::signals::HeldBack;
use crate::systemd::control::UnitState;
use crate::trail::{Action, Outcome};
use crate::verbs::ReadCommandLine;

/// Swaps the staged files in, and restarts what is asked for.
pub(super) fn promote(
    selection: &Selection,
    restart: &Restart,
    caller: &Caller,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let transaction = selection.take(Step::Promote, &session)?;
    begin(transaction, &Findings::new(), restart, &session, read)
}

/// From what is staged on; where that ends in an error, how it goes on is said too. `known` was said at the staging.
pub(super) fn begin(
    transaction: Transaction,
    known: &Findings,
    restart: &Restart,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let (id, phase) = (transaction.record.id.clone(), transaction.record.phase);
    match judge_and_go(transaction, known, restart, session, read) {
        // Where it is no step for it, the refusal says so.
        Err(stopped) if phase == Phase::Staged => {
            super::complain(&stopped, session.caller);
            output::complain(&what_is_left(&id, session));
            Ok(stopped.status())
        }
        ended => ended,
    }
}

/// A fault may have come at any step.
fn what_is_left(id: &str, session: &Session<'_>) -> String {
    let open = session.store.all().unwrap_or_default();
    let record = open.iter().find(|record| record.id == id);
    let (what, next_steps) = match record {
        Some(record) if record.phase == Phase::Staged => ("what was staged stays", record.next_steps()),
        Some(record) if record.phase.is_halfway() => ("it stopped halfway", record.next_steps()),
        _ => ("how far it is", "envgate rotate show"),
    };
    format!("envgate: {what}: {next_steps}\n")
}

/// Everything that can be refused is refused before the swap.
fn judge_and_go(
    mut transaction: Transaction,
    known: &Findings,
    restart: &Restart,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    because(&mut transaction.record.reason, &restart.how);
    let (guard, verify) = (
        ahead::command("--guard", restart.guard.as_ref())?,
        ahead::command("--verify", restart.verify.as_ref())?,
    );
    let warnings = rotation::judge(&transaction.record, session)?;
    let is_new = |warning: &Finding| !known.iter().any(|known| known == warning);
    output::complain_of(&warnings.into_iter().filter(is_new).collect(), session.caller);
    ahead::ask_guard(&transaction.record.asked, &guard, session)?;
    let planned = match &restart.units {
        Some(patterns) => Some(planned(&transaction.record, patterns, session, read)?),
        None => None,
    };
    if let Some((planned, _)) = planned.as_ref().filter(|_| restart.reload) {
        let units: Vec<String> = planned.units.iter().map(|unit| unit.unit.clone()).collect();
        reload::judge(&transaction.record, &units, session.caller, read)?;
    }
    if !verify.is_empty() && !ahead::tested(&transaction, "--verify", &verify, session)? {
        report::print(&transaction.record, &restart.how, session.caller);
        return Ok(Status::Findings);
    }
    if let Some((planned, down)) = &planned {
        ahead::announce(planned, down, &transaction.record, restart, session.caller);
    }
    // Those of an earlier attempt are not this one's.
    transaction.record.units = planned.map(|(planned, _)| planned.units).unwrap_or_default();
    transaction.record.rollout = Rollout {
        settle: u64::try_from(restart.settle.as_millis()).unwrap_or(u64::MAX),
        is_reload: restart.reload,
        verify: verify.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
    };
    go_on(transaction, &restart.how, session, read)
}

fn planned(
    record: &Record,
    patterns: &[String],
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<(Planned, Down), Stopped> {
    let mut planned = plan::plan(&plan::forth(record), patterns)?;
    let down = down::find(record, session.caller, read)?;
    // The revoked key has ended them: they are not left to systemd's patience.
    if record.is_compromised && patterns.is_empty() {
        let names = down.coming_back.iter().cloned();
        planned.units.extend(names.map(UnitRecord::waiting));
    }
    Ok((planned, down))
}

/// Swaps the files in where they are not yet, and brings the units to them. What fails is taken back.
pub(super) fn go_on(
    mut transaction: Transaction,
    how: &How,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let signals = hold_back()?;
    if matches!(transaction.record.phase, Phase::Staged | Phase::Promoting) {
        rotation::promote(&mut transaction, session)?;
        say("the staged files are in their places", session.caller);
    }
    let brought = if transaction.record.has_rollout() {
        let mut deliver = |unit: &UnitState| reload::deliver(unit, session.caller, read);
        let mut say = |line: &str| say(line, session.caller);
        Way { session, signals: &signals, say: &mut say, deliver: &mut deliver }.forth(&mut transaction)
    } else {
        Ok(())
    };
    match brought {
        Ok(()) => finish(transaction, how, session),
        Err(Halted::Interrupted) => halted(Halted::Interrupted, &transaction.record, how, session),
        Err(failed) => {
            tell(&failed, session);
            take_back(transaction, how, session, &signals, read)
        }
    }
}

/// Why it did not come to its end.
fn tell(halted: &Halted, session: &Session<'_>) {
    match halted {
        Halted::Failed(why) => output::complain(&format!("envgate: {why}\n")),
        Halted::Stopped(stopped) => super::complain(stopped, session.caller),
        Halted::Interrupted => output::complain("envgate: interrupted; what was done stays as it is\n"),
    }
}

/// The former files, and the units that were restarted on them; where there is no way back, what is.
fn take_back(
    mut transaction: Transaction,
    how: &How,
    session: &Session<'_>,
    signals: &HeldBack,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    // A trail that cannot be written is said, and keeps nobody from the way back.
    if let Err(error) = note_restart(&transaction.record, Outcome::Failed, session) {
        super::complain(&error.into(), session.caller);
    }
    if transaction.record.is_compromised {
        report::print(&transaction.record, how, session.caller);
        return Ok(Status::Findings);
    }
    match go_back(&mut transaction, session, signals, read) {
        Ok(back) => {
            report::rolled_back(&transaction.record, back, how, session.caller);
            Ok(Status::Findings)
        }
        Err(failed) => halted(failed, &transaction.record, how, session),
    }
}

fn note_restart(record: &Record, outcome: Outcome, session: &Session<'_>) -> Result<(), Error> {
    if record.units.is_empty() {
        return Ok(());
    }
    session.note(record, Action::Restart, outcome, report::outcomes(record))
}

/// What runs now is looked at once more, and said.
fn finish(mut transaction: Transaction, how: &How, session: &Session<'_>) -> Result<Status, Stopped> {
    note_restart(&transaction.record, Outcome::Done, session)?;
    transaction.save(Phase::Promoted)?;
    let is_unknown = transaction.record.units.iter().any(|unit| unit.step == UnitStep::Unknown);
    let holdings = match plan::holdings(&transaction.record) {
        Ok(holdings) => holdings,
        // It is promoted all the same.
        Err(stopped) => {
            super::complain(&stopped, session.caller);
            report::print(&transaction.record, how, session.caller);
            return Ok(Status::Findings);
        }
    };
    let is_free = remaining(&transaction.record, &holdings).is_empty();
    if !transaction.record.units.is_empty() {
        let outcome = if is_unknown { Outcome::Failed } else { Outcome::Done };
        session.note(&transaction.record, Action::Prove, outcome, report::outcomes(&transaction.record))?;
    }
    let is_over = transaction.record.is_compromised && is_free && !is_unknown;
    report::promoted(&transaction.record, &holdings, is_over, how, session.caller);
    if is_over {
        let since = plan::now() - i128::from(transaction.record.promoted_at);
        let since = Duration::from_secs(u64::try_from(since / 1_000_000_000).unwrap_or_default() + 1);
        rotation::close(transaction, Vec::new(), session)?;
        let closed = format!(
            "closed {} after the swap: there is no way back, and nobody holds the old values",
            in_words(since)
        );
        say(&closed, session.caller);
    }
    Ok(if is_unknown { Status::Findings } else { Status::Fine })
}

/// Nothing is taken back: what was begun waits for somebody to end it.
pub(super) fn halted(
    halted: Halted,
    record: &Record,
    how: &How,
    session: &Session<'_>,
) -> Result<Status, Stopped> {
    if let Halted::Stopped(stopped) = halted {
        return Err(stopped);
    }
    tell(&halted, session);
    report::print(record, how, session.caller);
    Ok(if matches!(halted, Halted::Interrupted) { Status::Interrupted } else { Status::Findings })
}
