//! How old `status` says a value is, and when it ends.

use serde_json::{Value, json};

use crate::ages::moment;
use crate::status::{every_source, line, on_a_terminal, report, variable};
use crate::support::Scenario;

#[test]
fn the_age_of_a_value_is_at_least_that_of_its_file() {
    let text = every_source().run("paper").found("a.paper.env (changed 40 days ago)").stdout();
    assert_eq!(line(&text, "LONE")[3], "≥ 40 days");
    assert_eq!(line(&text, "KEY")[3], "≥ 3 days");
    assert_eq!(line(&text, "OTHER")[3], "≥ 3 days", "its value is the other variable's");
}

#[test]
fn a_recorded_date_is_the_age_and_the_earlier_end_is_shown() {
    let scenario = || {
        Scenario::new()
            .configured_env_file(
                "x.paper.env",
                "# rotated: 2020-01-01 by ops\n# expires: 2199-12-31T12:00:00Z\nKEY=abc\n# rotated: 2199-01-01\nLATER=1\nNONE=1\n# expires: 2021-01-01\nPAST=1\n",
            )
            .changed_days_ago(2)
            .config("envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env]}}\n  variables:\n    KEY: {expires: 2199-12-30}\n    OTHER: {fallback: [KEY]}\na: 1\n")
            .verb("status")
    };
    let text = scenario().run("paper").stdout();
    let key = line(&text, "KEY");
    assert!(!key[3].contains('≥') && key[3].ends_with("days") && key[4] == "2199-12-30", "{text}");
    assert_eq!(line(&text, "LATER")[3], "≥ 2 days", "a date to come is none");
    assert_eq!(line(&text, "PAST")[4], "2021-01-01");
    let report = report(&scenario().argument("--json").run("paper"));
    assert_eq!(variable(&report, "KEY")["expires"], "2199-12-30T00:00:00Z");
    assert_eq!(variable(&report, "OTHER")["expires"], "2199-12-31T12:00:00Z", "the record is the value's");
    assert_eq!(variable(&report, "OTHER")["age"]["since"], "rotated");
    assert_eq!(
        (&variable(&report, "NONE")["expires"], &variable(&report, "NONE")["age"]["since"]),
        (&Value::Null, &json!("file-changed"))
    );
    let shown = on_a_terminal(&scenario(), 100);
    assert!(shown.contains("\u{1b}[31m2021-01-01\u{1b}[0m") && !shown.contains("\u{1b}[31m2199"), "{shown}");
}

/// One arithmetic for both: the clock of whoever wrote the record may be ahead of ours.
#[test]
fn status_and_the_gate_take_the_same_records() {
    for (rotated, since) in [("1 hour", "rotated"), ("2 days", "file-changed")] {
        let scenario = || {
            let file = format!("# rotated: {}\nKEY=abc\n", moment(rotated));
            Scenario::new().configured_env_file("x.paper.env", file).config(
                "envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env], max_age: 30d}}\na: 1\n",
            )
        };
        let report = report(&scenario().verb("status").argument("--json").run("paper"));
        assert_eq!(variable(&report, "KEY")["age"]["since"], since, "{rotated}");
        let unknown = scenario().check().run("paper").launched().stdout().contains("nothing says how old");
        assert_eq!(unknown, since == "file-changed", "{rotated}");
    }
}
