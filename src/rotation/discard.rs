//! Throwing a staged file away, and ending a rotation whose old values are revoked.

use super::record::{Phase, Record};
use super::retired::Retired;
use super::session::{Session, Stopped};
use super::sides::{previous_name, staged_name};
use super::store::Transaction;
use super::targets::Targets;
use crate::finding::{Finding, Gate, Place};
use crate::secure_write::remove_durably;
use crate::trail::{Action, Outcome, UnitOutcome};
use crate::written::write_finding;

use super::files::{open_directory, wrong_phase};

/// Throws the staged files away.
pub fn discard(mut transaction: Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    if !matches!(transaction.record.phase, Phase::Staging | Phase::Staged | Phase::Discarding) {
        return Err(wrong_phase(&transaction.record, "thrown away").into());
    }
    transaction.save(Phase::Discarding)?;
    remove_staged(&mut transaction, session)?;
    session.note(&transaction.record, Action::Discard, Outcome::Done, Vec::new())?;
    Ok(transaction.forget()?)
}

/// Removes every `F.staged`.
pub(super) fn remove_staged(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    for file in &transaction.record.files {
        let name = staged_name(file.path.file_name().unwrap_or_default());
        let directory = open_directory(&file.path, session.caller)?;
        remove_durably(&directory, &name)
            .map_err(|fault| write_finding(fault, &file.path.with_file_name(&name)))?;
    }
    Ok(())
}

/// Ends the rotations of these files that wait for a next step: in an emergency nobody can wait for them. Each is said.
/// One that is halfway is left, and refuses the next.
pub fn supersede(targets: &Targets, session: &Session<'_>, say: &mut dyn FnMut(&str)) -> Result<(), Stopped> {
    let overlaps = |record: &Record| targets.files.iter().any(|target| record.holds(&target.path));
    for record in session.store.all()?.iter().filter(|record| overlaps(record)) {
        let Some(transaction) = session.store.take(&record.id)? else { continue };
        let names: Vec<String> = record.names().iter().map(ToString::to_string).collect();
        match transaction.record.phase {
            Phase::Staged => {
                discard(transaction, session)?;
                say(&format!(
                    "the open rotation of {} was thrown away: it was staged on what is compromised",
                    names.join(", ")
                ));
            }
            Phase::Promoted => {
                close(transaction, Vec::new(), session)?;
                say(&format!(
                    "the open rotation of {} was closed: its former file is deleted",
                    names.join(", ")
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Ends a rotation: the old values are retired, and the former files are deleted.
pub fn close(
    mut transaction: Transaction,
    units: Vec<UnitOutcome>,
    session: &Session<'_>,
) -> Result<(), Stopped> {
    if !matches!(transaction.record.phase, Phase::Promoted | Phase::Closing) {
        return Err(wrong_phase(&transaction.record, "closed").into());
    }
    transaction.save(Phase::Closing)?;
    Retired::retire(&session.places, &transaction.record)?;
    for file in &transaction.record.files {
        let name = previous_name(file.path.file_name().unwrap_or_default());
        let path = file.path.with_file_name(&name);
        let directory = open_directory(&file.path, session.caller)?;
        if let Ok(seen) = directory.look_at(&name)
            && crate::generation::word(&seen.identity) != file.base
        {
            return Err(Finding::refuses(
                Gate::Rotation,
                "the former file was changed since it was put aside",
            )
            .at(Place::file(&path))
            .why("what somebody else wrote is not deleted")
            .mend("look what is in it and move it aside, then close again")
            .into());
        }
        remove_durably(&directory, &name).map_err(|fault| write_finding(fault, &path))?;
    }
    session.note(&transaction.record, Action::Close, Outcome::Done, units)?;
    Ok(transaction.forget()?)
}
