//! What is not "under systemd", whatever the environment says; and what a user's own manager starts.

use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::{Service, USER};

sentences![
    a_shell_that_sets_systemds_variables_by_hand_is_not_under_systemd,
    a_scope_that_sets_systemds_variables_by_hand_is_not_under_systemd,
    a_child_of_a_services_shell_inherits_systemds_variables_and_is_not_under_systemd,
    a_launch_by_hand_has_its_record_without_a_unit,
    a_live_launch_by_hand_names_the_person_and_a_command_that_is_not_the_configured_one,
];

/// Sets everything that systemd would set, with the right process id, and launches with it.
const FORGED: &str = "set -e
mkdir -p /run/forged/runtime /run/forged/credentials
cp /srv/by-hand/by-hand.paper.env /run/forged/credentials/
chown -R worker /run/forged
exec setpriv --reuid worker --regid worker --clear-groups env -i \
  RUNTIME_DIRECTORY=/run/forged/runtime CREDENTIALS_DIRECTORY=/run/forged/credentials INVOCATION_ID=00 \
  NOTIFY_SOCKET=/run/systemd/notify STATE_DIRECTORY=/run/forged LISTEN_FDS=1 LISTEN_PID=$$ \
  JOURNAL_STREAM=1:2 SYSTEMD_EXEC_PID=$$ \
  /usr/local/bin/envgate exec -m paper -c /srv/by-hand/DELIVERY.yml -e FILE -- /usr/bin/env
";

fn files(lab: &'static Lab) {
    // One folder for all of these tests; written anew by each, always the same.
    let config =
        |delivery: &str| format!("envgate: {{config: {{delivery: {delivery}}}}}\nkey: ${{API_KEY}}\n");
    Service::new(lab, "by-hand")
        .file("by-hand.paper.env", "API_KEY=abc\n", 0o600, USER)
        .file("auto.yml", &config("auto"), 0o644, "root")
        .file("file.yml", &config("file"), 0o644, "root");
}

/// Every way in which being under systemd would show.
fn assert_not_under_systemd(run: impl Fn(&str) -> Ran) {
    let script = |delivery: &str, file: &str| FORGED.replace("DELIVERY", delivery).replace("FILE", file);
    let path = "/srv/by-hand/by-hand.paper.env";
    let environment = run(&script("auto", path)).ok();
    for name in ["_DIRECTORY=/run", "INVOCATION_ID", "NOTIFY_SOCKET", "LISTEN_", "JOURNAL_STREAM", "SYSTEMD_"]
    {
        assert!(!environment.contains(name), "{name} reached the worker:\n{environment}");
    }
    assert!(
        environment.contains("ENVGATE_CONFIG=/proc/self/fd/"),
        "not into the forged folder: {environment}"
    );
    let refused = run(&script("file", path)).failed(77).stderr();
    assert!(refused.contains("systemd gave none"), "{refused}");
    let refused = run(&script("auto", "credential:by-hand.paper.env")).failed(77).stderr();
    assert!(refused.contains("not a credentials directory of systemd's"), "{refused}");
}

fn a_shell_that_sets_systemds_variables_by_hand_is_not_under_systemd(lab: &'static Lab) {
    files(lab);
    assert_not_under_systemd(|script| lab.shell(script));
}

/// Where a login session's shell is.
fn a_scope_that_sets_systemds_variables_by_hand_is_not_under_systemd(lab: &'static Lab) {
    files(lab);
    assert_not_under_systemd(|script| lab.run(["systemd-run", "--quiet", "--scope", "sh", "-c", script]));
}

fn a_child_of_a_services_shell_inherits_systemds_variables_and_is_not_under_systemd(lab: &'static Lab) {
    let launcher = "#!/bin/sh
/usr/local/bin/envgate exec -m paper -e /srv/inherited/a.paper.env -- /usr/bin/env >/run/inherited/environment
/bin/sleep infinity
";
    Service::new(lab, "inherited")
        .file("a.paper.env", "API_KEY=abc\n", 0o600, USER)
        .file("launcher", launcher, 0o755, "root");
    let unit = format!(
        "[Service]\nType=exec\nUser={USER}\nRuntimeDirectory=inherited\nExecStart=/srv/inherited/launcher\n"
    );
    lab.write("/etc/systemd/system/inherited.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    lab.run(["systemctl", "start", "inherited.service"]).ok();
    lab.until("the worker has run", || {
        lab.shell("cat /run/inherited/environment").stdout().contains("API_KEY")
    });
    let environment = lab.read("/run/inherited/environment");
    assert!(
        !environment.contains("SYSTEMD_EXEC_PID") && !environment.contains("RUNTIME_DIRECTORY"),
        "{environment}"
    );
}

fn a_launch_by_hand_has_its_record_without_a_unit(lab: &'static Lab) {
    Service::new(lab, "recorded-by-hand").file("a.paper.env", "API_KEY=abc\n", 0o600, "root");
    let file = "/srv/recorded-by-hand/a.paper.env";
    lab.run(["envgate", "exec", "-m", "paper", "-e", file, "--", "/bin/true"]).ok();
    lab.run(["journalctl", "--sync"]).ok();
    let query = ["journalctl", "--no-pager", "-o", "json", "ENVGATE_CLASS=paper"];
    let records = lab.run(query.into_iter().chain([format!("ENVGATE_ENV_FILE={file}").as_str()])).ok();
    let record: serde_json::Value = serde_json::from_str(records.trim()).expect("one record");
    assert_eq!(record["_UID"], "0");
    assert_eq!(record.get("ENVGATE_UNIT"), None);
}

/// The kernel lets a process without a login say once whose it is, as `pam_loginuid(8)` does at each login; where the
/// tests run in somebody's login already, it stays theirs.
fn a_live_launch_by_hand_names_the_person_and_a_command_that_is_not_the_configured_one(lab: &'static Lab) {
    let config =
        "envgate: {command: [/bin/true], modes: {live: {env_files: [a.live.env]}}}\nkey: ${API_KEY}\n";
    Service::new(lab, "person").file("a.live.env", "ENVGATE_MODE=live\nAPI_KEY=abc\n", 0o600, USER).file(
        "config.yml",
        config,
        0o644,
        "root",
    );
    let number = lab.run(["id", "-u", USER]).ok();
    let record = |command: &str, instance: &str| -> serde_json::Value {
        let exec =
            format!("envgate exec -m live -c /srv/person/config.yml --confirm live -i {instance} {command}");
        let launch = format!("runuser -u {USER} -- env SUDO_USER=anna {exec}");
        let log_in = "{ echo 4242 >/proc/self/loginuid; } 2>/dev/null || :; cat /proc/self/loginuid; echo";
        let login = lab.shell(&format!("{log_in}; exec {launch}")).ok();
        lab.run(["journalctl", "--sync"]).ok();
        let query = ["journalctl", "--no-pager", "-o", "json", "ENVGATE_CONFIG=/srv/person/config.yml"];
        let of_instance = format!("ENVGATE_INSTANCE={instance}");
        let found = lab.run(query.into_iter().chain([of_instance.as_str()])).ok();
        let record: serde_json::Value = serde_json::from_str(found.trim()).expect("one record");
        assert_eq!(record["ENVGATE_LOGINUID"], login.lines().next().expect("a number"), "{record:#}");
        record
    };
    let configured = record("", "ES");
    for (field, expected) in
        [("ENVGATE_REAL_UID", number.trim()), ("ENVGATE_SUDO_USER", "anna"), ("ENVGATE_COMMAND", "/bin/true")]
    {
        assert_eq!(configured[field], expected, "{field} of {configured:#}");
    }
    assert_eq!(configured.get("ENVGATE_COMMAND_REPLACED"), None, "{configured:#}");
    let other = record("-- /bin/echo well", "NQ");
    assert_eq!(
        (&other["ENVGATE_COMMAND"], &other["ENVGATE_COMMAND_REPLACED"]),
        (&"/bin/echo".into(), &"1".into()),
        "{other:#}"
    );
    let message = other["MESSAGE"].as_str().expect("text");
    assert!(
        message.contains("/bin/echo, which is not the configured command, in the mode live"),
        "{message}"
    );
}
