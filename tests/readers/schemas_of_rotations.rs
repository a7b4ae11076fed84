//! What `rotate … --json` prints is what its schema says, at every step; and no value is in it.

use std::io::Write;

use envgate::rotation::{Phase, UnitStep};
use libtest_mimic::Trial;
use nix::unistd::Uid;
use serde_json::{Value, json};

use super::schema::{faults, schema, valid};
use super::schemas::validated;
use super::support::Scenario;

pub fn trials() -> Vec<Trial> {
    vec![validated("what_rotate_prints_is_what_its_schema_says_and_no_value_is_in_it", rotate)]
}

/// A user whom no machine has: root's own state is the host's.
const ALICE: u32 = 54321;
/// Part of every value.
const CANARY: &str = "Canary7e21";
/// The launch: two instances, whose files hold a set.
const LAUNCH: &[&str] = &[
    "API_KEY",
    "API_SECRET",
    "-m",
    "live",
    "-c",
    "config.yml",
    "-i",
    "ES",
    "-i",
    "NQ",
    "--reason",
    "monthly",
];

fn scenario() -> Scenario {
    let contents = |serial: u32| {
        format!("ENVGATE_MODE=live\nAPI_KEY=key-{CANARY}-{serial}\nAPI_SECRET=secret-{CANARY}-{serial}\n")
    };
    let scenario = Scenario::new()
        .file("config.yml", "envgate:\n  modes: {live: {env_files: ['env/{instance}.live.env']}}\n")
        .configured_env_file("env/ES.live.env", contents(0))
        .configured_env_file("env/NQ.live.env", contents(0));
    std::fs::create_dir(scenario.path("state")).expect("a folder");
    let state = scenario.path("state");
    let scenario = scenario.caller_variable("XDG_STATE_HOME", state);
    if Uid::effective().is_root() { scenario.as_user(ALICE) } else { scenario }
}

/// A step as it prints; `stage` and `run` get the values of this serial.
fn step(scenario: &Scenario, words: &[&str], serial: u32) -> Value {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer
        .write_all(format!("key-{CANARY}-{serial}\nsecret-{CANARY}-{serial}\n").as_bytes())
        .expect("written");
    drop(writer);
    let mut command = scenario.asked(["rotate"].iter().chain(words).chain(&["--json"]));
    let output = command.stdin(reader).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    assert!(!said.contains(CANARY) && !said.contains("key-"), "{words:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}: {said}"))
}

fn rotate() {
    let scenario = scenario();
    let with = |word: &'static str| [&[word], LAUNCH].concat();
    let mut printed = vec![step(&scenario, &["show"], 0)];
    assert_eq!(printed[0]["rotations"], json!([]));
    for (words, phase) in [
        (with("stage"), Some("staged")),
        (vec!["show", "API_KEY", "-i", "NQ"], Some("staged")),
        (vec!["show", "OTHER"], None),
        (vec!["promote"], Some("promoted")),
        (vec!["rollback", "--reason", "orders were refused"], Some("staged")),
        (vec!["discard"], None),
        (with("run"), Some("promoted")),
        (vec!["close", "--revoked"], None),
        ([&["run", "--compromised"], LAUNCH].concat(), Some("promoted")),
    ] {
        let serial = u32::try_from(printed.len()).expect("a few");
        let document = step(&scenario, &words, serial);
        assert_eq!(document["rotations"][0]["phase"].as_str(), phase, "{words:?}: {document:#}");
        printed.push(document);
    }
    let one = &printed[1]["rotations"][0];
    assert_eq!((&one["reason"], &one["instances"]), (&json!("monthly"), &json!(["ES", "NQ"])));
    assert_eq!(one["files"][1]["variables"], json!(["API_KEY", "API_SECRET"]));
    assert_eq!(printed[5]["rotations"][0]["reason"], "orders were refused");
    let behind = |at: usize| (&printed[at]["rotations"][0]["remaining"], &printed[at]["rolled_back"]);
    assert_eq!(behind(1), (&Value::Null, &Value::Null), "a staging leaves nobody behind");
    assert_eq!(behind(4), (&json!([]), &Value::Null));
    assert_eq!(behind(5), (&json!([]), &json!([])));
    valid("rotate", &printed);
    let broken = |edit: fn(&mut Value)| {
        let mut document = printed[1].clone();
        edit(&mut document["rotations"][0]);
        document
    };
    let documents = [
        broken(|rotation| rotation["value"] = json!("abc")),
        broken(|rotation| rotation["phase"] = json!("done")),
        broken(|rotation| rotation["files"] = json!([])),
        broken(|rotation| rotation["remaining"] = json!([{"unit": null, "processes": ["7"], "mend": "x"}])),
        broken(|rotation| rotation["units"] = json!([{"unit": "a.service", "step": "dead", "said": ""}])),
    ];
    for (document, faults) in documents.iter().zip(faults("rotate", &documents)) {
        assert!(!faults.is_empty(), "{document:#}");
    }
    all_are_named();
}

/// What only a running systemd or a kill brings about is named all the same.
fn all_are_named() {
    let definitions = &schema("rotate")["$defs"];
    let phases = [
        Phase::Staging,
        Phase::Staged,
        Phase::Promoting,
        Phase::Promoted,
        Phase::Restarting,
        Phase::RollingBack,
        Phase::Discarding,
        Phase::Closing,
    ];
    let phases: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
    assert_eq!(definitions["rotation"]["properties"]["phase"]["enum"], json!(phases));
    let steps = [
        UnitStep::Waiting,
        UnitStep::Touched,
        UnitStep::Proven,
        UnitStep::Unknown,
        UnitStep::Failed,
        UnitStep::Back,
    ];
    assert_eq!(definitions["unit"]["properties"]["step"]["enum"], json!(steps));
}
