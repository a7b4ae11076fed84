//! What becomes of each name that a unit's worker has today, when the unit moves over to envgate.

use std::path::Path;

use serde::Serialize;

use super::move_over::MoveOver;
use crate::finding::{Finding, Findings, Gate};
use crate::load::env_file::{self, Dialect};
use crate::load::secure_file::FileSystem;
use crate::load::{ActingFor, MODE_LINE};
use crate::mode::Class;
use crate::name::Name;
use crate::systemd::units::Unit;

/// What becomes of one name.
#[derive(Debug, Serialize)]
pub struct Fate {
    /// The name; of `Environment=`, `EnvironmentFile=` or `PassEnvironment=`.
    pub name: String,
    /// Where the worker has it from today.
    pub today: String,
    /// Where it comes from under envgate, or why it is dropped.
    pub then: &'static str,
    /// Whether the worker loses it.
    pub dropped: bool,
}

pub(super) fn constants(unit: &Unit, move_over: &mut MoveOver, findings: &mut Findings) {
    for (name, value) in &unit.environment {
        let parsed = Name::parse(name.as_bytes());
        let (then, dropped) = if move_over.config_variable.as_ref() == Some(name) {
            ("config: {variable: …} of the block", false)
        } else if looks_secret(name, value) {
            findings.push(
                Finding::warns(
                    Gate::Permission,
                    format!("Environment={name}=… of the unit looks like a secret"),
                )
                .why("everybody on this host can read it: systemctl show, and the unit's file")
                .mend("move it to the env file, and let its provider make a new one"),
            );
            ("dropped; move it to the env file", true)
        } else if parsed.as_ref().is_ok_and(Name::is_reserved) {
            ("dropped: a name of envgate's or systemd's", true)
        } else if parsed.as_ref().is_ok_and(Name::is_loader_variable) {
            move_over.constants.push((name.clone(), value.clone()));
            ("environment: of the block; look whether the worker needs it", false)
        } else {
            move_over.constants.push((name.clone(), value.clone()));
            ("environment: of the block", false)
        };
        move_over.names.push(Fate { name: name.clone(), today: "Environment=".to_owned(), then, dropped });
    }
}

/// By its name, or by a value that carries a password or is long and random: it is not repeated in a report.
fn looks_secret(name: &str, value: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let speaks = ["KEY", "SECRET", "TOKEN", "PASS", "PWD", "CREDENTIAL", "AUTH", "DSN", "WEBHOOK", "PRIVATE"];
    let by_name = speaks.iter().any(|part| upper.contains(part))
        && !upper.ends_with("_PATH")
        && !upper.ends_with("_FILE");
    let userinfo = value
        .split_once("://")
        .is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')));
    let is_word = |word: &str| {
        word.len() >= 20
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let random = value
        .split(|character: char| !character.is_ascii_alphanumeric() && !"_-+=".contains(character))
        .any(is_word);
    by_name || userinfo || random
}

/// The names of the env files, and the mode that one of them declares.
pub(super) fn files(unit: &Unit, acting_for: ActingFor, move_over: &mut MoveOver) -> Option<String> {
    // A unit's user was named, or the files' owner counts: the caller is nobody here.
    let trust = acting_for.trust(0);
    let files = FileSystem::new();
    let mut mode = None;
    for (path, _) in &unit.environment_files {
        // What cannot be read is a finding of the gates, not of this list.
        let Ok(opened) = files.open(path, &trust, env_file::MAX_FILE) else { continue };
        let Some(contents) = &opened.contents else { continue };
        let parsed = env_file::parse(contents, Dialect::Systemd);
        let dropped: Vec<&env_file::Fault> = parsed.faults.iter().filter(|fault| is_dropped(fault)).collect();
        let is_read = |entry: &&env_file::Entry| dropped.iter().all(|fault| fault.line != entry.line);
        for entry in parsed.entries.iter().filter(is_read) {
            if entry.name.as_str() == MODE_LINE {
                // A mode's name is no secret.
                mode = std::str::from_utf8(entry.value.expose())
                    .ok()
                    .filter(|text| !text.contains(',') && *text != "any")
                    .map(str::to_owned);
                continue;
            }
            let refused = entry.name.is_reserved() || entry.name.is_loader_variable();
            let then = if refused { "refused: see the findings" } else { "the env file" };
            let today = format!("EnvironmentFile={}:{}", path.display(), entry.line);
            move_over.names.push(Fate { name: entry.name.to_string(), today, then, dropped: refused });
        }
        for fault in dropped {
            // Its name may be no name, and its text is not shown.
            let today = format!("EnvironmentFile={}:{}", path.display(), fault.line);
            let name = fault
                .variable
                .as_ref()
                .map_or_else(|| "(a line without a proper name)".to_owned(), Name::to_string);
            let then = "dropped by systemd today; refused by envgate: see the findings";
            move_over.names.push(Fate { name, today, then, dropped: true });
        }
        mode = mode.or_else(|| mode_of_name(path));
    }
    mode
}

/// A line that systemd drops today.
fn is_dropped(fault: &env_file::Fault) -> bool {
    matches!(
        fault.kind,
        env_file::FaultKind::Export | env_file::FaultKind::InvalidName | env_file::FaultKind::NoEquals
    )
}

fn mode_of_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    name.split('.').find(|part| Class::of_known(part).is_some()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name_or_its_value() {
        for (name, value) in [
            ("API_KEY", "x"),
            ("DB_PASS", "x"),
            ("SLACK_WEBHOOK_URL", "https://hooks.test/x"),
            ("DATABASE_URL", "postgres://pine:p4ss@db/pine"),
            ("ENDPOINT", "https://api.test/9f8e7d6c5b4a39281706f5e4"),
        ] {
            assert!(looks_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("PYTHONUNBUFFERED", "1"),
            ("DESK_CONFIG", "/opt/desk/runtime/config.yml"),
            ("TZ", "America/New_York"),
            ("KEY_FILE", "/etc/keys/a.pem"),
            ("BASE_URL", "https://api.test/v2"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }
}
