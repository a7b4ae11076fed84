//! A new value is new: not the one that it replaces, none that was retired, and none that another open rotation gives
//! up or has staged for the other class. Those are in no file that the gate `shared-secret` reads.

use super::record::{FileRecord, Record};
use super::retired::Retired;
use super::session::{Session, Stopped};
use super::targets::{Question, Targets};
use crate::finding::{Finding, Findings, Gate, Place};
use crate::fingerprint::Fingerprint;
use crate::name::Name;
use crate::secret::Secret;
use crate::text::shown_path;

/// Judges the answers to the questions of the targets, in their order.
pub(super) fn judge(
    targets: &Targets,
    values: &[Secret],
    files: &[&FileRecord],
    session: &Session<'_>,
) -> Result<(), Stopped> {
    let retired = Retired::read(&session.places)?;
    let open = session.store.all()?;
    let mut findings = Findings::new();
    for (question, value) in targets.questions.iter().zip(values) {
        let name = &question.name;
        let fingerprint = session.key.fingerprint(value);
        if is_today(name, &fingerprint, files) {
            findings.push(old_value(name, "is the value that it is to replace"));
            continue;
        }
        // A switch goes to and fro.
        if question.is_plain {
            continue;
        }
        if let Some(found) = retired.find(&fingerprint) {
            findings.push(old_value(name, &format!("was retired on {} (as {})", found.at, found.name)));
        } else if let Some(what) =
            open.iter().find_map(|record| taken(record, targets, question, &fingerprint))
        {
            findings.push(old_value(name, &what));
        }
    }
    Stopped::unless_fine(findings).map(drop)
}

fn is_today(name: &Name, fingerprint: &Fingerprint, files: &[&FileRecord]) -> bool {
    files.iter().any(|file| {
        file.names.iter().any(|changed| changed == name.as_str())
            && file.base_values.get(name.as_str()) == Some(fingerprint)
    })
}

/// What an open rotation makes of this value, as the end of "the new value of NAME …".
fn taken(
    record: &Record,
    targets: &Targets,
    question: &Question,
    fingerprint: &Fingerprint,
) -> Option<String> {
    let is_other_class = record.class() != Some(targets.class);
    for file in &record.files {
        for name in file.names.iter().filter(|name| !file.plain.contains(name)) {
            let of = format!("(as {name}, mode {}, {})", record.asked.mode, shown_path(&file.path));
            if record.promoted_at != 0 && file.base_values.get(name) == Some(fingerprint) {
                return Some(format!("is what an open rotation gives up {of}"));
            }
            let is_kept_apart = is_other_class && !question.is_shared;
            if is_kept_apart && file.staged_values.get(name) == Some(fingerprint) {
                return Some(format!("is what an open rotation brings to the other class {of}"));
            }
        }
    }
    None
}

/// The other variables of a file that go on holding what is given up: one key under two names.
pub(super) fn twins(file: &FileRecord) -> Vec<Finding> {
    let gives_up = |name: &&String| !file.plain.contains(name);
    let mut findings = Vec::new();
    for name in file.names.iter().filter(gives_up) {
        let Some(given_up) = file.base_values.get(name) else { continue };
        for (other, _) in file.staged_values.iter().filter(|(_, value)| *value == given_up) {
            findings.push(
                Finding::warns(
                    Gate::Rotation,
                    format!("{other} goes on holding the value that {name} gives up"),
                )
                .at(Place::file(&file.path))
                .why("once that is revoked, whoever reads the other name has a dead key")
                .mend(format!(
                    "where it is the same credential, rotate both: envgate rotate … {name} {other}"
                )),
            );
        }
    }
    findings
}

fn old_value(name: &Name, what: &str) -> Finding {
    Finding::refuses(Gate::Rotation, format!("the new value of {name} {what}"))
        .variable(name)
        .why("a key that was rotated out is revoked, or known to somebody; one of the other class trades there")
        .mend("generate a new one at the provider, and give that")
}
