//! How old a secret may be.

use std::process::Command;

use crate::support::{Outcome, Scenario};

/// A moment, as the records write it.
pub(crate) fn moment(when: &str) -> String {
    let date = Command::new("date").args(["-u", "-d", when, "+%Y-%m-%dT%H:%M:%SZ"]).output().expect("date");
    String::from_utf8(date.stdout).expect("text").trim().to_owned()
}

/// A paper launch with this env file, these keys of the mode and these variables.
fn scenario(file: &str, mode: &str, variables: &str) -> Scenario {
    let config = format!(
        "envgate:\n  command: [/bin/true]\n  modes: {{paper: {{env_files: [x.paper.env]{mode}}}}}\n  \
         variables: {variables}\na: 1\n"
    );
    Scenario::new().configured_env_file("x.paper.env", file).config(config)
}

fn launch(file: &str, mode: &str, variables: &str) -> Outcome {
    scenario(file, mode, variables).run("paper")
}

fn quiet(outcome: Outcome) {
    let outcome = outcome.launched();
    assert!(!outcome.stderr().contains("[age]"), "{}", outcome.stderr());
}

fn rotated(when: &str) -> String {
    format!("# rotated: {} by ops\nKEY=abc\n", moment(when))
}

#[test]
fn a_secret_older_than_its_limit_is_a_warning_with_its_age() {
    launch(&rotated("40 days ago"), ", max_age: 30d", "{}")
        .warned("age")
        .found("KEY is 40 days old, and its limit is 30 days")
        .found("x.paper.env:2:1 KEY");
    quiet(launch(&rotated("20 days ago"), ", max_age: 30d", "{}"));
    quiet(launch(&rotated("40 days ago"), "", "{}"));
}

#[test]
fn a_limit_of_the_variable_stands_before_that_of_the_mode() {
    quiet(launch(&rotated("40 days ago"), ", max_age: 30d", "{KEY: {max_age: 60d}}"));
    launch(&rotated("40 days ago"), ", max_age: 60d", "{KEY: {max_age: 30d}}").warned("age");
    quiet(launch(&rotated("40 days ago"), ", max_age: 30d", "{KEY: {secret: false}}"));
}

#[test]
fn a_strict_age_refuses_a_launch_by_hand_and_is_a_warning_for_a_look() {
    let strict = ", max_age: 30d, age: strict";
    launch(&rotated("40 days ago"), strict, "{}").refused(77, "age");
    scenario(&rotated("40 days ago"), strict, "{}").check().run("paper").warned("age");
    // What is not known refuses nothing.
    launch("KEY=abc\n", strict, "{}").warned("age");
}

#[test]
fn a_secret_past_its_day_is_found_with_no_limit_at_all() {
    let expired = format!("# expires: {}\nKEY=abc\n", moment("yesterday"));
    launch(&expired, "", "{}").warned("age").found("KEY ended on");
    launch("KEY=abc\n", "", "{KEY: {expires: 2026-01-01}}").warned("age").found("2026-01-01T00:00:00Z");
    launch("KEY=abc\n", ", age: strict", "{KEY: {expires: 2026-01-01}}").refused(77, "age");
    let later = format!("# expires: {}\nKEY=abc\n", moment("tomorrow"));
    quiet(launch(&later, ", age: strict", "{KEY: {expires: 2126-01-01}}"));
}

#[test]
fn a_declared_day_ends_what_the_callers_environment_gives_too() {
    let from = |day: &str| {
        let variables = format!("{{TOKEN: {{from: environment, expires: {day}}}}}");
        scenario("KEY=abc\n", ", age: strict, max_age: 900d", &variables).caller_variable("TOKEN", "abc")
    };
    from("2026-01-01").run("paper").refused(77, "age").found("TOKEN ended on 2026-01-01");
    from("2126-01-01").run("paper").launched();
}

#[test]
fn an_unknown_age_is_one_warning_for_each_file() {
    let outcome = launch("A=1\nB=2\nC=3\n", ", max_age: 30d", "{}").warned("age");
    assert_eq!(outcome.stderr().matches("[age]").count(), 1, "{}", outcome.stderr());
    outcome.found("nothing says how old these secrets are: A, B, C");
    launch("A=1\n# rotated: last week\nC=3\n", ", max_age: 30d", "{}")
        .warned("age")
        .found("nothing says how old these secrets are: A, C")
        .found("above C stands rotated: or expires:");
    // A clock that is ahead by years has recorded nothing.
    let outcome = launch(&rotated("next year"), ", max_age: 30d", "{}");
    outcome.warned("age").found("nothing says how old");
}

#[test]
fn an_end_that_is_no_date_is_a_warning_whatever_the_limit() {
    let old = "# rotated: 2025-01-01\n";
    for (record, at) in [(old, 3), ("", 2)] {
        let file = format!("{record}# expires: 31.12.2026\nKEY=abc\n");
        for keys in ["", ", max_age: 9000d", ", max_age: 9000d, age: strict", ", max_age: 30d"] {
            let outcome = launch(&file, keys, "{}").warned("age").found("that is no date");
            let outcome = outcome.found(&format!("x.paper.env:{at}:1 KEY"));
            assert_eq!(outcome.stderr().matches("that is no date").count(), 1, "{}", outcome.stderr());
        }
    }
}

#[test]
fn without_a_record_a_value_is_as_old_as_its_file_at_least() {
    let scenario = scenario("KEY=abc\n", ", max_age: 30d", "{}");
    let touch = Command::new("touch").args(["-d", "90 days ago"]).arg(scenario.path("x.paper.env")).status();
    assert!(touch.expect("touch").success());
    scenario.run("paper").warned("age").found("KEY is at least 90 days old");
}

#[test]
fn a_fallback_is_as_old_as_the_variable_it_falls_back_on() {
    let file = rotated("40 days ago");
    launch(&file, ", max_age: 30d", "{NEW_NAME: {fallback: [KEY]}}")
        .warned("age")
        .found("NEW_NAME is 40 days");
}

#[test]
fn a_limit_or_a_day_that_cannot_be_read_is_a_fault_of_the_config() {
    for (mode, variables) in [
        (", max_age: 30", "{}"),
        (", max_age: soon", "{}"),
        (", age: yes", "{}"),
        ("", "{KEY: {expires: tomorrow}}"),
        ("", "{KEY: {expires: 2026-02-30}}"),
        ("", "{KEY: {max_age: [1d]}}"),
    ] {
        launch("KEY=abc\n", mode, variables).refused(65, "syntax");
    }
}
