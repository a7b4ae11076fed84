//! Broken inputs: missing, empty, huge, binary, cut, unreadable. Each is a finding with its published status,
//! never a panic and never half a launch; and all findings come at once.

use std::fs;

use crate::Attack;
use crate::permissions::{alice, chmod, env_file, give};
use crate::support::{Outcome, Scenario};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("a missing env file is status 66", missing),
        Attack::anybody("an empty env file is status 65", empty),
        Attack::anybody("a huge env file or config is refused unread", huge),
        Attack::anybody("a binary env file or config is status 65", binary),
        Attack::anybody("an env file cut anywhere launches with its whole lines or not at all", cut),
        Attack::root("an unreadable env file or config is status 77", unreadable),
        Attack::anybody("a wrong file with many faults does not flood the log", flood),
        Attack::anybody("a config with many undefined placeholders is reported at once", many_placeholders),
        Attack::anybody("a NUL byte in a value from the config is refused, not cut off", nul_from_config),
        Attack::anybody("two findings of several gates have the status of the table", statuses_meet),
        Attack::anybody("every finding is reported at once", all_at_once),
        Attack::anybody("a wrong command line is status 64", usage),
        Attack::anybody("a name that is no mode is refused before anything is read by it", odd_modes),
        Attack::anybody("an instance never leaves its folder", odd_instances),
        Attack::anybody("a YAML bomb is refused or harmless, and fast", yaml_bomb),
    ]
}

fn with_env_file(contents: impl AsRef<[u8]>) -> Outcome {
    Scenario::new().env_file("pine.paper.env", contents).shell("echo started").run("paper")
}

/// A launch that may not take its time, whatever stands in the config.
fn with_config(contents: impl AsRef<[u8]>) -> Outcome {
    let outcome = Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config(contents)
        .shell("echo started")
        .within_processor_seconds(20)
        .run("paper");
    assert!(outcome.status().is_some(), "{:?}", outcome.output.status);
    outcome
}

fn missing() {
    for path in ["nothing.paper.env", "no/such/folder.paper.env", "/etc/passwd/below-a-file"] {
        let outcome = Scenario::new().argument("-e").argument(path).shell("echo started").run("paper");
        outcome.refused(66, "input").printed("");
    }
    Scenario::new().argument("-c").argument("nothing.yml").shell("true").run("paper").refused(66, "input");
}

fn empty() {
    with_env_file("").refused(65, "syntax").found("empty");
    with_config("").refused(65, "syntax").found("empty");
    with_config("# only a comment\n").refused(65, "syntax");
}

fn huge() {
    let grown = |scenario: Scenario, name: &str| {
        // Sparse: a terabyte that takes no room.
        let file = fs::OpenOptions::new().write(true).open(scenario.path(name)).expect("open");
        file.set_len(1 << 40).expect("grown");
        scenario.shell("true").run("paper").refused(65, "size");
    };
    grown(Scenario::new().env_file("pine.paper.env", "KEY=good\n"), "pine.paper.env");
    grown(Scenario::new().env_file("pine.paper.env", "KEY=good\n").config("a: 1\n"), "config.yml");
    // At the limit, and one byte above it.
    let of_length = |length: usize| format!("KEY=good\n#{}\n", "x".repeat(length - 11));
    with_env_file(of_length(1 << 20)).launched();
    with_env_file(of_length((1 << 20) + 1)).refused(65, "size");
}

fn binary() {
    let program = fs::read(crate::support::ENVGATE).expect("the program");
    with_env_file(&program[..200_000]).refused(65, "syntax");
    with_config(&program[..200_000]).refused(65, "syntax");
    let every_byte: Vec<u8> = (0..=255).collect();
    with_env_file(&every_byte).refused(65, "syntax");
    with_config(&every_byte).refused(65, "syntax");
    with_env_file(b"\xff\xfeK\0E\0Y\0=\0").refused(65, "syntax").found("UTF-16");
    with_config(b"\xff\xfek\0:\0").refused(65, "syntax").found("UTF-16");
}

fn cut() {
    let whole = "FIRST='one'\nSECOND=\"two\nlines\"\nTHIRD=three\n";
    for length in 1..whole.len() {
        let outcome = Scenario::new()
            .env_file("pine.paper.env", &whole[..length])
            .shell("printf '%s|%s|%s' \"$FIRST\" \"$SECOND\" \"$THIRD\"")
            .run("paper");
        match outcome.status() {
            // A bare word that is cut is a shorter word: only there can nobody see it.
            Some(0) => {
                let printed = outcome.stdout();
                let values: Vec<&str> = printed.split('|').collect();
                assert!(["", "one"].contains(&values[0]), "{length}: {values:?}");
                assert!(["", "two\nlines"].contains(&values[1]), "{length}: {values:?}");
                assert!("three".starts_with(values[2]), "{length}: {values:?}");
            }
            Some(65) => assert_eq!(outcome.stdout(), "", "{length}"),
            status => panic!("{length}: {status:?} {}", outcome.stderr()),
        }
    }
}

fn unreadable() {
    let scenario = alice();
    chmod(&env_file(&scenario), 0);
    scenario.run("paper").refused(77, "permission").found("you may not read");
    let scenario = alice().argument("-c").argument("config.yml");
    fs::write(scenario.path("config.yml"), "a: 1\n").expect("a file");
    give(&scenario.path("config.yml"), 0);
    chmod(&scenario.path("config.yml"), 0o600);
    scenario.run("paper").refused(77, "permission").found("you may not read the config");
}

fn flood() {
    let outcome = with_env_file("a\n".repeat(1 << 19)).refused(65, "syntax");
    assert!(
        outcome.output.stderr.len() < 200_000,
        "{} bytes for one wrong file",
        outcome.output.stderr.len()
    );
    outcome.found("more faults");
}

fn many_placeholders() {
    let list: Vec<String> = (0..100_000).map(|number| format!("- ${{UNDEFINED_{number}}}")).collect();
    let outcome = with_config(format!("list:\n{}\n", list.join("\n"))).refused(78, "placeholder");
    assert!(outcome.output.stderr.len() < 500_000, "{} bytes", outcome.output.stderr.len());
    outcome.found("UNDEFINED_0 ").found("more placeholders");
}

/// The kernel's strings end at a NUL: the worker would silently have a part of the value.
fn nul_from_config() {
    for block in [
        "variables: {A: {secret: false, default: \"one\\0two\"}}",
        "environment: {A: \"one\\0two\"}",
        "path: \"/usr/bin\\0:/bin\"",
    ] {
        let config = format!("envgate:\n  {block}\na: 1\n");
        let outcome = with_config(config).refused(65, "syntax");
        assert_eq!(outcome.stdout(), "", "{block}");
    }
    let nul = "envgate: {command: [/bin/echo, \"one\\0two\"]}\na: 1\n";
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").config(nul);
    // The gate is syntax; that there is no command either is nothing that the operator could mend.
    scenario.run("paper").refused(65, "syntax").hides("there is no command");
}

/// The published order: 64, 77, 65, 66, 78, 126, 127.
fn statuses_meet() {
    // From the weakest on, each finding is added to those before it.
    let weakest = || Scenario::new().command(["/no/such/program"]);
    weakest().env_file("a.paper.env", "KEY=good\n").run("paper").refused(127, "command");
    let not_executable = || Scenario::new().file("plain", "text").command(["./plain"]);
    not_executable().env_file("a.paper.env", "KEY=good\n").run("paper").refused(126, "command");
    let dummy = || not_executable().env_file("a.paper.env", "KEY=changeme\n");
    dummy().run("paper").refused(78, "dummy-value").found("refused [command]");
    let missing = || dummy().argument("-e").argument("missing.paper.env");
    missing().run("paper").refused(66, "input").found("refused [dummy-value]");
    let syntax = || missing().env_file("b.paper.env", "no assignment\n");
    syntax().run("paper").refused(65, "syntax").found("refused [input]");
    let open = || syntax().env_file("c.paper.env", "OTHER=good\n").mode(0o644);
    open().run("paper").refused(77, "permission").found("refused [syntax]").found("refused [command]");
    open()
        .argument("--set")
        .argument("KEY=x")
        .run("paper")
        .refused(64, "usage")
        .found("refused [permission]");
}

fn all_at_once() {
    Scenario::new()
        .env_file("pine.live.env", "ONE\nTWO=\"open\n")
        .mode(0o644)
        .env_file("other.paper.env", "KEY=changeme\nKEY=again\nLD_PRELOAD=/x.so\nENVGATE_CLASS=live\n")
        .config("envgate: {unknown: 1}\nkey: ${NOWHERE}\nkey: twice\n")
        .command(["/no/such/program"])
        .check()
        .run("paper")
        .refused(77, "permission")
        .found("refused [syntax]")
        .found("refused [duplicate]")
        .found("refused [file-mode]")
        .found("refused [dummy-value]")
        .found("refused [loader-variable]")
        .found("refused [reserved-name]")
        .found("refused [command]");
}

fn usage() {
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(crate::support::ENVGATE).args(arguments).output();
        let output = output.expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for arguments in [
        &[][..],
        &["exec"],
        &["exec", "-m"],
        &["exec", "-m", "paper"],
        &["exec", "-m", "paper", "--"],
        &["exec", "-m", "paper", "/bin/true"],
        &["exec", "-m", "paper", "-m", "live", "--", "/bin/true"],
        &["exec", "-m", "paper", "--no-such-flag", "--", "/bin/true"],
        &["exec", "--", "/bin/true"],
        &["launch", "-m", "paper"],
        &["exec", "-m", "paper", "--set", "1BAD=x", "--", "/bin/true"],
        &["exec", "-m", "paper", "--set", "NOEQUALS", "--", "/bin/true"],
        &["exec", "-m", "paper", "--config-variable", "A B", "--", "/bin/true"],
        &["exec", "-m", "paper", "--dialect", "bash", "--", "/bin/true"],
        &["exec", "-m", "paper", "-i", "../x", "--", "/bin/true"],
    ] {
        let (status, said) = run(arguments);
        assert_eq!(status, Some(64), "{arguments:?}: {said}");
        assert!(!said.is_empty() && !said.contains("panicked"), "{arguments:?}: {said}");
    }
    assert_eq!(run(&["exec", "-m", "paper", "--", ""]).0, Some(127));
}

fn odd_modes() {
    for mode in ["", "..", "../live", "a/b", "live\n", "paper ", "-x", "\u{1b}[2J", &"m".repeat(65)] {
        let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell("echo started");
        let output = {
            // `-m=…`, so that a leading dash is the mode's and not a flag.
            let mut command = std::process::Command::new(crate::support::ENVGATE);
            command.arg("exec").arg(format!("-m={mode}")).arg("-e").arg(env_file(&scenario));
            command.args(["--", "/bin/true"]).output().expect("the program starts")
        };
        assert!(matches!(output.status.code(), Some(64 | 78)), "{mode:?}: {:?}", output.status);
        assert!(!output.stderr.contains(&0x1b), "{mode:?}");
    }
    Scenario::new().env_file("pine.paper.env", "K=good\n").shell("true").run("canary").refused(78, "mode");
}

fn odd_instances() {
    let config = "envgate:\n  modes: {paper: {env_files: ['env/{instance}.paper.env']}}\na: 1\n";
    let scenario = || {
        Scenario::new()
            .configured_env_file("env/ES.paper.env", "KEY=good\n")
            .configured_env_file("secret.paper.env", "KEY=elsewhere\n")
            .config(config)
            .shell("echo $KEY")
            .argument("-i")
    };
    scenario().argument("ES").run("paper").launched().printed("good\n");
    for instance in ["../secret", "..", "a/../../secret", "/etc/passwd", "ES\n", "", "é", "\u{202e}ES"] {
        let outcome = scenario().argument(instance).run("paper").refused(64, "usage").hides("elsewhere");
        assert!(!outcome.output.stderr.contains(&0x1b), "{instance:?}");
    }
}

fn yaml_bomb() {
    let mut bomb = vec!["a0: &a0 [\"${KEY}\"]".to_owned()];
    for level in 1..60 {
        let previous = level - 1;
        let aliases = vec![format!("*a{previous}"); 10].join(", ");
        bomb.push(format!("a{level}: &a{level} [{aliases}]"));
    }
    with_config(bomb.join("\n"));
    with_config("[".repeat(100_000)).refused(65, "syntax");
    with_config("a: ".repeat(100_000)).refused(65, "syntax");
    with_config(format!("{}x", "- ".repeat(200_000)));
    with_config("{".repeat(1 << 20)).refused(65, "syntax");
    let block = format!("envgate: {}x{}\n", "[".repeat(2000), "]".repeat(2000));
    with_config(block).refused(65, "syntax");
}
