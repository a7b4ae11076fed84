//! What a worker under systemd is, and what it finds in its environment.

use crate::lab::Lab;
use crate::sentences;
use crate::service::Service;

sentences![
    a_worker_gets_exactly_the_environment_that_the_inputs_say_and_nothing_more,
    main_pid_is_the_worker_itself_with_its_arguments_untouched,
    a_dynamic_user_whom_no_passwd_line_knows_keeps_what_systemd_set,
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
        "ENVGATE_FILES=/srv/exact/exact.paper.env",
        &format!("ENVGATE_GENERATION={generation}"),
        "ENVGATE_INSTANCE=ES",
        "ENVGATE_MODE=paper",
        &format!("ENVGATE_PID={pid}"),
        "ENVGATE_SOURCE=/srv/exact/config.yml",
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

fn main_pid_is_the_worker_itself_with_its_arguments_untouched(lab: &'static Lab) {
    let unit = Service::new(lab, "identity")
        .env_file("identity.paper.env", "API_KEY=abc\n")
        .kind("exec")
        .command(["/bin/sleep", "3600.0", "1e3"])
        .started();
    assert_eq!(unit.proc("cmdline"), "/bin/sleep\x003600.0\x001e3\x00");
    assert_eq!(unit.proc("comm"), "sleep\n");
    assert!(unit.proc("cgroup").ends_with("0::/system.slice/identity.service\n"));
    let pid = unit.main_pid();
    let parent = lab.shell(&format!("ps -o ppid= -p {pid}; ps --no-headers --ppid {pid} || true")).ok();
    assert_eq!(parent.trim(), "1", "systemd's own child, without children");
    assert_eq!(lab.run(["ls", &format!("/proc/{pid}/fd")]).ok(), "0\n1\n2\n", "no descriptor of envgate's");
}

fn a_dynamic_user_whom_no_passwd_line_knows_keeps_what_systemd_set(lab: &'static Lab) {
    let unit = Service::new(lab, "dynamic")
        .file("dynamic.paper.env", "API_KEY=abc\n", 0o600, "root")
        .kind("exec")
        .setting("DynamicUser=yes\nUser=dynamic-worker")
        .setting("LoadCredential=dynamic.paper.env:/srv/dynamic/dynamic.paper.env")
        .argument("-e")
        .argument("credential:dynamic.paper.env")
        .command(["/bin/sleep", "infinity"])
        .started();
    let environment = unit.environment();
    assert_eq!(environment["USER"], "dynamic-worker");
    assert_eq!(environment["LOGNAME"], "dynamic-worker");
    assert_eq!(environment["API_KEY"], "abc");
}
