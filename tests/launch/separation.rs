//! Which env file belongs to which mode.

use std::os::unix::fs::symlink;

use crate::support::Scenario;

fn launch(mode: &str, name: &str, contents: &str) -> crate::support::Outcome {
    Scenario::new().env_file(name, contents).command(["/bin/true"]).run(mode)
}

#[test]
fn a_paper_file_says_so_by_name_or_by_line() {
    launch("paper", "x.paper.env", "A=1\n").launched();
    launch("paper", "x.env", "ENVGATE_MODE=paper\nA=1\n").launched();
    launch("paper", "x.env", "A=1\n").refused(77, "file-mode").found("does not say for which mode");
}

#[test]
fn a_live_file_must_carry_the_line() {
    launch("live", "x.live.env", "ENVGATE_MODE=live\nA=1\n").launched();
    launch("live", "x.env", "ENVGATE_MODE=live\nA=1\n").launched();
    launch("live", "x.live.env", "A=1\n").refused(77, "file-mode").found("must say so in itself");
}

#[test]
fn a_file_of_another_mode_is_refused_whoever_says_it() {
    launch("paper", "x.live.env", "A=1\n").refused(77, "file-mode");
    launch("paper", "x.env", "ENVGATE_MODE=live\nA=1\n").refused(77, "file-mode");
    launch("paper", "x.paper.env", "ENVGATE_MODE=live\nA=1\n").refused(77, "file-mode");
    launch("live", "x.paper.env", "ENVGATE_MODE=live\nA=1\n").refused(77, "file-mode");
    launch("live", "x.paper.env", "A=1\n").refused(77, "file-mode");
    launch("shadow", "x.paper.env", "A=1\n").refused(77, "file-mode");
}

#[test]
fn a_link_and_its_target_both_speak() {
    for (link, target, mode) in
        [("x.paper.env", "real.live.env", "paper"), ("x.live.env", "real.paper.env", "paper")]
    {
        let scenario = Scenario::new().configured_env_file(target, "A=1\n");
        symlink(scenario.path(target), scenario.path(link)).unwrap();
        let path = scenario.path(link);
        scenario.argument("-e").argument(path).command(["/bin/true"]).run(mode).refused(77, "file-mode");
    }
}

#[test]
fn one_file_may_serve_several_modes_of_one_class() {
    for mode in ["dev", "shadow"] {
        launch(mode, "x.env", "ENVGATE_MODE=dev,shadow\nA=1\n").launched();
    }
    launch("paper", "x.env", "ENVGATE_MODE=dev,shadow\nA=1\n").refused(77, "file-mode");
    launch("paper", "x.env", "ENVGATE_MODE=paper,live\nA=1\n")
        .refused(77, "file-mode")
        .found("with and without real money");
    launch("paper", "x.env", "ENVGATE_MODE=\nA=1\n").refused(77, "file-mode");
}

#[test]
fn a_file_for_any_mode_holds_no_secret() {
    let config = "envgate:\n  modes:\n    paper: {env_files: [x.env]}\n  variables: {LOG_LEVEL: {secret: false}}\na: 1\n";
    let with = |contents| {
        Scenario::new()
            .configured_env_file("x.env", contents)
            .config(config)
            .command(["/bin/true"])
            .run("paper")
    };
    with("ENVGATE_MODE=any\nLOG_LEVEL=INFO\n").launched();
    with("ENVGATE_MODE=any\nLOG_LEVEL=INFO\nAPI_KEY=abc\n").refused(77, "file-mode").found("API_KEY");
}

#[test]
fn the_line_is_consumed() {
    Scenario::new()
        .env_file("x.env", "ENVGATE_MODE=paper,dev\nA=1\n")
        .shell("echo $ENVGATE_MODE")
        .run("paper")
        .launched()
        .printed("paper\n");
}

#[test]
fn a_mode_is_known_or_declared() {
    launch("papper", "x.env", "ENVGATE_MODE=papper\nA=1\n").refused(78, "mode");
    launch("../live", "x.paper.env", "A=1\n").refused(78, "mode");
    let config =
        |class| format!("envgate:\n  modes:\n    canary: {{env_files: [x.canary.env]{class}}}\na: 1\n");
    let with = |class, mode| {
        Scenario::new()
            .configured_env_file("x.canary.env", "A=1\n")
            .config(config(class))
            .command(["/bin/true"])
            .run(mode)
    };
    with("", "canary").refused(78, "mode").found("whether the mode canary risks real money");
    with(", class: paper", "canary").launched();
    with(", class: live", "canary").refused(77, "file-mode").found("must say so in itself");
    with(", class: paper", "paper").refused(78, "mode").found("canary");
}

#[test]
fn a_config_cannot_call_real_money_play() {
    Scenario::new()
        .configured_env_file("x.live.env", "ENVGATE_MODE=live\nA=1\n")
        .config("envgate:\n  modes:\n    live: {env_files: [x.live.env], class: paper}\na: 1\n")
        .command(["/bin/true"])
        .run("live")
        .refused(78, "mode")
        .found("live everywhere");
}

#[test]
fn a_known_name_in_other_letters_is_no_other_mode() {
    for name in ["LIVE", "Live"] {
        Scenario::new()
            .configured_env_file("x.env", format!("ENVGATE_MODE={name}\nA=1\n"))
            .config(format!("envgate:\n  modes:\n    {name}: {{env_files: [x.env], class: paper}}\na: 1\n"))
            .command(["/bin/true"])
            .run(name)
            .refused(78, "mode")
            .found("live everywhere");
    }
    launch("paper", "x.LIVE.env", "ENVGATE_MODE=paper\nA=1\n").refused(77, "file-mode");
    launch("paper", "x.PAPER.env", "A=1\n").launched();
}

#[test]
fn no_message_sends_a_person_from_paper_to_live() {
    let said = launch("paper", "x.live.env", "ENVGATE_MODE=live\nA=1\n").refused(77, "file-mode").stderr();
    assert!(!said.contains("-m live"), "{said}");
    launch("paper", "x.dev.env", "A=1\n").refused(77, "file-mode").found("launch with -m dev");
}

#[test]
fn a_mode_is_launched_by_the_users_that_it_names() {
    let launch = |users: &str| {
        let config =
            format!("envgate:\n  modes:\n    paper: {{env_files: [x.paper.env], users: {users}}}\na: 1\n");
        Scenario::new()
            .configured_env_file("x.paper.env", "A=1\n")
            .config(config)
            .command(["/bin/true"])
            .run("paper")
    };
    let number = nix::unistd::Uid::effective().to_string();
    let own =
        nix::unistd::User::from_uid(nix::unistd::Uid::effective()).expect("a database").expect("a user").name;
    launch(&format!("[{own}]")).launched();
    launch(&format!("[nobody-else, {number}]")).launched();
    launch("[nobody-else]").refused(77, "user").found("nobody-else");
    launch("[]").refused(77, "user");
    launch(&own).refused(65, "syntax");
}
