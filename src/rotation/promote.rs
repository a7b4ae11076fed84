//! Swapping the staged files in, and back. Units are not touched here.

use std::ffi::OsStr;

use super::files::{hold, hold_known, judge_base, open_directory, side_finding, staged_files, word_now};
use super::phase::{Phase, Step};
use super::plan::now;
use super::record::{FileRecord, Record};
use super::retired::Retired;
use super::session::{Session, Stopped};
use super::sides::{Side, SideFault, Which, Words, bring, judge_way};
use super::store::Transaction;
use super::swapped::SinceBoot;
use super::{gates, new_values};
use crate::finding::Findings;
use crate::load::secure_file::Directory;
use crate::mode::Class;
use crate::trail::{Action, Outcome};

/// Whether the staged files could be promoted now: the env files are those that they were made from, the staged files
/// are as they were written, and no gate refuses them. What does not refuse comes back.
pub fn judge(record: &Record, session: &Session<'_>) -> Result<Findings, Stopped> {
    record.judge_step(Step::Promote)?;
    for file in &record.files {
        judge_base(&hold(&file.path, session.caller)?, file, &session.key)?;
    }
    let staged = staged_files(record, session)?;
    let class = record.class().unwrap_or(Class::Live);
    let mut warnings = gates::judge(&record.asked, class, &staged, session.caller)?;
    record.files.iter().flat_map(new_values::twins).for_each(|twin| warnings.push(twin));
    Ok(warnings)
}

/// Swaps the staged files in. Where that fails at one of several files, the others are swapped back.
pub fn promote(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    if transaction.record.phase != Phase::Promoting {
        transaction.record.judge_step(Step::Promote)?;
        // Held until all are swapped: nobody who takes the lock writes meanwhile.
        let mut held = Vec::new();
        for file in &transaction.record.files {
            let one = hold(&file.path, session.caller)?;
            judge_base(&one, file, &session.key)?;
            held.push(one);
        }
        staged_files(&transaction.record, session)?;
        if transaction.record.is_compromised {
            Retired::retire(&session.places, &transaction.record)?;
        }
        transaction.save(Phase::Promoting)?;
        return swap_in(transaction, session);
    }
    // The step that was begun goes on.
    let _held = hold_known(&transaction.record, session)?;
    swap_in(transaction, session)
}

fn swap_in(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    let side = if transaction.record.is_compromised { Side::StagedAlone } else { Side::Staged };
    if let Err(stopped) = bring_all(&transaction.record, side, session) {
        // The first fault is the one to report. Where the way back is barred too, resume and rollback remain.
        if !transaction.record.is_compromised && bring_all(&transaction.record, Side::Base, session).is_ok() {
            let _ = transaction.save(Phase::Staged);
        }
        let _ = session.note(&transaction.record, Action::Promote, Outcome::Failed, Vec::new());
        return Err(stopped);
    }
    transaction.record.promoted_at = u64::try_from(now()).unwrap_or(u64::MAX);
    transaction.record.promoted_since_boot = SinceBoot::now();
    // The trail first: a process that is killed between the two is resumed, and notes it once more.
    session.note(&transaction.record, Action::Promote, Outcome::Done, Vec::new())?;
    let next = if transaction.record.has_rollout() { Phase::Restarting } else { Phase::Promoted };
    Ok(transaction.save(next)?)
}

/// Swaps the former files back; the staged ones stay beside them. From wherever a step has ended.
pub fn swap_back(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    transaction.record.judge_step(Step::Rollback)?;
    let _held = hold_known(&transaction.record, session)?;
    // Before it is begun: a way back that cannot be gone to its end leaves the rotation promoted.
    for file in &transaction.record.files {
        on_its_way(file, session, |directory, name, words| judge_way(directory, name, words, Side::Base))?;
    }
    transaction.save(Phase::RollingBack)?;
    bring_all(&transaction.record, Side::Base, session)
}

/// The files are back, and whatever ran on the staged ones runs on them again.
pub fn rolled_back(
    transaction: &mut Transaction,
    units: Vec<crate::trail::UnitOutcome>,
    outcome: Outcome,
    session: &Session<'_>,
) -> Result<(), Stopped> {
    session.note(&transaction.record, Action::Rollback, outcome, units)?;
    transaction.record.units.clear();
    transaction.record.promoted_at = 0;
    transaction.record.promoted_since_boot = None;
    Ok(transaction.save(Phase::Staged)?)
}

/// Swaps those back that are on the staged side, and leaves alone what somebody else wrote, or has moved there by hand
/// so that there is no former file.
pub(super) fn take_back(record: &Record, session: &Session<'_>) -> Result<(), Stopped> {
    let was_promoted = |file: &&FileRecord| {
        word_now(file, Which::Current, session).as_ref() == Some(&file.staged)
            && word_now(file, Which::Previous, session).is_some()
    };
    for file in record.files.iter().filter(was_promoted) {
        bring_one(file, Side::Base, session)?;
    }
    Ok(())
}

fn bring_all(record: &Record, side: Side, session: &Session<'_>) -> Result<(), Stopped> {
    record.files.iter().try_for_each(|file| bring_one(file, side, session))
}

fn bring_one(file: &FileRecord, side: Side, session: &Session<'_>) -> Result<(), Stopped> {
    on_its_way(file, session, |directory, name, words| bring(directory, name, words, side))
}

fn on_its_way(
    file: &FileRecord,
    session: &Session<'_>,
    step: impl FnOnce(&Directory, &OsStr, Words<'_>) -> Result<(), SideFault>,
) -> Result<(), Stopped> {
    let directory = open_directory(&file.path, session.caller)?;
    let words = Words { base: &file.base, staged: &file.staged };
    let name = file.path.file_name().unwrap_or_default();
    Ok(step(&directory, name, words).map_err(|fault| side_finding(fault, file))?)
}
