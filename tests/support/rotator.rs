//! Units under a rotation, without its verb: this test program asks the library, started by itself inside the lab.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use envgate::load::secure_file;
use envgate::mode::{Instance, ModeName};
use envgate::rotation::units::Evidence;
use envgate::rotation::units::choose::{choose, known};
use envgate::rotation::units::fault::{Fault, Interrupted};
use envgate::rotation::units::holders::{Held, Rotated, holders};
use envgate::rotation::units::proof::Verdict;
use envgate::rotation::units::reload::{Delivered, reload_one};
use envgate::rotation::units::restart::{Plan, Progress, restart_all_at_once};
use envgate::systemd::job::{Permission, may_restart, would_restart};
use serde_json::{Value, json};

const WORD: &str = "rotate-units";

/// `rotate-units QUESTION WORDS...`: one answer as JSON.
pub fn rotate_where_asked() -> Option<i32> {
    let words: Vec<String> = std::env::args().collect();
    let [_, word, question, rest @ ..] = words.as_slice() else { return None };
    if word != WORD {
        return None;
    }
    let answer = match question.as_str() {
        "word" => json!(word_of(&rest[0])),
        "holders" => show_holders(&rest[0]),
        "choose" => show_choice(&rest[0], &rest[1..]),
        "restart" => restart(&rest[0], &rest[1..]),
        "reload" => reload(&rest[0], &rest[1]),
        "may-restart" => permission(may_restart(&rest[0])),
        "would-restart" => permission(would_restart(&rest[0])),
        _ => return None,
    };
    println!("{answer}");
    Some(0)
}

fn word_of(path: &str) -> String {
    let seen = secure_file::look_at(&PathBuf::from(path)).expect("a file");
    envgate::generation::word(&seen.identity)
}

fn now() -> i128 {
    i128::try_from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_nanos())
        .expect("a number")
}

/// `{"files": [[LOCATION, FORMER, NEXT]...], "swapped": NANOSECONDS or null, ...}`.
fn request(text: &str) -> (Vec<Rotated>, i128, Value) {
    let request: Value = serde_json::from_str(text).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let file = |file: &Value| Rotated {
        location: text(&file[0]).into(),
        former: text(&file[1]),
        next: text(&file[2]),
    };
    let files = request["files"].as_array().expect("a list").iter().map(file).collect();
    let swapped = request["swapped"].as_str().map_or_else(now, |text| text.parse().expect("a number"));
    (files, swapped, request)
}

fn show_holders(text: &str) -> Value {
    let (files, swapped, _) = request(text);
    let holdings = holders(&files, swapped).expect("a survey");
    let held = |held: &Held| {
        json!({"pid": held.process.pid, "user": held.process.user, "unit": held.process.unit_name(),
            "instance": held.instance.as_ref().map(Instance::as_str),
            "mode": held.mode.as_ref().map(ModeName::as_str), "evidence": held.evidence.as_str()})
    };
    let units = holdings.units.iter().map(|unit| {
        json!({"name": unit.name, "kind": unit.state.kind, "evidence": unit.evidence.map(Evidence::as_str),
            "holders": unit.holders.iter().map(held).collect::<Vec<_>>()})
    });
    let unknown = holdings
        .unknown
        .iter()
        .map(|one| json!({"pid": one.process.pid, "unit": one.process.unit_name(), "why": one.why}));
    json!({"units": units.collect::<Vec<_>>(), "by_hand": holdings.by_hand.iter().map(held).collect::<Vec<_>>(),
        "unknown": unknown.collect::<Vec<_>>(), "unreadable": holdings.unreadable.len(),
        "systemd": holdings.systemd_fault})
}

fn show_choice(text: &str, patterns: &[String]) -> Value {
    let (files, swapped, _) = request(text);
    let holdings = holders(&files, swapped).expect("a survey");
    match choose(&holdings, patterns, &known(patterns).expect("systemd")) {
        Ok(chosen) => json!({"units": chosen.units, "left_out": chosen.left_out}),
        Err(refusals) => {
            json!({"refused": refusals.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>()})
        }
    }
}

/// Also `settle` in seconds, `even_if_stopped`, and `patience` in seconds, after which nobody waits any longer.
fn restart(text: &str, units: &[String]) -> Value {
    let (files, swapped, request) = request(text);
    let plan = plan(&files, swapped, &request);
    let patience = request["patience"].as_u64().map(Duration::from_secs);
    let begin = Instant::now();
    let (mut working, mut settling) = (0, 0);
    let results = restart_all_at_once(units, &plan, &mut |progress| {
        match progress {
            Progress::Working(_) => working += 1,
            Progress::Settling(_) => settling += 1,
        }
        if patience.is_some_and(|patience| begin.elapsed() > patience) { Err(Interrupted) } else { Ok(()) }
    });
    let results = results.iter().map(|one| match &one.result {
        Ok(proof) => {
            let verdict = match &proof.verdict {
                Verdict::Proven => "proven".to_owned(),
                Verdict::Unknown(why) => format!("unknown: {why}"),
            };
            json!({"unit": one.unit, "verdict": verdict, "standing": proof.standing.as_str(),
                "pid": proof.main_pid, "processes": proof.processes, "says_next": proof.says_next,
                "invocation": proof.invocation, "started": proof.started.is_some()})
        }
        Err(fault) => json!({"unit": one.unit, "fault": kind_of(fault), "said": fault.to_string()}),
    });
    json!({"results": results.collect::<Vec<_>>(), "working": working, "settling": settling,
        "seconds": begin.elapsed().as_secs()})
}

/// The delivered file is written anew at `delivered`; with `unseen`, somewhere else than where the worker looks.
fn reload(text: &str, unit: &str) -> Value {
    let (files, swapped, request) = request(text);
    let path = PathBuf::from(request["delivered"].as_str().expect("a path"));
    let new = path.with_extension("new");
    let result = reload_one(
        unit,
        &plan(&files, swapped, &request),
        &mut |_| {
            std::fs::write(&new, request["contents"].as_str().expect("text")).expect("a file");
            let identity = secure_file::look_at(&new).expect("a file").identity;
            if request["unseen"] != true {
                std::fs::rename(&new, &path).expect("a rename");
            }
            Ok(Delivered { path: path.clone(), identity })
        },
        &mut |_| Ok(()),
    );
    match result {
        Ok(reloaded) => json!({"pid": reloaded.main_pid, "confirmed": reloaded.is_confirmed}),
        Err(fault) => json!({"fault": kind_of(&fault), "said": fault.to_string()}),
    }
}

fn plan<'a>(files: &'a [Rotated], swapped: i128, request: &Value) -> Plan<'a> {
    Plan {
        files,
        swapped,
        settle: Duration::from_secs(request["settle"].as_u64().unwrap_or(1)),
        even_if_stopped: request["even_if_stopped"] == true,
    }
}

fn permission(permission: Result<Permission, envgate::error::Error>) -> Value {
    match permission {
        Ok(permission) => json!(format!("{permission:?}")),
        Err(error) => json!({"error": error.to_string()}),
    }
}

fn kind_of(fault: &Fault) -> &'static str {
    match fault {
        Fault::NoSuchUnit => "no such unit",
        Fault::NotRunning { .. } => "not running",
        Fault::NotAllowed { .. } => "not allowed",
        Fault::Failed { .. } => "failed",
        Fault::DidNotStay { .. } => "did not stay",
        Fault::HoldsFormer { .. } => "holds the former",
        Fault::NotReloaded { .. } => "not reloaded",
        Fault::Interrupted => "interrupted",
        Fault::Unanswered(_) => "unanswered",
    }
}
