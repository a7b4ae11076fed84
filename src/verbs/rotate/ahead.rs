//! What is asked, tried and said ahead of the swap, while nothing is changed.

use std::ffi::OsString;

use super::Restart;
use super::down::Down;
use super::steps::say;
use crate::caller::Caller;
use crate::error::Status;
use crate::exec::run::{Ended, words};
use crate::finding::{Finding, Gate};
use crate::moment::in_words;
use crate::output;
use crate::rotation::plan::{self, Planned};
use crate::rotation::{Asked, Record, Session, Stopped, Transaction, run_command, staged_files};
use crate::text::{counted, shown};
use crate::trail::{Action, Outcome};

/// The words of a command that is one word of ours; none where it is not given.
pub(super) fn command(option: &str, text: Option<&String>) -> Result<Vec<OsString>, Stopped> {
    match text {
        Some(text) => Ok(words(option, text)?),
        None => Ok(Vec::new()),
    }
}

/// Asks whether this is a moment for it, with today's values.
pub(super) fn ask_guard(asked: &Asked, guard: &[OsString], session: &Session<'_>) -> Result<(), Stopped> {
    if guard.is_empty() {
        return Ok(());
    }
    match run_command(asked, &[], guard, session)? {
        ended if ended.is_fine() => Ok(()),
        ended => Err(Finding::refuses(Gate::Rotation, format!("not now: --guard {}", ended.in_words()))
            .status(if matches!(ended, Ended::Interrupted(_)) {
                Status::Interrupted
            } else {
                Status::TryAgain
            })
            .why("it is asked whether this is a moment for it, and nothing was changed")
            .mend("try again later; what is staged stays, and envgate rotate discard ends it")
            .into()),
    }
}

/// Runs a command with the staged values and puts it into the trail; whether it ended well. `called` is what a person
/// knows it by.
pub(super) fn tested(
    transaction: &Transaction,
    called: &str,
    command: &[OsString],
    session: &Session<'_>,
) -> Result<bool, Stopped> {
    say(&format!("running {called} with the staged values"), session.caller);
    let staged = staged_files(&transaction.record, session)?;
    let ended = run_command(&transaction.record.asked, &staged, command, session)?;
    let outcome = if ended.is_fine() { Outcome::Done } else { Outcome::Failed };
    session.note(&transaction.record, Action::Test, outcome, Vec::new())?;
    if !ended.is_fine() {
        output::complain(&format!("envgate: {called} {}; nothing was changed\n", ended.in_words()));
    }
    Ok(ended.is_fine())
}

/// What is about to happen, and how long it takes at the least.
pub(super) fn announce(planned: &Planned, down: &Down, record: &Record, restart: &Restart, caller: &Caller) {
    let units = &planned.units;
    let verb = if restart.reload { "reloading" } else { "restarting" };
    let say = |line: &str| say(line, caller);
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
