//! `rotate stage`: asks for the values, and puts them beside the current ones.

use super::{Stage, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::output;
use crate::rotation::{self, Request, Session, Stopped, Transaction};

/// Stages, and says what is there now.
pub(super) fn stage(stage: Stage, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let how = stage.how.clone();
    let transaction = staged(stage, &session)?;
    report::print(&[&transaction.record], &how, &session);
    Ok(Status::Fine)
}

/// Everything that can be refused is refused before anybody is asked for a value.
pub(super) fn staged(stage: Stage, session: &Session<'_>) -> Result<Transaction, Stopped> {
    let caller = session.caller;
    let targets = rotation::find(&stage.asked, &stage.names, caller)?;
    rotation::judge_free(&targets, session)?;
    let values = super::ask::values(&targets, stage.value_fd, caller)?;
    let request = Request {
        asked: stage.asked,
        reason: stage.how.reason,
        expires: stage.expires,
        is_compromised: stage.is_compromised,
    };
    let (transaction, warnings) = rotation::stage(request, &targets, &values, session)?;
    output::complain_of(&warnings, caller);
    Ok(transaction)
}
