//! The env files of a rotation as they are now: held under their locks, and compared with what is remembered.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::record::{FileRecord, Record};
use super::session::{Session, Stopped};
use super::sides::{SideFault, Which};
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::fingerprint::{Fingerprint, HostKey};
use crate::generation::word;
use crate::load::env_file::{self, Dialect};
use crate::load::secure_file::{
    Directory, FileSystem, OpenFault, Opened, Replaceable, Trust, open_to_replace,
};
use crate::load::{StagedFile, open_finding};
use crate::text::quoted_path;
use crate::verify::ownership;
use crate::written::write_finding;

/// Whose links lead to a file: root acts for whoever owns it.
#[must_use]
pub fn trust(caller: &Caller) -> Trust {
    if caller.uid.is_root() { Trust::FileOwner } else { Trust::Users(vec![caller.uid.as_raw()]) }
}

/// Opens an env file under its lock.
pub(super) fn lock(path: &Path, caller: &Caller) -> Result<Replaceable, Stopped> {
    let held = open_to_replace(path, &trust(caller), env_file::MAX_FILE);
    Ok(held.map_err(|fault| open_finding(&fault, path, "the env file"))?)
}

/// The same, and judges who can reach it.
pub(super) fn hold(path: &Path, caller: &Caller) -> Result<Replaceable, Stopped> {
    let held = lock(path, caller)?;
    judge_owner(&held.opened, caller)?;
    Ok(held)
}

/// Every env file under its lock, for a way back or on: whoever takes the lock too has written before it or writes
/// behind it. One that is none of the rotation's is refused before anything is touched.
pub(super) fn hold_known(record: &Record, session: &Session<'_>) -> Result<Vec<Replaceable>, Stopped> {
    let mut held = Vec::new();
    for file in &record.files {
        let one = lock(&file.path, session.caller)?;
        if !knows(file, &word(&one.opened.identity)) {
            return Err(unknown(file, Which::Current).into());
        }
        held.push(one);
    }
    Ok(held)
}

fn knows(file: &FileRecord, word: &str) -> bool {
    word == file.base || word == file.staged
}

/// The word of an env file, or of what lies beside it, as it is now.
pub(super) fn word_now(file: &FileRecord, which: Which, session: &Session<'_>) -> Option<String> {
    let directory = open_directory(&file.path, session.caller).ok()?;
    Some(word(&directory.look_at(file.path_of(which).file_name()?).ok()?.identity))
}

/// Whether an env file is one that the rotation does not know: somebody wrote it since.
pub(super) fn is_foreign(file: &FileRecord, session: &Session<'_>) -> bool {
    word_now(file, Which::Current, session).is_some_and(|word| !knows(file, &word))
}

/// The directory of an env file.
pub(super) fn open_directory(path: &Path, caller: &Caller) -> Result<Directory, Stopped> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    // The path had no links: one that is there now was put there since, and is followed only where it is ours or
    // root's.
    let directory = FileSystem::new()
        .open_directory(parent, &Trust::Users(vec![caller.uid.as_raw()]))
        .map_err(|fault| match open_finding(&fault, parent, "the folder of the env file") {
            finding if matches!(fault, OpenFault::Missing { .. }) => finding
                .why("what was staged or put aside there holds secrets, wherever it is now")
                .mend(format!(
                    "move it back; where it is gone for good: sudo mkdir -p {}, then envgate rotate discard, or where \
                     the rotation is promoted envgate rotate close --revoked",
                    quoted_path(parent)
                )),
            finding => finding,
        })?;
    Ok(directory)
}

/// Who can reach a file, judged for the user whose file it is to be.
fn judge_owner(opened: &Opened, caller: &Caller) -> Result<(), Stopped> {
    let user = if caller.uid.is_root() { opened.facts.uid } else { caller.uid.as_raw() };
    Stopped::unless_fine(Findings::from_iter(ownership::judge_env_file(opened, user, true))).map(drop)
}

/// What each value of a file is recognised by.
pub(super) fn fingerprints(
    contents: &[u8],
    dialect: Dialect,
    key: &HostKey,
) -> BTreeMap<String, Fingerprint> {
    let entries = env_file::parse(contents, dialect).entries;
    entries.iter().map(|entry| (entry.name.to_string(), key.fingerprint(&entry.value))).collect()
}

/// The variables that are not as they were: new, gone or with another value.
fn changed(before: &BTreeMap<String, Fingerprint>, now: &BTreeMap<String, Fingerprint>) -> Vec<String> {
    let names = before.keys().chain(now.keys().filter(|name| !before.contains_key(*name)));
    names.filter(|name| before.get(*name) != now.get(*name)).cloned().collect()
}

/// The staged files of a rotation, each as it was written: what the gates and the worker get in the place of the
/// current ones.
pub fn staged_files(record: &Record, session: &Session<'_>) -> Result<Vec<StagedFile>, Stopped> {
    record.files.iter().map(|file| staged_file(file, session)).collect()
}

fn staged_file(file: &FileRecord, session: &Session<'_>) -> Result<StagedFile, Stopped> {
    let path = file.path_of(Which::Staged);
    let opened = FileSystem::new()
        .open(&path, &trust(session.caller), env_file::MAX_FILE)
        .map_err(|fault| open_finding(&fault, &path, "the staged file"))?;
    judge_owner(&opened, session.caller)?;
    let identity = opened.identity;
    match opened.contents {
        Some(contents) if word(&identity) == file.staged && opened.facts.path == path => Ok(StagedFile {
            location: file.path.clone(),
            contents: Rc::new(Zeroizing::new(contents.to_vec())),
            identity: Some(identity),
        }),
        _ => Err(unknown(file, Which::Staged).into()),
    }
}

/// Refuses where an env file is not what the rotation knows, and says which variables differ.
pub(super) fn judge_base(held: &Replaceable, file: &FileRecord, key: &HostKey) -> Result<(), Stopped> {
    if word(&held.opened.identity) == file.base {
        return Ok(());
    }
    let contents = held.opened.contents.as_deref().map_or(&[][..], Vec::as_slice);
    let names = changed(&file.base_values, &fingerprints(contents, file.dialect(), key));
    let what = match names.as_slice() {
        [] => "the env file was written anew since the rotation was staged, with the same values".to_owned(),
        names => format!("the env file was changed since the rotation was staged: {}", names.join(", ")),
    };
    Err(Finding::refuses(Gate::Rotation, what)
        .at(Place::file(&file.path))
        .why("the staged file was made from the one before, and what was changed by hand would be lost")
        .mend("keep what was changed: envgate rotate discard, then stage again")
        .into())
}

/// A file that could not be brought to a side, as a finding.
pub(super) fn side_finding(fault: SideFault, file: &FileRecord) -> Finding {
    match fault {
        SideFault::Write(fault) => write_finding(fault, &file.path),
        SideFault::Unknown(which) => unknown(file, which),
        SideFault::Missing(which) => {
            let path = file.path_of(which);
            Finding::refuses(Gate::Rotation, "a file of the rotation is gone")
                .at(Place::file(&path))
                .why("somebody removed it since it was written, and nothing was changed")
                .mend(match which {
                    Which::Staged => "envgate rotate discard, then stage again".to_owned(),
                    Which::Current | Which::Previous => {
                        format!("restore it from a backup: ls -l {}*", quoted_path(&file.path))
                    }
                })
        }
    }
}

fn unknown(file: &FileRecord, which: Which) -> Finding {
    let what = match which {
        Which::Current => {
            "the env file is neither the one that the rotation began with nor the one that it staged"
        }
        Which::Staged => "the staged file was changed since it was written",
        Which::Previous => "there is a former file that is none of this rotation's",
    };
    let path = file.path_of(which);
    let mend = match which {
        Which::Current => format!(
            "look what was changed: sudo diff {0} {0}.previous, and keep what is right; then envgate rotate discard, or \
             where the rotation is promoted envgate rotate close --revoked",
            quoted_path(&file.path)
        ),
        Which::Staged => "envgate rotate discard, then stage again".to_owned(),
        Which::Previous => format!("move it aside: sudo mv -i {0} {0}.old", quoted_path(&path)),
    };
    Finding::refuses(Gate::Rotation, what)
        .at(Place::file(&path))
        .why("what somebody else wrote is neither moved nor lost")
        .mend(mend)
}
