//! The gates `host`, `user` and `supervisor` as a mode has them: where it is launched, as whom, and by whom.

use nix::unistd::Uid;

use crate::support::{Outcome, Scenario};

/// A paper launch with these keys of the mode.
fn scenario(keys: &str) -> Scenario {
    let config = format!(
        "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {{env_files: [x.paper.env], {keys}}}\n    \
         dev: {{env_files: [x.dev.env]}}\na: 1\n"
    );
    Scenario::new()
        .configured_env_file("x.paper.env", "KEY=abc\n")
        .configured_env_file("x.dev.env", "KEY=abc\n")
        .config(config)
}

fn launch(keys: &str) -> Outcome {
    scenario(keys).run("paper")
}

fn host() -> String {
    nix::unistd::gethostname().expect("a name").into_string().expect("text")
}

#[test]
fn a_mode_is_launched_on_its_hosts_and_nowhere_else() {
    let own = host();
    let short = own.split('.').next().expect("a first part");
    for hosts in [own.clone(), short.to_uppercase(), format!("elsewhere, {own}")] {
        launch(&format!("hosts: [{hosts}]")).launched();
    }
    for hosts in ["elsewhere".to_owned(), format!("x{own}"), format!("{short}.elsewhere.test"), String::new()]
    {
        launch(&format!("hosts: [{hosts}]")).refused(77, "host");
    }
    launch("hosts: [elsewhere]")
        .refused(77, "host")
        .found(&format!("is not for this host ({own})"))
        .found("go to elsewhere, or add this host");
}

#[test]
fn a_mode_is_launched_by_its_users_and_by_nobody_else() {
    let own = Uid::effective();
    let name = nix::unistd::User::from_uid(own).expect("the database").map(|user| user.name);
    launch(&format!("users: [{own}]")).launched();
    launch(&format!("users: [nobody-here, {own}]")).launched();
    if let Some(name) = &name {
        launch(&format!("users: [{name}]")).launched();
    }
    let who = name.unwrap_or_else(|| own.to_string());
    for users in ["nobody-here", "4294967294", &format!("1{own}"), ""] {
        launch(&format!("users: [{users}]"))
            .refused(77, "user")
            .found(&format!("user {who} may not launch the mode paper"));
    }
    launch("users: [nobody-here]").found("launch it as nobody-here");
}

#[test]
fn a_mode_that_systemd_starts_is_not_launched_by_hand() {
    launch("supervisor: systemd").refused(77, "supervisor").found("systemctl start its unit");
    launch("supervisor: any").launched();
    // Whatever a shell below a unit inherits.
    let pid = std::process::id().to_string();
    scenario("supervisor: systemd")
        .caller_variable("SYSTEMD_EXEC_PID", pid)
        .caller_variable("INVOCATION_ID", "00")
        .run("paper")
        .refused(77, "supervisor");
}

#[test]
fn a_look_knows_no_launch_by_hand_and_sees_the_host_and_the_user() {
    let check = |keys: &str| scenario(keys).check().run("paper");
    check("supervisor: systemd").launched();
    check("hosts: [elsewhere]").refused(77, "host");
    check("users: [nobody-here]").refused(77, "user");
}

#[test]
fn what_one_mode_forbids_is_no_other_modes_affair() {
    for keys in ["hosts: [elsewhere]", "users: [nobody-here]", "supervisor: systemd"] {
        scenario(keys).run("dev").launched();
    }
}

#[test]
fn all_that_forbids_is_said_at_once() {
    launch("hosts: [elsewhere], users: [nobody-here], supervisor: systemd")
        .refused(77, "host")
        .refused(77, "user")
        .refused(77, "supervisor")
        .found("config.yml");
}
