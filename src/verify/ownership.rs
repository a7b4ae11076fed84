//! The gates `permission`, `owner` and `parent-directory`: who owns what was opened, and who else can reach it.

use super::way::judge_way;
use crate::finding::{Finding, Gate, Place};
use crate::load::secure_file::{Facts, Kind, Opened};
use crate::load::{ActingFor, Loaded, Origin};
use crate::text::{quoted_path, shown_path};

const READ_OR_WRITE_BY_OTHERS: u32 = 0o066;
const WRITE_BY_OTHERS: u32 = 0o022;

/// Judges the config and every env file.
#[must_use]
pub fn judge(loaded: &Loaded, acting_for: ActingFor, caller: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    let user = loaded.worker;
    if let Some(policy) = &loaded.policy.opened {
        judge_policy(policy, &mut findings);
    }
    if let Some(config) = &loaded.config {
        let named = loaded.policy.config_owners.iter().copied();
        let owners: Vec<u32> = [0, caller, loaded.worker].into_iter().chain(named).collect();
        judge_config(&config.opened, &owners, &mut findings);
    }
    for file in &loaded.env_files {
        match file.origin {
            Origin::Path => judge_secret_file(&file.opened, user, file.sets_anything, &mut findings),
            Origin::Credential => judge_credential(&file.opened, user, &mut findings),
        }
    }
    for credential in &loaded.credentials {
        match credential.origin {
            Origin::Path => judge_secret_file(&credential.opened, user, true, &mut findings),
            Origin::Credential => judge_credential(&credential.opened, user, &mut findings),
        }
    }
    if acting_for != ActingFor::Caller {
        let files = loaded.env_files.iter().filter(|file| file.origin == Origin::Path);
        // What the unit loads as a credential, systemd reads as root.
        let files = files.filter(|file| !file.loaded_by_systemd).map(|file| &file.opened);
        for opened in files.chain(loaded.config.as_ref().map(|config| &config.opened)) {
            findings.extend(unreadable(opened, loaded.worker));
        }
    }
    findings.dedup();
    findings
}

/// Root reads everything; the worker's user, for whom it looks, may not.
fn unreadable(opened: &Opened, user: u32) -> Option<Finding> {
    let is_closed = |step: &&Facts| step.kind == Kind::Directory && step.denies(user, 1);
    let step = opened.way.iter().find(is_closed);
    let step = step.or_else(|| Some(&opened.facts).filter(|facts| facts.denies(user, 4)))?;
    Some(
        Finding::refuses(
            Gate::Permission,
            format!(
                "user {user}, whom the worker runs as, may not read it: {} is user {}'s with mode {:04o}",
                shown_path(&step.path),
                step.uid,
                step.mode
            ),
        )
        .at(Place::file(&opened.path))
        .why("a launch runs as the worker's user and reads as that user")
        .mend(if step.kind == Kind::Directory {
            // Nobody is told to open or to give away a folder: more than this file may lie in it.
            format!("move the file to a folder that user {user} may enter, such as /etc/envgate")
        } else {
            format!("give it to that user: sudo chown {user}: {}", quoted_path(&step.path))
        }),
    )
}

/// Judges the host policy, for a verb that looks at no launch.
#[must_use]
pub fn judge_host_policy(opened: &Opened) -> Vec<Finding> {
    let mut findings = Vec::new();
    judge_policy(opened, &mut findings);
    findings
}

/// Everybody reads the host policy, and root alone writes it.
fn judge_policy(opened: &Opened, findings: &mut Vec<Finding>) {
    let why = "whoever can write it decides what this host may risk";
    let place = Place::file(&opened.path);
    let mend = format!("sudo chown root: {0}; sudo chmod 644 {0}", quoted_path(&opened.path));
    if opened.facts.mode & WRITE_BY_OTHERS != 0 {
        let what = format!("mode {:04o}: group or others can write the host policy", opened.facts.mode);
        findings.push(Finding::refuses(Gate::Permission, what).at(place.clone()).why(why).mend(mend.clone()));
    }
    if opened.facts.uid != 0 {
        let what = format!("the host policy belongs to user {}, and not to root", opened.facts.uid);
        findings.push(Finding::refuses(Gate::Owner, what).at(place).why(why).mend(mend));
    }
    judge_way(opened, &[0], findings);
}

fn judge_config(opened: &Opened, owners: &[u32], findings: &mut Vec<Finding>) {
    let facts = &opened.facts;
    if facts.mode & WRITE_BY_OTHERS != 0 {
        findings.push(
            Finding::refuses(
                Gate::Permission,
                format!("mode {:04o}: group or others can write the config", facts.mode),
            )
            .at(Place::file(&opened.path))
            .why("it decides what is run with the secrets")
            .mend(format!("chmod go-w {}", quoted_path(&opened.path))),
        );
    }
    if !owners.contains(&facts.uid) {
        findings.push(foreign_owner(opened, "the config", "it decides what is run with the secrets"));
    }
    judge_way(opened, owners, findings);
}

/// Judges one env file, for a verb that looks at no launch.
#[must_use]
pub fn judge_env_file(opened: &Opened, user: u32, sets_anything: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    judge_secret_file(opened, user, sets_anything, &mut findings);
    findings
}

/// Nobody is told to close what was named by mistake to its users: a folder is said to be one, and of a file that sets no
/// variable it is asked whether it is the one.
fn judge_secret_file(opened: &Opened, user: u32, sets_anything: bool, findings: &mut Vec<Finding>) {
    let facts = &opened.facts;
    let is_file = facts.kind == Kind::Regular;
    if is_file && facts.mode & READ_OR_WRITE_BY_OTHERS != 0 {
        findings.push(
            Finding::refuses(Gate::Permission, format!("mode {:04o}: {}", facts.mode, who_can(facts.mode)))
                .at(Place::file(&opened.path))
                .why("every secret in it is theirs as well, and may have been read already")
                .mend(if sets_anything {
                    format!("chmod 600 {}", quoted_path(&opened.path))
                } else {
                    "name the env file: this one sets no variable, and may be what others read rightly"
                        .to_owned()
                }),
        );
    }
    if is_file && facts.uid != 0 && facts.uid != user {
        let what = "the env file";
        let why = "its owner can change the worker's secrets at any time";
        findings.push(foreign_owner(opened, what, why).mend(mend_of_owner(opened, user)));
    }
    judge_way(opened, &[0, user], findings);
}

/// systemd's own modes are accepted (0400 of the user; since 254, 0440 of root with an ACL), but only on a mount
/// that nobody but systemd can make: the variable that names the directory is the caller's.
fn judge_credential(opened: &Opened, user: u32, findings: &mut Vec<Finding>) {
    if !opened.on_credential_mount {
        findings.push(
            Finding::refuses(Gate::Permission, "this is not a credentials directory of systemd's")
                .at(Place::file(&opened.path))
                .why("a caller could set CREDENTIALS_DIRECTORY to any folder")
                .mend(
                    "load the credential in a system unit (LoadCredential=); in a service of systemctl --user, name \
                     the file by its path",
                ),
        );
        return;
    }
    let facts = &opened.facts;
    let sound = matches!((facts.mode, facts.uid), (0o400, owner) if owner == user || owner == 0)
        || matches!((facts.mode, facts.uid), (0o440, 0));
    if !sound {
        findings.push(
            Finding::refuses(
                Gate::Permission,
                format!(
                    "mode {:04o}, owner {}: systemd does not make credentials like this",
                    facts.mode, facts.uid
                ),
            )
            .why("somebody else may have put it there")
            .at(Place::file(&opened.path))
            .mend("load it with LoadCredential= or LoadCredentialEncrypted="),
        );
    }
}

fn foreign_owner(opened: &Opened, what: &str, why: &'static str) -> Finding {
    Finding::refuses(
        Gate::Owner,
        format!("{what} belongs to user {}, neither root nor the worker's user", opened.facts.uid),
    )
    .at(Place::file(&opened.path))
    .why(why)
    .mend(format!("sudo chown root: {} (or to the user that the worker runs as)", quoted_path(&opened.path)))
}

/// Whoever took a service's file away from its user would mend a launch, and break the service.
fn mend_of_owner(opened: &Opened, user: u32) -> String {
    let owner = opened.facts.uid;
    let path = quoted_path(&opened.path);
    let whose = if user == 0 { "root".to_owned() } else { user.to_string() };
    format!(
        "launch it as the user whose file it is: sudo -u '#{owner}' envgate …; where the worker does run as {whose}, and no \
         service as user {owner}: sudo chown {whose}: {path}"
    )
}

fn who_can(mode: u32) -> &'static str {
    let can = |class: u32| (mode & (0o4 << class) != 0, mode & (0o2 << class) != 0);
    match (can(3), can(0)) {
        ((_, true), _) | (_, (_, true)) => "group or others can write to it",
        ((true, _), (true, _)) => "group and others can read it",
        ((true, _), _) => "its group can read it",
        _ => "others can read it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn directory(uid: u32, mode: u32) -> Facts {
        Facts { path: PathBuf::from("/srv"), kind: Kind::Directory, uid, gid: 0, mode }
    }

    fn opened(uid: u32, mode: u32) -> Opened {
        Opened {
            path: Path::new("/srv/x.env").into(),
            way: vec![directory(0, 0o755)],
            facts: Facts { path: Path::new("/srv/x.env").into(), kind: Kind::Regular, uid, gid: 0, mode },
            identity: crate::load::secure_file::Identity { device: 1, inode: 2, modified: 3, size: 4 },
            names: vec!["x.env".into()],
            on_credential_mount: false,
            contents: None,
        }
    }

    fn gates(judge: impl Fn(&mut Vec<Finding>)) -> Vec<Gate> {
        let mut findings = Vec::new();
        judge(&mut findings);
        findings.iter().map(|finding| finding.gate).collect()
    }

    #[test]
    fn a_secret_file_is_the_users_or_roots_and_nobody_else_reaches_it() {
        for (uid, mode, expected) in [
            (1000, 0o600, &[][..]),
            (1000, 0o400, &[]),
            (0, 0o600, &[]),
            (1000, 0o640, &[Gate::Permission]),
            (1000, 0o604, &[Gate::Permission]),
            (1000, 0o660, &[Gate::Permission]),
            (1000, 0o620, &[Gate::Permission]),
            (1001, 0o600, &[Gate::Owner]),
            (1001, 0o644, &[Gate::Permission, Gate::Owner]),
        ] {
            assert_eq!(
                gates(|out| judge_secret_file(&opened(uid, mode), 1000, true, out)),
                expected,
                "{uid} {mode:o}"
            );
        }
    }

    #[test]
    fn root_launches_with_roots_files_only() {
        assert_eq!(gates(|out| judge_secret_file(&opened(1000, 0o600), 0, true, out)), [Gate::Owner]);
    }

    #[test]
    fn a_credential_counts_only_on_systemds_own_mount() {
        let mut credential = opened(1000, 0o400);
        assert_eq!(gates(|out| judge_credential(&credential, 1000, out)), [Gate::Permission]);
        credential.on_credential_mount = true;
        assert_eq!(gates(|out| judge_credential(&credential, 1000, out)), []);
        credential.facts.mode = 0o440;
        assert_eq!(gates(|out| judge_credential(&credential, 1000, out)), [Gate::Permission]);
        credential.facts.uid = 0;
        assert_eq!(gates(|out| judge_credential(&credential, 1000, out)), []);
    }
}
