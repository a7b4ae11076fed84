//! What `workers --json` prints is what its schema says.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::schema::{faults, valid};
use super::schemas::validated;
use super::support::{ENVGATE, Scenario};

pub fn trials() -> Vec<Trial> {
    vec![validated("what_workers_prints_is_what_its_schema_says", workers)]
}

/// A process that runs; ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command) -> Running {
    Running(
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"),
    )
}

fn report(arguments: &[&str]) -> Value {
    let output =
        Command::new(ENVGATE).args(["workers", "--json"]).args(arguments).output().expect("it starts");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// A worker whose file is replaced meanwhile, and what another one left behind in an emergency.
fn workers() {
    let scenario = Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/bin/sleep", "60"]);
    let worker = start(&mut scenario.prepared("paper"));
    let mut left_over = Command::new("/bin/sleep");
    left_over.arg("60").env_clear().envs([
        ("ENVGATE_MODE", "live"),
        ("ENVGATE_GENERATION", "0123456789ab"),
        ("ENVGATE_BREAK_GLASS", "the exchange is down"),
    ]);
    let left_over = start(&mut left_over);
    let of = |report: &Value, process: &Running| {
        let workers = report["workers"].as_array().expect("a list");
        workers.iter().position(|worker| worker["pid"] == process.0.id())
    };
    let begun = Instant::now();
    let mut reports = loop {
        let report = report(&[]);
        if of(&report, &worker).is_some() && of(&report, &left_over).is_some() {
            break vec![report];
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "both are in the list");
    };
    std::fs::write(scenario.path("x.paper.env"), "KEY=defg\n").expect("a file");
    reports.extend([report(&[]), report(&["no-such-unit"])]);
    std::fs::remove_file(scenario.path("x.paper.env")).expect("unlink");
    reports.push(report(&[]));
    let at = of(&reports[1], &worker).expect("the worker");
    assert_eq!(reports[1]["workers"][at]["state"], "stale");
    // What only another user's or another systemd's processes show.
    let mut others = reports[0].clone();
    let at = of(&others, &worker).expect("the worker");
    let process = |worker: &Value| {
        let fields = ["pid", "uid", "user", "unit", "manager", "since"];
        fields.iter().map(|field| ((*field).to_owned(), worker[field].clone())).collect::<Value>()
    };
    others["unreadable"] = json!([process(&others["workers"][at])]);
    others["systemd"] = json!("it does not answer");
    reports.push(others);
    valid("workers", &reports);
    let change = |edit: fn(&mut Value)| {
        let mut report = reports[0].clone();
        edit(&mut report["workers"][at]);
        report
    };
    let documents = [
        change(|worker| worker["kind"] = json!("child")),
        change(|worker| worker["state"] = json!("unknown")),
        change(|worker| worker["generation"] = json!("today")),
        change(|worker| worker["files"][0]["value"] = json!("abc")),
        change(|worker| drop(worker.as_object_mut().and_then(|fields| fields.remove("pid")))),
    ];
    for (document, faults) in documents.iter().zip(faults("workers", &documents)) {
        assert!(!faults.is_empty(), "{document:#}");
    }
}
