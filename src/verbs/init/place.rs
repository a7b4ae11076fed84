//! Where a new env file goes, and whose it will be.

use std::ffi::OsString;
use std::path::Path;

use nix::unistd::{Gid, Uid};

use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::secure_file::{Directory, Facts, FileSystem, Kind, Trust};
use crate::load::{open_finding, user};
use crate::text::shown_path;
use crate::verify::way;

/// The directory that the file goes into: nobody else may be able to put another file in its place.
pub(super) fn directory_of(
    file: &Path,
    user: u32,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<(Directory, OsString)> {
    let Some(name) = file.file_name() else {
        findings.push(
            Finding::refuses(Gate::Usage, "the file to make has no name")
                .at(Place::file(file))
                .why("its name says for which mode it is")
                .mend("name it NAME.MODE.env, such as pine.paper.env"),
        );
        return None;
    };
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match FileSystem::new().open_directory_with_way(parent, &Trust::Users(vec![user])) {
        Ok((directory, steps)) => {
            let judged = way::judge_directories(file, &steps, &[0, user]);
            let led_away = led_away(file, &steps, user, caller);
            let is_sound = judged.is_empty() && led_away.is_none();
            findings.extend(judged.into_iter().chain(led_away));
            is_sound.then(|| (directory, name.to_owned()))
        }
        Err(fault) => {
            findings.push(open_finding(&fault, parent, "the folder of the new file"));
            None
        }
    }
}

/// Root follows a user's link only to where that user could have made the file as well: any other one would have root
/// put a file of the user's into a folder that the user cannot write to, such as one of `/etc`.
fn led_away(file: &Path, steps: &[Facts], user: u32, caller: &Caller) -> Option<Finding> {
    let folder = steps.last().filter(|folder| user != caller.uid.as_raw() && folder.uid != user)?;
    let link = steps.iter().find(|step| step.kind == Kind::Link && step.uid == user)?;
    let what = format!(
        "{}, a link of user {user}, leads to {}, which is not that user's",
        shown_path(&link.path),
        shown_path(&folder.path)
    );
    Some(
        Finding::refuses(Gate::ParentDirectory, what)
            .at(Place::file(file))
            .why("root would make a file of that user's where the user may make none")
            .mend("name the folder by its own path, if it is the one you mean"),
    )
}

/// The owner where it is not the caller: only root makes files for others.
pub(super) fn owner_of(
    user: u32,
    caller: &Caller,
    file: &Path,
    findings: &mut Findings,
) -> Option<(Uid, Gid)> {
    if user == caller.uid.as_raw() {
        return None;
    }
    if !caller.uid.is_root() {
        findings.push(
            Finding::refuses(Gate::Owner, "only root makes files for another user")
                .at(Place::file(file))
                .why("the system gives a file away for root alone")
                .mend("sudo envgate init …, or leave --user out"),
        );
        return None;
    }
    let group = user::find(user).map_or(user, |user| user.group);
    Some((Uid::from_raw(user), Gid::from_raw(group)))
}
