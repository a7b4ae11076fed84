//! The readers of env files that run without root: bash, dash and dotenvy.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use envgate::load::env_file::{self, Dialect};

/// What a reader makes of a file: every variable that it sets, or why it fails.
pub type Reading = Result<BTreeMap<String, Vec<u8>>, String>;

/// One program that reads env files.
#[derive(Clone, Copy, Debug)]
pub enum Reader {
    Bash,
    Dash,
    Dotenvy,
    Systemd,
}

impl Reader {
    /// Reads many files at once.
    pub fn read(self, files: &[String]) -> Vec<Reading> {
        match self {
            Self::Bash => source("/bin/bash", files),
            Self::Dash => source("/bin/dash", files),
            Self::Dotenvy => files.iter().map(|file| with_dotenvy(file)).collect(),
            Self::Systemd => super::systemd::read(files),
        }
    }

    /// Why it cannot be asked on this machine.
    pub fn missing(self) -> Option<String> {
        let absent =
            |program: &str| (!std::path::Path::new(program).exists()).then(|| format!("no {program}"));
        match self {
            Self::Bash => absent("/bin/bash"),
            Self::Dash => absent("/bin/dash"),
            Self::Dotenvy => None,
            Self::Systemd => super::systemd::missing(),
        }
    }
}

/// What envgate makes of a file, where it accepts it.
pub fn accepted(file: &str, dialect: Dialect) -> Option<BTreeMap<String, Vec<u8>>> {
    let parsed = env_file::parse(file.as_bytes(), dialect);
    let entries = || {
        let entries = parsed.entries.iter();
        entries.map(|entry| (entry.name.as_str().to_owned(), entry.value.expose().to_vec())).collect()
    };
    parsed.faults.is_empty().then(entries)
}

/// How a reading differs from what envgate says, if it does.
pub fn difference(reader: Reader, expected: &BTreeMap<String, Vec<u8>>, reading: &Reading) -> Option<String> {
    let show = |value: Option<&Vec<u8>>| value.map_or("unset".to_owned(), |value| text(value));
    let found = match reading {
        Ok(found) => found,
        Err(reason) => return Some(format!("{reader:?} fails: {reason}")),
    };
    let name = expected.keys().chain(found.keys()).find(|name| expected.get(*name) != found.get(*name))?;
    Some(format!(
        "{name} is {} to envgate and {} to {reader:?}",
        show(expected.get(name)),
        show(found.get(name))
    ))
}

fn text(bytes: &[u8]) -> String {
    let shown = format!("{:?}", String::from_utf8_lossy(bytes));
    shown.chars().take(300).collect()
}

/// One shell reads all files, each in a child of its own, and every environment goes to a file.
const SCRIPT: &str = r#"
count=$2
index=0
while [ $index -lt $count ]; do
  ( set -a; . "$1/$index.env" && exec /usr/bin/env -0 ) >"$1/$index.out" 2>"$1/$index.err" </dev/null
  index=$((index + 1))
done
"#;

/// What shells export by themselves.
const OF_THE_SHELL: &[&str] = &["PWD", "OLDPWD", "SHLVL", "_", "PATH", "LC_ALL"];

fn source(shell: &str, files: &[String]) -> Vec<Reading> {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, file) in files.iter().enumerate() {
        fs::write(folder.path().join(format!("{index}.env")), file).expect("a file");
    }
    let mut command = Command::new(shell);
    command.args(["-c", SCRIPT, "shell"]).arg(folder.path()).arg(files.len().to_string());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir(folder.path());
    assert!(command.stdin(Stdio::null()).status().expect("the shell starts").success(), "{shell}");
    let reading = |index: usize| {
        let part = |name: &str| fs::read(folder.path().join(format!("{index}.{name}"))).expect("its output");
        let (output, complaint) = (part("out"), part("err"));
        if !complaint.is_empty() || output.is_empty() {
            return Err(format!("{shell}: {}", String::from_utf8_lossy(&complaint)));
        }
        Ok(variables(&output, OF_THE_SHELL))
    };
    (0..files.len()).map(reading).collect()
}

/// The output of `env -0`, without the names that the reader sets by itself.
pub fn variables(output: &[u8], own: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let assignments = output.split(|byte| *byte == 0).filter(|assignment| !assignment.is_empty());
    let pairs = assignments.map(|assignment| {
        let equals = assignment.iter().position(|byte| *byte == b'=').expect("NAME=value");
        (String::from_utf8_lossy(&assignment[..equals]).into_owned(), assignment[equals + 1..].to_vec())
    });
    pairs.filter(|(name, _)| !own.contains(&name.as_str())).collect()
}

fn with_dotenvy(file: &str) -> Reading {
    let mut found = BTreeMap::new();
    for item in dotenvy::from_read_iter(file.as_bytes()) {
        let (name, value) = item.map_err(|error| error.to_string())?;
        found.insert(name, value.into_bytes());
    }
    Ok(found)
}
