//! Every mode of a config at once, and the modes compared with each other.

use crate::support::{Outcome, Scenario};
use crate::two_modes::paper_and_live;

const KEY: &str = "k3yOfBothClasses01";

fn check(paper: &str, live: &str, variables: &str) -> Scenario {
    paper_and_live(paper, live, variables).check().argument("--all-modes")
}

fn json(scenario: Scenario) -> (Outcome, serde_json::Value) {
    let outcome = scenario.argument("--json").run("");
    let report = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    (outcome, report)
}

#[test]
fn each_mode_has_its_verdict() {
    let outcome = check("A=1\nB=2", "A=3\nB=4", "{}").run("").launched();
    outcome.found("mode paper (paper): fine (status 0").found("mode live (live): ").found("all modes: ");
    let (outcome, report) = json(check("A=1", "A=changeme", "{}"));
    assert_eq!(outcome.status(), Some(78));
    let verdicts: Vec<_> = report["modes"].as_array().unwrap().iter().map(|mode| &mode["verdict"]).collect();
    assert_eq!(verdicts, ["fine", "refused"]);
    assert_eq!(report["modes"][1]["findings"][0]["gate"], "dummy-value");
}

#[test]
fn a_key_that_one_mode_lacks_is_named_with_those_that_have_it() {
    check("A=1\nB=2", "A=3", "{}")
        .run("")
        .launched()
        .found("no input of the mode live sets B; those of paper do");
    let (_, report) = json(check("A=1\nB=2", "A=3", "{}"));
    assert_eq!(
        (&report["findings"][0]["gate"], &report["findings"][0]["variable"]),
        (&"required".into(), &"B".into())
    );
    check("A=1\nB=2", "A=3", "{}").argument("--strict").run("").found("(status 1");
    // What could not be read is not called missing.
    let outcome = check("A=1\nB=2", "A='open", "{}").run("").refused(65, "syntax");
    assert!(!outcome.stdout().contains("no input of the mode live"), "{}", outcome.stdout());
}

#[test]
fn what_is_declared_to_be_read_alone_is_listed_once_for_all() {
    let scenario = || check("URL=https://a.test", "URL=https://b.test", "{URL: {endpoint: data}}");
    let outcome = scenario().run("").launched();
    assert_eq!(outcome.stdout().matches("data only   URL").count(), 1, "{}", outcome.stdout());
    let (_, report) = json(scenario());
    assert_eq!(report["declared_data_endpoints"][0]["variable"], "URL");
    assert!(!check("A=1", "A=2", "{}").run("").stdout().contains("data only"));
}

#[test]
fn a_secret_of_both_classes_is_found_from_both_sides() {
    let line = format!("A={KEY}");
    let outcome = check(&line, &line, "{}").run("").refused(77, "shared-secret").hides(KEY);
    assert_eq!(outcome.stdout().matches("refused [shared-secret]").count(), 2);
}

#[test]
fn all_modes_needs_a_config_that_lists_them_and_nothing_that_names_one() {
    let no_modes = || Scenario::new().config("a: 1\n").check().argument("--all-modes");
    no_modes().run("").refused(78, "mode").found("lists no modes");
    assert_eq!(Scenario::new().check().argument("--all-modes").run("").status(), Some(64));
    assert_eq!(no_modes().run("paper").status(), Some(64));
    let config = "envgate:\n  command: [/bin/true]\n  modes: {canary: {env_files: []}}\na: 1\n";
    let canary = Scenario::new().config(config).check().argument("--all-modes");
    canary.run("").refused(78, "mode").found("mode canary (class not known): refused");
    let broken = Scenario::new().config("envgate: [\n").check().argument("--all-modes");
    broken.run("").refused(65, "syntax");
}
