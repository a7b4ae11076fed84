//! The gate `second`: one live worker of a config, mode and instance by hand.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::process::until_asleep;
use crate::support::{Outcome, Scenario};
use crate::worker::{SLEEP, Worker};

/// A live worker; others of the same files are launched from its folder.
fn runs(scenario: Scenario) -> Worker {
    Worker::start_in(scenario, "live")
}

fn with_config() -> Scenario {
    let config = "envgate:\n  modes: {live: {env_files: [x.env]}, soak: {env_files: [x.env]}}\na: ${KEY}\n";
    Scenario::new()
        .configured_env_file("x.env", "ENVGATE_MODE=live,soak\nKEY=abc\n")
        .file("config.yml", config)
        .command(SLEEP)
}

/// A launch of a running worker's own files.
fn again(worker: &Worker, arguments: &[&str]) -> Outcome {
    another(worker, "live", arguments)
}

fn another(worker: &Worker, mode: &str, arguments: &[&str]) -> Outcome {
    let scenario = Scenario::new().command(["/bin/true"]);
    let folder = worker.scenario.folder().display().to_string();
    let words = arguments.iter().map(|word| word.replace("FOLDER", &folder));
    words.fold(scenario, Scenario::argument).run(mode)
}

const CONFIG: [&str; 2] = ["-c", "FOLDER/config.yml"];

fn configured() -> Worker {
    let scenario = with_config();
    let path = scenario.path("config.yml");
    runs(scenario.argument("-c").argument(path))
}

#[test]
fn the_same_live_worker_by_hand_is_refused_and_named() {
    let worker = configured();
    let refused = again(&worker, &CONFIG).refused(77, "second");
    let refused = refused.found(&format!("PID {}, ", worker.child.id())).found(", since 20");
    refused.found("--allow-second").found("as user ");
}

#[test]
fn another_instance_mode_or_config_is_another_worker() {
    let worker = configured();
    again(&worker, &[&CONFIG[..], &["-i", "ES"]].concat()).launched();
    another(&worker, "soak", &CONFIG).launched();
    fs::copy(worker.scenario.path("config.yml"), worker.scenario.path("other.yml")).expect("copy");
    again(&worker, &["-c", "FOLDER/other.yml"]).launched();
    again(&worker, &["-e", "FOLDER/x.env"]).launched();
    let of_instance = {
        let scenario = with_config();
        let path = scenario.path("config.yml");
        runs(scenario.argument("-c").argument(path).argument("-i").argument("ES"))
    };
    again(&of_instance, &[&CONFIG[..], &["-i", "NQ"]].concat()).launched();
    again(&of_instance, &CONFIG).launched();
    again(&of_instance, &[&CONFIG[..], &["-i", "ES"]].concat()).refused(77, "second");
}

#[test]
fn the_same_config_by_another_way_to_it_is_the_same() {
    let worker = configured();
    std::os::unix::fs::symlink("config.yml", worker.scenario.path("link.yml")).expect("a link");
    again(&worker, &["-c", "FOLDER/link.yml"]).refused(77, "second");
    fs::create_dir(worker.scenario.path("sub")).expect("a folder");
    again(&worker, &["-c", "FOLDER/sub/../config.yml"]).refused(77, "second");
}

#[test]
fn without_a_config_the_env_files_decide() {
    let scenario = || Scenario::new().env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n").command(SLEEP);
    let worker = runs(scenario());
    again(&worker, &["-e", "FOLDER/x.live.env"]).refused(77, "second");
    fs::copy(worker.scenario.path("x.live.env"), worker.scenario.path("y.live.env")).expect("copy");
    again(&worker, &["-e", "FOLDER/y.live.env"]).launched();
    // Nothing at all is nobody's account.
    let bare = runs(Scenario::new().command(SLEEP));
    again(&bare, &[]).launched();
}

#[test]
fn a_second_one_that_is_meant_is_launched() {
    let worker = configured();
    again(&worker, &[&CONFIG[..], &["--allow-second"]].concat()).launched();
}

#[test]
fn a_look_and_a_launch_without_real_money_do_not_care() {
    let worker = configured();
    let scenario = Scenario::new().check().command(["/bin/true"]);
    scenario.argument("-c").argument(worker.scenario.path("config.yml")).run("live").launched();
    let paper = || Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(SLEEP);
    let worker = Worker::start_in(paper(), "paper");
    another(&worker, "paper", &["-e", "FOLDER/x.paper.env"]).launched();
}

#[test]
fn what_the_same_worker_left_behind_still_trades() {
    let scenario = with_config().shell("sleep 61 & echo $! >child.new && mv child.new child; exec sleep 60");
    let path = scenario.path("config.yml");
    let mut worker = runs(scenario.argument("-c").argument(path));
    let child = fs::read_to_string(worker.scenario.path("child")).expect("a child");
    until_asleep(child.trim().parse().expect("a number"));
    worker.child.kill().expect("kill");
    worker.child.wait().expect("wait");
    let refused = again(&worker, &CONFIG);
    kill(Pid::from_raw(child.trim().parse().expect("a number")), Signal::SIGKILL).expect("kill");
    refused.refused(77, "second").found("left behind").found(&format!("kill {}", child.trim()));
}
