//! `workers` and the gate `second` among real units.

use serde_json::Value;

use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::{CANARY, Service, USER, Unit, add_user};

sentences![
    ten_instances_are_ten_rows_and_stale_until_they_are_restarted,
    a_hardened_unit_with_mounts_of_its_own_is_compared_all_the_same,
    a_credentials_source_that_was_written_is_stale_and_one_that_was_renamed_is_unknown,
    an_encrypted_credential_is_unknown,
    a_worker_that_overwrites_its_environment_is_asked_of_systemd,
    a_user_sees_another_users_units_by_what_systemd_says,
    live_by_hand_beside_its_unit_is_refused,
    live_by_hand_beside_another_users_unit_is_refused,
    a_systemd_that_does_not_answer_is_said_and_stops_no_launch,
];

const SLEEP: [&str; 2] = ["/bin/sleep", "infinity"];

/// The verb's JSON, as root.
fn ask(lab: &Lab, units: &[&str]) -> Value {
    let words = ["envgate", "workers", "--json"].into_iter().chain(units.iter().copied());
    serde_json::from_str(&lab.run(words).ok()).expect("JSON")
}

/// The one worker of a unit.
#[track_caller]
fn of_unit(unit: &Unit) -> Value {
    let said = ask(unit.lab, &[&unit.name]);
    let workers = said["workers"].as_array().expect("a list");
    assert_eq!(workers.len(), 1, "{said:#}");
    workers[0].clone()
}

#[track_caller]
fn assert_state(unit: &Unit, state: &str, reason: &str) {
    let worker = of_unit(unit);
    assert_eq!(worker["state"], state, "{worker:#}");
    assert!(worker["reason"].as_str().unwrap_or_default().contains(reason), "{worker:#}");
}

/// A new file under the old name, as an editor or a rotation writes one.
fn replace(lab: &Lab, path: &str, contents: &str, owner: &str) {
    lab.write(&format!("{path}.new"), contents, 0o600, owner);
    lab.run(["mv", &format!("{path}.new"), path]).ok();
}

fn ten_instances_are_ten_rows_and_stale_until_they_are_restarted(lab: &'static Lab) {
    let contents = |value: &str| format!("ENVGATE_MODE=live\nAPI_KEY={CANARY}-{value}\n");
    let file = "/srv/desk/desk.live.env";
    lab.write(file, contents("old"), 0o600, USER);
    let unit = format!(
        "[Service]\nType=notify\nNotifyAccess=main\nUser={USER}\n\
         ExecStart=/usr/local/bin/envgate exec -m live -c /srv/desk/desk.yml -i %i\n"
    );
    let config = "envgate:\n  ready: launcher\n  command: [/bin/sleep, infinity]\n  modes: {live: {env_files: [desk.live.env]}}\nkey: ${API_KEY}\n";
    lab.write("/srv/desk/desk.yml", config, 0o644, "root");
    lab.write("/etc/systemd/system/desk@.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    let names: Vec<String> = (0..10).map(|number| format!("desk@S{number}.service")).collect();
    lab.run(["systemctl", "start"].into_iter().chain(names.iter().map(String::as_str))).ok();
    let table = lab.run(["envgate", "workers", "desk@*"]).ok();
    for (number, name) in names.iter().enumerate() {
        let row = table.lines().find(|line| line.starts_with(name.as_str())).expect("a row");
        let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        let pid = Unit::named(lab, name).property("MainPID");
        let expected = [name, USER, "live", "live", &format!("S{number}"), &pid];
        assert_eq!(cells[..6], expected, "{row}");
        assert_eq!((cells[8], cells[7].len()), ("current", 12), "{row}");
    }
    assert!(table.contains("all 10 live workers hold the current generation\n"), "{table}");
    assert!(!table.contains(CANARY) && !table.contains("unknown"), "{table}");
    replace(lab, file, &contents("new"), USER);
    let table = lab.run(["envgate", "workers", "desk@*"]).ok();
    assert!(table.contains("10 of 10 live workers still hold the old generation\n"), "{table}");
    lab.run(["systemctl", "restart", &names[0], &names[4], &names[9]]).ok();
    let table = lab.run(["envgate", "workers", "desk@*"]).ok();
    assert!(table.contains("7 of 10 live workers still hold the old generation\n"), "{table}");
    let one = ask(lab, &["desk@S4"]);
    assert_eq!(one["workers"].as_array().expect("a list").len(), 1, "{one:#}");
    assert_eq!(
        (&one["workers"][0]["state"], &one["workers"][0]["manager"]),
        (&"current".into(), &"system".into())
    );
    lab.run(["systemctl", "stop", "desk@*"]).ok();
    lab.run(["envgate", "workers", "desk@*"]).failed(1);
}

/// `PrivateTmp=` and its like give a service a mount namespace; a bind mount shows it another file than ours.
fn a_hardened_unit_with_mounts_of_its_own_is_compared_all_the_same(lab: &'static Lab) {
    let unit = Service::new(lab, "hardened")
        .setting("PrivateTmp=yes\nProtectSystem=strict\nPrivateDevices=yes")
        .setting("BindReadOnlyPaths=/srv/hardened/elsewhere:/srv/hardened/env")
        .kind("exec")
        .file("elsewhere/a.paper.env", "A=1\n", 0o600, USER)
        .file("env/a.paper.env", "A=what the host sees\n", 0o600, USER)
        .argument("-e /srv/hardened/env/a.paper.env")
        .command(SLEEP)
        .started();
    unit.main_pid();
    assert_state(&unit, "current", "");
    replace(lab, "/srv/hardened/env/a.paper.env", "A=what the worker does not see\n", USER);
    assert_state(&unit, "current", "");
    replace(lab, "/srv/hardened/elsewhere/a.paper.env", "A=2\n", USER);
    assert_state(&unit, "stale", "");
}

fn with_credential(lab: &'static Lab, name: &'static str) -> Unit {
    let source = format!("/srv/{name}/secret.env");
    let unit = Service::new(lab, name)
        .kind("exec")
        .file("secret.env", "API_KEY=abc\n", 0o600, "root")
        .setting(&format!("LoadCredential=worker.paper.env:{source}"))
        .argument("-e credential:worker.paper.env")
        .command(SLEEP)
        .started();
    unit.main_pid();
    unit
}

fn a_credentials_source_that_was_written_is_stale_and_one_that_was_renamed_is_unknown(lab: &'static Lab) {
    let unit = with_credential(lab, "sourced");
    let worker = of_unit(&unit);
    assert_eq!(
        (&worker["state"], &worker["files"][0]["file"]),
        (&"current".into(), &"credential:worker.paper.env".into())
    );
    lab.run(["mv", "/srv/sourced/secret.env", "/srv/sourced/secret.env.previous"]).ok();
    assert_state(&unit, "unknown", "the file is gone");
    lab.run(["mv", "/srv/sourced/secret.env.previous", "/srv/sourced/secret.env"]).ok();
    assert_state(&unit, "unknown", "renamed or changed since the start");
    replace(lab, "/srv/sourced/secret.env", "API_KEY=def\n", "root");
    assert_state(&unit, "stale", "");
    lab.run(["systemctl", "restart", &unit.name]).ok();
    unit.main_pid();
    assert_state(&unit, "current", "");
}

fn an_encrypted_credential_is_unknown(lab: &'static Lab) {
    lab.run(["systemd-creds", "setup"]).ok();
    let service = Service::new(lab, "sealed")
        .kind("exec")
        .setting("LoadCredentialEncrypted=worker.paper.env:/srv/sealed/secret.cred")
        .argument("-e credential:worker.paper.env")
        .command(SLEEP);
    let encrypt = "systemd-creds encrypt --with-key=host --name=worker.paper.env - /srv/sealed/secret.cred";
    lab.shell(&format!("printf 'API_KEY=abc\\n' | {encrypt}")).ok();
    let unit = service.started();
    unit.main_pid();
    assert_state(&unit, "unknown", "the credential is encrypted");
}

/// As `setproctitle` does: it writes over the memory that its environment was passed in.
const OVERWRITES: &str = "import ctypes, time
fields = open('/proc/self/stat').read().rsplit(')', 1)[1].split()
start, end = int(fields[47]), int(fields[48])
ctypes.memset(start, 0, end - start)
open('/run/overwrites/done', 'w')
time.sleep(3600)
";

fn a_worker_that_overwrites_its_environment_is_asked_of_systemd(lab: &'static Lab) {
    let unit = Service::new(lab, "overwrites")
        .mode("soak")
        .kind("exec")
        .setting("RuntimeDirectory=overwrites")
        .env_file("a.env", "ENVGATE_MODE=soak\nA=1\n")
        .argument("-i ES")
        .python(OVERWRITES)
        .started();
    lab.until("it has overwritten its environment", || {
        lab.run(["test", "-e", "/run/overwrites/done"]).status() == Some(0)
    });
    assert_eq!(unit.proc("environ").trim_matches('\0'), "");
    let worker = of_unit(&unit);
    for (field, expected) in [
        ("kind", "opaque"),
        ("mode", "soak"),
        ("class", "live"),
        ("instance", "ES"),
        ("user", USER),
        ("state", "unknown"),
        ("reason", "it has overwritten its environment"),
    ] {
        assert_eq!(worker[field], expected, "{field} of {worker:#}");
    }
    assert_eq!((worker["pid"].to_string(), &worker["generation"]), (unit.property("MainPID"), &Value::Null));
    let table = lab.run(["envgate", "workers", "overwrites"]).ok();
    assert!(table.contains("1 of 1 live worker unknown, none known to be stale"), "{table}");
}

fn as_user(lab: &Lab, user: &str, words: &[&str]) -> Ran {
    lab.run(["runuser", "-u", user, "--"].into_iter().chain(words.iter().copied()))
}

fn a_user_sees_another_users_units_by_what_systemd_says(lab: &'static Lab) {
    add_user(lab, "onlooker");
    let unit =
        Service::new(lab, "watched").kind("exec").env_file("a.paper.env", "A=1\n").command(SLEEP).started();
    let pid = unit.main_pid();
    let said = as_user(lab, "onlooker", &["envgate", "workers", "--json", "watched"]).ok();
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let worker = &said["workers"][0];
    assert_eq!((&worker["kind"], &worker["mode"]), (&"opaque".into(), &"paper".into()), "{said:#}");
    assert_eq!((worker["pid"].to_string(), &worker["user"]), (pid, &USER.into()), "{said:#}");
    assert_eq!(worker["reason"], "its environment may not be read by you", "{said:#}");
    assert_eq!(said["unreadable"], serde_json::json!([]), "it is not counted twice: {said:#}");
}

/// A live unit, and the words of the same launch by hand.
pub fn live(lab: &'static Lab, name: &'static str) -> Unit {
    let config = format!(
        "envgate:\n  ready: launcher\n  modes: {{live: {{env_files: [/srv/{name}/a.live.env]}}}}\nkey: ${{API_KEY}}\n"
    );
    let unit = Service::new(lab, name)
        .mode("live")
        .file("a.live.env", &format!("ENVGATE_MODE=live\nAPI_KEY={CANARY}\n"), 0o600, USER)
        .config(&config)
        .argument("-i ES")
        .command(SLEEP)
        .started();
    unit.main_pid();
    unit
}

fn by_hand(unit: &Unit, user: &str, arguments: &str) -> Ran {
    let name = unit.name.trim_end_matches(".service");
    let line = format!(
        "cd / && envgate exec -m live -c /srv/{name}/config.yml --confirm live {arguments} -- /bin/echo started"
    );
    as_user(unit.lab, user, &["sh", "-c", &line])
}

fn live_by_hand_beside_its_unit_is_refused(lab: &'static Lab) {
    let unit = live(lab, "beside");
    let refused = by_hand(&unit, USER, "-i ES").failed(77).stderr();
    let pid = unit.property("MainPID");
    for text in [
        "refused [second] /srv/beside/config.yml",
        &format!("PID {pid}, in the unit beside.service, as user {USER}, since 20"),
        "systemctl stop beside.service",
        "--allow-second",
    ] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    assert_eq!(refused.matches("refused [").count(), 1, "{refused}");
    assert_eq!(by_hand(&unit, USER, "-i ES --allow-second").ok(), "started\n");
    assert_eq!(by_hand(&unit, USER, "-i NQ").ok(), "started\n");
    // The unit itself is not asked: what it restarts is its own.
    lab.run(["systemctl", "restart", &unit.name]).ok();
    unit.stop();
    assert_eq!(by_hand(&unit, USER, "-i ES").ok(), "started\n");
}

/// The dealer may not look into the unit's process; systemd says what it launches.
fn live_by_hand_beside_another_users_unit_is_refused(lab: &'static Lab) {
    add_user(lab, "dealer");
    let unit = live(lab, "foreign");
    lab.write("/srv/foreign/own.env", "ENVGATE_MODE=live\nAPI_KEY=abc\n", 0o600, "dealer");
    let own = "-e /srv/foreign/own.env";
    let refused = by_hand(&unit, "dealer", &format!("-i ES {own}")).failed(77).stderr();
    assert!(
        refused.contains("refused [second]") && refused.contains("in the unit foreign.service"),
        "{refused}"
    );
    assert_eq!(by_hand(&unit, "dealer", &format!("-i NQ {own}")).ok(), "started\n");
    assert_eq!(by_hand(&unit, "dealer", &format!("-i ES --allow-second {own}")).ok(), "started\n");
    unit.stop();
    assert_eq!(by_hand(&unit, "dealer", &format!("-i ES {own}")).ok(), "started\n");
}

/// Without root, systemd is asked over the bus.
fn a_systemd_that_does_not_answer_is_said_and_stops_no_launch(lab: &'static Lab) {
    lab.write("/srv/mute/a.live.env", "ENVGATE_MODE=live\nA=1\n", 0o600, USER);
    let without_bus = |words: &str| {
        let script = format!("mount -t tmpfs tmpfs /run/dbus && exec runuser -u {USER} -- {words}");
        lab.run(["unshare", "--mount", "sh", "-ec", &script])
    };
    let launch = "envgate exec -m live -e /srv/mute/a.live.env --confirm live -- /bin/echo started";
    let ran = without_bus(launch);
    let said = ran.stderr();
    assert_eq!(ran.ok(), "started\n");
    assert!(
        said.contains("warning [second]") && said.contains("systemctl: systemd does not answer"),
        "{said}"
    );
    let said = without_bus("envgate workers").ok();
    assert!(said.contains("a service that has overwritten its environment is not in the list"), "{said}");
    let said: Value = serde_json::from_str(&without_bus("envgate workers --json").ok()).expect("JSON");
    assert!(said["systemd"].as_str().is_some_and(|why| why.contains("does not answer")), "{said:#}");
    assert_eq!(ask(lab, &[])["systemd"], Value::Null);
}
