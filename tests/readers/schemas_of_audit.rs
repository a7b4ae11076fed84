//! What `audit --json` prints is what its schema says.

use std::path::Path;

use envgate::caller::Caller;
use envgate::kept::Places;
use envgate::mode::{Class, Instance, ModeName};
use envgate::name::Name;
use envgate::trail::{Action, Outcome, Record, Trail, UnitOutcome};
use libtest_mimic::Trial;
use nix::unistd::Uid;
use serde_json::{Value, json};

use super::schema::{faults, schema, valid};
use super::schemas::validated;
use super::support::Scenario;

pub fn trials() -> Vec<Trial> {
    vec![validated("what_audit_prints_is_what_its_schema_says", audit)]
}

/// A user whom no machine has: root's own trail is the host's.
const ALICE: u32 = 54321;

/// A record of each action, bare and with everything.
fn record(folder: &Path) {
    let places = Places::below(&folder.join("envgate"), Uid::effective().as_raw());
    let trail = Trail::open(&places, &Caller::snapshot()).expect("a trail");
    for action in Action::ALL {
        let mut record = Record::new(*action, Outcome::Failed);
        trail.append(&record).expect("a record");
        record.outcome = Outcome::Done;
        record.files = vec!["/etc/pine/pine.live.env".into()];
        record.variables = vec![Name::parse(b"KEY").expect("a name")];
        record.mode = ModeName::parse("live");
        record.class = Some(Class::Live);
        record.instances = Instance::parse("ES").into_iter().collect();
        record.generation.before = Some("5be9d7cbe16f".into());
        record.generation.after = Some("d1b98ae4cb19".into());
        record.units = vec![UnitOutcome { unit: "pine@ES.service".into(), outcome: "restarted".into() }];
        record.reason = Some("monthly\n\u{9b}".into());
        trail.append(&record).expect("a record");
    }
}

fn audit() {
    let scenario = Scenario::new();
    record(scenario.folder());
    let state = scenario.folder().to_owned();
    let mut scenario = scenario.caller_variable("XDG_STATE_HOME", state);
    if Uid::effective().is_root() {
        scenario = scenario.as_user(ALICE);
    }
    let ask = |words: &[&str]| -> Value {
        let output = scenario.asked(words).output().expect("envgate");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let shown = ask(&["audit", "show", "--json"]);
    let all = Action::ALL.len() * 2;
    assert_eq!(
        (shown["count"].as_u64(), shown["records"].as_array().map(Vec::len)),
        (Some(all as u64), Some(all))
    );
    let actions = &schema("audit")["$defs"]["record"]["properties"]["action"]["enum"];
    assert_eq!(*actions, json!(Action::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>()));
    let count = |words: &[&str]| ask(&[&["audit", "show", "--json"], words].concat())["count"].as_u64();
    for (words, expected) in [
        (["--action", "promote"], 2),
        (["--variable", "KEY"], 9),
        (["--variable", "OTHER"], 0),
        (["--file", "pine.live.env"], 9),
        (["--file", "/etc/pine/*"], 9),
        (["--file", "live"], 0),
        (["--unit", "pine@ES"], 9),
        (["--unit", "pine@*.service"], 9),
        (["--since", "1h"], 18),
        (["--since", "2100-01-01"], 0),
    ] {
        assert_eq!(count(&words), Some(expected), "{words:?}");
    }
    let verified = ask(&["audit", "verify", "--json"]);
    assert_eq!(verified["count"], all);
    let path = scenario.path("envgate/audit.jsonl");
    let whole = std::fs::read_to_string(&path).expect("the trail");
    std::fs::write(&path, whole.replacen("monthly", "yearly!", 1) + "{\"time\":\"2").expect("changed");
    let changed = ask(&["audit", "verify", "--json"]);
    assert_eq!(changed["faults"], json!([{"line": 2, "kind": "changed"}, {"line": all + 1, "kind": "torn"}]));
    let documents = [shown.clone(), verified, changed, ask(&["audit", "show", "--json"])];
    valid("audit", &documents);
    let broken = |edit: fn(&mut Value)| {
        let mut document = shown.clone();
        edit(&mut document);
        document
    };
    let documents = [
        broken(|document| document["records"][0]["value"] = json!("abc")),
        broken(|document| document["records"][0]["hash"] = json!("abc")),
        broken(|document| document["faults"] = json!([{"line": 0, "kind": "torn"}])),
        broken(|document| document["records"][1]["actor"]["uid"] = json!("root")),
    ];
    for (document, faults) in documents.iter().zip(faults("audit", &documents)) {
        assert!(!faults.is_empty(), "{document:#}");
    }
}
