//! `rotate run`: everything in one. `rotate test`: a command with the staged values.

use std::ffi::OsString;

use super::{Restart, Selection, Stage, ahead, promote, stage, steps};
use crate::caller::Caller;
use crate::error::Status;
use crate::output;
use crate::rotation::{self, Session, Step, Stopped, plan};
use crate::values::Source;
use crate::verbs::ReadCommandLine;

/// Asks, stages, tests, promotes, restarts and proves.
pub(super) fn run(
    stage: Stage,
    restart: &Restart,
    caller: &Caller,
    read: ReadCommandLine,
) -> Result<Status, Stopped> {
    // First of all: a descriptor that the caller left closed would be a file of ours.
    let source = Source::of(stage.value_fd, caller)?;
    let session = Session::open(caller)?;
    // Nobody looks a new key up to hear then that it is not the moment, or that a unit is misspelt.
    ahead::command("--verify", restart.verify.as_ref())?;
    ahead::ask_guard(&stage.asked, &ahead::command("--guard", restart.guard.as_ref())?, &session)?;
    let targets = rotation::find(&stage.asked, &stage.names, caller)?;
    if let Some(patterns) = &restart.units {
        plan::plan(&plan::ahead(&targets), patterns)?;
    }
    let (transaction, warnings) = stage::staged(stage, source, &session)?;
    output::complain_of(&warnings, caller);
    promote::begin(transaction, &warnings, restart, &session, read)
}

/// Runs a command with the staged values.
pub(super) fn test(selection: &Selection, command: &[OsString], caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let transaction = selection.take(Step::Test, &session)?;
    transaction.record.judge_step(Step::Test)?;
    if ahead::tested(&transaction, "the command", command, &session)? {
        steps::say("the command ended well with the staged values", caller);
        return Ok(Status::Fine);
    }
    Ok(Status::Findings)
}
