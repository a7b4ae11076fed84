//! `rotate promote`: the staged files become the current ones, and units are brought to them.

use super::down::{self, Down};
use super::remaining::remaining;
use super::steps::{because, go_back, hold_back, say};
use super::{How, Restart, Selection, reload, report};
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::exec::run::{Ended, words};
use crate::finding::{Finding, Gate};
use crate::moment::in_words;
use crate::output;
use crate::rotation::plan::{self, Planned};
use crate::rotation::{
    self, Halted, Phase, Record, Rollout, Session, Stopped, Transaction, UnitRecord, UnitStep, Values, Way,
    run_command,
};
use crate::systemd::control::UnitState;
use crate::text::{counted, shown};
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
    let transaction = selection.take_where(&session, |record| record.phase == Phase::Staged)?;
    begin(transaction, restart, &session, read)
}

/// From what is staged on; where that ends in an error, how it goes on is said too.
pub(super) fn begin(
    transaction: Transaction,
    restart: &Restart,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    let id = transaction.record.id.clone();
    let ended = judge_and_go(transaction, restart, session, read);
    if ended.is_err() {
        output::complain(what_is_left(&id, session));
    }
    ended
}

/// A fault may have come at any step.
fn what_is_left(id: &str, session: &Session<'_>) -> &'static str {
    let open = session.store.all().unwrap_or_default();
    match open.iter().find(|record| record.id == id).map(|record| (record.phase, record.is_compromised)) {
        Some((Phase::Staged, _)) => {
            "envgate: what was staged stays: envgate rotate promote goes on, envgate rotate discard ends it\n"
        }
        Some((Phase::Promoted, _)) | None => "envgate: how far it is: envgate rotate show\n",
        Some((_, true)) => "envgate: it stopped halfway: envgate rotate resume\n",
        Some((_, false)) => {
            "envgate: it stopped halfway: envgate rotate resume, or envgate rotate rollback\n"
        }
    }
}

/// Everything that can be refused is refused before the swap.
fn judge_and_go(
    mut transaction: Transaction,
    restart: &Restart,
    session: &Session<'_>,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    because(&mut transaction.record.reason, &restart.how);
    let (guard, verify) =
        (command("--guard", restart.guard.as_ref())?, command("--verify", restart.verify.as_ref())?);
    let warnings = rotation::judge(&transaction.record, session)?;
    output::complain_of(&warnings, session.caller);
    if !guard.is_empty() {
        ask_guard(&transaction.record, &guard, session)?;
    }
    let planned = match &restart.units {
        Some(patterns) => Some(planned(&transaction.record, patterns, session, read)?),
        None => None,
    };
    if let Some((planned, _)) = planned.as_ref().filter(|_| restart.reload) {
        let units: Vec<String> = planned.units.iter().map(|unit| unit.unit.clone()).collect();
        reload::judge(&transaction.record, &units, session.caller, read)?;
    }
    if !verify.is_empty() && !tested(&transaction, Values::Staged, &verify, session)? {
        report::print(&[&transaction.record], &restart.how, session);
        return Ok(Status::Findings);
    }
    if let Some((planned, down)) = planned {
        announce(&planned, &down, &transaction.record, restart);
        transaction.record.units = planned.units;
    }
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
    let mut planned = plan::plan(record, patterns)?;
    let down = down::find(record, session.caller, read)?;
    // The revoked key has ended them: they are not left to systemd's patience.
    if record.is_compromised && patterns.is_empty() {
        let names = down.coming_back.iter().cloned();
        planned.units.extend(names.map(UnitRecord::waiting));
    }
    Ok((planned, down))
}

fn command(option: &str, text: Option<&String>) -> Result<Vec<std::ffi::OsString>, Stopped> {
    match text {
        Some(text) => Ok(words(option, text)?),
        None => Ok(Vec::new()),
    }
}

fn ask_guard(record: &Record, guard: &[std::ffi::OsString], session: &Session<'_>) -> Result<(), Stopped> {
    match run_command(record, Values::Current, guard, session)? {
        ended if ended.is_fine() => Ok(()),
        ended => Err(Finding::refuses(Gate::Rotation, format!("not now: --guard {}", ended.in_words()))
            .status(if matches!(ended, Ended::Interrupted(_)) {
                Status::Interrupted
            } else {
                Status::TryAgain
            })
            .why("it is asked whether this is a moment for it, and nothing was changed")
            .mend("try again later: what is staged stays; or envgate rotate discard")
            .into()),
    }
}

/// Runs a command with these values and puts it into the trail; whether it ended well.
pub(super) fn tested(
    transaction: &Transaction,
    values: Values,
    command: &[std::ffi::OsString],
    session: &Session<'_>,
) -> Result<bool, Stopped> {
    let ended = run_command(&transaction.record, values, command, session)?;
    let outcome = if ended.is_fine() { Outcome::Done } else { Outcome::Failed };
    session.note(&transaction.record, Action::Test, outcome, Vec::new())?;
    if !ended.is_fine() {
        output::complain(&format!("envgate: the command {}; nothing was changed\n", ended.in_words()));
    }
    Ok(ended.is_fine())
}

/// What is about to happen, and how long it takes at the least.
fn announce(planned: &Planned, down: &Down, record: &Record, restart: &Restart) {
    let units = &planned.units;
    let verb = if restart.reload { "reloading" } else { "restarting" };
    match units.as_slice() {
        [] => say("no unit holds the old values: nothing is restarted"),
        [only] => say(&format!(
            "{verb} {}, which has to stay up for {}",
            shown(&only.unit),
            in_words(restart.settle)
        )),
        [canary, ..] if !record.is_compromised => say(&format!(
            "{verb} {}, one by one, {} first; each has to stay up for {}: {} at least",
            counted(units.len(), "unit"),
            shown(&canary.unit),
            in_words(restart.settle),
            in_words(restart.settle.saturating_mul(u32::try_from(units.len()).unwrap_or(u32::MAX)))
        )),
        _ => say(&format!("{verb} {} at once", counted(units.len(), "unit"))),
    }
    for unit in &planned.left_out {
        say(&format!("{} holds the old values too, and is not named: it is left alone", shown(unit)));
    }
    for held in &planned.holdings.by_hand {
        say(&format!("{} holds the old values: its owner has to restart it", plan::describe(held)));
    }
    let is_planned = |name: &String| units.iter().any(|unit| unit.unit == *name);
    for unit in down.coming_back.iter().filter(|name| !is_planned(name)) {
        say(&format!("{} is about to be started by systemd: it comes up on the new values", shown(unit)));
    }
    for unit in &down.failed {
        let name = shown(unit);
        say(&format!(
            "{name} has failed, and is not started: systemctl restart {name} starts it on the new values"
        ));
    }
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
        say("the staged files are in their places");
    }
    let has_units = !transaction.record.units.is_empty();
    let brought = if has_units || !transaction.record.rollout.verify.is_empty() {
        let mut deliver = |unit: &UnitState| reload::deliver(unit, session.caller, read);
        Way { session, signals: &signals, say: &mut say, deliver: &mut deliver }.forth(&mut transaction)
    } else {
        Ok(())
    };
    match brought {
        Ok(()) => finish(transaction, how, session),
        Err(Halted::Failed(why)) => {
            output::complain(&format!("envgate: {why}\n"));
            note_restart(&transaction.record, Outcome::Failed, session)?;
            if transaction.record.is_compromised {
                report::print(&[&transaction.record], how, session);
                return Ok(Status::Findings);
            }
            match go_back(&mut transaction, session, &signals, read) {
                Ok(back) => {
                    report::rolled_back(&transaction.record, &back, how, session);
                    Ok(Status::Findings)
                }
                Err(halted) => self::halted(halted, &transaction.record, how, session),
            }
        }
        Err(halted) => self::halted(halted, &transaction.record, how, session),
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
    let holdings = plan::holdings(&transaction.record)?;
    let is_unknown = transaction.record.units.iter().any(|unit| unit.step == UnitStep::Unknown);
    let is_free = remaining(&transaction.record, &holdings).is_empty();
    if !transaction.record.units.is_empty() {
        let outcome = if is_unknown { Outcome::Failed } else { Outcome::Done };
        session.note(&transaction.record, Action::Prove, outcome, report::outcomes(&transaction.record))?;
    }
    report::promoted(&transaction.record, &holdings, how, session);
    if transaction.record.is_compromised && is_free && !is_unknown {
        rotation::close(transaction, Vec::new(), session)?;
        say("closed: there is no way back, and nobody holds the old values");
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
    match halted {
        Halted::Stopped(stopped) => Err(stopped),
        Halted::Failed(why) => {
            output::complain(&format!("envgate: {why}\n"));
            report::print(&[record], how, session);
            Ok(Status::Findings)
        }
        Halted::Interrupted => {
            output::complain("envgate: interrupted; what was done stays as it is\n");
            report::print(&[record], how, session);
            Ok(Status::Interrupted)
        }
    }
}
