//! How a unit moves over to envgate: what becomes of each name that its worker has today, the block for its
//! config, and the drop-in.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::drop_in;
use super::fates::{self, Fate};
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::ActingFor;
use crate::systemd::units::Unit;
use crate::text::{quoted, shown};

/// A unit on its way over.
#[derive(Debug, Serialize)]
pub struct MoveOver {
    /// The unit's name.
    #[serde(skip)]
    pub unit: String,
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
        unit: unit.name.clone(),
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
    fates::constants(unit, &mut move_over, findings);
    let declared = fates::files(unit, acting_for, &mut move_over);
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
            let _ = writeln!(text, "  {:<width$}  {} -> {}", fate.name, shown(&fate.today), fate.then);
        }
        let target = self.config.as_ref().map_or_else(
            || "a new config below /etc/envgate (see the drop-in)".to_owned(),
            |config| format!("the top of {}", config.display()),
        );
        let _ = write!(
            text,
            "\nAdd this block to {target}:\n\n{}\nThen this drop-in (systemctl daemon-reload && systemctl restart {}):\n\n{}",
            self.block,
            quoted(&shown(&self.unit)),
            self.drop_in
        );
        text
    }
}
