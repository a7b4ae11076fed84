//! The steps that go on with what was staged.

use super::{How, Restart, Selection, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::output;
use crate::rotation::{self, Phase, Session, Stopped};
use crate::trail::Outcome;

/// Swaps the staged files in.
pub(super) fn promote(selection: &Selection, restart: &Restart, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take_where(&session, |record| record.phase == Phase::Staged)?;
    because(&mut transaction.record.reason, &restart.how);
    let warnings = rotation::judge(&transaction.record, &session)?;
    output::complain_of(&warnings, caller);
    rotation::promote(&mut transaction, &session)?;
    report::print(&[&transaction.record], &restart.how, &session);
    Ok(Status::Fine)
}

/// Swaps the former files back.
pub(super) fn rollback(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take_where(&session, |record| record.phase != Phase::Staged)?;
    because(&mut transaction.record.reason, how);
    if matches!(transaction.record.phase, Phase::Staging | Phase::Discarding) {
        rotation::discard(transaction, &session)?;
        report::say(how, "nothing was promoted: what was being staged is thrown away\n");
        return Ok(Status::Fine);
    }
    rotation::swap_back(&mut transaction, &session)?;
    rotation::rolled_back(&mut transaction, Vec::new(), Outcome::Done, &session)?;
    report::print(&[&transaction.record], how, &session);
    Ok(Status::Fine)
}

/// Ends the step that was interrupted.
pub(super) fn resume(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take_where(&session, |record| record.phase.is_halfway())?;
    match transaction.record.phase {
        Phase::Staged | Phase::Promoted | Phase::Restarting => {}
        Phase::Staging | Phase::Discarding => {
            rotation::discard(transaction, &session)?;
            report::say(how, "what was being staged is thrown away: stage again\n");
            return Ok(Status::Fine);
        }
        Phase::Promoting => rotation::promote(&mut transaction, &session)?,
        Phase::RollingBack => {
            rotation::swap_back(&mut transaction, &session)?;
            rotation::rolled_back(&mut transaction, Vec::new(), Outcome::Done, &session)?;
        }
        Phase::Closing => {
            rotation::close(transaction, Vec::new(), &session)?;
            report::say(how, "closed: the former files are deleted\n");
            return Ok(Status::Fine);
        }
    }
    report::print(&[&transaction.record], how, &session);
    Ok(Status::Fine)
}

/// Throws the staged files away.
pub(super) fn discard(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction = selection.take_where(&session, |record| {
        matches!(record.phase, Phase::Staged | Phase::Staging | Phase::Discarding)
    })?;
    because(&mut transaction.record.reason, how);
    rotation::discard(transaction, &session)?;
    report::say(how, "discarded: the staged files are deleted, the current ones are as they were\n");
    Ok(Status::Fine)
}

/// Deletes the former files.
pub(super) fn close(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let mut transaction =
        selection.take_where(&session, |record| matches!(record.phase, Phase::Promoted | Phase::Closing))?;
    because(&mut transaction.record.reason, how);
    rotation::close(transaction, Vec::new(), &session)?;
    report::say(how, "closed: the former files are deleted, and the old values are retired\n");
    Ok(Status::Fine)
}

/// A reason that is given at a later step is that step's and all later ones'.
fn because(reason: &mut Option<String>, how: &How) {
    if how.reason.is_some() {
        reason.clone_from(&how.reason);
    }
}
