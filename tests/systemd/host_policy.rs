//! The host policy, where systemd is: what it wants under systemd, an emergency, and a user's own manager.

use crate::lab::Lab;
use crate::sentences;
use crate::service::{Service, USER};
use crate::user_manager;

sentences![
    what_the_policy_wants_under_systemd_is_launched_by_a_unit_and_not_by_hand,
    what_a_mode_says_of_where_and_who_and_by_whom_holds_in_a_unit,
    break_glass_is_an_alert_in_the_journal_and_names_who,
    an_old_secret_never_keeps_a_unit_from_starting,
    a_user_managers_service_confirms_live_where_the_policy_says_so_and_nowhere_else,
];

const LIVE: &str = "ENVGATE_MODE=live\nAPI_KEY=abc\n";

/// A shell's prelude: a mount namespace of its own, with this policy in `/etc/envgate`.
fn with_policy(policy: &str, command: &str) -> String {
    format!(
        "mkdir -p /etc/envgate && exec unshare -m sh -euc 'mount -t tmpfs policy /etc/envgate; \
         chmod 755 /etc/envgate; echo \"{policy}\" >/etc/envgate/policy.yml; exec {command}'"
    )
}

fn what_the_policy_wants_under_systemd_is_launched_by_a_unit_and_not_by_hand(lab: &'static Lab) {
    let policy = "live: {supervisor: systemd}";
    Service::new(lab, "only-systemd")
        .mode("live")
        .file("policy.yml", policy, 0o644, "root")
        .setting("TemporaryFileSystem=/etc/envgate")
        .setting("BindReadOnlyPaths=/srv/only-systemd/policy.yml:/etc/envgate/policy.yml")
        .env_file("x.live.env", LIVE)
        .config("envgate: {ready: launcher}\nkey: ${API_KEY}\n")
        .command(["/bin/sleep", "infinity"])
        .started();
    let file = "/srv/only-systemd/x.live.env";
    let exec = format!("envgate exec -m live --confirm live -e {file} -- /bin/true");
    let by_hand = format!("setpriv --reuid {USER} --regid {USER} --clear-groups {exec}");
    let refused = lab.shell(&with_policy(policy, &by_hand)).failed(77).stderr();
    assert!(refused.contains("refused [supervisor]"), "{refused}");
    // Nor below a unit's shell, which only inherits that it is one.
    let below = format!("#!/bin/sh\n({})\nexit $?\n", with_policy(policy, &by_hand));
    lab.write("/srv/only-systemd/below", below, 0o755, "root");
    let refused = lab
        .run(["systemd-run", "--quiet", "--wait", "--pipe", "/srv/only-systemd/below"])
        .failed(77)
        .stderr();
    assert!(refused.contains("refused [supervisor]"), "{refused}");
}

fn what_a_mode_says_of_where_and_who_and_by_whom_holds_in_a_unit(lab: &'static Lab) {
    let service = |name: &'static str, keys: &str| {
        Service::new(lab, name)
            .file("x.paper.env", "API_KEY=abc\n", 0o600, USER)
            .config(&format!(
                "envgate: {{ready: launcher, modes: {{paper: {{env_files: [x.paper.env], {keys}}}}}}}\nkey: ${{API_KEY}}\n"
            ))
            .command(["/bin/sleep", "infinity"])
    };
    let host = lab.run(["hostname"]).ok();
    let keys = format!("supervisor: systemd, users: [{USER}], hosts: [{}]", host.trim());
    service("mode-says", &keys).started();
    let exec = "envgate exec -m paper -c /srv/mode-says/config.yml -- /bin/true";
    let by_hand = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"];
    let refused = lab.run(by_hand.into_iter().chain(exec.split(' '))).failed(77).stderr();
    assert!(refused.contains("refused [supervisor]") && !refused.contains("[user]"), "{refused}");
    for (name, keys, gate) in [
        ("mode-says-user", "users: [root]", "refused [user]"),
        ("mode-says-host", "hosts: [elsewhere]", "refused [host]"),
    ] {
        let unit = service(name, keys).install();
        assert_eq!(unit.start().status(), Some(1));
        assert_eq!(unit.property("ExecMainStatus"), "77");
        assert!(unit.journal().contains(gate), "{}", unit.journal());
    }
}

fn break_glass_is_an_alert_in_the_journal_and_names_who(lab: &'static Lab) {
    let policy = "live: {supervisor: systemd}\nbreak_glass: allow";
    Service::new(lab, "emergency").file("x.live.env", LIVE, 0o600, "root");
    let exec = "envgate exec -m live --confirm live -e /srv/emergency/x.live.env \
                --break-glass \"the unit is stuck\" -- /bin/true";
    lab.shell(&with_policy(policy, &format!("env SUDO_USER=anna {exec}"))).ok();
    lab.run(["journalctl", "--sync"]).ok();
    let query =
        ["journalctl", "--no-pager", "-o", "json", "-p", "alert", "ENVGATE_BREAK_GLASS=the unit is stuck"];
    let record: serde_json::Value = serde_json::from_str(lab.run(query).ok().trim()).expect("one record");
    for (field, expected) in [
        ("PRIORITY", "1"),
        ("ENVGATE_CLASS", "live"),
        ("ENVGATE_REAL_UID", "0"),
        ("ENVGATE_SUDO_USER", "anna"),
    ] {
        assert_eq!(record[field], expected, "{field}");
    }
}

fn a_user_managers_service_confirms_live_where_the_policy_says_so_and_nowhere_else(lab: &'static Lab) {
    let number = user_manager::log_in(lab);
    lab.write("/home/alice/own.live.env", LIVE, 0o600, user_manager::USER);
    let unit = "[Service]\nType=notify\nNotifyAccess=main\nExecStart=/usr/local/bin/envgate exec -m live \
                -c /home/alice/own.yml -e /home/alice/own.live.env -- /bin/sleep infinity\n";
    lab.write(
        "/home/alice/own.yml",
        "envgate: {ready: launcher}\nkey: ${API_KEY}\n",
        0o644,
        user_manager::USER,
    );
    lab.write("/etc/systemd/user/own-live.service", unit, 0o644, "root");
    user_manager::systemctl(lab, &number, &["daemon-reload"]).ok();
    assert_ne!(user_manager::systemctl(lab, &number, &["start", "own-live"]).status(), Some(0));
    let status = ["show", "--value", "-p", "ExecMainStatus", "own-live"];
    assert_eq!(user_manager::systemctl(lab, &number, &status).ok().trim(), "77");
    // It restricts nothing, and is there at one stroke: the other tests of the lab do not notice.
    lab.write("/etc/envgate/policy.new", "live: {user_manager: confirms}\n", 0o644, "root");
    lab.run(["mv", "/etc/envgate/policy.new", "/etc/envgate/policy.yml"]).ok();
    let started = user_manager::systemctl(lab, &number, &["start", "own-live"]);
    lab.run(["rm", "/etc/envgate/policy.yml"]).ok();
    started.ok();
}

fn an_old_secret_never_keeps_a_unit_from_starting(lab: &'static Lab) {
    let unit = Service::new(lab, "old-secret")
        .mode("live")
        .env_file(
            "x.live.env",
            "ENVGATE_MODE=live\n# rotated: 2026-01-01\n# expires: 2026-02-01\nAPI_KEY=abc\n",
        )
        .config("envgate: {ready: launcher, modes: {live: {max_age: 1d, age: strict}}}\nkey: ${API_KEY}\n")
        .command(["/bin/sleep", "infinity"])
        .started();
    assert!(unit.journal().contains("warning [age]"), "{}", unit.journal());
}
