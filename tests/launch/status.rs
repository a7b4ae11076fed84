//! `status` shows every variable: where it comes from, what it beat, and never a secret.

use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::pseudo_terminal::PseudoTerminal;
use crate::support::{Outcome, Scenario};

pub(crate) fn report(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.output.stdout).expect("JSON")
}

pub(crate) fn variable<'a>(report: &'a Value, name: &str) -> &'a Value {
    let variables = report["variables"].as_array().expect("variables");
    variables.iter().find(|variable| variable["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

/// A line of the table, in words.
pub(crate) fn line(text: &str, name: &str) -> Vec<String> {
    let found = text.lines().find(|line| line.split(' ').next() == Some(name));
    found
        .unwrap_or_else(|| panic!("no {name} in:\n{text}"))
        .split("  ")
        .filter(|cell| !cell.is_empty())
        .map(|cell| cell.trim().to_owned())
        .collect()
}

const CONFIG: &str = "\
envgate:
  command: [/bin/true]
  environment: {REGION: eu, BOTH: block}
  pass: [PASSED]
  modes:
    paper:
      env_files: [a.paper.env, b.paper.env]
      environment: {BOTH: mode, NOISE: low}
  variables:
    KEY: {default: none}
    OTHER: {fallback: [KEY], default: none}
    TOKEN: {from: environment}
    LEVEL: {secret: false, default: info}
    WORD: {default: word}
key: ${KEY}
";

pub(crate) fn every_source() -> Scenario {
    Scenario::new()
        .configured_env_file("a.paper.env", "# a comment\nKEY=first-first-first-1\nLONE=1\n")
        .changed_days_ago(40)
        .configured_env_file("b.paper.env", "KEY=second-second-second\nLEVEL=debug\nPASSED=from-a-file\n")
        .changed_days_ago(3)
        .config(CONFIG)
        .argument("--set")
        .argument("SYMBOL=ES")
        .argument("--set")
        .argument("REGION=us")
        .caller_variable("TOKEN", "token-of-the-caller")
        .caller_variable("PASSED", "passed-by-the-caller")
        .verb("status")
}

#[test]
fn each_variable_says_which_input_won_and_what_it_beat() {
    let outcome = every_source().argument("--json").run("paper");
    let report = report(&outcome);
    let source = |name: &str| {
        let source = &variable(&report, name)["source"];
        let file = source["file"].as_str().map(|file| file.rsplit('/').next().unwrap().to_owned());
        (source["kind"].as_str().unwrap().to_owned(), file, source["line"].as_u64(), source["name"].clone())
    };
    let of_kind = |kind: &str| (kind.to_owned(), None, None, Value::Null);
    let of_file = |file: &str, line| ("env-file".to_owned(), Some(file.to_owned()), Some(line), Value::Null);
    assert_eq!(source("KEY"), of_file("b.paper.env", 1), "the later file wins");
    assert_eq!(source("LONE"), of_file("a.paper.env", 3));
    assert_eq!(source("PASSED"), of_file("b.paper.env", 3));
    assert_eq!(source("TOKEN"), of_kind("caller-environment"));
    assert_eq!(source("SYMBOL"), of_kind("set"));
    assert_eq!(source("REGION"), of_kind("set"));
    assert_eq!(source("BOTH"), of_kind("mode-environment"));
    assert_eq!(source("WORD"), of_kind("default"));
    assert_eq!(source("OTHER"), ("fallback".to_owned(), None, None, json!("KEY")));
    let beat = |name: &str| -> Vec<String> {
        let beaten = variable(&report, name)["beat"].as_array().unwrap();
        beaten.iter().map(|source| source["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(beat("KEY"), ["env-file", "default"]);
    assert_eq!(variable(&report, "KEY")["beat"][0]["line"], 2);
    assert_eq!(beat("REGION"), ["environment"]);
    assert_eq!(beat("BOTH"), ["environment"]);
    assert_eq!(beat("OTHER"), ["default"]);
    assert_eq!(beat("PASSED"), ["pass"]);
    assert_eq!(beat("LONE"), [] as [&str; 0]);
}

#[test]
fn the_table_says_the_same_in_the_words_of_the_config() {
    let text = every_source().run("paper").launched().stdout();
    assert_eq!(
        line(&text, "KEY"),
        ["KEY", "sec…", "20", "≥ 3 days", "b.paper.env:1", "a.paper.env:2, default:"]
    );
    assert_eq!(line(&text, "OTHER"), ["OTHER", "sec…", "20", "≥ 3 days", "fallback: KEY", "default:"]);
    assert_eq!(line(&text, "TOKEN"), ["TOKEN", "tok…", "19", "from: environment"]);
    assert_eq!(line(&text, "SYMBOL"), ["SYMBOL", "ES", "2", "--set"]);
    assert_eq!(line(&text, "BOTH"), ["BOTH", "mode", "4", "environment: of the mode", "environment:"]);
    assert_eq!(line(&text, "WORD"), ["WORD", "word", "4", "default:"]);
    for head in [
        "mode        paper (paper)\n",
        "generation  ",
        "config      /",
        "a.paper.env (changed 40 days ago)\n",
    ] {
        assert!(text.contains(head), "no {head:?} in:\n{text}");
    }
}

#[test]
fn only_what_is_no_secret_is_shown_whole() {
    let long = "plain-text-of-more-than-forty-characters-in-one-value";
    let scenario = || {
        Scenario::new()
            .configured_env_file("x.paper.env", format!("SHORT=fifteen-letters\nLONG=sixteen--letters\nPLAIN={long}\nSAFE=x\nEMPTY=\nHIDDEN=hidden-hidden-hidden\n"))
            .config("envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env]}}\n  pass: [PASSED]\n  variables:\n    PLAIN: {secret: false}\n    LONG: {length: 16}\n    EMPTY: {required: false}\n    POSED: {secret: false, fallback: [HIDDEN]}\n    OPEN: {secret: false, fallback: [SAFE, PLAIN]}\na: 1\n")
            .caller_variable("PASSED", "passed-passed-passed")
            .verb("status")
    };
    let text = scenario()
        .run("paper")
        .launched()
        .hides("fifteen")
        .hides("sixt")
        .hides("hidd")
        .hides("passed-")
        .stdout();
    assert_eq!(line(&text, "SHORT")[1..3], ["…", "15"]);
    assert_eq!(line(&text, "LONG")[1..3], ["six…", "16"]);
    assert_eq!(line(&text, "EMPTY")[1..3], ["(empty)", "0"]);
    assert_eq!(line(&text, "POSED")[1], "hid…", "it is the other variable's secret");
    assert_eq!(line(&text, "PLAIN")[1], format!("{}…", &long[..40]));
    let report =
        report(&scenario().argument("--json").run("paper").hides("fifteen").hides("sixt").hides("hidd"));
    assert_eq!(
        (&variable(&report, "PLAIN")["value"], &variable(&report, "PLAIN")["secret"]),
        (&json!(long), &json!(false))
    );
    assert_eq!(
        (&variable(&report, "LONG")["value"], &variable(&report, "LONG")["secret"]),
        (&json!("six…"), &json!(true))
    );
}

#[test]
fn names_that_do_not_fit_together_are_listed() {
    let scenario = || {
        Scenario::new()
            .configured_env_file("x.paper.env", "KEY=abc\nEXTRA=1\nOLD=1\nPART=1\n")
            .config("envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env]}}\n  variables:\n    NEVER: {required: false}\n    ASIDE: {deliver: config, default: x}\n    NEEDED: {}\n    NEW: {fallback: [OLD]}\n    MAYBE: {required: false}\n  sets: {both: [PART, KEY]}\na: ${KEY}\nb: ${MISSING} ${MISSING}\nc: ${MAYBE}\nd: ${ELSE:-x}\n")
            .verb("status")
    };
    let text = scenario().run("paper").stdout();
    let section = |heading: &str| -> Vec<String> {
        let behind =
            text.split(&format!("\n{heading}:\n")).nth(1).unwrap_or_else(|| panic!("no {heading}:\n{text}"));
        behind.lines().take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect()
    };
    assert_eq!(section("used but not configured"), ["NEEDED (config.yml:7:5)", "MISSING (config.yml:12:4)"]);
    assert_eq!(
        section("used but not configured, and empty, which the config allows"),
        ["MAYBE (config.yml:13:4)"]
    );
    assert_eq!(
        section("configured but never used"),
        [
            "NEVER (no input sets it and no placeholder names it)",
            "ASIDE (deliver: config, and no placeholder names it)"
        ]
    );
    assert_eq!(
        section("not named by the config (the worker has them in its environment)"),
        ["EXTRA (x.paper.env:2)"]
    );
    let report = report(&scenario().argument("--json").run("paper"));
    assert_eq!(report["unset"][1], json!({"name": "MAYBE", "line": 13, "column": 4, "optional": true}));
    assert_eq!(report["unused"][0]["name"], "NEVER");
    assert_eq!(
        (&variable(&report, "EXTRA")["named"], &variable(&report, "OLD")["named"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn a_refused_launch_is_shown_all_the_same_and_ends_with_1() {
    let refused = || every_source().argument("-e").argument("/no/such.paper.env");
    let refused = |scenario: fn(Scenario) -> Scenario| scenario(refused()).run("paper");
    let outcome = refused(|scenario| scenario)
        .found("\nrefused: 1 finding (input): envgate check -m paper with the same inputs says why\n");
    assert_eq!(outcome.status(), Some(1));
    line(&outcome.stdout(), "SYMBOL");
    let outcome = refused(|scenario| scenario.argument("--json"));
    let report = report(&outcome);
    assert_eq!(
        (&report["verdict"], &report["status"], &report["refused_by"]),
        (&json!("refused"), &json!(1), &json!(["input"]))
    );
    assert_eq!(outcome.status(), Some(1));
}

#[test]
fn without_a_mode_there_is_nothing_but_the_reason() {
    let outcome = every_source().run("nonsense").found("refused: 1 finding (mode)");
    assert_eq!((outcome.status(), outcome.stdout().lines().count()), (Some(1), 2), "{}", outcome.stdout());
    let report = report(&every_source().argument("--json").run("nonsense"));
    assert_eq!(
        (&report["mode"], &report["class"], &report["variables"]),
        (&json!("nonsense"), &Value::Null, &json!([]))
    );
}

#[test]
fn warnings_are_counted_and_change_no_status() {
    let outcome = Scenario::new()
        .env_file("x.paper.env", "KEY='a$B'\n")
        .config("a: ${KEY}\n")
        .command(["/bin/true"])
        .verb("status")
        .run("paper");
    outcome.launched().found("warned: 1 warning");
}

#[test]
fn what_envgate_and_systemd_set_is_shown_when_it_is_asked_for() {
    let text = every_source().run("paper").stdout();
    assert!(!text.contains("ENVGATE_MODE") && !text.contains("\nPATH"), "{text}");
    let text = every_source().argument("--all").run("paper").stdout();
    assert_eq!(line(&text, "ENVGATE_CLASS"), ["ENVGATE_CLASS", "paper", "5", "envgate"]);
    line(&text, "PATH");
}

/// What a terminal of so many columns shows.
pub(crate) fn on_a_terminal(scenario: &Scenario, columns: u16) -> String {
    let PseudoTerminal { controller: mut terminal, program } = PseudoTerminal::of_size(50, columns);
    let mut command = scenario.prepared("paper");
    command.stdout(Stdio::from(program)).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    drop(command);
    let mut shown = Vec::new();
    // A terminal whose programs have all gone ends with EIO.
    let _ = terminal.read_to_end(&mut shown);
    child.wait().expect("it ends");
    String::from_utf8(shown).expect("text").replace("\r\n", "\n")
}

#[test]
fn on_a_terminal_the_table_is_no_wider_and_has_colours_unless_they_are_unwanted() {
    let table = |text: &str| -> Vec<String> {
        let lines =
            text.lines().skip_while(|line| !line.contains("VARIABLE")).take_while(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    let plain = on_a_terminal(&every_source().caller_variable("NO_COLOR", "1"), 50);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let rows = table(&plain);
    assert!(rows.len() > 8 && rows.iter().all(|row| row.chars().count() <= 50), "{plain}");
    assert!(on_a_terminal(&every_source(), 50).contains("\u{1b}[1mVARIABLE\u{1b}[0m"));
    assert!(table(&every_source().run("paper").stdout()).iter().any(|row| row.chars().count() > 50));
}
