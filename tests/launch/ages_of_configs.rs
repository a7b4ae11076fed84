//! `envgate ages`: how old each secret of a config is against its limit.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::support::{Outcome, Scenario};

const DAY: i64 = 86_400;

/// A moment, as the records write it.
fn moment(when: &str) -> String {
    let date = Command::new("date").args(["-u", "-d", when, "+%Y-%m-%dT%H:%M:%SZ"]).output().expect("date");
    String::from_utf8(date.stdout).expect("text").trim().to_owned()
}

fn rotated(name: &str, when: &str) -> String {
    format!("# rotated: {} by ops\n{name}=value-of-{name}\n", moment(when))
}

/// A config with this list of modes and of variables.
fn scenario(modes: &str, variables: &str) -> Scenario {
    let config = format!("envgate:\n  modes: {{{modes}}}\n  variables: {{{variables}}}\na: 1\n");
    Scenario::new().file("config.yml", config)
}

/// One live mode with this env file.
fn live(file: &str, variables: &str) -> Scenario {
    scenario("live: {env_files: [x.live.env]}", variables).configured_env_file("x.live.env", file)
}

fn ages(scenario: Scenario, more: &[&str]) -> Outcome {
    let outcome = scenario.ask(["ages", "config.yml"].iter().chain(more));
    outcome.hides("value-of-")
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout()).unwrap_or_else(|error| panic!("{error}: {}", outcome.stderr()))
}

fn secrets(outcome: &Outcome) -> Vec<Value> {
    report(outcome)["secrets"].as_array().expect("a list").clone()
}

/// The one secret of this name.
#[track_caller]
fn secret(outcome: &Outcome, name: &str) -> Value {
    let found: Vec<Value> =
        secrets(outcome).into_iter().filter(|secret| secret["variable"] == *name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].clone()
}

#[test]
fn a_mode_without_a_limit_has_that_of_its_name_or_class() {
    let expected = [
        ("dev", 180, ""),
        ("test", 180, ""),
        ("paper", 90, ""),
        ("shadow", 90, ""),
        ("soak", 90, ""),
        ("live", 30, ""),
        ("prod", 30, ""),
        ("production", 30, ""),
        ("canary", 30, "class: live, "),
        ("replay", 90, "class: paper, "),
    ];
    let modes = expected.map(|(mode, _, class)| format!("{mode}: {{{class}env_files: [x.{mode}.env]}}"));
    let mut scenario = scenario(&modes.join(", "), "");
    for (mode, ..) in expected {
        scenario = scenario.configured_env_file(&format!("x.{mode}.env"), rotated("KEY", "yesterday"));
    }
    let outcome = ages(scenario, &["--json"]).ended(0);
    let secrets = secrets(&outcome);
    assert_eq!(secrets.len(), expected.len());
    for (mode, days, _) in expected {
        let secret = secrets.iter().find(|secret| secret["mode"] == mode).expect("the mode's secret");
        assert_eq!(
            secret["limit"],
            serde_json::json!({"seconds": days * DAY, "source": "default"}),
            "{mode}"
        );
        assert_eq!(
            (&secret["state"], &secret["age"]["since"]),
            (&"fine".into(), &"rotated".into()),
            "{mode}"
        );
    }
}

#[test]
fn a_limit_of_the_variable_stands_before_that_of_the_mode_and_both_before_the_default() {
    let file = rotated("OWN", "40 days ago") + &rotated("OTHER", "40 days ago");
    let scenario = scenario("live: {max_age: 50d, env_files: [x.live.env]}", "OWN: {max_age: 200d}")
        .configured_env_file("x.live.env", file);
    let outcome = ages(scenario, &["--json"]).ended(0);
    let (own, other) = (secret(&outcome, "OWN"), secret(&outcome, "OTHER"));
    assert_eq!((&own["limit"]["source"], &own["state"]), (&"variable".into(), &"fine".into()));
    assert_eq!((&other["limit"]["source"], &other["state"]), (&"mode".into(), &"soon".into()));
}

#[test]
fn the_worst_stands_first_and_what_is_over_or_ended_is_a_finding() {
    let file = rotated("FINE", "2 days ago")
        + "UNKNOWN=value-of-UNKNOWN\n"
        + &rotated("SOON", "25 days ago")
        + &rotated("OVER", "31 days ago")
        + &format!("# expires: {}\n", moment("yesterday"))
        + &rotated("ENDED", "2 days ago")
        + &format!("# expires: {}\n", moment("13 days"))
        + &rotated("ENDING", "2 days ago");
    let outcome = ages(live(&file, "").changed_days_ago(2), &[]).ended(1);
    let lines: Vec<String> = outcome.stdout().lines().map(str::to_owned).collect();
    let first = |line: &String| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let beginnings: Vec<String> = lines.iter().take(7).map(first).collect();
    assert_eq!(
        beginnings,
        [
            "STATE VARIABLE",
            "ended ENDED",
            "over OVER",
            "soon SOON",
            "soon ENDING",
            "unknown UNKNOWN",
            "fine FINE"
        ],
        "{}",
        outcome.stdout()
    );
    let outcome = outcome.found("1 day over").found("30 days (default)").found("≥ 2 days");
    outcome.found("6 secrets: 1 ended, 1 over, 2 soon, 1 unknown, 1 fine\n");
}

#[test]
fn what_is_soon_over_or_unknown_counts_where_it_is_asked_for() {
    ages(live(&rotated("KEY", "2 days ago"), ""), &["--strict"]).ended(0).found("1 secret: 1 fine\n");
    for file in [rotated("KEY", "25 days ago"), "KEY=value-of-KEY\n".to_owned()] {
        ages(live(&file, ""), &[]).ended(0);
        ages(live(&file, ""), &["--strict"]).ended(1);
    }
}

#[test]
fn a_declared_end_counts_beside_the_record_and_the_earlier_one_does() {
    let file = rotated("KEY", "2 days ago");
    let outcome = ages(live(&file, "KEY: {expires: 2026-01-01}"), &["--json"]).ended(1);
    let key = secret(&outcome, "KEY");
    assert_eq!((&key["state"], &key["expires"]), (&"ended".into(), &"2026-01-01T00:00:00Z".into()));
    assert!(key["left"].as_i64().expect("a number") < 0, "{key}");
}

#[test]
fn without_a_record_the_file_says_how_old_a_secret_is_at_least() {
    let scenario = live("KEY=value-of-KEY\n", "");
    let touch = |scenario: &Scenario, when: &str| {
        let touched = Command::new("touch").args(["-d", when]).arg(scenario.path("x.live.env")).status();
        assert!(touched.expect("touch").success());
    };
    touch(&scenario, "10 days ago");
    let outcome = ages(scenario, &["--json"]).ended(0);
    let key = secret(&outcome, "KEY");
    assert_eq!((&key["state"], &key["age"]["since"]), (&"unknown".into(), &"file-changed".into()));
    assert_eq!(key["reason"], "nothing says how old it is");
    let scenario = outcome.scenario;
    touch(&scenario, "31 days ago");
    ages(scenario, &[]).ended(1).found("over");
}

#[test]
fn a_record_that_cannot_be_right_makes_no_secret_fine() {
    for (record, reason) in [
        ("# rotated: last week", "cannot be read"),
        ("# rotated: 2126-01-01", "is still to come"),
        // The end may be long past.
        (&format!("# rotated: {}\n# expires: in March", moment("yesterday")), "cannot be read"),
    ] {
        let outcome = ages(live(&format!("{record}\nKEY=value-of-KEY\n"), ""), &["--json"]).ended(0);
        let key = secret(&outcome, "KEY");
        assert_eq!(key["state"], "unknown", "{record}");
        assert!(key["reason"].as_str().expect("a reason").contains(reason), "{record}: {key}");
    }
}

#[test]
fn what_may_not_be_read_is_unknown_and_never_left_out() {
    let modes = "live: {env_files: [gone.live.env]}, paper: {env_files: [broken.paper.env, folder, \
                 {path: none.paper.env, optional: true}]}, prod: {env_files: ['credential:prod.env']}";
    let scenario = || {
        scenario(modes, "TOKEN: {from: 'credential:token'}")
            .configured_env_file("broken.paper.env", "KEY=value-of-KEY\nOTHER='value-of-OTHER\n")
            .file("folder/x", "")
    };
    let outcome = ages(scenario(), &["--json"]).ended(0);
    for (file, reason) in [
        ("/gone.live.env", "does not exist"),
        ("/broken.paper.env", "(line 2)"),
        ("/folder", ""),
        ("credential:prod.env", "only the unit"),
    ] {
        let secrets = secrets(&outcome);
        let of_file = |secret: &&Value| {
            secret["variable"].is_null() && secret["file"].as_str().is_some_and(|path| path.ends_with(file))
        };
        let row = secrets.iter().find(of_file).unwrap_or_else(|| panic!("{file}: {secrets:#?}"));
        assert_eq!(row["state"], "unknown");
        assert!(row["reason"].as_str().expect("a reason").contains(reason), "{row}");
    }
    assert_eq!(secret(&outcome, "KEY")["state"], "unknown");
    let tokens = secrets(&outcome).into_iter().filter(|secret| secret["file"] == "credential:token").count();
    assert_eq!(tokens, 3, "one in each mode");
    assert!(!outcome.stdout().contains("none.paper.env"), "an optional file may be missing");
    ages(scenario(), &["--strict"]).ended(1).found("4 files not read");
}

#[test]
fn a_path_with_an_instance_is_looked_at_for_each_one_named() {
    let scenario = || {
        scenario("live: {env_files: [all.live.env, 'x-{instance}.live.env']}", "")
            .configured_env_file("all.live.env", rotated("SHARED", "2 days ago"))
            .configured_env_file("x-ES.live.env", rotated("KEY", "3 days ago"))
            .configured_env_file("x-NQ.live.env", rotated("KEY", "40 days ago"))
    };
    let outcome = ages(scenario(), &["--strict"]).ended(1);
    outcome.found("its path needs an instance: name it with -i").found("SHARED");
    let outcome = ages(scenario(), &["-i", "ES", "-i", "NQ", "--json"]).ended(1);
    let files: Vec<String> = secrets(&outcome)
        .iter()
        .map(|secret| {
            secret["file"].as_str().and_then(|file| file.rsplit('/').next()).expect("a file").to_owned()
        })
        .collect();
    assert_eq!(files, ["x-NQ.live.env", "x-ES.live.env", "all.live.env"], "each once, the worst first");
    ages(scenario(), &["-i", "../x"]).ended(64);
}

#[test]
fn what_is_no_secret_and_what_is_beaten_is_left_out() {
    let scenario = scenario(
        "live: {env_files: [first.live.env, second.live.env, any.env]}",
        "LOG_LEVEL: {secret: false}",
    )
    .configured_env_file("first.live.env", rotated("KEY", "40 days ago") + "LOG_LEVEL=debug\n")
    .configured_env_file("second.live.env", rotated("KEY", "2 days ago"))
    .configured_env_file("any.env", "ENVGATE_MODE=any\nREGION=eu\n");
    let outcome = ages(scenario, &["--json"]).ended(0);
    assert_eq!(secrets(&outcome).len(), 1, "{}", outcome.stdout());
    assert!(secret(&outcome, "KEY")["file"].as_str().expect("a file").ends_with("second.live.env"));
}

#[test]
fn a_config_that_cannot_be_read_decides_and_hides_no_other() {
    let scenario = || live(&rotated("KEY", "40 days ago"), "");
    ages(scenario(), &["gone.yml"]).ended(66).found("the config does not exist").found("over");
    ages(scenario().file("bare.yml", "a: 1\n"), &["bare.yml"]).ended(78).found("the config lists no modes");
    let unclassed = "envgate: {modes: {canary: {env_files: [x.live.env]}}}\n";
    ages(scenario().file("unclassed.yml", unclassed), &["unclassed.yml"]).ended(78).found("real money");
    let broken = "envgate: {modes: {live: {env_file: [x.live.env]}}}\n";
    ages(scenario().file("broken.yml", broken), &["broken.yml"]).ended(65).found("did you mean env_files");
    // Named twice is looked at once.
    ages(scenario(), &["config.yml"]).ended(1).found("1 secret: 1 over\n");
}

#[test]
fn metrics_are_written_whole_and_readable_and_keep_what_a_file_had() {
    let file = rotated("KEY", "40 days ago") + "# expires: 2126-01-01\nTOKEN=value-of-TOKEN\n";
    let outcome = ages(live(&file, ""), &["--prometheus", "envgate.prom"]).ended(1);
    let path = outcome.scenario.path("envgate.prom");
    let mode = || std::fs::metadata(&path).expect("the metrics").permissions().mode() & 0o7777;
    assert_eq!(mode(), 0o644);
    let text = std::fs::read_to_string(&path).expect("the metrics");
    let folder = outcome.scenario.folder().display().to_string();
    let labels = |name| {
        format!(
            "{{config=\"{folder}/config.yml\",mode=\"live\",file=\"{folder}/x.live.env\",variable=\"{name}\""
        )
    };
    for line in [
        format!("envgate_secret_age_limit_seconds{}}} {}", labels("KEY"), 30 * DAY),
        format!("envgate_secret_expires_timestamp_seconds{}}} 4922899200", labels("TOKEN")),
        format!("envgate_secret_state{},state=\"over\"}} 1", labels("KEY")),
        "# TYPE envgate_secret_age_seconds gauge".to_owned(),
        "envgate_ages_refused 0".to_owned(),
    ] {
        assert!(text.lines().any(|known| known == line), "{line}\n{text}");
    }
    assert!(!text.contains("value-of-"));
    // Again, over what is there; nothing else stays behind.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("chmod");
    let outcome = ages(outcome.scenario, &["gone.yml", "--prometheus", "envgate.prom"]).ended(66);
    assert_eq!(mode(), 0o640);
    let text = std::fs::read_to_string(&path).expect("the metrics");
    assert!(text.contains("\nenvgate_ages_refused 1\n"), "{text}");
    let entries = std::fs::read_dir(outcome.scenario.folder()).expect("the folder").count();
    assert_eq!(entries, 3, "the config, the env file and the metrics");
    ages(outcome.scenario, &["--prometheus", "nowhere/envgate.prom"]).ended(66).found("the metrics");
}

#[test]
fn without_a_config_and_without_a_policy_that_lists_one_it_says_so() {
    Scenario::new().ask(["ages"]).ended(64).found("no config is named, and the host policy lists none");
}
