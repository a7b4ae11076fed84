//! The journal: one record for each launch and each refusal, and never a secret.

use serde_json::Value;

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Service, USER};

sentences![
    the_history_of_live_launches_is_one_query,
    a_launch_of_the_configured_command_is_not_called_another,
    a_refusal_has_a_record_with_its_gate,
    no_secret_is_anywhere_in_the_journal,
];

const LAUNCH: &str = "MESSAGE_ID=6ad9bd0ab8c945bd8a3ac3ae80b4e6f1";
const REFUSAL: &str = "MESSAGE_ID=9b0d2f1c0a3e4a6f8d5f1a7f5c3be2d4";

/// The records that match, as journald has them.
fn records(lab: &Lab, matches: &[&str]) -> Vec<Value> {
    lab.run(["journalctl", "--sync"]).ok();
    let query =
        ["journalctl", "--no-pager", "--all", "-o", "json"].into_iter().chain(matches.iter().copied());
    let lines = lab.run(query).stdout();
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn the_history_of_live_launches_is_one_query(lab: &'static Lab) {
    for mode in ["paper", "live"] {
        Service::new(lab, if mode == "live" { "history-live" } else { "history-paper" })
            .mode(mode)
            .env_file("worker.env", &format!("ENVGATE_MODE={mode}\nAPI_KEY={CANARY}-history\n"))
            .config("envgate: {ready: launcher, command: [/bin/true]}\nkey: ${API_KEY}\n")
            .argument("-i ES")
            .command(["/bin/sleep", "infinity"])
            .started();
    }
    let live = records(lab, &["ENVGATE_CLASS=live", LAUNCH]);
    let of_unit =
        |unit: &str| live.iter().filter(|record| record["_SYSTEMD_UNIT"] == unit).collect::<Vec<_>>();
    assert_eq!(of_unit("history-paper.service"), Vec::<&Value>::new());
    let [record] = of_unit("history-live.service")[..] else { panic!("one record of {live:#?}") };
    let unit = crate::service::Unit::named(lab, "history-live.service");
    let pid = unit.main_pid();
    let generation = unit.environment()["ENVGATE_GENERATION"].clone();
    for (field, expected) in [
        ("ENVGATE_MODE", "live"),
        ("ENVGATE_CLASS", "live"),
        ("ENVGATE_INSTANCE", "ES"),
        ("ENVGATE_CONFIG", "/srv/history-live/config.yml"),
        ("ENVGATE_ENV_FILE", "/srv/history-live/worker.env"),
        ("ENVGATE_COMMAND", "/bin/sleep"),
        ("ENVGATE_COMMAND_REPLACED", "1"),
        ("ENVGATE_GENERATION", &generation),
        ("ENVGATE_UNIT", "history-live.service"),
        ("ENVGATE_VERSION", env!("CARGO_PKG_VERSION")),
        ("SYSLOG_IDENTIFIER", "envgate"),
        ("PRIORITY", "5"),
        ("_PID", &pid),
    ] {
        assert_eq!(record[field], expected, "{field} of {record:#}");
    }
}

fn a_launch_of_the_configured_command_is_not_called_another(lab: &'static Lab) {
    Service::new(lab, "history-configured")
        .env_file("worker.env", "ENVGATE_MODE=paper\nAPI_KEY=abc\n")
        .config("envgate: {ready: launcher, command: [/bin/sleep, infinity]}\nkey: ${API_KEY}\n")
        .command([] as [&str; 0])
        .started();
    let records = records(lab, &[LAUNCH, "ENVGATE_UNIT=history-configured.service"]);
    let [record] = &records[..] else { panic!("one record of {records:#?}") };
    assert!(record["ENVGATE_COMMAND_REPLACED"].is_null(), "{record:#}");
    assert!(!record["MESSAGE"].as_str().expect("text").contains("not the configured"), "{record:#}");
}

fn a_refusal_has_a_record_with_its_gate(lab: &'static Lab) {
    let unit = Service::new(lab, "recorded-refusal")
        .mode("live")
        .file("worker.env", "API_KEY=abc\n", 0o604, USER)
        .argument("-e /srv/recorded-refusal/worker.env -i NQ")
        .command(["/bin/sleep", "infinity"])
        .install();
    unit.start().failed(1);
    // By our own field: a process that ends at once is often gone before journald looks up its _SYSTEMD_UNIT.
    let records =
        records(lab, &[REFUSAL, "ENVGATE_GATE=permission", "ENVGATE_UNIT=recorded-refusal.service"]);
    let [record] = &records[..] else { panic!("one record of {records:#?}") };
    let gates = record["ENVGATE_GATE"].as_array().expect("a field that stands twice");
    let uid = lab.run(["id", "-u", USER]).ok();
    assert!(gates.len() == 2 && gates.contains(&"file-mode".into()), "all gates that refused: {gates:?}");
    for (field, expected) in [
        ("ENVGATE_STATUS", "77"),
        ("ENVGATE_MODE", "live"),
        ("ENVGATE_CLASS", "live"),
        ("ENVGATE_INSTANCE", "NQ"),
        ("PRIORITY", "4"),
        ("_UID", uid.trim()),
    ] {
        assert_eq!(record[field], expected, "{field} of {record:#}");
    }
    let message = record["MESSAGE"].as_str().expect("text");
    assert!(message.starts_with("refused by envgate: permission: mode 0604"), "{message}");
    assert!(message.ends_with("(and 1 more)"), "{message}");
}

/// Launches with the canary in every position that could be echoed, and then looks through all that the journal
/// has, of every test so far.
fn no_secret_is_anywhere_in_the_journal(lab: &'static Lab) {
    let launch = |name: &'static str| Service::new(lab, name).kind("exec");
    let sleep = ["/bin/sleep", "infinity"];
    let refused = [
        launch("canary-quote")
            .env_file("a.paper.env", &format!("KEY='{CANARY}\nOTHER={CANARY}\n"))
            .command(sleep),
        launch("canary-line").env_file("a.paper.env", &format!("{CANARY}\nKEY=a\n")).command(sleep),
        launch("canary-glued").env_file("a.paper.env", &format!("KEY=a {CANARY}\n")).command(sleep),
        launch("canary-space").env_file("a.paper.env", &format!("KEY = {CANARY}\n")).command(sleep),
        launch("canary-dollar").env_file("a.paper.env", &format!("KEY=${{{CANARY}}}\n")).command(sleep),
        launch("canary-mode")
            .env_file("a.env", &format!("ENVGATE_MODE={CANARY}!\nKEY={CANARY}\n"))
            .command(sleep),
        launch("canary-duplicate")
            .env_file("a.paper.env", &format!("KEY={CANARY}\nKEY={CANARY}\n"))
            .command(sleep),
        launch("canary-yaml")
            .env_file("a.paper.env", &format!("KEY={CANARY}\n"))
            .config(&format!("key: ${{KEY}}\n  bad: [{CANARY}\n"))
            .command(sleep),
        launch("canary-undefined")
            .env_file("a.paper.env", &format!("KEY={CANARY}\n"))
            .config("key: ${KEY}${MISSING}\n")
            .command(sleep),
        launch("canary-wrong-file")
            .file("a.paper.env", &format!("{{\"key\": \"{CANARY}\"}}\n"), 0o600, USER)
            .argument("-e /srv/canary-wrong-file/a.paper.env")
            .command(sleep),
    ];
    for service in refused {
        let unit = service.install();
        unit.start();
        lab.until("it was refused", || unit.property("ActiveState") == "failed");
    }
    let unit = launch("canary-launched")
        .env_file("a.paper.env", &format!("KEY='{CANARY}'\nCHANGED_BY_A_SECOND_EXPANSION='{CANARY}$HOME'\n"))
        .config("a: ${KEY}\nb: ${CHANGED_BY_A_SECOND_EXPANSION}\n")
        .command(sleep)
        .started();
    assert_eq!(unit.environment()["KEY"], CANARY, "the canary was there to be leaked");
    lab.run(["journalctl", "--sync"]).ok();
    let journal = lab.run(["journalctl", "--no-pager", "--all", "-o", "export"]).stdout();
    assert!(journal.contains("canary-quote.service"), "the journal has been read");
    let leaks: Vec<&str> = journal.lines().filter(|line| line.contains(CANARY)).collect();
    assert_eq!(leaks, Vec::<&str>::new());
}
