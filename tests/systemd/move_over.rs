//! A unit as trading desks have them (an `EnvironmentFile=`, a config named by a variable, a worker that loads it
//! with `PyYAML` and expands the environment's variables in it), moved over to envgate by `check --unit`.

use crate::lab::Lab;

crate::sentences!(
    check_unit_reads_a_unit_through_every_gate,
    a_unit_moves_over_with_what_check_unit_prints_and_the_worker_gets_every_value,
    a_worker_that_expands_by_itself_gets_every_value_from_the_source,
    check_unit_of_a_unit_on_envgate_is_a_check_of_its_launch,
    check_unit_says_what_stands_in_the_way,
    check_unit_of_a_live_unit_asks_nobody,
    check_unit_reads_credentials_from_the_sources_that_the_unit_names,
    check_unit_says_what_it_cannot_move_of_exec_start,
    check_unit_reads_relative_paths_from_the_units_own_folder,
    check_unit_of_a_template_or_of_no_service_is_a_mistake_of_the_command_line,
);

const UNIT: &str = "\
[Unit]
Description=Trading worker
[Service]
Type=simple
User=worker
WorkingDirectory=/opt/desk
EnvironmentFile=/opt/desk/runtime/.env
Environment=\"DESK_CONFIG=/opt/desk/runtime/config.yml\"
Environment=\"PYTHONUNBUFFERED=1\" \"DESK_NOTE=two words\"
ExecStart=/usr/bin/python3 /opt/desk/worker.py
Restart=on-failure
";

const CONFIG: &str = "\
# Runtime config of the desk's worker
symbols: [6A, ES, NQ]
feed_key: ${FEED_KEY}
order_hook: ${ORDER_HOOK}
chat_hook: ${CHAT_HOOK}
killswitch: ${KILLSWITCH}
session_start: \"23:00\"
portfolio:
  instruments:
    - symbol: ES
      note: \"key ${FEED_KEY} of $USER\"
";

const ENV_FILE: &str = "\
# Environment of the desk's worker
FEED_KEY=feed-4f1d9c0011223344556677
ORDER_HOOK=https://orders.test/hook/8a7b6c?mode=a#b
KILLSWITCH=true
";

/// Loads its config as the real one does, and writes down what it got.
const WORKER: &str = "\
import json, os, time, yaml
def expand(value):
    if isinstance(value, str): return os.path.expandvars(value)
    if isinstance(value, list): return [expand(item) for item in value]
    if isinstance(value, dict): return {key: expand(item) for key, item in value.items()}
    return value
with open(os.environ['DESK_CONFIG']) as file: config = expand(yaml.safe_load(file))
config.pop('envgate', None)
with open('/opt/desk/got.json.new', 'w') as file: json.dump({'config': config, 'environment': dict(os.environ)}, file)
os.rename('/opt/desk/got.json.new', '/opt/desk/got.json')
time.sleep(3600)
";

/// The desk's files and its unit, under a name of its own for each test.
fn desk(lab: &Lab, unit: &str) {
    let at = |file: &str| format!("/opt/{unit}/{file}");
    let of_unit = |text: &str| text.replace("/opt/desk", &format!("/opt/{unit}"));
    lab.write(&at("worker.py"), of_unit(WORKER), 0o644, "root");
    lab.write(&at("runtime/config.yml"), CONFIG, 0o644, "worker");
    lab.write(&at("runtime/.env"), ENV_FILE, 0o600, "worker");
    lab.shell(&format!("chown worker: /opt/{unit} /opt/{unit}/runtime")).ok();
    lab.write(&format!("/etc/systemd/system/{unit}.service"), of_unit(UNIT), 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
}

fn report(lab: &Lab, unit: &str, more: &str) -> serde_json::Value {
    let printed = lab.shell(&format!("envgate check --unit {unit} --json {more}"));
    serde_json::from_str(&printed.stdout()).unwrap_or_else(|_| panic!("no JSON: {}", printed.stderr()))
}

fn gates(report: &serde_json::Value) -> Vec<(&str, &str)> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .map(|finding| (finding["gate"].as_str().unwrap(), finding["variable"].as_str().unwrap_or("")))
        .collect()
}

/// What the worker wrote down, once it has.
fn got(lab: &Lab, unit: &str) -> serde_json::Value {
    let file = format!("/opt/{unit}/got.json");
    lab.until("the worker has read its config", || lab.run(["test", "-e", &file]).status() == Some(0));
    serde_json::from_str(&lab.read(&file)).expect("JSON")
}

fn expect_every_value(config: &serde_json::Value) {
    let expected = serde_json::json!({
        "symbols": ["6A", "ES", "NQ"],
        "feed_key": "feed-4f1d9c0011223344556677",
        "order_hook": "https://orders.test/hook/8a7b6c?mode=a#b",
        "chat_hook": "https://chat.test/1",
        "killswitch": "true",
        "session_start": "23:00",
        "portfolio": {"instruments": [{"symbol": "ES", "note": "key feed-4f1d9c0011223344556677 of worker"}]},
    });
    assert_eq!(config, &expected);
}

/// Mends what the report found, and does what it says: the block on top of the config, the drop-in.
fn move_over(lab: &Lab, unit: &str, block: impl Fn(&str) -> String) -> serde_json::Value {
    lab.shell(
        "printf 'CHAT_HOOK=https://chat.test/1\\nENVGATE_MODE=paper\\n' >>/opt/UNIT/runtime/.env"
            .replace("UNIT", unit)
            .as_str(),
    )
    .ok();
    let report = report(lab, unit, "");
    assert_eq!((&report["verdict"], &report["mode"]), (&"fine".into(), &"paper".into()), "{report:#}");
    let config = block(report["block"].as_str().unwrap()) + CONFIG;
    lab.write(&format!("/opt/{unit}/runtime/config.yml"), config, 0o644, "worker");
    lab.write(report["drop_in_path"].as_str().unwrap(), report["drop_in"].as_str().unwrap(), 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    lab.run(["systemctl", "start", unit]).ok();
    report
}

fn check_unit_reads_a_unit_through_every_gate(lab: &'static Lab) {
    desk(lab, "desk-gates");
    lab.shell("chmod 640 /opt/desk-gates/runtime/.env").ok();
    let report = report(lab, "desk-gates", "-m paper");
    assert_eq!(
        gates(&report),
        [("permission", ""), ("file-mode", ""), ("placeholder", "CHAT_HOOK")],
        "{report:#}"
    );
    assert_eq!(report["status"], 77);
    let text = lab.run(["envgate", "check", "--unit", "desk-gates", "-m", "paper"]).failed(77).stdout();
    assert!(!text.contains("4f1d9c00"), "a secret in the report:\n{text}");
}

fn a_unit_moves_over_with_what_check_unit_prints_and_the_worker_gets_every_value(lab: &'static Lab) {
    desk(lab, "desk-file");
    move_over(lab, "desk-file", str::to_owned);
    let got = got(lab, "desk-file");
    expect_every_value(&got["config"]);
    let environment = &got["environment"];
    assert_eq!(environment["DESK_CONFIG"], "/run/desk-file/config.yml");
    assert_eq!(
        (&environment["PYTHONUNBUFFERED"], &environment["DESK_NOTE"]),
        (&"1".into(), &"two words".into())
    );
    assert_eq!(lab.run(["stat", "-c", "%a %U", "/run/desk-file/config.yml"]).ok(), "400 worker\n");
    lab.run(["systemctl", "stop", "desk-file"]).ok();
    assert_eq!(
        lab.run(["test", "-e", "/run/desk-file"]).status(),
        Some(1),
        "the rendered config outlived the unit"
    );
}

fn a_worker_that_expands_by_itself_gets_every_value_from_the_source(lab: &'static Lab) {
    desk(lab, "desk-source");
    move_over(lab, "desk-source", |block| {
        block.replace("variable: DESK_CONFIG}", "variable: DESK_CONFIG, delivery: source}")
    });
    let got = got(lab, "desk-source");
    expect_every_value(&got["config"]);
    assert_eq!(got["environment"]["DESK_CONFIG"], "/opt/desk-source/runtime/config.yml");
    lab.run(["systemctl", "stop", "desk-source"]).ok();
}

fn check_unit_of_a_unit_on_envgate_is_a_check_of_its_launch(lab: &'static Lab) {
    desk(lab, "desk-again");
    move_over(lab, "desk-again", str::to_owned);
    let after = report(lab, "desk-again", "");
    assert_eq!((&after["verdict"], &after["block"]), (&"fine".into(), &serde_json::Value::Null), "{after:#}");
    // Whoever asks for live must not hear that paper is fine.
    let asked = report(lab, "desk-again", "-m live");
    assert_eq!((&asked["verdict"], &asked["status"]), (&"refused".into(), &64.into()), "{asked:#}");
    assert_eq!(report(lab, "desk-again", "-m paper")["verdict"], "fine");
    lab.shell("sed -i /CHAT_HOOK/d /opt/desk-again/runtime/.env").ok();
    assert_eq!(gates(&report(lab, "desk-again", "")), [("placeholder", "CHAT_HOOK")]);
    lab.run(["systemctl", "stop", "desk-again"]).ok();
}

fn check_unit_says_what_stands_in_the_way(lab: &'static Lab) {
    desk(lab, "desk-old");
    let printed = lab.shell("envgate check --unit desk-old -m paper").stdout();
    assert!(printed.contains("systemctl restart desk-old.service"), "{printed}");
    let asked = lab.shell("setpriv --reuid=nobody --clear-groups envgate check --unit desk-old -m paper");
    let said = asked.stdout() + &asked.stderr();
    assert!(said.contains("sudo envgate check --unit desk-old.service -m paper"), "{said}");
    let more = "PassEnvironment=EDITOR\nEnvironment=DESK_API_TOKEN=4f1d9c-in-the-unit\nExecStartPre=/bin/true\nExecStart=\nExecStart=/usr/bin/python3 /opt/desk/worker.py $DESK_NOTE\n";
    let unit = format!("{UNIT}{more}").replace("/opt/desk", "/opt/desk-old");
    lab.write("/etc/systemd/system/desk-old.service", unit, 0o644, "root");
    lab.shell("printf 'export LOST=1\\napp-key=2\\n' >>/opt/desk-old/runtime/.env; systemctl daemon-reload")
        .ok();
    let report = report(lab, "desk-old", "-m paper");
    let dropped: Vec<&str> = report["names"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fate| fate["dropped"] == true)
        .map(|fate| fate["name"].as_str().unwrap())
        .collect();
    assert_eq!(dropped, ["DESK_API_TOKEN", "LOST", "(a line without a proper name)", "EDITOR"]);
    let lost = report["names"].as_array().unwrap().iter().filter(|fate| fate["name"] == "LOST");
    assert_eq!(lost.count(), 1, "a line that systemd drops gives the worker nothing: {report}");
    let found = gates(&report);
    assert!(
        found.contains(&("syntax", "LOST"))
            && found.iter().filter(|(gate, _)| *gate == "command").count() == 2,
        "{found:?}"
    );
    assert!(!report.to_string().contains("in-the-unit"), "a secret of Environment= in the report");
    assert_eq!(
        lab.run(["envgate", "check", "--unit", "no-such-unit"]).failed(66).stdout().lines().count(),
        5
    );
}

fn check_unit_reads_credentials_from_the_sources_that_the_unit_names(lab: &'static Lab) {
    lab.run(["mkdir", "-p", "/srv/look"]).ok();
    let config = "envgate:\n  command: [/bin/true]\n  ready: launcher\n  variables: {TOKEN: {from: \"credential:token\"}}\n  \
                  modes: {paper: {env_files: [\"credential:look.paper.env\"]}}\na: ${A} ${TOKEN}\n";
    lab.write("/srv/look/look.yml", config, 0o644, "root");
    lab.write("/srv/look/look.paper.env", "ENVGATE_MODE=paper\nA=1\n", 0o600, "root");
    lab.write("/srv/look/token", "s3cr3t-token\n", 0o600, "root");
    let unit = "[Service]\nType=notify\nUser=worker\nRuntimeDirectory=look\n\
                LoadCredential=look.paper.env:/srv/look/look.paper.env\nLoadCredential=token:/srv/look/token\n\
                ExecStart=/usr/local/bin/envgate exec -m paper -c /srv/look/look.yml\n";
    lab.write("/etc/systemd/system/look.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    lab.run(["systemctl", "start", "look"]).ok();
    lab.run(["envgate", "check", "--unit", "look"]).ok();
    lab.run(["chmod", "640", "/srv/look/token"]).ok();
    lab.run(["envgate", "check", "--unit", "look"]).failed(77);
    // Encrypted, only the unit can read them: a warning, and nothing is called missing.
    let encrypted = unit.replace("LoadCredential=", "LoadCredentialEncrypted=");
    lab.write("/etc/systemd/system/look.service", encrypted, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    let said = lab.run(["envgate", "check", "--unit", "look"]).ok();
    assert_eq!(said.matches("is encrypted").count(), 2, "{said}");
}

fn check_unit_reads_relative_paths_from_the_units_own_folder(lab: &'static Lab) {
    lab.run(["mkdir", "-p", "/srv/relative/env"]).ok();
    lab.write("/srv/relative/env/x.paper.env", "A=1\n", 0o600, "worker");
    let unit = "[Service]\nUser=worker\nWorkingDirectory=-/srv/relative\n\
                ExecStart=/usr/local/bin/envgate exec -m paper -e env/x.paper.env -- /bin/true\n";
    lab.write("/etc/systemd/system/relative.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    lab.shell("cd / && envgate check --unit relative").ok();
}

fn check_unit_of_a_template_or_of_no_service_is_a_mistake_of_the_command_line(lab: &'static Lab) {
    let template = lab.run(["envgate", "check", "--unit", "relative@"]).failed(64).stdout();
    assert!(template.contains("NAME@INSTANCE"), "{template}");
    lab.run(["envgate", "check", "--unit", "dbus.socket"]).failed(64);
}

fn check_unit_says_what_it_cannot_move_of_exec_start(lab: &'static Lab) {
    lab.run(["mkdir", "-p", "/srv/starts"]).ok();
    lab.write("/srv/starts/x.paper.env", "A=1\n", 0o600, "worker");
    for (start, status, said) in [
        ("Type=oneshot\nExecStart=/bin/true\nExecStart=/bin/false", 78, "2 commands"),
        ("ExecStart=+/bin/true", 0, "has + or !"),
        ("ExecStart=@/bin/sleep other-name 1", 0, "[\"/bin/sleep\", \"1\"]"),
        ("ExecStart=-/bin/true", 0, "fine"),
    ] {
        let unit = format!("[Service]\nUser=worker\nEnvironmentFile=/srv/starts/x.paper.env\n{start}\n");
        lab.write("/etc/systemd/system/starts.service", unit, 0o644, "root");
        lab.run(["systemctl", "daemon-reload"]).ok();
        let ran = lab.run(["envgate", "check", "--unit", "starts"]);
        assert_eq!(
            (ran.status(), ran.stdout().contains(said)),
            (Some(status), true),
            "{start}\n{}",
            ran.stdout()
        );
    }
}

/// The unit is the confirmation, and a look at it launches nothing.
fn check_unit_of_a_live_unit_asks_nobody(lab: &'static Lab) {
    lab.write("/opt/desk-live/x.live.env", "ENVGATE_MODE=live\nA=1\n", 0o600, "root");
    let unit = "[Service]\nUser=root\nExecStart=/usr/local/bin/envgate exec -m live -e /opt/desk-live/x.live.env -- /bin/true\n";
    lab.write("/etc/systemd/system/desk-live.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    let report = report(lab, "desk-live", "");
    assert_eq!((&report["verdict"], &report["status"]), (&"fine".into(), &0.into()), "{report:#}");
}
