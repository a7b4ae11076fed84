//! `set -a; . FILE` reads in a template what envgate reads in it.

use std::collections::BTreeMap;
use std::process::Command;

use libtest_mimic::{Completion, Trial};

use super::case::assignments;

pub fn trials() -> Vec<Trial> {
    ["/bin/bash", "/bin/dash"]
        .map(|shell| {
            let name = format!("{}_reads_the_templates_as_envgate_does", shell.trim_start_matches("/bin/"));
            Trial::ignorable_test(name, move || Ok(reads_the_same(shell)))
        })
        .into()
}

fn reads_the_same(shell: &str) -> Completion {
    if Command::new(shell).args(["-c", ":"]).status().is_err() {
        return Completion::ignored_with(format!("{shell} is not there"));
    }
    for case in super::cases() {
        for text in [case.unfilled(), case.filled()] {
            let ours: BTreeMap<_, _> = assignments(&text).into_iter().collect();
            let mut theirs = sourced(shell, &text);
            theirs.retain(|name, _| {
                ours.contains_key(name) || !["PWD", "OLDPWD", "SHLVL", "_"].contains(&name.as_str())
            });
            assert_eq!(theirs, ours, "{}", case.env_file());
        }
    }
    Completion::Completed
}

/// The environment after the file was read, from nothing.
fn sourced(shell: &str, text: &str) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("template.env");
    std::fs::write(&file, text).expect("a file");
    let script = "set -a; . \"$1\"; exec /usr/bin/env -0";
    let output =
        Command::new(shell).args(["-c", script, shell]).arg(&file).env_clear().output().expect("a shell");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let environment = String::from_utf8(output.stdout).expect("text");
    let pairs = environment.split_terminator('\0').map(|pair| pair.split_once('=').expect("NAME=value"));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
