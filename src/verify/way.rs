//! The gate `parent-directory`: who owns the folders and links on the way to a file, and who else can write to them.

use std::path::Path;

use crate::finding::{Finding, Gate, Place};
use crate::load::secure_file::{Facts, Kind, Opened};
use crate::text::{quoted_path, shown_path};

const WRITE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Judges the folders that a file is to be made in.
#[must_use]
pub fn judge_directories(file: &Path, way: &[Facts], owners: &[u32]) -> Vec<Finding> {
    let findings = way.iter().filter_map(|step| judge_step(step, owners));
    findings.map(|finding| finding.at(Place::file(file))).collect()
}

/// Directories on the way: whoever owns one, or can write to it, can put another file there.
pub(super) fn judge_way(opened: &Opened, owners: &[u32], findings: &mut Vec<Finding>) {
    for step in &opened.way {
        findings.extend(judge_step(step, owners).map(|finding| finding.at(Place::file(&opened.path))));
    }
}

/// One directory or link on the way to a file.
fn judge_step(step: &Facts, owners: &[u32]) -> Option<Finding> {
    let path = shown_path(&step.path);
    if !owners.contains(&step.uid) {
        let what = if step.kind == Kind::Link { "link" } else { "directory" };
        return Some(
            Finding::refuses(
                Gate::ParentDirectory,
                format!("the {what} {path} on the way belongs to user {}", step.uid),
            )
            .why("its owner can put another file in the place of this one")
            .mend(format!(
                "move the file below directories of root or of the worker's user, or: sudo chown -h root: {}",
                quoted_path(&step.path)
            )),
        );
    }
    let shared = step.kind == Kind::Directory && step.mode & WRITE_BY_OTHERS != 0 && step.mode & STICKY == 0;
    shared.then(|| {
        Finding::refuses(
            Gate::ParentDirectory,
            format!(
                "the directory {path} on the way has mode {:04o}: group or others can write to it",
                step.mode
            ),
        )
        .why("they can put another file in the place of this one")
        .mend(format!("chmod go-w {}", quoted_path(&step.path)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn directory(uid: u32, mode: u32) -> Facts {
        Facts { path: PathBuf::from("/srv"), kind: Kind::Directory, uid, gid: 0, mode }
    }

    #[test]
    fn a_directory_on_the_way_is_roots_or_the_users_and_shared_only_when_sticky() {
        for (uid, mode, refused) in [
            (0, 0o755, false),
            (1000, 0o700, false),
            (0, 0o1777, false),
            (0, 0o777, true),
            (1000, 0o775, true),
            (1001, 0o755, true),
            (1001, 0o1777, true),
        ] {
            assert_eq!(judge_step(&directory(uid, mode), &[0, 1000]).is_some(), refused, "{uid} {mode:o}");
        }
    }
}
