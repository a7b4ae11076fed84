//! `workers`: what runs under envgate here, looked at by a user without any rights.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use envgate::generation::Source;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::process::until_asleep;
use crate::support::pseudo_terminal::PseudoTerminal;
use crate::support::{ENVGATE, Scenario};
use crate::worker::{SLEEP, Worker, configured, plain, unchanged};

fn workers(arguments: &[&str]) -> Output {
    let mut command = Command::new(ENVGATE);
    command.arg("workers").args(arguments).env_clear().output().expect("the program starts")
}

/// What is said of a process; nothing where it is not in the list.
pub fn seen(pid: u32) -> Option<Value> {
    let output = workers(&["--json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&said["schema"], output.status.code()), (&Value::from(1), Some(0)));
    said["workers"].as_array().expect("a list").iter().find(|worker| worker["pid"] == pid).cloned()
}

/// Its state, and the reason where nobody knows.
fn state(worker: &Worker) -> (String, String) {
    let seen = seen(worker.child.id()).expect("a worker");
    let text = |field: &str| seen[field].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

fn is(state_is: &str) -> (String, String) {
    (state_is.to_owned(), String::new())
}

#[test]
fn every_field_of_the_json_is_documented() {
    let worker = Worker::start(plain(), unchanged);
    let output = workers(&["--json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let section =
        include_str!("../../README.md").split("## What runs, and what it holds").nth(1).expect("it");
    let of_worker = seen(worker.child.id()).expect("a worker");
    for object in [&said, &of_worker, &of_worker["files"][0]] {
        for field in object.as_object().expect("an object").keys() {
            assert!(section.contains(&format!("`{field}`")), "{field} is not in the README");
        }
    }
}

#[test]
fn a_worker_is_found_with_what_it_was_launched_as() {
    let worker = Worker::start(configured().argument("-i").argument("ES"), unchanged);
    let seen = seen(worker.child.id()).expect("a worker");
    let own = |name: &str| {
        let start = format!("{name}=");
        worker.environment().iter().find_map(|line| line.strip_prefix(&start).map(str::to_owned)).unwrap()
    };
    for (field, expected) in [
        ("kind", "worker"),
        ("mode", "paper"),
        ("class", "paper"),
        ("instance", "ES"),
        ("state", "current"),
        ("generation", &own("ENVGATE_GENERATION")),
        ("config", &worker.scenario.path("config.yml").display().to_string()),
    ] {
        assert_eq!(seen[field], expected, "{field} of {seen:#}");
    }
    assert_eq!(seen["uid"], nix::unistd::Uid::effective().as_raw());
    assert_eq!((&seen["reason"], &seen["break_glass"]), (&Value::Null, &Value::Null));
    let file = worker.scenario.path("pine.paper.env").display().to_string();
    assert_eq!(seen["files"], serde_json::json!([{"file": file, "state": "current", "reason": null}]));
    // In the second in which it was started.
    let since = envgate::moment::Moment::parse(seen["since"].as_str().expect("a time")).expect("RFC 3339");
    assert!(since.until(envgate::moment::Moment::now()) < Duration::from_secs(20), "{seen:#}");
}

/// A new file under the old name is another generation; the old one back under its name is the old one again.
#[test]
fn a_worker_is_stale_once_its_file_was_replaced_and_current_after_the_way_back() {
    let worker = Worker::start(plain(), unchanged);
    let (file, previous) =
        (worker.scenario.path("pine.paper.env"), worker.scenario.path("pine.paper.env.previous"));
    assert_eq!(state(&worker), is("current"));
    fs::rename(&file, &previous).expect("rename");
    assert_eq!(state(&worker).0, "unknown");
    assert!(state(&worker).1.ends_with("pine.paper.env: the file is gone"), "{:?}", state(&worker));
    fs::write(&file, "KEY=new\n").expect("write");
    assert_eq!(state(&worker), is("stale"));
    fs::rename(&previous, &file).expect("rename");
    assert_eq!(state(&worker), is("current"));
    // Permissions are no content.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).expect("chmod");
    assert_eq!(state(&worker), is("current"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("chmod");
    fs::write(&file, "KEY=good\n").expect("write");
    assert_eq!(state(&worker), is("stale"), "written in place");
}

#[test]
fn one_replaced_file_of_several_makes_a_worker_stale() {
    let scenario = Scenario::new().env_file("a.paper.env", "A=1\n").env_file("b.paper.env", "B=1\n");
    let worker = Worker::start(scenario.command(SLEEP), unchanged);
    assert_eq!(state(&worker), is("current"));
    fs::remove_file(worker.scenario.path("a.paper.env")).expect("unlink");
    assert_eq!(state(&worker).0, "unknown");
    fs::write(worker.scenario.path("b.paper.env"), "B=22\n").expect("write");
    assert_eq!(state(&worker), is("stale"));
    let files = seen(worker.child.id()).expect("a worker")["files"].clone();
    assert_eq!((&files[0]["state"], &files[1]["state"]), (&"unknown".into(), &"stale".into()));
}

/// A child holds what its worker holds, and is told from it; once the worker is gone, the child is what is left.
#[test]
fn a_child_is_its_workers_own_affair_until_the_worker_is_gone() {
    let script = "sleep 61 & echo $! >child.new && mv child.new child; exec sleep 60";
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell(script);
    let mut worker = Worker::start(scenario, unchanged);
    let number = fs::read_to_string(worker.scenario.path("child")).expect("a child");
    let child: u32 = number.trim().parse().expect("a number");
    until_asleep(child);
    let (of_worker, of_child) = (seen(worker.child.id()), seen(child));
    worker.child.kill().expect("kill");
    worker.child.wait().expect("wait");
    let left_over = seen(child);
    kill(Pid::from_raw(child.try_into().expect("a number")), Signal::SIGKILL).expect("kill");
    let of_worker = of_worker.expect("a worker");
    assert_eq!((&of_worker["kind"], of_child), (&"worker".into(), None));
    let left_over = left_over.expect("the child");
    assert_eq!(left_over["kind"], "orphan");
    assert_eq!(left_over["generation"], of_worker["generation"]);
    let start = Instant::now();
    while seen(child).is_some() {
        assert!(start.elapsed() < Duration::from_secs(20), "a process that has ended is not in the list");
    }
}

/// Its caller's environment says `ENVGATE_…`, and its own process is the worker's.
#[test]
fn the_verb_run_by_a_worker_finds_the_worker_and_not_itself() {
    let scenario = || Scenario::new().env_file("pine.paper.env", "KEY=good\n");
    let inside = scenario().shell(&format!("{ENVGATE} workers --json; echo $$")).run("paper").launched();
    let (json, shell) =
        inside.stdout().trim_end().rsplit_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let said: Value = serde_json::from_str(&json).expect("JSON");
    let folder = inside.scenario.folder().display().to_string();
    let of_here: Vec<&Value> = said["workers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|worker| worker["files"][0]["file"].as_str().is_some_and(|file| file.starts_with(&folder)))
        .collect();
    assert_eq!(of_here.len(), 1, "{of_here:#?}");
    assert_eq!(of_here[0]["pid"].to_string(), shell);
    let exec = scenario().command([ENVGATE, "workers", "--json"]).run("paper").launched();
    assert!(!exec.stdout().contains(&exec.scenario.folder().display().to_string()), "{}", exec.stdout());
}

#[test]
fn no_variable_of_a_worker_is_shown_but_envgates_own() {
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=Canary4f1d9c\n").command(SLEEP);
    let worker = Worker::start(scenario, unchanged);
    assert!(seen(worker.child.id()).is_some());
    for arguments in [&["--json"][..], &[]] {
        let output = workers(arguments);
        let said = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&said).contains("Canary4f1d9c"));
    }
}

#[test]
fn a_unit_that_nothing_runs_in_is_named_and_the_status_is_1() {
    let output = workers(&["no-such-unit-*"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("not found: ") && said.contains("no-such-unit-*"), "{said}");
    let output = workers(&["--json", "no-such-unit-*"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &said["unmatched"]), (Some(1), &serde_json::json!(["no-such-unit-*"])));
}

/// What the verb prints on a terminal of this width.
fn on_a_terminal(columns: u16, no_color: &str) -> String {
    let PseudoTerminal { controller: mut terminal, program } = PseudoTerminal::of_size(24, columns);
    let mut command = Command::new(ENVGATE);
    command.arg("workers").env_clear().env("NO_COLOR", no_color).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::from(program)).spawn().expect("the program starts");
    drop(command);
    let mut screen = Vec::new();
    let mut bytes = [0; 4096];
    // At its end a terminal is an error and no end.
    while let Ok(length @ 1..) = terminal.read(&mut bytes) {
        screen.extend_from_slice(&bytes[..length]);
    }
    assert!(child.wait().expect("wait").success());
    String::from_utf8(screen).expect("text")
}

#[test]
fn the_table_is_no_wider_than_the_terminal_and_its_colours_obey_no_color() {
    let worker = Worker::start(configured().argument("-i").argument("i".repeat(100)), unchanged);
    let pid = worker.child.id().to_string();
    for columns in [40, 80, 200] {
        let screen = on_a_terminal(columns, "1");
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
        let table: Vec<&str> = screen.lines().take_while(|line| !line.trim().is_empty()).collect();
        assert!(columns < 80 || table.iter().any(|line| line.contains(&pid)), "{screen}");
        for line in table {
            assert!(line.trim_end().chars().count() <= columns.into(), "{columns}: {line}");
        }
    }
    assert!(on_a_terminal(200, "").contains("\u{1b}[32mcurrent\u{1b}[0m"));
    let piped = String::from_utf8(workers(&[]).stdout).expect("text");
    assert!(piped.contains(&"i".repeat(100)) && !piped.contains('\u{1b}'), "a pipe is as wide as need be");
}

/// Both read the command line of a unit: the one that launches, and the one that only looks.
#[test]
fn a_units_command_line_means_the_same_to_workers_as_to_exec() {
    let directory = std::path::Path::new("/srv/pine");
    for line in [
        "/usr/bin/envgate exec -m live -c pine.yml -i ES -e a.env -e credential:b -- worker -m paper -i NQ",
        "envgate exec --mode live --config=pine.yml --instance=ES --env-file a.env --env-file=credential:b",
        "envgate exec -mlive -cpine.yml -i=ES -ea.env -e credential:b --set A=-mpaper --allow-second",
    ] {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let launch = envgate::workers::of_command(&words, directory);
        let inputs = envgate::cli::launch_of(&words).expect("a launch");
        assert_eq!(launch.mode.as_ref().expect("a mode").as_str(), inputs.mode, "{line}");
        assert_eq!(
            launch.instance.as_ref().map(envgate::mode::Instance::as_str),
            inputs.instance.as_deref(),
            "{line}"
        );
        assert_eq!(launch.config, inputs.config.map(|path| directory.join(path)), "{line}");
        let sources = [Source::File(directory.join("a.env")), Source::Credential("b".to_owned())];
        assert_eq!(launch.sources.as_deref(), Some(&sources[..]), "{line}");
        assert_eq!(inputs.env_files, [std::path::Path::new("a.env"), "credential:b".as_ref()], "{line}");
    }
    for line in ["envgate", "envgate check -m live", "envgate exec", "envgate exec -- -m live"] {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        assert_eq!(envgate::workers::of_command(&words, directory).mode, None, "{line}");
    }
}
