//! A service of a user's own manager (`systemctl --user`).
#![allow(unreachable_pub, reason = "a module of a test program")]

use crate::lab::{Lab, Ran};
use crate::sentences;

sentences![
    a_user_managers_worker_gets_its_session_and_its_manager_hears_that_it_is_ready,
    a_user_managers_credential_is_no_mount_of_systemds_and_is_refused,
    what_systemd_alone_may_start_is_not_started_by_a_users_own_manager,
];

pub const USER: &str = "alice";

/// A user with a manager of its own, as a login starts one: its number.
pub fn log_in(lab: &'static Lab) -> String {
    static LOGGED_IN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let number = LOGGED_IN.get_or_init(|| {
        lab.run(["useradd", "--create-home", USER]).ok();
        let number = lab.run(["id", "-u", USER]).ok().trim().to_owned();
        lab.run(["systemctl", "start", &format!("user@{number}.service")]).ok();
        number
    });
    number.clone()
}

pub fn systemctl(lab: &Lab, number: &str, words: &[&str]) -> Ran {
    let directory = format!("XDG_RUNTIME_DIR=/run/user/{number}");
    let start = ["runuser", "-u", USER, "--", "env", &directory, "systemctl", "--user"];
    lab.run(start.into_iter().chain(words.iter().copied()))
}

fn install(lab: &Lab, number: &str, name: &str, settings: &str, arguments: &str) {
    let home = format!("/home/{USER}");
    lab.write(&format!("{home}/{name}.paper.env"), "API_KEY=abc\n", 0o600, USER);
    lab.write(&format!("{home}/{name}.yml"), "envgate: {ready: launcher}\nkey: ${API_KEY}\n", 0o644, USER);
    let unit = format!(
        "[Service]\nType=notify\nNotifyAccess=main\nSyslogIdentifier=%N\n{settings}\nExecStart=/usr/local/bin/envgate exec -m paper \
         -c {home}/{name}.yml {arguments} -- /bin/sleep infinity\n"
    );
    // Where the user's manager looks, and root can write without owning the user's folders.
    lab.write(&format!("/etc/systemd/user/{name}.service"), unit, 0o644, "root");
    systemctl(lab, number, &["daemon-reload"]).ok();
}

fn a_user_managers_worker_gets_its_session_and_its_manager_hears_that_it_is_ready(lab: &'static Lab) {
    let number = log_in(lab);
    let arguments = "-e /home/alice/session.paper.env";
    install(lab, &number, "session", "RuntimeDirectory=session\nEnvironment=LEAK=1", arguments);
    systemctl(lab, &number, &["start", "session"]).ok();
    let pid = systemctl(lab, &number, &["show", "--value", "-p", "MainPID", "session"]).ok();
    let environment = lab.read(&format!("/proc/{}/environ", pid.trim()));
    let variables: Vec<&str> = environment.split_terminator('\0').collect();
    for expected in [
        format!("XDG_RUNTIME_DIR=/run/user/{number}"),
        format!("DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus"),
        format!("NOTIFY_SOCKET=/run/user/{number}/systemd/notify"),
        format!("RUNTIME_DIRECTORY=/run/user/{number}/session"),
        format!("ENVGATE_CONFIG=/run/user/{number}/session/session.yml"),
    ] {
        assert!(variables.contains(&expected.as_str()), "no {expected} in {variables:#?}");
    }
    assert!(!environment.contains("LEAK"), "{variables:#?}");
    let status = systemctl(lab, &number, &["show", "--value", "-p", "StatusText", "session"]).ok();
    assert!(status.starts_with("launched by envgate: paper"), "{status}");
    lab.run(["journalctl", "--sync"]).ok();
    let record = lab.run(["journalctl", "--no-pager", "-o", "cat", "ENVGATE_UNIT=session.service"]).ok();
    assert!(record.contains("envgate launches /bin/sleep"), "{record}");
}

/// A user's manager cannot mount: its credentials are files like any other, in a folder that a variable names.
fn a_user_managers_credential_is_no_mount_of_systemds_and_is_refused(lab: &'static Lab) {
    let number = log_in(lab);
    let settings = "LoadCredential=worker.paper.env:/home/alice/loaded.paper.env";
    install(lab, &number, "loaded", settings, "-e credential:worker.paper.env");
    systemctl(lab, &number, &["start", "loaded"]).failed(1);
    let status = systemctl(lab, &number, &["show", "--value", "-p", "ExecMainStatus", "loaded"]).ok();
    assert_eq!(status, "77\n");
    lab.run(["journalctl", "--sync"]).ok();
    let said = lab.run(["journalctl", "--no-pager", "-o", "cat", "-t", "loaded"]).ok();
    assert!(said.contains("in a service of systemctl --user, name the file by its path"), "{said}");
}

/// Anybody may start a service of their own manager: for the gate `supervisor` that is a launch by hand.
fn what_systemd_alone_may_start_is_not_started_by_a_users_own_manager(lab: &'static Lab) {
    let number = log_in(lab);
    install(lab, &number, "by-whom", "", "");
    let config = |supervisor: &str| {
        let mode = format!("{{env_files: [by-whom.paper.env], supervisor: {supervisor}}}");
        let config = format!("envgate: {{ready: launcher, modes: {{paper: {mode}}}}}\nkey: ${{API_KEY}}\n");
        lab.write(&format!("/home/{USER}/by-whom.yml"), config, 0o644, USER);
    };
    config("any");
    systemctl(lab, &number, &["start", "by-whom"]).ok();
    config("systemd");
    systemctl(lab, &number, &["restart", "by-whom"]).failed(1);
    lab.run(["journalctl", "--sync"]).ok();
    let said = lab.run(["journalctl", "--no-pager", "-o", "cat", "-t", "by-whom"]).ok();
    assert!(said.contains("refused [supervisor]"), "{said}");
}
