//! What `ages --prometheus` writes, read by Prometheus's own parser for Python; and what `ages --json` prints, by its
//! published schema.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Trial};
use serde_json::{Value, json};

use super::schema::{faults, valid};
use super::schemas::validated;
use super::support::Scenario;

const PYTHON: &str = "/usr/bin/python3";
/// Every sample: family, type, name, labels, value.
const PARSER: &str = "
import json, sys
from prometheus_client.parser import text_string_to_metric_families as families
found = []
for family in families(open(sys.argv[1], encoding='utf-8', newline='').read()):
    for sample in family.samples:
        found.append([family.name, family.type, sample.name, sample.labels, sample.value])
print(json.dumps(found))
";

pub fn trials() -> Vec<Trial> {
    let parsed =
        Trial::ignorable_test("prometheus_reads_the_metrics_as_they_are_meant", || match missing() {
            None => {
                metrics();
                Ok(Completion::Completed)
            }
            Some(reason) => Ok(Completion::ignored_with(reason)),
        });
    let rotations = Trial::ignorable_test("prometheus_reads_the_open_rotations_of_the_user_who_asks", || {
        match missing() {
            None => {
                rotations();
                Ok(Completion::Completed)
            }
            Some(reason) => Ok(Completion::ignored_with(reason)),
        }
    });
    vec![parsed, rotations, validated("what_ages_prints_is_what_its_schema_says", ages)]
}

fn missing() -> Option<String> {
    let probe =
        Command::new(PYTHON).args(["-c", "import prometheus_client.parser"]).stderr(Stdio::null()).status();
    let there = probe.is_ok_and(|status| status.success());
    (!there).then(|| {
        format!("{PYTHON} with prometheus_client is not there (apt-get install python3-prometheus-client)")
    })
}

fn samples(file: &Path) -> Vec<Value> {
    let output = Command::new(PYTHON).args(["-c", PARSER]).arg(file).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Paths that the format could take for its own.
const FOLDER: &str = "a \"quoted\" \\n back\\slash,{x=\"y\"} 東京\nsecond line";

fn scenario() -> Scenario {
    let config = "envgate:\n  modes:\n    live: {max_age: 20d, env_files: [x.live.env, 'y-{instance}.live.env']}\n    \
                  paper: {env_files: [x.paper.env, gone.paper.env]}\n  variables: {TOKEN: {from: 'credential:token'}}\n";
    Scenario::new()
        .file(&format!("{FOLDER}/config.yml"), config)
        .configured_env_file(
            &format!("{FOLDER}/x.live.env"),
            "# rotated: 2026-01-01\nOLD=1\n# expires: 2026-02-01\nENDED=2\n# expires: 2126-01-01\nNEW=3\n",
        )
        .configured_env_file(&format!("{FOLDER}/x.paper.env"), "NEW=4\nBROKEN='5\n")
}

fn look(scenario: Scenario, more: &[&str]) -> (Value, Scenario) {
    let config = format!("{FOLDER}/config.yml");
    let outcome = scenario.ask([&["ages", "--json", config.as_str()], more].concat());
    let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(report["status"], json!(outcome.status()), "{report:#}");
    (report, outcome.scenario)
}

fn metrics() {
    let (report, scenario) = look(scenario(), &["--prometheus", "envgate.prom"]);
    let samples = samples(&scenario.path("envgate.prom"));
    let secrets = report["secrets"].as_array().expect("a list");
    assert!(secrets.len() >= 7, "{report:#}");
    let of = |name: &str, secret: &Value| -> Option<Value> {
        let is_of = |sample: &&Value| {
            let same = |label: &str| {
                sample[3][label].as_str().unwrap_or("-") == secret[label].as_str().unwrap_or_default()
            };
            sample[2] == name && ["config", "mode", "file", "variable"].into_iter().all(same)
        };
        let found: Vec<&Value> = samples.iter().filter(is_of).collect();
        assert!(found.len() <= 1, "{found:?}");
        assert!(found.iter().all(|sample| sample[1] == "gauge"), "{found:?}");
        found.first().map(|sample| (*sample).clone())
    };
    for secret in secrets {
        let state = of("envgate_secret_state", secret).unwrap_or_else(|| panic!("{secret}\n{samples:#?}"));
        assert_eq!((&state[3]["state"], state[4].as_f64()), (&secret["state"], Some(1.0)));
        let age = of("envgate_secret_age_seconds", secret).map(|sample| sample[4].as_f64());
        let limit = of("envgate_secret_age_limit_seconds", secret).map(|sample| sample[4].as_f64());
        assert_eq!(age.flatten(), secret["age"]["seconds"].as_f64(), "{secret}");
        assert_eq!(limit.flatten(), secret["limit"]["seconds"].as_f64(), "{secret}");
        let ends = of("envgate_secret_expires_timestamp_seconds", secret);
        assert_eq!(ends.is_some(), !secret["expires"].is_null(), "{secret}");
    }
    let number = |name: &str| {
        let sample = samples.iter().find(|sample| sample[2] == name);
        sample.unwrap_or_else(|| panic!("no {name}: {samples:?}"))[4].clone()
    };
    assert_eq!(number("envgate_ages_refused").as_f64(), Some(0.0));
    assert!(number("envgate_processes_unreadable").as_f64().is_some());
}

/// A user whom no machine has: root's own rotations are the host's.
const ALICE: u32 = 54321;

fn rotations() {
    let mut scenario = scenario();
    std::fs::create_dir(scenario.path("state")).expect("a folder");
    let state = scenario.path("state");
    scenario = scenario.caller_variable("XDG_STATE_HOME", state);
    if nix::unistd::Uid::effective().is_root() {
        scenario = scenario.as_user(ALICE);
    }
    let file = format!("{FOLDER}/w.paper.env");
    let scenario = scenario.configured_env_file(&file, "KEY=abc\n");
    if nix::unistd::Uid::effective().is_root() {
        std::os::unix::fs::chown(scenario.path(&file), Some(ALICE), Some(ALICE)).expect("chown");
    }
    let config = format!("{FOLDER}/config.yml");
    let written = |scenario: &Scenario| {
        let output =
            scenario.asked(["ages", &config, "--prometheus", "envgate.prom"]).output().expect("envgate");
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        samples(&scenario.path("envgate.prom"))
    };
    let of = |samples: &[Value], name: &str| -> Vec<Value> {
        samples.iter().filter(|sample| sample[2] == name).cloned().collect()
    };
    // A look makes no folder, and a rotation has one.
    let before = written(&scenario);
    assert!(
        of(&before, "envgate_rotation_open_seconds").is_empty() && !scenario.path("state/envgate").exists()
    );
    let mut stage = scenario.asked(["rotate", "stage", "KEY", "-m", "paper", "-e", &file]);
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    std::io::Write::write_all(&mut writer, b"another value").expect("written");
    drop(writer);
    let staged = stage.stdin(reader).output().expect("envgate");
    assert!(staged.status.success(), "{}", String::from_utf8_lossy(&staged.stderr));
    let open = of(&written(&scenario), "envgate_rotation_open_seconds");
    let [sample] = open.as_slice() else { panic!("{open:?}") };
    let path = std::fs::canonicalize(scenario.path(&file)).expect("a path");
    assert_eq!(sample[3], json!({"file": path.to_str(), "mode": "paper", "phase": "staged"}));
    assert!(sample[4].as_f64().is_some_and(|seconds| seconds < 600.0) && sample[1] == "gauge", "{sample}");
    // What cannot be read is said.
    let record =
        std::fs::read_dir(scenario.path("state/envgate/rotations")).expect("it").next().expect("one");
    std::fs::write(record.expect("one").path().join("record.json"), "{").expect("broken");
    let broken = written(&scenario);
    let unreadable = of(&broken, "envgate_rotations_unreadable");
    assert_eq!((unreadable[0][4].as_f64(), unreadable.len()), (Some(1.0), 1));
}

fn ages() {
    let (report, _) = look(scenario(), &[]);
    let mut reports = vec![report];
    for more in [&["-i", "ES"][..], &["gone.yml"], &["--strict", "-i", "a/b"]] {
        reports.push(look(scenario(), more).0);
    }
    let states = |state: &str| {
        let all = reports.iter().flat_map(|report| report["secrets"].as_array().expect("a list"));
        all.filter(|secret| secret["state"] == *state).count()
    };
    for state in ["ended", "over", "unknown"] {
        assert!(states(state) > 0, "{state}: {reports:#?}");
    }
    assert!(reports.iter().any(|report| report["findings"][0]["gate"] == "input"));
    valid("ages", &reports);
    let mut broken = reports[0].clone();
    broken["secrets"][0]["state"] = json!("stale");
    broken["secrets"][0]["value"] = json!("1");
    assert_eq!(faults("ages", &[broken])[0].len(), 2);
}
