//! What a mode expects of values.

use crate::support::{Outcome, Scenario};

/// A paper launch with this line in the env file and this expectation of the variable KEY.
fn launch(line: &str, rules: &str) -> Outcome {
    scenario(line, rules).run("paper")
}

fn scenario(line: &str, rules: &str) -> Scenario {
    let config = format!(
        "envgate:\n  modes:\n    paper:\n      env_files: [x.paper.env]\n      expect: {{KEY: {rules}}}\n    dev: {{env_files: [x.dev.env]}}\na: 1\n"
    );
    let scenario = Scenario::new().configured_env_file("x.paper.env", format!("OTHER=1\n{line}\n"));
    scenario.config(config).command(["/bin/true"])
}

#[test]
fn a_value_that_keeps_the_rule_is_launched_and_one_that_breaks_it_is_refused() {
    for (rules, keeps, breaks) in [
        ("{equals: \"true\"}", "true", "false"),
        ("{equals: true}", "true", "True"),
        ("{one_of: [a, b]}", "b", "c"),
        ("{matches: 'PK[A-Z0-9]{4}'}", "PKA1B2", "PKA1B2X"),
        ("{matches: 'a|b'}", "b", "ab"),
        ("{prefix: PK}", "PK1", "AK1"),
        ("{prefix: [PK, TK]}", "TK1", "pk1"),
        ("{host: paper-api.test}", "https://paper-api.test:443/v2", "https://api.test/paper-api.test"),
        ("{host: paper-api.test}", "https://u@PAPER-API.test", "https://paper-api.test.evil.test"),
        ("{host: paper-api.test}", "https://paper-api.test/", "'https://api.test\\@paper-api.test/'"),
        ("{host: db.test}", "jdbc:postgresql://db.test:5432/x", "https:evil://db.test/"),
        ("{host: db.test}", "'postgresql://u:p w@db.test/x?path=C:\\x'", "'postgresql://db.test /x'"),
        ("{length: 4}", "abcd", "abc"),
        ("{prefix: a, length: [2, 3]}", "ab", "b"),
    ] {
        launch(&format!("KEY={keeps}"), rules).launched();
        launch(&format!("KEY={breaks}"), rules).refused(77, "expect").found("KEY");
    }
}

#[test]
fn a_pattern_that_is_one_in_our_brackets_alone_is_none() {
    for pattern in ["a)|(?:b", "a)|(b", "a(", "[", "(?=a)b"] {
        launch("KEY=axx", &format!("{{matches: '{pattern}'}}")).refused(65, "syntax").found("matches:");
    }
}

#[test]
fn every_broken_rule_is_a_finding_and_none_shows_the_value() {
    let outcome = launch("KEY=hunter2hunter2", "{equals: x, prefix: y, length: 3}")
        .refused(77, "expect")
        .found("3 findings");
    outcome.hides("hunter2");
}

#[test]
fn a_variable_that_a_mode_has_a_rule_for_must_be_set() {
    launch("A=1", "{equals: \"true\"}").refused(77, "expect").found("KEY is not set");
}

#[test]
fn another_modes_rules_do_not_count() {
    let config = "envgate:\n  modes:\n    paper: {env_files: [x.paper.env], expect: {KEY: {equals: x}}}\n    dev: {env_files: [x.dev.env]}\na: 1\n";
    Scenario::new()
        .configured_env_file("x.dev.env", "KEY=y\n")
        .config(config)
        .command(["/bin/true"])
        .run("dev")
        .launched();
}

#[test]
fn a_rule_that_cannot_be_read_is_a_fault_of_the_config() {
    for rules in [
        "{matches: '('}",
        "{matches: '(?=x)'}",
        "{equals: [a]}",
        "{one_of: []}",
        "{length: x}",
        "{equal: x}",
        "x",
    ] {
        launch("KEY=x", rules).refused(65, "syntax");
    }
    let long = "a".repeat(1001);
    launch("KEY=x", &format!("{{matches: '{long}'}}")).refused(65, "syntax");
}

#[test]
fn no_pattern_explodes() {
    let value = "a".repeat(50_000);
    scenario(&format!("KEY={value}!"), "{matches: '(a*)*(a|aa)*b'}")
        .within_processor_seconds(20)
        .run("paper")
        .refused(77, "expect");
}
