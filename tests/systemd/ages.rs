//! The daily look at the ages of credentials: its timer, its service, and who hears of what it finds.
#![allow(unreachable_pub, reason = "a module of a test program")]

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, USER, Unit};

sentences![
    systemd_has_nothing_to_say_against_the_timer_and_its_service,
    before_the_day_the_daily_look_fails_warns_in_the_journal_and_fires_its_hook,
];

const SERVICE: &str = include_str!("../../units/envgate-ages.service");
const TIMER: &str = include_str!("../../units/envgate-ages.timer");
const RECORDS: &str = "MESSAGE_ID=c27c0b9d5e4f4f0f9a3b8f6de1a4c713";

fn install(lab: &Lab) {
    static INSTALLED: std::sync::Once = std::sync::Once::new();
    INSTALLED.call_once(|| {
        lab.write("/etc/systemd/system/envgate-ages.service", SERVICE, 0o644, "root");
        lab.write("/etc/systemd/system/envgate-ages.timer", TIMER, 0o644, "root");
        lab.run(["systemctl", "daemon-reload"]).ok();
    });
}

fn systemd_has_nothing_to_say_against_the_timer_and_its_service(lab: &'static Lab) {
    install(lab);
    for unit in ["envgate-ages.service", "envgate-ages.timer"] {
        let verify = lab.run(["systemd-analyze", "verify", "--man=no", unit]);
        assert_eq!((verify.status(), verify.stdout() + &verify.stderr()), (Some(0), String::new()), "{unit}");
    }
    let security = lab.run(["systemd-analyze", "security", "--no-pager", "envgate-ages.service"]).ok();
    let line = security.lines().find(|line| line.contains("Overall exposure level")).expect("a level");
    let level = line.rsplit(": ").next().and_then(|rest| rest.split(' ').next()).expect("a number");
    assert!(level.parse::<f32>().expect("a number") <= 2.0, "{line}");
    let timer = Unit::named(lab, "envgate-ages.timer").started();
    assert_eq!(
        (timer.property("Unit").as_str(), timer.property("Persistent").as_str()),
        ("envgate-ages.service", "yes")
    );
    assert!(
        timer.property("NextElapseUSecRealtime").contains(" 07:"),
        "{}",
        timer.property("NextElapseUSecRealtime")
    );
    timer.stop();
}

/// The host policy of this service alone, and its hook; the command is the shipped one.
const HOOKED: &str = "[Unit]\nOnFailure=ages-hook.service\n[Service]\nTemporaryFileSystem=/etc/envgate\n\
                      BindReadOnlyPaths=/srv/ages/policy.yml:/etc/envgate/policy.yml\n";
/// What the service's comments show.
const METRICS: &str = "[Service]\nExecStart=\nExecStart=/usr/local/bin/envgate ages --strict --journal --prometheus \
     /srv/ages/metrics/envgate.prom\nReadWritePaths=/srv/ages/metrics\nCapabilityBoundingSet=CAP_SYS_PTRACE\n";

fn day(lab: &Lab, when: &str) -> String {
    lab.run(["date", "-u", "-d", when, "+%Y-%m-%d"]).ok().trim().to_owned()
}

/// The worker's own file, as its unit needs it: the look is root's.
fn env_file(lab: &Lab, aged: &str) {
    let fresh = day(lab, "today");
    let contents = format!(
        "ENVGATE_MODE=live\n# rotated: {aged}\nAGED_KEY={CANARY}-aged\n# rotated: {fresh}\nFRESH_KEY={CANARY}-fresh\n"
    );
    lab.write("/srv/ages/x.live.env", contents, 0o600, USER);
}

fn records(lab: &Lab) -> Vec<serde_json::Value> {
    lab.run(["journalctl", "--sync"]).ok();
    let all = lab.run(["journalctl", "--no-pager", "-o", "json", RECORDS]).stdout();
    all.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

fn before_the_day_the_daily_look_fails_warns_in_the_journal_and_fires_its_hook(lab: &'static Lab) {
    install(lab);
    lab.write("/srv/ages/config.yml", "envgate: {modes: {live: {env_files: [x.live.env]}}}\n", 0o644, "root");
    lab.write("/srv/ages/policy.yml", "configs: [/srv/ages/config.yml]\n", 0o644, "root");
    lab.run(["mkdir", "-p", "/srv/ages/metrics"]).ok();
    let hook = "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo $MONITOR_UNIT >>/run/ages-hook'\n";
    lab.write("/etc/systemd/system/ages-hook.service", hook, 0o644, "root");
    lab.write("/etc/systemd/system/envgate-ages.service.d/hooked.conf", HOOKED, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();

    // Soon over, by the command that is shipped.
    env_file(lab, &day(lab, "25 days ago"));
    let unit = || Unit::named(lab, "envgate-ages.service");
    assert_eq!(unit().start().status(), Some(1), "{}", unit().journal());
    assert_eq!(unit().property("ExecMainStatus"), "1", "{}", unit().journal());
    lab.until("the hook has run", || {
        lab.run(["cat", "/run/ages-hook"]).stdout().contains("envgate-ages.service")
    });
    let warned = records(lab);
    assert_eq!(warned.len(), 1, "none of the secret that is fine: {warned:?}");
    for (field, expected) in [
        ("PRIORITY", "4"),
        ("ENVGATE_VARIABLE", "AGED_KEY"),
        ("ENVGATE_STATE", "soon"),
        ("ENVGATE_MODE", "live"),
        ("ENVGATE_ENV_FILE", "/srv/ages/x.live.env"),
        ("ENVGATE_UNIT", "envgate-ages.service"),
    ] {
        assert_eq!(warned[0][field], expected, "{field}");
    }

    // Over, with the metrics as the comments show it.
    lab.write("/etc/systemd/system/envgate-ages.service.d/metrics.conf", METRICS, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    env_file(lab, "2026-01-01");
    assert_eq!(unit().start().status(), Some(1), "{}", unit().journal());
    let records_now = records(lab);
    let last = records_now.last().expect("a record");
    assert_eq!(
        (records_now.len(), &last["PRIORITY"], &last["ENVGATE_STATE"]),
        (2, &"1".into(), &"over".into())
    );
    let metrics = || lab.read("/srv/ages/metrics/envgate.prom");
    assert!(metrics().contains("variable=\"AGED_KEY\",state=\"over\"} 1\n"), "{}", metrics());
    assert!(metrics().contains("\nenvgate_processes_unreadable 0\n"), "{}", metrics());
    assert_eq!(lab.run(["stat", "-c", "%a %U", "/srv/ages/metrics/envgate.prom"]).ok(), "644 root\n");

    // Rotated: quiet again.
    env_file(lab, &day(lab, "today"));
    unit().started();
    assert_eq!(records(lab).len(), 2);
    assert!(metrics().contains("variable=\"AGED_KEY\",state=\"fine\"} 1\n"), "{}", metrics());
    assert!(!unit().journal().contains(CANARY), "{}", unit().journal());
    lab.run(["rm", "-r", "/etc/systemd/system/envgate-ages.service.d"]).ok();
    lab.run(["systemctl", "daemon-reload"]).ok();
}
