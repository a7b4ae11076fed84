//! Who tells systemd that a worker is ready, and what an operator sees in `systemctl status`.

use crate::lab::Lab;
use crate::sentences;
use crate::service::Service;

sentences![
    ready_sent_by_the_worker_reaches_systemd_and_nothing_is_ready_before,
    the_launcher_says_ready_for_a_worker_that_does_not_notify,
    the_launcher_keeps_silent_where_the_config_does_not_ask_it_to_say_ready,
    systemctl_status_names_mode_class_instance_and_generation,
];

/// Says that it is ready as soon as a file appears, and nothing else.
const NOTIFYING_WORKER: &str = "
import os, socket, time
while not os.path.exists('/run/readiness-go'):
    time.sleep(0.01)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
    notify.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])
time.sleep(3600)
";

fn ready_sent_by_the_worker_reaches_systemd_and_nothing_is_ready_before(lab: &'static Lab) {
    let unit = Service::new(lab, "notifying")
        .env_file("notifying.paper.env", "API_KEY=abc\n")
        .python(NOTIFYING_WORKER)
        .install();
    lab.run(["systemctl", "start", "--no-block", &unit.name]).ok();
    assert_eq!(unit.proc("comm"), "python3\n");
    assert_eq!(unit.property("ActiveState"), "activating");
    lab.write("/run/readiness-go", "", 0o644, "root");
    lab.until("the worker is ready", || unit.property("ActiveState") == "active");
    let status = unit.property("StatusText");
    assert!(status.starts_with("launched by envgate: paper"), "the launcher's line stays: {status}");
}

fn the_launcher_says_ready_for_a_worker_that_does_not_notify(lab: &'static Lab) {
    let unit = Service::new(lab, "silent")
        .env_file("silent.paper.env", "API_KEY=abc\n")
        .config("envgate: {ready: launcher}\n")
        .command(["/bin/sleep", "infinity"])
        .started();
    assert_eq!(unit.property("ActiveState"), "active");
    assert_eq!(unit.property("Type"), "notify");
    assert_eq!(unit.proc("comm"), "sleep\n");
}

fn the_launcher_keeps_silent_where_the_config_does_not_ask_it_to_say_ready(lab: &'static Lab) {
    let unit = Service::new(lab, "never-ready")
        .env_file("never-ready.paper.env", "API_KEY=abc\n")
        .config("key: ${API_KEY}\n")
        .setting("TimeoutStartSec=1s")
        .command(["/bin/sleep", "infinity"])
        .install();
    unit.start().failed(1);
    assert_eq!(unit.property("Result"), "timeout");
}

fn systemctl_status_names_mode_class_instance_and_generation(lab: &'static Lab) {
    let unit = Service::new(lab, "status-line")
        .mode("live")
        .env_file("status.live.env", "ENVGATE_MODE=live\nAPI_KEY=abc\n")
        .config("envgate: {ready: launcher}\n")
        .argument("-i")
        .argument("ES")
        .command(["/bin/sleep", "infinity"])
        .started();
    let status = lab.run(["systemctl", "status", "--no-pager", &unit.name]).ok();
    let line =
        status.lines().map(str::trim).find(|line| line.starts_with("Status: ")).expect("a status line");
    let generation = &unit.environment()["ENVGATE_GENERATION"];
    assert_eq!(line, format!("Status: \"launched by envgate: live ES (live), generation {generation}\""));
    assert!(status.contains("Active: active (running)"), "{status}");
    assert!(status.contains("(sleep)"), "the main process is the worker:\n{status}");
}
