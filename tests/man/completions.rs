//! The completions as the shells run them.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::Sentence;
use crate::pages::{steps_of_help, verbs_of_help};
use crate::roff::printed;

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::with_program(
            "bash",
            "bash offers the verbs, their steps, the flags and the dialects",
            bash,
        ),
        Sentence::with_program("zsh", "zsh takes the completions for a function of its own", zsh),
        Sentence::with_program(
            "fish",
            "fish offers the verbs, their steps, the flags and the dialects",
            fish,
        ),
    ]
}

/// Runs a script of a shell with the completions in the file `completions`.
fn run(shell: &str, arguments: &[&str], script: &str) -> String {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("completions"), printed(&["completions", shell])).expect("a script");
    let output = Command::new(shell)
        .args(arguments)
        .arg(script)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .expect("the shell starts");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{shell}: {script}: {complaints}");
    String::from_utf8(output.stdout).expect("text")
}

/// What is offered for the last word: exactly this, or all of this among other things.
#[track_caller]
fn offers(offered: &str, expected: &[&str]) {
    let words: Vec<&str> = offered.lines().filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(words, expected);
}

fn bash() {
    run("bash", &["-n"], "completions");
    // As bash itself calls it: the command, the word, the word before (bash(1), "Programmable Completion").
    let complete = |words: &[&str]| {
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let list: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let script = format!(
            ". ./completions; COMP_WORDS=({}); COMP_CWORD={}; \
             function=$(complete -p envgate | sed 's/.*-F \\([^ ]*\\).*/\\1/'); \
             \"$function\" envgate '{last}' '{before}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            list.join(" "),
            words.len() - 1
        );
        run("bash", &["--norc", "-c"], &script)
    };
    offers(&complete(&["envgate", "exec", "--break"]), &["--break-glass"]);
    offers(&complete(&["envgate", "exec", "--dialect", "s"]), &["systemd"]);
    let verbs = complete(&["envgate", ""]);
    for verb in verbs_of_help() {
        assert!(verbs.lines().any(|offered| offered == verb), "{verb}: {verbs}");
    }
    assert!(!verbs.lines().any(|offered| offered == "man"), "a hidden verb is offered: {verbs}");
    assert!(!complete(&["envgate", "check", "--"]).contains("--confirm"), "of another verb");
    let steps = complete(&["envgate", "rotate", ""]);
    for step in steps_of_help() {
        assert!(steps.lines().any(|offered| offered == step), "{step}: {steps}");
    }
    assert!(!steps.lines().any(|offered| offered == "help"), "{steps}");
    offers(&complete(&["envgate", "rotate", "run", "--comp"]), &["--compromised"]);
    offers(&complete(&["envgate", "rotate", "close", "--rev"]), &["--revoked"]);
    assert!(!complete(&["envgate", "rotate", "close", "--"]).contains("--restart"), "of another step");
}

fn zsh() {
    run("zsh", &["-n"], "completions");
    let script = "mkdir functions && mv completions functions/_envgate && fpath=($PWD/functions $fpath) \
                  && autoload -U compinit && compinit -u -d $PWD/dump && autoload +X _envgate \
                  && print -r -- ${_comps[envgate]} && print -r -- ${functions[_envgate]}";
    let loaded = run("zsh", &["-f", "-c"], script);
    assert_eq!(loaded.lines().next(), Some("_envgate"), "{loaded}");
    assert!(loaded.contains("--break-glass="), "{loaded}");
    for step in steps_of_help() {
        assert!(loaded.contains(&format!("({step})")), "{step}: {loaded}");
        let offered = run(
            "zsh",
            &["-f", "-c"],
            &format!("{script} && print -r -- ${{functions[_envgate__subcmd__rotate_commands]}}"),
        );
        assert!(offered.contains(&format!("{step}:")), "{step}: {offered}");
    }
    assert!(loaded.contains("--compromised[") && loaded.contains("--revoked["), "{loaded}");
}

fn fish() {
    run("fish", &["--no-execute"], "completions");
    let folders = run("fish", &["-c"], "printf '%s\\n' $fish_complete_path");
    assert!(
        folders.lines().any(|folder| folder == "/etc/fish/completions"),
        "where make install puts it: {folders}"
    );
    let complete = |line: &str| {
        run("fish", &["--no-config", "-c"], &format!("source completions; complete -C '{line}'"))
    };
    offers(&complete("envgate exec --break"), &["--break-glass"]);
    offers(&complete("envgate exec --dialect s"), &["systemd"]);
    let verbs = complete("envgate ");
    for verb in verbs_of_help() {
        assert!(verbs.lines().any(|offered| offered.split('\t').next() == Some(&verb)), "{verb}: {verbs}");
    }
    let steps = complete("envgate rotate ");
    for step in steps_of_help() {
        assert!(steps.lines().any(|offered| offered.split('\t').next() == Some(&step)), "{step}: {steps}");
    }
    offers(&complete("envgate rotate run --comp"), &["--compromised"]);
    assert!(!complete("envgate rotate close --").contains("--restart"), "of another step");
}
