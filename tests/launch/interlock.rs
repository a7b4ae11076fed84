//! Attempts to turn one class into the other. Each is something that a tired person, a script or a neighbour does.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Outcome, Scenario};

const LIVE: &str = "ENVGATE_MODE=live\nKEY=abc\n";
const WORKER: [&str; 1] = ["/usr/bin/env"];

/// A paper launch with this file of the scenario's.
fn paper_with(scenario: Scenario, file: &str) -> Outcome {
    let path = scenario.path(file);
    scenario.argument("-e").argument(path).command(WORKER).run("paper")
}

#[test]
fn a_copy_of_a_live_file_under_another_name() {
    for copy in ["x.paper.env", "x.env", "env", "paper", "x.paper.env.bak"] {
        let scenario = Scenario::new().configured_env_file("x.live.env", LIVE);
        fs::copy(scenario.path("x.live.env"), scenario.path(copy)).expect("a copy");
        paper_with(scenario, copy).refused(77, "file-mode").found("by its line ENVGATE_MODE=");
    }
}

#[test]
fn a_copy_of_a_paper_file_under_a_live_name() {
    for contents in ["KEY=abc\n", "ENVGATE_MODE=paper\nKEY=abc\n"] {
        let scenario = Scenario::new().configured_env_file("x.paper.env", contents);
        fs::copy(scenario.path("x.paper.env"), scenario.path("x.live.env")).expect("a copy");
        let path = scenario.path("x.live.env");
        scenario.argument("-e").argument(path).command(WORKER).run("live").refused(77, "file-mode");
    }
}

#[test]
fn a_link_of_another_name_to_a_live_file() {
    let scenario = Scenario::new().configured_env_file("x.live.env", LIVE);
    symlink("x.live.env", scenario.path("x.paper.env")).expect("a link");
    symlink("x.paper.env", scenario.path("y.paper.env")).expect("a link");
    paper_with(scenario, "y.paper.env")
        .refused(77, "file-mode")
        .found("by its name this is a file of the mode live");
}

#[test]
fn a_hard_link_of_another_name_to_a_live_file() {
    let scenario = Scenario::new().configured_env_file("x.live.env", LIVE);
    fs::hard_link(scenario.path("x.live.env"), scenario.path("x.paper.env")).expect("a link");
    paper_with(scenario, "x.paper.env").refused(77, "file-mode");
}

#[test]
fn a_second_line_that_says_the_other_mode() {
    for contents in ["ENVGATE_MODE=paper\nENVGATE_MODE=live\n", "ENVGATE_MODE=live\nENVGATE_MODE=paper\n"] {
        let scenario = Scenario::new().configured_env_file("x.env", contents);
        let outcome = paper_with(scenario, "x.env");
        assert!(matches!(outcome.status(), Some(65 | 77)), "{}", outcome.stderr());
    }
}

#[test]
fn variables_of_the_callers_that_name_a_mode_a_class_a_config_or_a_policy() {
    let scenario = |mode: &str| {
        let mut scenario = Scenario::new().env_file("x.live.env", LIVE).command(WORKER);
        for name in
            ["MODE", "ENVGATE_MODE", "ENVGATE_CLASS", "TRADING_MODE", "ENV", "APP_ENV", "ENVGATE_INSTANCE"]
        {
            scenario = scenario.caller_variable(name, mode);
        }
        scenario.caller_variable("ENVGATE_CONFIG", "/dev/null").caller_variable("ENVGATE_CONFIRM", "live")
    };
    scenario("live").run("paper").refused(77, "file-mode");
    let launched = scenario("paper").run("live").launched();
    assert!(
        launched.stdout().contains("ENVGATE_MODE=live\n")
            && launched.stdout().contains("ENVGATE_CLASS=live\n")
    );
    assert!(!launched.stdout().contains("=paper"), "{}", launched.stdout());
    scenario("paper").unconfirmed().run("live").refused(77, "confirmation");
}

#[test]
fn a_config_in_the_working_directory() {
    let config = "envgate:\n  command: [/bin/echo, taken]\n  modes: {paper: {class: paper, env_files: [x.live.env]}}\n";
    for name in ["envgate.yml", ".envgate.yml", ".envgate", "config.yml", ".env", "policy.yml", "paper.yml"] {
        let scenario = Scenario::new().file(name, config).env_file("x.live.env", LIVE).command(WORKER);
        scenario.run("paper").refused(77, "file-mode");
        let scenario = Scenario::new().file(name, config).command(WORKER);
        let outcome = scenario.run("paper").launched();
        assert!(
            !outcome.stdout().contains("KEY") && !outcome.stdout().contains("taken"),
            "{}",
            outcome.stdout()
        );
    }
}

#[test]
fn a_config_that_gives_the_live_file_to_paper_or_another_class_to_live() {
    let launch = |block: &str, mode: &str| {
        let config = format!("envgate: {{command: [/bin/true], {block}}}\na: 1\n");
        Scenario::new().configured_env_file("x.live.env", LIVE).config(config).run(mode)
    };
    launch("modes: {paper: {env_files: [x.live.env]}}", "paper").refused(77, "file-mode");
    launch("modes: {live: {class: paper, env_files: [x.live.env]}}", "live").refused(78, "mode");
    launch("modes: {LIVE: {class: paper, env_files: [x.live.env]}}", "LIVE").refused(78, "mode");
    launch("modes: {play: {class: paper, env_files: [x.live.env]}}", "play").refused(77, "file-mode");
    launch("modes: {play: {env_files: [x.live.env]}}", "play").refused(78, "mode");
    launch("modes: {paper: {environment: {ENVGATE_MODE: paper, ENVGATE_CLASS: paper}}}", "paper")
        .refused(77, "reserved-name");
}

#[test]
fn a_file_for_a_mode_that_only_another_config_knows() {
    let scenario = || Scenario::new().configured_env_file("x.env", "ENVGATE_MODE=paper,canary\nKEY=abc\n");
    paper_with(scenario(), "x.env")
        .refused(77, "file-mode")
        .found("nothing here says whether it risks real money");
    let config = |class: &str| {
        format!("envgate: {{modes: {{paper: {{env_files: [x.env]}}, canary: {{class: {class}}}}}}}\na: 1\n")
    };
    scenario().config(config("paper")).command(WORKER).run("paper").launched();
    scenario().config(config("live")).command(WORKER).run("paper").refused(77, "file-mode");
}

#[test]
fn a_mode_that_differs_from_another_in_its_letters_case_alone() {
    let config = "envgate: {modes: {canary: {class: live}, Canary: {class: paper}}}\na: 1\n";
    Scenario::new().config(config).command(WORKER).run("Canary").refused(65, "duplicate").found("case alone");
}

#[test]
fn a_mode_or_an_instance_that_is_written_otherwise() {
    for mode in ["LIVE", "Live", "live ", "live,paper", "paper/../live", "l\u{456}ve"] {
        let outcome = Scenario::new().env_file("x.live.env", LIVE).command(WORKER).run(mode);
        assert!(matches!(outcome.status(), Some(77 | 78)), "{mode}: {}", outcome.stderr());
    }
    let config = "envgate: {command: [/bin/true], modes: {paper: {env_files: ['{instance}.env']}}}\na: 1\n";
    for instance in ["x.live", "../x.live", "x.live.env/../x.paper"] {
        let outcome = Scenario::new()
            .configured_env_file("x.live.env", LIVE)
            .config(config)
            .argument("-i")
            .argument(instance)
            .run("paper");
        assert!(matches!(outcome.status(), Some(64 | 77)), "{instance}: {}", outcome.stderr());
    }
}

#[test]
fn an_option_that_sets_what_the_worker_takes_for_the_mode() {
    for setting in ["ENVGATE_MODE=paper", "ENVGATE_CLASS=paper", "ENVGATE_INSTANCE=x"] {
        Scenario::new()
            .env_file("x.live.env", LIVE)
            .argument("--set")
            .argument(setting)
            .command(WORKER)
            .run("live")
            .refused(77, "reserved-name");
    }
    let passed = "envgate: {command: [/usr/bin/env], pass: [ENVGATE_MODE]}\na: 1\n";
    Scenario::new()
        .env_file("x.live.env", LIVE)
        .config(passed)
        .caller_variable("ENVGATE_MODE", "paper")
        .run("live")
        .refused(77, "reserved-name");
}
