//! `init`: a new env file from a template, private from birth.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::support::{Outcome, Scenario};

const TEMPLATE: &str = "# fill this in\nENVGATE_MODE=paper\nA=your_key_here\nB=\nC=fixed\n";

fn init(template: &str, words: &[&str]) -> Outcome {
    Scenario::new().file("template", template).ask([&["init", "template"], words].concat())
}

#[test]
fn the_new_file_is_the_template_private_and_says_what_to_fill_in() {
    let outcome = init(TEMPLATE, &["pine.paper.env"]).ended(0).found("envgate check -m paper");
    let path = outcome.scenario.path("pine.paper.env");
    assert_eq!(fs::read_to_string(&path).unwrap(), TEMPLATE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let said = outcome.stdout();
    assert!(said.contains("line 3    A") && said.contains("line 4    B") && !said.contains(" C\n"), "{said}");
    assert_eq!(fs::read_dir(outcome.scenario.folder()).unwrap().count(), 2, "something was left behind");
}

#[test]
fn a_program_is_told_what_was_made_and_what_to_fill_in() {
    let outcome = init(TEMPLATE, &["pine.paper.env", "--json"]).ended(0);
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    let unfilled = serde_json::json!([{"variable": "A", "line": 3}, {"variable": "B", "line": 4}]);
    assert_eq!((&report["made"], &report["unfilled"]), (&true.into(), &unfilled), "{report:#}");
    assert_eq!(
        (&report["modes"], &report["findings"]),
        (&serde_json::json!(["paper"]), &serde_json::json!([]))
    );
    let outcome = init(TEMPLATE, &["pine.live.env", "--json"]).ended(77);
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!((&report["made"], &report["findings"][0]["gate"]), (&false.into(), &"file-mode".into()));
    assert!(!outcome.scenario.path("pine.live.env").exists());
}

#[test]
fn an_unfilled_file_is_refused_at_launch_and_a_filled_one_is_not() {
    let scenario = || init(TEMPLATE, &["pine.paper.env"]).ended(0).scenario;
    let launch = |scenario: Scenario| {
        let path = scenario.path("pine.paper.env");
        scenario.argument("-e").argument(path).shell("echo $A").run("paper")
    };
    launch(scenario()).refused(78, "dummy-value");
    let filled = scenario();
    fs::write(filled.path("pine.paper.env"), "ENVGATE_MODE=paper\nA=real\nB=x\nC=fixed\n").unwrap();
    launch(filled).launched().printed("real\n");
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    for target in ["file", "link"] {
        let scenario = Scenario::new().file("template", TEMPLATE).file("pine.paper.env", "old\n");
        let scenario = if target == "link" {
            std::os::unix::fs::symlink("nowhere", scenario.path("link.paper.env")).unwrap();
            scenario.ask(["init", "template", "link.paper.env"])
        } else {
            scenario.ask(["init", "template", "pine.paper.env"])
        };
        let outcome = scenario.refused(64, "usage").found("there already");
        assert_eq!(fs::read_to_string(outcome.scenario.path("pine.paper.env")).unwrap(), "old\n");
        assert!(!outcome.scenario.path("nowhere").exists());
    }
}

#[test]
fn name_template_and_mode_must_agree() {
    let live = TEMPLATE.replace("=paper", "=live");
    let without = TEMPLATE.replace("ENVGATE_MODE=paper\n", "");
    let canary = TEMPLATE.replace("=paper", "=canary");
    for (template, words, status) in [
        (live.as_str(), &["pine.live.env"][..], 0),
        (&live, &["pine.paper.env"], 77),
        (TEMPLATE, &["pine.live.env"], 77),
        (TEMPLATE, &["pine.env"], 0),
        (TEMPLATE, &["pine.env", "-m", "live"], 77),
        (&without, &["pine.paper.env"], 0),
        (&without, &["pine.live.env"], 77),
        (&without, &["pine.env"], 77),
        (&without, &["pine.env", "-m", "canary"], 77),
        (&canary, &["pine.env", "-m", "canary"], 0),
        (&canary, &["pine.canary.env", "-m", "live"], 77),
    ] {
        let outcome = init(template, words).ended(status);
        assert_eq!(outcome.scenario.path(words[0]).exists(), status == 0, "{words:?}");
    }
}

#[test]
fn a_template_with_faults_makes_no_file() {
    let outcome = init("ENVGATE_MODE=paper\nexport A=1\n", &["pine.paper.env"]).refused(65, "syntax");
    assert!(!outcome.scenario.path("pine.paper.env").exists());
    Scenario::new().ask(["init", "missing", "pine.paper.env"]).refused(66, "input");
}

#[test]
fn a_folder_that_others_can_write_to_gets_no_secrets() {
    let scenario = Scenario::new().file("template", TEMPLATE).file("open/x", "");
    fs::set_permissions(scenario.path("open"), fs::Permissions::from_mode(0o777)).unwrap();
    let outcome = scenario.ask(["init", "template", "open/pine.paper.env"]).refused(77, "parent-directory");
    assert!(!outcome.scenario.path("open/pine.paper.env").exists());
    init(TEMPLATE, &["missing/pine.paper.env"]).refused(66, "input");
}

#[test]
fn root_makes_a_file_for_the_workers_user() {
    if !nix::unistd::Uid::effective().is_root() {
        let user = nix::unistd::getuid().as_raw() + 1;
        init(TEMPLATE, &["pine.paper.env", "--user", &user.to_string()]).refused(77, "owner");
        return;
    }
    let scenario = Scenario::new().file("template", TEMPLATE);
    let outcome = scenario.ask(["init", "template", "pine.paper.env", "--user", "65534"]).ended(0);
    let facts = fs::metadata(outcome.scenario.path("pine.paper.env")).unwrap();
    assert_eq!((facts.uid(), facts.gid(), facts.permissions().mode() & 0o7777), (65534, 65534, 0o600));
}
