//! What `check --all-modes --json` prints is what its schema says.

use libtest_mimic::Trial;
use serde_json::json;

use super::schema::{faults, valid};
use super::schemas::{GOOD, report, validated, with};

pub fn trials() -> Vec<Trial> {
    vec![validated("what_check_prints_of_all_modes_is_what_its_schema_says", all_modes)]
}

fn all_modes() {
    let modes = |live: &str| {
        with("ENVGATE_MODE=paper\nKEY=abcdefghijklmnopqrst\n", GOOD)
            .configured_env_file("x.live.env", format!("ENVGATE_MODE=live\n{live}"))
            .argument("--all-modes")
    };
    let mut reports = vec![
        report(modes("KEY=tsrqponmlkjihgfedcba\n"), "check", ""),
        report(modes("OTHER=1\n"), "check", ""),
        report(modes("KEY=changeme\n"), "check", ""),
        report(with("KEY=abc\n", "a: [\n").argument("--all-modes"), "check", ""),
        report(with("KEY=abc\n", "a: 1\n").argument("--all-modes"), "check", ""),
    ];
    assert!(
        reports[1]["findings"].as_array().is_some_and(|findings| findings.len() == 2),
        "{:#}",
        reports[1]
    );
    assert_eq!((&reports[2]["verdict"], &reports[3]["modes"]), (&json!("refused"), &json!([])));
    valid("check-all-modes", &reports);
    reports[0]["modes"][0]["class"] = json!("play");
    assert_eq!(faults("check-all-modes", &reports[..1]).concat().len(), 1);
}
