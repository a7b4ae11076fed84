//! Whether a program that was found may be run with these secrets.

use std::ffi::OsStr;
use std::path::Path;

use crate::caller::Caller;
use crate::finding::{Finding, Gate, Place};
use crate::load::secure_file::{Facts, Kind};
use crate::load::{Confirming, Inputs};
use crate::resolve::Resolved;
use crate::text::{quoted_path, shown, shown_path};

/// Who starts the program.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Starter {
    /// The worker's user, or a look on its behalf.
    Worker,
    /// Root, whom the worker runs as.
    WorkerAsRoot,
    /// Root, on behalf of the worker's user: what `rotate` runs.
    RootForWorker,
}

impl Starter {
    pub(super) fn of(inputs: &Inputs, resolved: &Resolved, caller: &Caller) -> Self {
        if resolved.worker == 0 {
            Self::WorkerAsRoot
        } else if caller.uid.is_root() && inputs.confirming == Confirming::Run {
            Self::RootForWorker
        } else {
            Self::Worker
        }
    }
}

/// Whether the program may be run with these secrets: in live it is named by its whole path and only its owner
/// writes to it, who is root or the worker's user; as root it is root's alone. All its folders and links count.
pub(super) fn judge<'a>(
    name: &OsStr,
    path: &Path,
    steps: impl Iterator<Item = &'a Facts>,
    resolved: &Resolved,
    starter: Starter,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let as_root = starter != Starter::Worker;
    let live = resolved.mode.is_live();
    if live && !Path::new(name).is_absolute() {
        findings.push(
            Finding::refuses(
                Gate::Command,
                format!("in the live mode {} the command is named by its whole path", resolved.mode.name()),
            )
            .why("what a search finds can change")
            .mend(format!(
                "write {} instead of {}",
                shown_path(path),
                shown(&name.to_string_lossy())
            )),
        );
    }
    if !live && !as_root {
        return findings;
    }
    let is_foreign = |step: &Facts| step.uid != 0 && (as_root || step.uid != resolved.worker);
    let unsafe_step = |step: &&Facts| {
        let shared = step.kind != Kind::Link
            && step.mode & 0o022 != 0
            && !(step.kind == Kind::Directory && step.mode & 0o1000 != 0);
        is_foreign(step) || shared
    };
    for step in steps.filter(unsafe_step) {
        let who =
            if is_foreign(step) { format!("user {}", step.uid) } else { "others than its owner".to_owned() };
        let mend = if as_root || is_foreign(step) {
            "sudo chown -h root:root {} && sudo chmod go-w {}"
        } else {
            "chmod go-w {}"
        };
        findings.push(
            Finding::refuses(
                Gate::Command,
                format!("{} can be changed by {who} (mode {:04o})", shown_path(&step.path), step.mode),
            )
            .at(Place::file(path))
            .why(match starter {
                Starter::WorkerAsRoot => "it would run as root",
                Starter::RootForWorker => "root would start what somebody else can change",
                Starter::Worker => "it would run with live credentials",
            })
            .mend(mend.replace("{}", &quoted_path(&step.path))),
        );
    }
    findings
}
