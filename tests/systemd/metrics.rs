//! The metrics that only a running host has, written by the shipped service with all its restrictions: open rotations,
//! and launches refused in a row.

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Service, USER, Unit};

sentences![the_metrics_name_open_rotations_and_launches_refused_in_a_row];

const SERVICE: &str = include_str!("../../units/envgate-ages.service");
/// What the service's comments show, for a config of this test.
const METRICS: &str = "[Service]\nExecStart=\nExecStart=/usr/local/bin/envgate ages /srv/refused-in-a-row/config.yml --prometheus \
     /srv/refused-in-a-row/metrics/envgate.prom\nReadWritePaths=/srv/refused-in-a-row/metrics\n\
     CapabilityBoundingSet=CAP_SYS_PTRACE\n";
const FILE: &str = "/srv/refused-in-a-row/worker.paper.env";

fn metrics(lab: &'static Lab) -> String {
    lab.run(["journalctl", "--sync"]).ok();
    Unit::named(lab, "metrics.service").started();
    lab.read("/srv/refused-in-a-row/metrics/envgate.prom")
}

/// The value of a metric whose line begins so.
fn value<'a>(metrics: &'a str, begin: &str) -> Option<&'a str> {
    metrics.lines().find_map(|line| line.strip_prefix(begin)?.rsplit_once(' ').map(|(_, value)| value))
}

fn the_metrics_name_open_rotations_and_launches_refused_in_a_row(lab: &'static Lab) {
    let unit = Service::new(lab, "refused-in-a-row")
        .file("worker.paper.env", &format!("API_KEY={CANARY}-first\n"), 0o600, USER)
        .config("envgate: {ready: launcher, modes: {paper: {env_files: [worker.paper.env]}}}\n")
        .command(["/bin/sleep", "infinity"])
        .install();
    lab.run(["mkdir", "-p", "/srv/refused-in-a-row/metrics"]).ok();
    lab.write("/etc/systemd/system/metrics.service", SERVICE, 0o644, "root");
    lab.write("/etc/systemd/system/metrics.service.d/metrics.conf", METRICS, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    let in_a_row = "envgate_launches_refused_in_a_row{unit=\"refused-in-a-row.service\"}";
    let open = format!("envgate_rotation_open_seconds{{file=\"{FILE}\",mode=\"paper\",phase=");

    let before = metrics(lab);
    assert_eq!((value(&before, in_a_row), value(&before, &open)), (None, None), "{before}");
    assert_eq!(value(&before, "envgate_rotations_unreadable"), Some("0"), "{before}");

    lab.run(["chmod", "604", FILE]).ok();
    for _ in 0..2 {
        unit.start().failed(1);
    }
    lab.run(["chmod", "600", FILE]).ok();
    let staged = lab.shell(&format!(
        "printf %s {CANARY}-second | envgate rotate stage API_KEY -m paper -c /srv/refused-in-a-row/config.yml --reason metrics"
    ));
    assert_eq!(staged.status(), Some(0), "{}{}", staged.stdout(), staged.stderr());
    let refused = metrics(lab);
    assert_eq!(value(&refused, in_a_row), Some("2"), "{refused}");
    let seconds: u64 =
        value(&refused, &format!("{open}\"staged\"")).expect("it is open").parse().expect("seconds");
    assert!(seconds < 600, "{refused}");

    unit.start().ok();
    lab.shell("envgate rotate discard API_KEY -c /srv/refused-in-a-row/config.yml").ok();
    let after = metrics(lab);
    assert_eq!((value(&after, in_a_row), value(&after, &open)), (Some("0"), None), "{after}");
    assert!(!after.contains(CANARY), "{after}");
    unit.stop();
}
