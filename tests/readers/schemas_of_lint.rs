//! What `lint --json` prints is what its published schema says.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::constructs::CONSTRUCTS;
use super::schema::valid;
use super::schemas::validated;
use super::support::Scenario;

pub fn trials() -> Vec<Trial> {
    vec![validated("what_lint_prints_is_what_its_schema_says", lint)]
}

fn report(contents: &str, words: &[&str]) -> Value {
    let scenario = Scenario::new().file("x.paper.env", contents).mode(0o600);
    let outcome = scenario.ask([&["lint", "--json", "x.paper.env"], words].concat());
    let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(report["status"], json!(outcome.status()), "{report:#}");
    report
}

fn lint() {
    let mut reports = Vec::new();
    for (file, ..) in CONSTRUCTS.iter().step_by(3) {
        reports.push(report(file, &["--all"]));
        for reader in ["systemd", "bash", "dotenv", "docker"] {
            reports.push(report(file, &["--fix", "--as", reader]));
        }
    }
    reports.push(report("A=1\n", &["missing.env", "."]));
    let fixed = |report: &&Value| !report["files"][0]["fixed"].is_null();
    assert!(reports.iter().filter(fixed).count() > 20, "hardly a file was rewritten");
    valid("lint", &reports);
}
