//! What `--json` prints is what the published schemas say, by a validator that is not ours.

use std::collections::BTreeSet;

use envgate::finding::{Finding, Gate, Place};
use envgate::name::Name;
use libtest_mimic::{Completion, Trial};
use serde_json::{Value, json};

use super::schema::{faults, folder, missing, schema, valid};
use super::support::{ENVGATE, Scenario};

pub fn trials() -> Vec<Trial> {
    vec![
        always("every_schema_is_closed_versioned_and_described", described),
        always("the_schemas_name_the_gates_of_the_program", gates),
        validated("what_check_prints_is_what_its_schema_says", check),
        validated("a_finding_of_every_gate_is_what_the_schema_says", every_gate),
        validated("what_check_unit_prints_without_a_unit_is_what_its_schema_says", check_unit),
        validated("what_status_prints_is_what_its_schema_says", status),
        validated("what_render_prints_is_what_its_schema_says", render),
        validated("what_init_prints_is_what_its_schema_says", init),
        validated("a_broken_output_is_not_what_the_schema_says", broken),
    ]
}

fn always(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

pub(super) fn validated(name: &str, test: fn()) -> Trial {
    Trial::ignorable_test(name, move || match missing() {
        None => {
            test();
            Ok(Completion::Completed)
        }
        Some(reason) => Ok(Completion::ignored_with(reason)),
    })
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("the schemas");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
}

/// Every object of a schema that describes objects.
fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(fields) => {
            if fields.get("type") == Some(&json!("object")) {
                found.push(schema);
            }
            fields.values().for_each(|field| objects(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

fn described() {
    let names = names();
    for verb in [
        "ages",
        "audit",
        "check",
        "check-all-modes",
        "check-unit",
        "init",
        "lint",
        "render",
        "rotate",
        "status",
        "workers",
    ] {
        assert!(names.iter().any(|name| name == verb), "{verb}");
    }
    for name in names {
        let schema = schema(&name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["properties"]["schema"]["const"], 1, "{name}");
        let mut found = Vec::new();
        objects(&schema, &mut found);
        for object in found {
            assert_eq!(object["additionalProperties"], false, "{name}: {object:#}");
            for (field, what) in object["properties"].as_object().expect("fields") {
                let description = what["description"].as_str().unwrap_or("");
                assert!(description.ends_with('.'), "{name}: {field} is not described");
            }
        }
    }
}

fn gates() {
    let gates: Vec<&str> = Gate::ALL.iter().map(|gate| gate.as_str()).collect();
    for name in names() {
        let schema = schema(&name);
        if let Some(gate) = schema["$defs"].get("gate") {
            assert_eq!(gate["enum"], json!(gates), "{name}");
        }
        if let Some(finding) = schema["$defs"].get("finding") {
            assert_eq!(*finding, super::schema::schema("check")["$defs"]["finding"], "{name}");
        }
    }
}

/// A config whose faults are many, and one that is fine but for what a line of it says.
pub(super) const GOOD: &str = "envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env]}, live: {env_files: [x.live.env]}}\n";

pub(super) fn with(env_file: &str, config: &str) -> Scenario {
    Scenario::new().configured_env_file("x.paper.env", env_file).config(config)
}

/// Launches that are fine, warned of, and refused, for most of the reasons there are.
fn scenarios() -> Vec<(Scenario, &'static str)> {
    let good = |rest: &str| with("KEY=abc\n", &format!("{GOOD}{rest}"));
    vec![
        (good("a: ${KEY}\n"), "paper"),
        (with("KEY='a$B'\n", &format!("{GOOD}a: ${{KEY}}\n")), "paper"),
        (good("a: ${MISSING}\nb: ${OTHER:-x}\n"), "paper"),
        (good("a: 1\n").argument("-i").argument("../x"), "paper"),
        (good("a: 1\n").argument("--set").argument("SYMBOL=ES").argument("-i").argument("ES"), "paper"),
        (good("a: 1\n"), "live"),
        (good("a: 1\n"), "nonsense"),
        (good("a: [\n"), "paper"),
        (good("  variables: {KEY: {endpoint: data}}\n  endpoints: {data: [a.b]}\na: ${KEY}\n"), "paper"),
        (good("  comand: x\na: 1\n"), "paper"),
        (good("  variables: {NEEDED: {}, KEY: {length: 32}, UNUSED: {required: false}}\na: 1\n"), "paper"),
        (good("  config: {delivery: file}\na: 1\n"), "paper"),
        (with("KEY=a\nKEY=a\n", GOOD), "paper"),
        (with("KEY=changeme\nLD_PRELOAD=x\nENVGATE_CLASS=live\n", GOOD), "paper"),
        (with("ENVGATE_MODE=live\nKEY=a\n", GOOD), "paper"),
        (with("KEY=abc\n", GOOD).argument("-e").argument("/dev/null"), "paper"),
        (with("KEY=abc\n", GOOD).command(["/no/such/program"]), "paper"),
        (with("KEY=abc\n", "envgate: {modes: {paper: {expect: {KEY: {equals: x}}}}}\na: 1\n"), "paper"),
        (with("KEY=abc\n", "envgate: {modes: {paper: {users: [nobody-such]}}}\na: 1\n"), "paper"),
        (Scenario::new().env_file("x.paper.env", "KEY=abc\n").mode(0o644).command(["/bin/true"]), "paper"),
        (
            Scenario::new()
                .env_file("x.paper.env", format!("KEY={}\n", "x".repeat(1 << 20)))
                .command(["/bin/true"]),
            "paper",
        ),
        (Scenario::new().command(["/bin/true"]), "paper"),
        (Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/bin/true"]), "paper"),
    ]
}

/// The report of one run, which also must end with the status that it prints.
pub(super) fn report(scenario: Scenario, verb: &'static str, mode: &str) -> Value {
    let outcome = scenario.verb(verb).argument("--json").run(mode);
    let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(report["status"], json!(outcome.status()), "{report:#}");
    report
}

fn reports(verb: &'static str) -> Vec<Value> {
    scenarios().into_iter().map(|(scenario, mode)| report(scenario, verb, mode)).collect()
}

fn verdicts(reports: &[Value]) -> BTreeSet<&str> {
    reports.iter().map(|report| report["verdict"].as_str().expect("a word")).collect()
}

fn check() {
    let mut reports = reports("check");
    reports.push(report(
        with("KEY='a$B'\n", &format!("{GOOD}a: ${{KEY}}\n")).argument("--strict"),
        "check",
        "paper",
    ));
    assert_eq!(verdicts(&reports), BTreeSet::from(["fine", "refused", "warned"]));
    let found: BTreeSet<&str> = reports
        .iter()
        .flat_map(|report| report["findings"].as_array().expect("findings"))
        .map(|finding| finding["gate"].as_str().expect("a word"))
        .collect();
    for gate in [
        "usage",
        "input",
        "permission",
        "file-kind",
        "syntax",
        "duplicate",
        "size",
        "loader-variable",
        "reserved-name",
        "placeholder",
        "required",
        "dummy-value",
        "length",
        "expect",
        "mode",
        "file-mode",
        "user",
        "command",
        "delivery",
    ] {
        assert!(found.contains(gate), "no scenario is refused by {gate}: {found:?}");
    }
    valid("check", &reports);
}

/// Gates that need another host, user or moment are shown by what the program makes of their findings.
fn every_gate() {
    let mut report = report(with("KEY=abc\n", GOOD), "check", "paper");
    let name = Name::parse(b"KEY").expect("a name");
    let mut findings = Vec::new();
    for gate in Gate::ALL {
        for finding in [Finding::refuses(*gate, "what"), Finding::warns(*gate, "what")] {
            let finding = finding.why("why").mend("mend");
            findings.push(json!(finding));
            findings.push(json!(finding.clone().at(Place::file("/x".as_ref())).variable(&name)));
            findings.push(json!(finding.at(Place::at("/x".as_ref(), 1, 1))));
        }
    }
    report["findings"] = json!(findings);
    let unit =
        json!({"schema": 1, "unit": "x.service", "verdict": "refused", "status": 77, "findings": findings});
    valid("check", &[report]);
    valid("check-unit", &[unit]);
}

fn check_unit() {
    let reports = ["worker@", "worker.socket"].map(|unit| {
        let mut command = std::process::Command::new(ENVGATE);
        let output = command.args(["check", "--json", "--unit", unit]).output().expect("it starts");
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!((output.status.code(), &report["status"]), (Some(64), &json!(64)));
        report
    });
    valid("check-unit", &reports);
}

fn render() {
    let mut reports = reports("render");
    let without_config = Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/bin/true"]);
    reports.push(report(without_config, "render", "paper"));
    assert_eq!(verdicts(&reports), BTreeSet::from(["fine", "refused", "warned"]));
    assert!(
        reports.iter().filter(|report| report["text"].is_string()).count() > 5,
        "hardly one was rendered"
    );
    valid("render", &reports);
}

fn init() {
    let templates = [
        ("ENVGATE_MODE=paper\nKEY=your_key_here\nEMPTY=\n", "x.paper.env"),
        ("KEY=a\n", "x.paper.env"),
        ("KEY=a\n", "x.live.env"),
        ("KEY=a\nKEY=b\n", "x.paper.env"),
        ("KEY=a\n", "there.paper.env"),
        ("KEY=a\n", "no/such/folder.paper.env"),
    ];
    let mut reports = Vec::new();
    for (template, file) in templates {
        let scenario = Scenario::new().file("template", template).file("there.paper.env", "");
        let outcome = scenario.ask(["init", "template", file, "--json"]);
        let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
        assert_eq!(
            (&report["status"], &report["made"]),
            (&json!(outcome.status()), &json!(outcome.status() == Some(0)))
        );
        reports.push(report);
    }
    assert_eq!(reports.iter().filter(|report| report["made"] == true).count(), 2);
    valid("init", &reports);
}

fn status() {
    let mut reports = reports("status");
    let sources = "envgate:\n  command: [/bin/true]\n  environment: {A: x}\n  pass: [P]\n  modes: {paper: {env_files: [x.paper.env], environment: {A: y}}}\n  variables: {F: {fallback: [KEY], default: d}, D: {secret: false, default: d}, T: {from: environment}, U: {required: false}}\na: $U $GONE\n";
    for all in [false, true] {
        let scenario = with("KEY=abcdefghijklmnopqrst\nEMPTY=\n", sources)
            .caller_variable("P", "passed")
            .caller_variable("T", "taken")
            .argument("--set")
            .argument("S=set");
        let scenario = if all { scenario.argument("--all") } else { scenario };
        reports.push(report(scenario, "status", "paper"));
    }
    assert_eq!(verdicts(&reports), BTreeSet::from(["fine", "refused", "warned"]));
    let last = reports.last().expect("a report");
    let kinds: BTreeSet<&str> = last["variables"]
        .as_array()
        .expect("variables")
        .iter()
        .map(|variable| variable["source"]["kind"].as_str().expect("a word"))
        .collect();
    assert_eq!(
        kinds.len(),
        8,
        "every kind but two, a credential and the block's constant, which the mode's beat: {kinds:?}"
    );
    valid("status", &reports);
}

/// Each with one thing that the schema forbids, so that the validator is seen to look.
fn broken() {
    let refused = || report(with("KEY=abc\nKEY=abc\n", GOOD), "check", "paper");
    let change = |edit: fn(&mut Value)| {
        let mut report = refused();
        edit(&mut report);
        report
    };
    let documents = [
        change(|report| report["schema"] = json!(2)),
        change(|report| report["status"] = json!(3)),
        change(|report| report["verdict"] = json!("good")),
        change(|report| report["extra"] = json!(1)),
        change(|report| drop(report.as_object_mut().and_then(|fields| fields.remove("mode")))),
        change(|report| report["findings"][0]["gate"] = json!("luck")),
        change(|report| report["findings"][0]["status"] = Value::Null),
        change(|report| report["findings"][0]["severity"] = json!("warns")),
        change(|report| report["findings"][0]["why"] = json!("")),
        change(|report| report["findings"][0]["line"] = json!("3")),
        change(|report| report["findings"][0]["value"] = json!("abc")),
    ];
    valid("check", &[refused()]);
    for (document, faults) in documents.iter().zip(faults("check", &documents)) {
        assert!(!faults.is_empty(), "{document:#}");
    }
    let mut shown = report(with("KEY=abc\n", GOOD), "status", "paper");
    valid("status", std::slice::from_ref(&shown));
    shown["variables"][0]["source"]["kind"] = json!("somewhere");
    assert_eq!(faults("status", &[shown]).concat().len(), 1);
    let half = json!({"schema": 1, "unit": "x", "verdict": "fine", "status": 0, "findings": [], "block": "envgate:"});
    assert!(
        !faults("check-unit", &[half]).concat().is_empty(),
        "the plan is there as a whole, or not at all"
    );
}
