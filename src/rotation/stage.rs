//! The first step: the whole next file beside the current one, after every gate has seen it.

use std::rc::Rc;

use nix::errno::Errno;
use nix::sys::stat::fstat;

use super::edit::{self, Change, EditFault, Stamp};
use super::files::{fingerprints, hold};
use super::phase::Phase;
use super::record::{Asked, FileRecord, Record, Rollout, SCHEMA};
use super::session::{Session, Stopped};
use super::sides::{previous_name, staged_name};
use super::store::Transaction;
use super::targets::{Target, Targets};
use super::{gates, new_values};
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings, Gate, Place};
use crate::generation::word;
use crate::load::StagedFile;
use crate::load::env_file::Dialect;
use crate::load::secure_file::Replaceable;
use crate::moment::Moment;
use crate::secret::Secret;
use crate::secure_write::{WriteFault, create_beside, remove_durably};
use crate::text::quoted_path;
use crate::trail::{Action, Outcome};
use crate::written::write_finding;

/// What is asked for beside the values.
#[derive(Debug, Default)]
pub struct Request {
    /// The launch.
    pub asked: Asked,
    /// Why.
    pub reason: Option<String>,
    /// When the new values end.
    pub expires: Option<Moment>,
    /// Whether the old values are revoked already.
    pub is_compromised: bool,
}

/// A file that is held, with its next contents.
struct Next {
    held: Replaceable,
    staged: StagedFile,
    record: FileRecord,
}

/// Refuses where another rotation of one of these files is open.
pub fn judge_free(targets: &Targets, session: &Session<'_>) -> Result<(), Stopped> {
    let open = session.store.all()?;
    let mut findings = Findings::new();
    for target in &targets.files {
        if let Some(record) = open.iter().find(|record| record.holds(&target.path)) {
            findings.push(already_open(target, record));
        }
    }
    Stopped::unless_fine(findings).map(drop)
}

fn already_open(target: &Target, record: &Record) -> Finding {
    let mend = if record.phase.is_halfway() {
        format!("wait until it is done; where its process is gone: {}", record.next_steps())
    } else {
        format!("end it first: {}", record.next_steps())
    };
    let names: Vec<String> = record.names().iter().map(ToString::to_string).collect();
    let what = format!("a rotation of this file is open ({}, {})", names.join(", "), record.phase.as_str());
    Finding::refuses(Gate::Rotation, what)
        .at(Place::file(&target.path))
        .status(Status::TryAgain)
        .why("two at a time would lose what one of them wrote, or the way back of the other")
        .mend(mend)
}

/// What [`stage`] would refuse but for an open rotation of the same files, whose end this is asked ahead of: nothing is
/// changed.
pub fn judge_ahead(
    request: &Request,
    targets: &Targets,
    values: &[Secret],
    session: &Session<'_>,
) -> Result<(), Stopped> {
    let held = targets.files.iter().map(|target| hold(&target.path, session.caller));
    prepared(request, targets, held.collect::<Result<_, _>>()?, values, session).map(drop)
}

/// The next files, once no gate refuses them; what does not refuse comes along.
fn prepared(
    request: &Request,
    targets: &Targets,
    held: Vec<Replaceable>,
    values: &[Secret],
    session: &Session<'_>,
) -> Result<(Vec<Next>, Findings), Stopped> {
    let stamp = Stamp { at: Moment::now(), by: session.by() };
    let mut next = Vec::new();
    for (target, held) in targets.files.iter().zip(held) {
        next.push(prepare(targets, target, held, values, request.expires, &stamp, session)?);
    }
    let records: Vec<&FileRecord> = next.iter().map(|file| &file.record).collect();
    new_values::judge(targets, values, &records, session)?;
    let staged: Vec<StagedFile> = next.iter().map(|file| file.staged.clone()).collect();
    let mut warnings = gates::judge(&request.asked, targets.class, &staged, session.caller)?;
    records.iter().flat_map(|record| new_values::twins(record)).for_each(|twin| warnings.push(twin));
    Ok((next, warnings))
}

/// Writes the next files. `values` answer the questions of the targets, in their order. What did not refuse comes
/// back too.
pub fn stage(
    request: Request,
    targets: &Targets,
    values: &[Secret],
    session: &Session<'_>,
) -> Result<(Transaction, Findings), Stopped> {
    let mut held = Vec::new();
    for target in &targets.files {
        held.push(hold(&target.path, session.caller)?);
    }
    // Under the locks of all files, so that no other rotation of them begins meanwhile.
    judge_free(targets, session)?;
    for (target, held) in targets.files.iter().zip(&held) {
        judge_beside(held, &target.path)?;
    }
    let (next, warnings) = prepared(&request, targets, held, values, session)?;
    let record = Record {
        schema: SCHEMA,
        id: String::new(),
        phase: Phase::Staging,
        class: targets.class.as_str().to_owned(),
        files: next.iter().map(|file| file.record.clone()).collect(),
        units: Vec::new(),
        rollout: Rollout::default(),
        staged_by: session.sign(),
        reason: request.reason,
        is_compromised: request.is_compromised,
        promoted_at: 0,
        promoted_since_boot: None,
        asked: request.asked,
    };
    let mut transaction = session.store.begin(record)?;
    match write(&mut transaction, &next).and_then(|()| keep(&mut transaction, session)) {
        Ok(()) => Ok((transaction, warnings)),
        Err(stopped) => {
            // The first fault is the one to report; what cannot be undone now is undone by rotate discard.
            let _ = session.note(&transaction.record, Action::Stage, Outcome::Failed, Vec::new());
            if remove_written(&transaction, &next).is_ok() {
                let _ = transaction.forget();
            }
            Err(stopped)
        }
    }
}

fn write(transaction: &mut Transaction, next: &[Next]) -> Result<(), Stopped> {
    for (file, next) in transaction.record.files.iter_mut().zip(next) {
        let name = staged_name(next.held.name());
        let path = file.path.with_file_name(&name);
        if !next.held.is_unchanged() {
            return Err(write_finding(WriteFault::Changed, &file.path).into());
        }
        match create_beside(&next.held, &name, &next.staged.contents) {
            // It is there, and goes again with the others.
            Err(fault @ WriteFault::NotSynced { .. }) => {
                "not synced".clone_into(&mut file.staged);
                return Err(write_finding(fault, &path).into());
            }
            made => made.map_err(|fault| write_finding(fault, &path))?,
        }
        let seen = next.held.directory().look_at(&name);
        let seen = seen.map_err(|errno| Error::system_at("look at the staged file", &path, errno))?;
        file.staged = word(&seen.identity);
    }
    Ok(())
}

/// The trail first: nothing is staged that it does not know. What a process leaves that is killed between the two is
/// thrown away.
fn keep(transaction: &mut Transaction, session: &Session<'_>) -> Result<(), Stopped> {
    session.note(&transaction.record, Action::Stage, Outcome::Done, Vec::new())?;
    Ok(transaction.save(Phase::Staged)?)
}

/// Takes back what was written, and nothing that somebody else has put there.
fn remove_written(transaction: &Transaction, next: &[Next]) -> Result<(), WriteFault> {
    let written = transaction.record.files.iter().zip(next).filter(|(file, _)| !file.staged.is_empty());
    for (_, next) in written {
        remove_durably(next.held.directory(), &staged_name(next.held.name()))?;
    }
    Ok(())
}

fn prepare(
    targets: &Targets,
    target: &Target,
    held: Replaceable,
    values: &[Secret],
    expires: Option<Moment>,
    stamp: &Stamp,
    session: &Session<'_>,
) -> Result<Next, Stopped> {
    if held.is_mount() {
        let fault = WriteFault::System { step: "put another file in its place", errno: Errno::EBUSY };
        return Err(write_finding(fault, &target.path).into());
    }
    if is_hard_linked(&held) {
        return Err(write_finding(WriteFault::HardLinked, &target.path).into());
    }
    let contents = held.opened.contents.as_deref().map_or(&[][..], Vec::as_slice);
    let changes: Vec<Change<'_>> = target
        .values
        .iter()
        .map(|wanted| Change { name: &wanted.name, value: &values[wanted.question], expires })
        .collect();
    let edited =
        edit::edit(contents, target.dialect, &changes, stamp).map_err(|fault| edit_finding(fault, target))?;
    let record = FileRecord {
        path: target.path.clone(),
        is_systemds_dialect: target.dialect == Dialect::Systemd,
        names: target.values.iter().map(|wanted| wanted.name.to_string()).collect(),
        plain: targets.plain(target),
        base: word(&held.opened.identity),
        staged: String::new(),
        base_values: fingerprints(contents, target.dialect, &session.key),
        staged_values: fingerprints(&edited, target.dialect, &session.key),
    };
    let staged = StagedFile { location: target.path.clone(), contents: Rc::new(edited), identity: None };
    Ok(Next { held, staged, record })
}

/// Under its other name the old values would stay, even those that are compromised.
fn is_hard_linked(held: &Replaceable) -> bool {
    fstat(held.file()).is_ok_and(|facts| facts.st_nlink > 1)
}

/// What lies beside the file and is none of an open rotation's was left by somebody else.
fn judge_beside(held: &Replaceable, path: &std::path::Path) -> Result<(), Stopped> {
    let mut findings = Findings::new();
    for name in [staged_name(held.name()), previous_name(held.name())] {
        if held.directory().look_at(&name).is_ok() {
            let beside = path.with_file_name(&name);
            findings.push(
                Finding::refuses(
                    Gate::Rotation,
                    "a file of this name is there already, and no rotation of yours knows it",
                )
                .at(Place::file(&beside))
                .why("it may be another user's rotation (root's, or the owner's), or what was kept by hand")
                .mend(format!(
                    "see who made it: ls -l {0}; where nobody needs it: sudo rm -i {0}",
                    quoted_path(&beside)
                )),
            );
        }
    }
    Stopped::unless_fine(findings).map(drop)
}

fn edit_finding(fault: EditFault, target: &Target) -> Finding {
    let (gate, what, mend) = match fault {
        EditFault::Unreadable => (
            Gate::Syntax,
            "the env file cannot be read as what it claims to be, and is not edited",
            "mend it first: envgate lint names the lines",
        ),
        EditFault::Missing => (
            Gate::Required,
            "the env file does not set the variable any more",
            "look who changed it, then stage again",
        ),
        EditFault::NotPortable => (
            Gate::Syntax,
            "the new value holds characters that the readers of env files do not read alike",
            "give a value without control characters and invisible ones",
        ),
        EditFault::DoesNotReadBack => (
            Gate::Syntax,
            "what would be written does not read back as the same variables",
            "bring the file into the portable form first: envgate lint --fix; then stage again",
        ),
    };
    Finding::refuses(gate, what)
        .at(Place::file(&target.path))
        .why("nothing was written: a file is changed in the values that were asked for, and in nothing else")
        .mend(mend)
}
