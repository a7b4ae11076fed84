//! One secret under both classes.

use crate::support::{Outcome, Scenario};
use crate::two_modes::paper_and_live;

const KEY: &str = "k3yOfBothClasses01";

/// A launch of a mode, with these lines in the files of paper and of live, and this declaration.
fn launch(mode: &str, paper: &str, live: &str, variables: &str) -> Outcome {
    paper_and_live(paper, live, variables).run(mode)
}

#[test]
fn the_same_secret_in_both_classes_is_refused_whatever_it_is_called() {
    for mode in ["paper", "live"] {
        for name in ["KEY", "OTHER_KEY"] {
            launch(mode, &format!("KEY={KEY}"), &format!("{name}='{KEY}'"), "{}")
                .refused(77, "shared-secret")
                .hides(KEY);
        }
    }
    let outcome = launch("paper", &format!("KEY={KEY}"), &format!("A=1\nOTHER={KEY}"), "{}");
    let outcome = outcome.found("OTHER in ").found("x.live.env:3");
    outcome.found("x.paper.env:2:1 KEY");
}

#[test]
fn a_live_key_that_somebody_has_in_the_shell_is_found_too() {
    let scenario = |block: &str, variables: &str| {
        let config = format!(
            "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {{env_files: [x.paper.env]}}\n    \
             live: {{env_files: [x.live.env]}}\n  variables: {variables}\n{block}a: 1\n"
        );
        Scenario::new()
            .configured_env_file("x.paper.env", "A=1\n")
            .configured_env_file("x.live.env", format!("ENVGATE_MODE=live\nLIVE_KEY={KEY}\n"))
            .config(config)
            .caller_variable("KEY", KEY)
    };
    let from = "{KEY: {from: environment}}";
    scenario("", from).run("paper").refused(77, "shared-secret").hides(KEY).found("x.live.env:2");
    let pass = "  pass: [KEY]\n";
    scenario(pass, "{KEY: {}}").run("paper").refused(77, "shared-secret").found("pass:").hides(KEY);
    scenario(pass, "{TOKEN: {fallback: [KEY]}}").run("paper").refused(77, "shared-secret").found("TOKEN");
    scenario("", "{}").run("paper").launched();
    let shared = "{KEY: {from: environment, shared: true}";
    scenario("", &format!("{shared}}}")).run("paper").refused(77, "shared-secret");
    scenario("", &format!("{shared}, LIVE_KEY: {{shared: true, required: false}}}}")).run("paper").launched();
    scenario("", "{KEY: {from: environment, secret: false}}").run("paper").launched();
}

#[test]
fn what_is_passed_or_set_is_no_secret_unless_it_is_declared_as_one() {
    let feed = "wss://feed.example.com/x";
    let scenario = |variables: &str| {
        let config = format!(
            "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {{env_files: [x.paper.env]}}\n    \
             live: {{env_files: [x.live.env]}}\n  variables: {variables}\n  pass: [FEED_PROXY]\na: 1\n"
        );
        Scenario::new()
            .configured_env_file("x.paper.env", format!("FEED={feed}\n"))
            .configured_env_file("x.live.env", "ENVGATE_MODE=live\nA=1\n")
            .config(config)
    };
    let passed = |variables: &str| scenario(variables).caller_variable("FEED_PROXY", feed).run("live");
    passed("{}").launched();
    passed("{FEED_PROXY: {secret: false}}").launched();
    passed("{FEED_PROXY: {}}").refused(77, "shared-secret").found("FEED_PROXY");
    scenario("{}").argument("--set").argument(format!("FEED={feed}")).run("live").launched();
}

#[test]
fn one_that_may_serve_both_is_declared() {
    let line = format!("KEY={KEY}");
    launch("paper", &line, &line, "{KEY: {shared: true}}").launched();
    launch("live", &line, &line, "{KEY: {secret: false}}").launched();
    launch("paper", &line, &line, "{KEY: {shared: false}}").refused(77, "shared-secret");
    // The other name says nothing of this one.
    launch("paper", &line, &format!("OTHER={KEY}"), "{ANOTHER: {shared: true, required: false}}")
        .refused(77, "shared-secret");
}

#[test]
fn a_name_that_may_be_shared_hides_no_key_that_has_another_name_in_the_other_class() {
    let feed = "{FEED_KEY: {shared: true, required: false}}";
    for (mode, paper, live) in [("paper", "FEED_KEY", "BROKER_KEY"), ("live", "FEED_KEY", "BROKER_KEY")] {
        let run = |variables| launch(mode, &format!("{paper}={KEY}"), &format!("{live}={KEY}"), variables);
        run(feed).refused(77, "shared-secret").hides(KEY);
        run("{FEED_KEY: {shared: true, required: false}, BROKER_KEY: {shared: true, required: false}}")
            .launched();
    }
    // Twice in one file, and once under a name that is nobody else's.
    let twice = format!("FEED_KEY={KEY}\nBROKER_KEY={KEY}");
    launch("paper", &twice, &format!("FEED_KEY={KEY}"), feed).refused(77, "shared-secret");
}

#[test]
fn short_values_and_different_ones_are_no_shared_secret() {
    launch("paper", "A=fifteen-letters", "A=fifteen-letters", "{}").launched();
    launch("paper", "A=sixteen-letters!", "A=sixteen-letters!", "{}").refused(77, "shared-secret");
    launch("paper", &format!("A={KEY}x"), &format!("A={KEY}y"), "{}").launched();
}

#[test]
fn modes_of_one_class_may_share() {
    let config = "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {env_files: [x.paper.env]}\n    \
                  shadow: {env_files: [x.shadow.env]}\na: 1\n";
    Scenario::new()
        .configured_env_file("x.paper.env", format!("KEY={KEY}\n"))
        .configured_env_file("x.shadow.env", format!("KEY={KEY}\n"))
        .config(config)
        .run("paper")
        .launched();
}

#[test]
fn another_modes_absent_or_broken_file_refuses_nothing() {
    let config = "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {env_files: [x.paper.env]}\n    \
                  live: {env_files: [x.live.env, 'env/{instance}.live.env', 'credential:live']}\na: 1\n";
    let paper = || Scenario::new().configured_env_file("x.paper.env", format!("KEY={KEY}\n")).config(config);
    paper().run("paper").launched();
    for broken in ["", "KEY='open\n", "export KEY=x\n", "\u{0}", "KEY=$(date)\nKEY=1\nKEY=2\n"] {
        paper().configured_env_file("x.live.env", broken).run("paper").launched();
    }
    paper().configured_env_file("x.live.env", vec![b'x'; 2 << 20]).run("paper").launched();
    let folder = paper();
    std::fs::create_dir(folder.path("x.live.env")).expect("a folder");
    folder.run("paper").launched();
    // A secret that stands in a broken file stands there all the same.
    paper()
        .configured_env_file("x.live.env", format!("KEY={KEY}\nKEY=2\n"))
        .run("paper")
        .refused(77, "shared-secret");
}

#[test]
fn one_file_for_modes_of_both_classes_is_refused_unless_it_holds_no_secret() {
    let scenario = |line: &str, variables: &str| {
        let config = format!(
            "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {{env_files: [x.env]}}\n    \
             live: {{env_files: [./link.env]}}\n  variables: {variables}\na: 1\n"
        );
        let scenario = Scenario::new().configured_env_file("x.env", format!("{line}\nA=1\n")).config(config);
        std::os::unix::fs::symlink("x.env", scenario.path("link.env")).expect("a link");
        scenario
    };
    scenario("ENVGATE_MODE=paper", "{}").run("paper").refused(77, "file-mode").found("is one of live too");
    scenario("ENVGATE_MODE=live", "{}").run("live").refused(77, "file-mode").found("is one of paper too");
    scenario("ENVGATE_MODE=any", "{A: {secret: false}}").run("paper").launched();
    scenario("ENVGATE_MODE=any", "{A: {secret: false}}").run("live").launched();
}
