//! A refused launch, as systemd and an operator see it.

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Service, USER, Unit};

sentences![
    a_refusal_shows_as_status_77_noperm_and_the_status_line_says_why,
    a_launch_that_the_system_refuses_at_the_last_moment_is_said_as_loudly,
    no_refusal_is_restarted,
    a_crash_of_the_worker_is_restarted,
];

/// What the shipped units say, with no pause between restarts.
const RESTART: &str =
    "Restart=on-failure\nRestartSec=0\nRestartPreventExitStatus=64 65 66 70 77 78 126 127 243";

#[track_caller]
fn assert_refused(unit: &Unit, status: &str) {
    let start = unit.start();
    assert_eq!(start.status(), Some(1), "the start fails visibly: {}", start.stderr());
    assert_eq!(unit.property("ExecMainStatus"), status, "{}", unit.journal());
    // `failed` is where systemd ends; on the way to a restart it says `activating`.
    assert_eq!(
        (unit.property("ActiveState").as_str(), unit.property("Result").as_str()),
        ("failed", "exit-code")
    );
    assert_eq!(unit.property("NRestarts"), "0");
}

fn a_refusal_shows_as_status_77_noperm_and_the_status_line_says_why(lab: &'static Lab) {
    let unit = Service::new(lab, "readable")
        .file("readable.paper.env", &format!("API_KEY={CANARY}-readable\n"), 0o640, USER)
        .setting(RESTART)
        .argument("-e /srv/readable/readable.paper.env")
        .command(["/bin/sleep", "infinity"])
        .install();
    assert_refused(&unit, "77");
    let status = lab.run(["systemctl", "status", "--no-pager", &unit.name]).failed(3).stdout();
    assert!(status.contains("status=77/NOPERM"), "{status}");
    assert!(status.contains("Status: \"refused by envgate: permission: mode 0640"), "{status}");
    let journal = unit.journal();
    assert!(
        journal.contains("chmod 600 /srv/readable/readable.paper.env"),
        "the mend is in the journal: {journal}"
    );
    assert!(!status.contains(CANARY));
}

fn no_refusal_is_restarted(lab: &'static Lab) {
    let service = |name| Service::new(lab, name).setting(RESTART);
    let sleep = ["/bin/sleep", "infinity"];
    let cases = [
        ("64", service("refused-64").env_file("a.paper.env", "KEY=a\n")),
        ("65", service("refused-65").env_file("a.paper.env", "KEY='a\n").command(sleep)),
        ("66", service("refused-66").argument("-e /srv/refused-66/a.paper.env").command(sleep)),
        ("78", service("refused-78").env_file("a.paper.env", "KEY=a\n").config("x: ${Y}\n").command(sleep)),
        (
            "126",
            service("refused-126")
                .env_file("a.paper.env", "KEY=a\n")
                .command(["/srv/refused-126/a.paper.env"]),
        ),
        (
            "127",
            service("refused-127").env_file("a.paper.env", "KEY=a\n").command(["/srv/refused-127/nothing"]),
        ),
    ];
    for (status, service) in cases {
        assert_refused(&service.install(), status);
    }
}

/// Without this one, the tests above would pass in a unit that restarts nothing.
fn a_crash_of_the_worker_is_restarted(lab: &'static Lab) {
    let unit = Service::new(lab, "crashing")
        .env_file("crashing.paper.env", "API_KEY=abc\n")
        .kind("exec")
        .setting(RESTART)
        .file("worker", "#!/bin/sh\nsleep 0.2\nexit 1\n", 0o755, "root")
        .command(["/srv/crashing/worker"])
        .started();
    lab.until("it was restarted", || unit.property("NRestarts") != "0");
    unit.stop();
}

/// After the gates: a file that the kernel does not take for a program.
fn a_launch_that_the_system_refuses_at_the_last_moment_is_said_as_loudly(lab: &'static Lab) {
    let service = Service::new(lab, "late").env_file("a.paper.env", "KEY=a\n");
    let script = service.path("script");
    let unit = service
        .file("script", "neither a script nor a binary\n", 0o755, USER)
        .setting(RESTART)
        .command([script.as_str()])
        .install();
    assert_refused(&unit, "126");
    let status = unit.property("StatusText");
    assert!(status.starts_with("not launched by envgate: the system does not execute"), "{status}");
    lab.until("a record of the refusal", || {
        let query = "journalctl -o cat MESSAGE_ID=9b0d2f1c0a3e4a6f8d5f1a7f5c3be2d4 ENVGATE_UNIT=late.service ENVGATE_STATUS=126";
        lab.shell(query).stdout().contains("not launched by envgate")
    });
}
