//! What a unit says of itself, asked of systemd over its bus: with drop-ins merged and specifiers resolved,
//! and argv word by word, which `systemctl show` cannot print.

use std::path::PathBuf;

use serde_json::Value;

use super::ask::ask;
use crate::error::Error;

const BUS: &str = "org.freedesktop.systemd1";

/// A service unit as it is today.
#[derive(Debug, Default)]
pub struct Unit {
    /// Its full name, `pine-runner.service`.
    pub name: String,
    /// `User=`; none for root.
    pub user: Option<String>,
    /// `Type=`.
    pub kind: String,
    /// `WorkingDirectory=`; the root directory where the unit has none, or where it is the user's home.
    pub working_directory: PathBuf,
    /// `RuntimeDirectory=`.
    pub runtime_directories: Vec<String>,
    /// `Environment=`, taken apart.
    pub environment: Vec<(String, String)>,
    /// `EnvironmentFile=`, and whether a missing one is ignored.
    pub environment_files: Vec<(PathBuf, bool)>,
    /// `PassEnvironment=`.
    pub pass_environment: Vec<String>,
    /// The words of the first `ExecStart=`, the program by its path.
    pub command: Vec<String>,
    /// Whether it has another `argv[0]` (`@`).
    pub renames_program: bool,
    /// How many `ExecStart=` there are.
    pub commands: usize,
    /// Whether `+`, `!` or `!!` gives the command other rights than the unit's.
    pub is_privileged: bool,
    /// `ExecStartPre=`: whether there is one.
    pub has_pre_command: bool,
    /// `LoadCredential=`: names and sources.
    pub credentials: Vec<(String, PathBuf)>,
    /// `LoadCredentialEncrypted=`: names and sources.
    pub encrypted_credentials: Vec<(String, PathBuf)>,
}

impl Unit {
    /// Asks systemd. `None` where it knows no such unit.
    pub fn read(name: &str) -> Result<Option<Self>, Error> {
        let name = if name.ends_with(".service") { name.to_owned() } else { format!("{name}.service") };
        let object = call(&[
            "call",
            BUS,
            "/org/freedesktop/systemd1",
            "org.freedesktop.systemd1.Manager",
            "LoadUnit",
            "s",
            &name,
        ])?;
        let Some(object) = object.first().and_then(|value| value["data"][0].as_str()).map(str::to_owned)
        else {
            return Ok(None);
        };
        let state = property(&object, "org.freedesktop.systemd1.Unit", &["LoadState"])?;
        if state.first().and_then(|value| value["data"].as_str()) != Some("loaded") {
            return Ok(None);
        }
        let properties = property(&object, "org.freedesktop.systemd1.Service", PROPERTIES)?;
        Ok(Some(Self::of_properties(name, &properties)))
    }

    fn of_properties(name: String, properties: &[Value]) -> Self {
        let data = |wanted: &str| {
            let at = PROPERTIES.iter().position(|property| *property == wanted);
            at.and_then(|at| properties.get(at)).map_or(&Value::Null, |value| &value["data"])
        };
        let sources = |wanted: &str| -> Vec<(String, PathBuf)> {
            items(data(wanted)).map(|item| (text(&item[0]), text(&item[1]).into())).collect()
        };
        let first = items(data("ExecStart")).next();
        Self {
            name,
            user: data("User").as_str().filter(|user| !user.is_empty()).map(str::to_owned),
            kind: text(data("Type")),
            working_directory: PathBuf::from("/")
                .join(text(data("WorkingDirectory")).trim_start_matches('!').trim_start_matches('~')),
            runtime_directories: items(data("RuntimeDirectory")).map(text).collect(),
            environment: items(data("Environment"))
                .filter_map(|item| item.as_str()?.split_once('='))
                .map(owned)
                .collect(),
            environment_files: items(data("EnvironmentFiles"))
                .map(|item| (PathBuf::from(text(&item[0])), item[1].as_bool().unwrap_or(false)))
                .collect(),
            pass_environment: items(data("PassEnvironment")).map(text).collect(),
            command: first.map_or_else(Vec::new, |first| {
                std::iter::once(text(&first[0])).chain(items(&first[1]).skip(1).map(text)).collect()
            }),
            renames_program: first.is_some_and(|first| first[0] != first[1][0]),
            commands: items(data("ExecStart")).count(),
            is_privileged: items(data("ExecStartEx")).next().is_some_and(|first| {
                items(&first[2]).any(|flag| {
                    flag.as_str().is_some_and(|flag| flag != "ignore-failure" && flag != "no-env-expand")
                })
            }),
            has_pre_command: items(data("ExecStartPre")).next().is_some(),
            credentials: sources("LoadCredential"),
            encrypted_credentials: sources("LoadCredentialEncrypted"),
        }
    }
}

/// What is asked; the answers come in this order.
const PROPERTIES: &[&str] = &[
    "User",
    "WorkingDirectory",
    "Type",
    "RuntimeDirectory",
    "Environment",
    "EnvironmentFiles",
    "PassEnvironment",
    "ExecStart",
    "ExecStartEx",
    "ExecStartPre",
    "LoadCredential",
    "LoadCredentialEncrypted",
];

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn property(object: &str, interface: &str, names: &[&str]) -> Result<Vec<Value>, Error> {
    let mut arguments = vec!["get-property", BUS, object, interface];
    arguments.extend(names);
    call(&arguments)
}

/// Each line that `busctl` prints.
fn call(arguments: &[&str]) -> Result<Vec<Value>, Error> {
    // Behind `--` a unit's name is none of busctl's options: `--host=` would ask another machine.
    let arguments: Vec<&str> = ["--json=short", "--"].into_iter().chain(arguments.iter().copied()).collect();
    let printed = ask("busctl", &arguments)?;
    let fault = || Error::Helper { program: "busctl", what: "an answer that is not JSON".to_owned() };
    let lines = printed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|_| fault())).collect()
}
