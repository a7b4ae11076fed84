//! `rotate stage`: asks for the values, and puts them beside the current ones.

use super::{Stage, report, steps};
use crate::caller::Caller;
use crate::error::Status;
use crate::finding::Findings;
use crate::output;
use crate::rotation::{self, Question, Request, Session, Stopped, Transaction};
use crate::values::{Source, Wanted};

/// Stages, and says what is there now.
pub(super) fn stage(stage: Stage, caller: &Caller) -> Result<Status, Stopped> {
    // First of all: a descriptor that the caller left closed would be a file of ours.
    let source = Source::of(stage.value_fd, caller)?;
    let session = Session::open(caller)?;
    let how = stage.how.clone();
    let (transaction, warnings) = staged(stage, source, &session)?;
    output::complain_of(&warnings, caller);
    report::print(&transaction.record, &how, session.caller);
    Ok(Status::Fine)
}

/// Everything that can be refused without the values is refused before anybody is asked for them. What the gates
/// warn of comes back.
pub(super) fn staged(
    stage: Stage,
    source: Source,
    session: &Session<'_>,
) -> Result<(Transaction, Findings), Stopped> {
    let caller = session.caller;
    let targets = rotation::find(&stage.asked, &stage.names, caller)?;
    if !stage.is_compromised {
        rotation::judge_free(&targets, session)?;
    }
    let wanted: Vec<Wanted> = targets.questions.iter().map(wanted).collect();
    let values = source.read(&wanted).map_err(Stopped::Refused)?;
    output::complain_of(&values.warnings, caller);
    let request = Request {
        asked: stage.asked,
        reason: stage.how.reason,
        expires: stage.expires,
        is_compromised: stage.is_compromised,
    };
    if request.is_compromised {
        // Their former files are deleted by it, and a value that is refused would have cost them in vain.
        rotation::judge_ahead(&request, &targets, &values.secrets, session)?;
        rotation::supersede(&targets, session, &mut |line: &str| steps::say(line, caller))?;
    }
    rotation::stage(request, &targets, &values.secrets, session)
}

/// One value may be for several files: the first is named.
fn wanted(question: &Question) -> Wanted {
    Wanted { name: question.name.clone(), file: question.files.first().cloned().unwrap_or_default() }
}
