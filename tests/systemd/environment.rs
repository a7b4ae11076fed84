//! What a worker under systemd is, and what it finds in its environment.

use crate::lab::Lab;
use crate::sentences;
use crate::service::Service;

sentences![
    a_worker_gets_exactly_the_environment_that_the_inputs_say_and_nothing_more,
];

fn a_worker_gets_exactly_the_environment_that_the_inputs_say_and_nothing_more(lab: &'static Lab) {
    let unit = Service::new(lab, "exact")
        .env_file("exact.paper.env", "API_KEY='from the env file'\n")
        .config("envgate: {ready: launcher, environment: {PYTHONUNBUFFERED: '1'}, pass: [PASSED]}\nkey: ${API_KEY}\n")
        .setting("Environment=LEAK=1 LD_LIBRARY_PATH=/tmp PYTHONPATH=/tmp PASSED=through LANG=C BASH_ENV=/tmp/x")
        .setting("RuntimeDirectory=exact")
        .setting("StateDirectory=exact")
        .setting("WatchdogSec=1h")
        .argument("-i")
        .argument("ES")
        .command(["/bin/sleep", "infinity"])
        .started();
    let pid = unit.main_pid();
    let status = unit.property("StatusText");
    let generation = status.split_once("generation ").expect("a generation in the status").1;
    let output = lab.run(["readlink", &format!("/proc/{pid}/fd/1")]).ok();
    let inode = output.trim().trim_start_matches("socket:[").trim_end_matches(']').to_owned();
    let mut found = unit.environment();
    let stream = found.remove("JOURNAL_STREAM").expect("JOURNAL_STREAM");
    assert!(stream.ends_with(&format!(":{inode}")), "{stream} is not {output}");
    let found: Vec<String> = found.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected = [
        "API_KEY=from the env file",
        "ENVGATE_CLASS=paper",
        "ENVGATE_CONFIG=/run/exact/config.yml",
        "ENVGATE_CONFIG_DIR=/srv/exact",
        &format!("ENVGATE_GENERATION={generation}"),
        "ENVGATE_INSTANCE=ES",
        "ENVGATE_MODE=paper",
        "HOME=/home/worker",
        &format!("INVOCATION_ID={}", unit.property("InvocationID")),
        "LOGNAME=worker",
        "NOTIFY_SOCKET=/run/systemd/notify",
        "PASSED=through",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED=1",
        "RUNTIME_DIRECTORY=/run/exact",
        "STATE_DIRECTORY=/var/lib/exact",
        &format!("SYSTEMD_EXEC_PID={pid}"),
        "USER=worker",
        &format!("WATCHDOG_PID={pid}"),
        "WATCHDOG_USEC=3600000000",
    ];
    assert_eq!(found, expected);
}
