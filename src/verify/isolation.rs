//! The gate `isolation`: who runs paper cannot read what live has, and the reverse. Root can, and is left out.

use crate::finding::{Finding, Gate, Place, Severity};
use crate::load::config::Strictness;
use crate::load::others::{OtherFile, OtherMode};
use crate::load::secure_file::{Facts, Kind};
use crate::load::{Loaded, Origin};
use crate::mode::Mode;
use crate::text::shown_path;

/// Judges a launch against every mode of the other class. A paper launch is judged where isolation is strict; a
/// warning at each of a developer's launches would be read by nobody.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode) -> Vec<Finding> {
    let block = loaded.block_of(mode);
    let is_strict = block.is_some_and(|block| block.isolation == Strictness::Strict)
        || loaded.policy.rules(mode.class()).isolation == Strictness::Strict;
    if !is_strict && !mode.is_live() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for other in &loaded.others {
        findings.extend(reads_theirs(loaded, mode, other));
        findings.extend(read_ours(loaded, mode, other));
        findings.extend(unknown(other));
    }
    let may_refuse = |finding: Finding| {
        let severity = if is_strict { finding.severity } else { Severity::Warns };
        Finding { severity, ..finding }
    };
    findings.into_iter().map(may_refuse).collect()
}

/// The worker's user can read a file of the other mode.
fn reads_theirs(loaded: &Loaded, mode: &Mode, other: &OtherMode) -> Option<Finding> {
    let file = other.files.iter().find(|file| reads(loaded.worker, &file.facts, &file.way))?;
    Some(finding(
        format!(
            "{}, whom this worker runs as, can read {} of the mode {} ({})",
            super::policy::who(loaded),
            shown_path(&file.path),
            other.name,
            other.class
        ),
        mode,
        other,
        Place::file(&file.path),
    ))
}

/// A user of the other mode can read a file of this one.
fn read_ours(loaded: &Loaded, mode: &Mode, other: &OtherMode) -> Option<Finding> {
    let ours = loaded.env_files.iter().filter(|file| file.origin == Origin::Path).map(|file| &file.opened);
    let ours = ours.collect::<Vec<_>>();
    let (user, opened) = users(other).into_iter().find_map(|user| {
        let file = ours.iter().find(|opened| reads(user, &opened.facts, &opened.way))?;
        Some((user, file))
    })?;
    Some(finding(
        format!(
            "user {user}, whom the mode {} ({}) runs as, can read {}",
            other.name,
            other.class,
            shown_path(&opened.path)
        ),
        mode,
        other,
        Place::file(&opened.path),
    ))
}

fn finding(what: String, mode: &Mode, other: &OtherMode, place: Place) -> Finding {
    Finding::refuses(Gate::Isolation, what)
        .at(place)
        .why("a fault in a paper worker, or whoever breaks into it, would reach live credentials")
        .mend(format!(
            "give {} and {} a user each, and each file to its own: sudo chown USER FILE",
            mode.name(),
            other.name
        ))
}

/// Who runs the other mode: its `users:`, else whoever its files belong to.
fn users(other: &OtherMode) -> Vec<u32> {
    if !other.users.is_empty() || !other.unknown_users.is_empty() {
        return other.users.clone();
    }
    other.files.iter().map(|OtherFile { facts, .. }| facts.uid).filter(|owner| *owner != 0).collect()
}

/// Whether a user who is not root reaches and reads a file; where groups would decide, that counts as yes.
fn reads(user: u32, facts: &Facts, way: &[Facts]) -> bool {
    let passes = way.iter().filter(|step| step.kind == Kind::Directory).all(|step| !step.denies(user, 1));
    user != 0 && passes && !facts.denies(user, 4)
}

fn unknown(other: &OtherMode) -> Option<Finding> {
    if other.unknown_users.is_empty() {
        return None;
    }
    let names = crate::text::shown(&other.unknown_users.join(", ")).into_owned();
    Some(
        Finding::warns(
            Gate::Isolation,
            format!("whether {names} of the mode {} can read these files cannot be told", other.name),
        )
        .why("/etc/passwd does not know this user, and envgate asks no directory service")
        .mend("name the user by number under users: of the mode"),
    )
}
