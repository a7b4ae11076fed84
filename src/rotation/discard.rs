//! Throwing a staged file away, and ending a rotation whose old values are revoked.

use super::files::{fingerprints, is_foreign, lock, open_directory, word_now};
use super::phase::{Phase, Step};
use super::promote::take_back;
use super::record::{FileRecord, Record};
use super::retired::Retired;
use super::session::{Session, Stopped};
use super::sides::{Which, previous_name, staged_name};
use super::store::Transaction;
use super::targets::Targets;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::generation::word;
use crate::secure_write::{remove_durably, remove_leftovers};
use crate::text::quoted_path;
use crate::trail::{Action, Outcome, UnitOutcome};
use crate::written::write_finding;

/// Throws the staged files away. So ends a swap too that somebody's own edit of an env file has barred: what they wrote
/// stays, and the other files come back.
pub fn discard(mut transaction: Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    let record = &transaction.record;
    let is_barred = || record.files.iter().any(|file| is_foreign(file, session));
    let is_swap = matches!(record.phase, Phase::Promoting | Phase::RollingBack);
    if !(is_swap && is_barred()) {
        record.judge_step(Step::Discard)?;
    }
    Stopped::unless_fine(record.files.iter().filter_map(|file| last_copy(file, session)).collect())?;
    transaction.save(Phase::Discarding)?;
    if !transaction.record.is_compromised {
        take_back(&transaction.record, session)?;
    }
    for file in &transaction.record.files {
        remove_former(file, session)?;
    }
    remove_staged(&mut transaction, session)?;
    session.note(&transaction.record, Action::Discard, Outcome::Done, Vec::new())?;
    Ok(transaction.forget()?)
}

/// Removes every `F.staged`.
pub(super) fn remove_staged(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    for file in &transaction.record.files {
        let name = staged_name(file.path.file_name().unwrap_or_default());
        let directory = open_directory(&file.path, session.caller)?;
        // Where files have a name from the start: that of one which was never whole.
        remove_leftovers(&directory, &name);
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
            // Its new values keep the units down: there is no way back, and other values are the way on.
            Phase::Restarting if record.is_compromised => {
                let mut transaction = transaction;
                transaction.save(Phase::Promoted)?;
                close(transaction, Vec::new(), session)?;
                say(&format!("the open rotation of {} was ended: its values are replaced", names.join(", ")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Removes `F.previous` where it is the content that the rotation began with: only beside an edit is it there still.
fn remove_former(file: &FileRecord, session: &Session<'_>) -> Result<(), Stopped> {
    let name = previous_name(file.path.file_name().unwrap_or_default());
    let directory = open_directory(&file.path, session.caller)?;
    if directory.look_at(&name).is_ok_and(|seen| word(&seen.identity) == file.base) {
        remove_durably(&directory, &name)
            .map_err(|fault| write_finding(fault, &file.path.with_file_name(&name)))?;
    }
    Ok(())
}

/// Whether a rotation may be closed as its env files are now: each is there, and none was given its former values again
/// by hand.
pub fn judge_current(record: &Record, session: &Session<'_>) -> Result<(), Stopped> {
    let mut findings: Findings = record.files.iter().filter_map(|file| last_copy(file, session)).collect();
    for file in &record.files {
        // What cannot be read is for the gates of the next launch.
        let Ok(held) = lock(&file.path, session.caller) else { continue };
        let contents = held.opened.contents.as_deref().map_or(&[][..], Vec::as_slice);
        let now = fingerprints(contents, file.dialect(), &session.key);
        let is_former =
            |name: &&String| now.contains_key(*name) && now.get(*name) == file.base_values.get(*name);
        let names: Vec<&str> = file.names.iter().filter(is_former).map(String::as_str).collect();
        if !names.is_empty() {
            findings.push(former_again(file, &names));
        }
    }
    Stopped::unless_fine(findings).map(drop)
}

fn former_again(file: &FileRecord, names: &[&str]) -> Finding {
    let (path, previous) = (quoted_path(&file.path), quoted_path(&file.path_of(Which::Previous)));
    Finding::refuses(
        Gate::Rotation,
        format!("the env file holds the former value again: {}", names.join(", ")),
    )
    .at(Place::file(&file.path))
    .why("somebody put it back by hand: the next launch would take a key that is revoked")
    .mend(format!(
        "put the new value there again; or where the former one is to stay: sudo mv {previous} {path}, then \
             envgate rotate rollback"
    ))
}

/// Whether an env file is gone and what lies beside it is all that is left of its other variables.
fn last_copy(file: &FileRecord, session: &Session<'_>) -> Option<Finding> {
    let is_there = |which| word_now(file, which, session).is_some();
    let left = [Which::Previous, Which::Staged].into_iter().find(|which| is_there(*which))?;
    if is_there(Which::Current) {
        return None;
    }
    let (path, left) = (quoted_path(&file.path), quoted_path(&file.path_of(left)));
    Some(
        Finding::refuses(Gate::Rotation, "the env file is gone, and what lies beside it is the last copy")
            .at(Place::file(&file.path))
            .why("its other variables would be lost")
            .mend(format!(
                "bring it back: sudo cp -ai {left} {path}, and look what is in it; then try again"
            )),
    )
}

/// Ends a rotation: the old values are retired, and the former files are deleted.
pub fn close(
    mut transaction: Transaction,
    units: Vec<UnitOutcome>,
    session: &Session<'_>,
) -> Result<(), Stopped> {
    transaction.record.judge_step(Step::Close)?;
    transaction.save(Phase::Closing)?;
    Retired::retire(&session.places, &transaction.record)?;
    for file in &transaction.record.files {
        let name = previous_name(file.path.file_name().unwrap_or_default());
        let path = file.path.with_file_name(&name);
        let directory = open_directory(&file.path, session.caller)?;
        if let Ok(seen) = directory.look_at(&name)
            && word(&seen.identity) != file.base
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
