//! How a unit moves over to envgate: what becomes of each name that its worker has today, the block for its
//! config, and the drop-in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::drop_in;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::env_file::{self, Dialect};
use crate::load::secure_file::{FileSystem, Trust};
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

/// A unit on its way over.
#[derive(Debug, Serialize)]
pub struct MoveOver {
    /// The mode, where `-m` or the env file says it.
    pub mode: Option<String>,
    /// The worker's config, where the unit's environment names one.
    pub config: Option<PathBuf>,
    /// The variable that names it.
    pub config_variable: Option<String>,
    /// What stands between `@` and `.service`.
    pub instance: Option<String>,
    /// What becomes of each name.
    pub names: Vec<Fate>,
    /// The block for the config.
    pub block: String,
    /// The drop-in.
    pub drop_in: String,
    /// Where the drop-in belongs.
    pub drop_in_path: PathBuf,
    /// `Environment=` without secrets and without the config's name.
    #[serde(skip)]
    pub constants: Vec<(String, String)>,
}

/// Plans the move; what stands in its way are findings.
pub fn plan(unit: &Unit, mode: Option<&str>, acting_for: ActingFor, findings: &mut Findings) -> MoveOver {
    let stem = unit.name.strip_suffix(".service").unwrap_or(&unit.name);
    let (config_variable, config) = config_of(unit).unzip();
    let config_variable: Option<String> = config_variable;
    let mut move_over = MoveOver {
        mode: mode.map(str::to_owned),
        config,
        config_variable,
        instance: stem
            .split_once('@')
            .map(|(_, instance)| instance.to_owned())
            .filter(|instance| !instance.is_empty()),
        names: Vec::new(),
        block: String::new(),
        drop_in: String::new(),
        drop_in_path: Path::new("/etc/systemd/system").join(format!("{}.d/envgate.conf", unit.name)),
        constants: Vec::new(),
    };
    constants(unit, &mut move_over, findings);
    let declared = files(unit, acting_for, &mut move_over);
    move_over.mode = move_over.mode.or(declared);
    for name in &unit.pass_environment {
        let then = "dropped; name it under pass: in the block if the worker needs it";
        move_over.names.push(Fate {
            name: name.clone(),
            today: "PassEnvironment=".to_owned(),
            then,
            dropped: true,
        });
    }
    if move_over.mode.is_none() {
        findings.push(
            Finding::refuses(Gate::Usage, "nothing says in which mode this unit runs")
                .why("a worker is paper or live, and nobody may guess which")
                .mend(format!("envgate check --unit {} -m paper (or live)", unit.name)),
        );
    }
    foresee(unit, findings);
    move_over.block = drop_in::block(unit, &move_over);
    move_over.drop_in = drop_in::drop_in(unit, &move_over);
    move_over
}

/// The one constant that names a YAML or JSON file: the worker's config.
fn config_of(unit: &Unit) -> Option<(String, PathBuf)> {
    let is_config = |value: &str| {
        let path = Path::new(value);
        path.is_absolute()
            && path.extension().is_some_and(|extension| {
                ["yml", "yaml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
            })
    };
    let mut candidates = unit.environment.iter().filter(|(_, value)| is_config(value));
    match (candidates.next(), candidates.next()) {
        (Some((name, value)), None) => Some((name.clone(), PathBuf::from(value))),
        _ => None,
    }
}

fn constants(unit: &Unit, move_over: &mut MoveOver, findings: &mut Findings) {
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
fn files(unit: &Unit, acting_for: ActingFor, move_over: &mut MoveOver) -> Option<String> {
    let trust = match acting_for {
        ActingFor::User(user) | ActingFor::Unit { user, .. } => Trust::Users(vec![user]),
        _ => Trust::FileOwner,
    };
    let files = FileSystem::new();
    let mut mode = None;
    for (path, _) in &unit.environment_files {
        // What cannot be read is a finding of the gates, not of this list.
        let Ok(opened) = files.open(path, &trust, env_file::MAX_FILE) else { continue };
        let Some(contents) = &opened.contents else { continue };
        let parsed = env_file::parse(contents, Dialect::Systemd);
        for entry in &parsed.entries {
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
        for fault in &parsed.faults {
            // A line that systemd drops today: its name is no name, and its text is not shown.
            let today = format!("EnvironmentFile={}:{}", path.display(), fault.line);
            let name = fault
                .variable
                .as_ref()
                .map_or_else(|| "(a line without a proper name)".to_owned(), Name::to_string);
            if matches!(
                fault.kind,
                env_file::FaultKind::Export
                    | env_file::FaultKind::InvalidName
                    | env_file::FaultKind::NoEquals
            ) {
                move_over.names.push(Fate {
                    name,
                    today,
                    then: "dropped by systemd today; refused by envgate: see the findings",
                    dropped: true,
                });
            }
        }
        mode = mode.or_else(|| mode_of_name(path));
    }
    mode
}

fn mode_of_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    name.split('.').find(|part| Class::of_known(part).is_some()).map(str::to_owned)
}

/// What would work differently behind envgate.
fn foresee(unit: &Unit, findings: &mut Findings) {
    if unit.command.iter().skip(1).any(|word| word.contains('$')) {
        findings.push(
            Finding::warns(
                Gate::Command,
                "a word of ExecStart= holds a $, which systemd expands before envgate runs",
            )
            .why("systemd's environment for the unit is empty then, but for what it sets itself")
            .mend("write the value out in the drop-in, or $$ for a literal $"),
        );
    }
    if unit.commands > 1 {
        findings.push(
            Finding::refuses(
                Gate::Command,
                format!("the unit has {} commands in ExecStart=, and the block takes one", unit.commands),
            )
            .status(Status::Config)
            .why("what is printed here would lose the others")
            .mend("make a unit of each, or one program that does it all"),
        );
    }
    if unit.is_privileged {
        findings.push(
            Finding::warns(
                Gate::Command,
                "ExecStart= has + or !: the worker runs with other rights than User= says, and what is printed here drops that",
            )
            .why("after the move it would run as User=, whose files are looked at here")
            .mend("remove the prefix, or set User= to whom the worker really runs as"),
        );
    }
    if unit.renames_program {
        findings.push(
            Finding::warns(
                Gate::Command,
                "ExecStart= has @: the worker's argv[0] is another word than its path",
            )
            .why("after the move argv[0] is the path")
            .mend("where the worker looks at its argv[0], start it by a link of that name"),
        );
    }
    if unit.has_pre_command {
        findings.push(
            Finding::warns(
                Gate::Command,
                "the unit has ExecStartPre=, which runs without envgate and without the env files",
            )
            .why("its status is not looked at by RestartPreventExitStatus=, and it had the secrets until now")
            .mend("run it from the worker, or give it an envgate exec of its own"),
        );
    }
    for (path, _) in
        unit.environment_files.iter().filter(|(path, _)| path.to_string_lossy().contains(['*', '?', '[']))
    {
        findings.push(
            Finding::refuses(Gate::Input, "the unit names its env files by a pattern")
                .at(Place::file(path))
                .why("which files a launch reads must be said, not found")
                .mend("name each file with -e or in the config"),
        );
    }
}

impl MoveOver {
    pub(super) fn mode_or_blank(&self) -> &str {
        self.mode.as_deref().unwrap_or("MODE")
    }

    /// The constants that no env file sets as well: where both do, the env file wins, as today.
    #[must_use]
    pub fn constants_beside_files(&self) -> Vec<(String, String)> {
        let in_file = |name: &str| {
            self.names.iter().any(|fate| fate.name == name && fate.today.starts_with("EnvironmentFile="))
        };
        self.constants.iter().filter(|(name, _)| !in_file(name)).cloned().collect()
    }

    /// For a person: the names, and what to write where.
    #[must_use]
    pub fn as_text(&self) -> String {
        let mut text = String::from("\nWhat becomes of the names that the worker has today:\n");
        let width = self.names.iter().map(|fate| fate.name.chars().count()).max().unwrap_or(0);
        for fate in &self.names {
            let _ = writeln!(
                text,
                "  {:<width$}  {} -> {}",
                fate.name,
                crate::text::shown(&fate.today),
                fate.then
            );
        }
        let target = self.config.as_ref().map_or_else(
            || "a new config below /etc/envgate (see the drop-in)".to_owned(),
            |config| format!("the top of {}", config.display()),
        );
        let _ = write!(
            text,
            "\nAdd this block to {target}:\n\n{}\n\nThen this drop-in (systemctl daemon-reload && systemctl restart):\n\n{}",
            self.block, self.drop_in
        );
        text
    }
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
