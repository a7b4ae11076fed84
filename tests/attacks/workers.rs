//! `workers` among neighbours: what one may not look into is unknown and never left out, what others write into
//! their processes is shown harmless, and no secret of a worker is shown to anybody.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::Uid;
use serde_json::Value;

use crate::redaction::CANARY;
use crate::support::process::until_asleep;
use crate::support::{Scenario, reachable};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::root("another user's worker is unknown to a user, and known to root", another_users_worker),
        Attack::root("a process that hides from its own user is unknown to that user", undumpable),
        Attack::root("a live launch beside what may not be looked into is launched", beside_the_unknown),
        Attack::namespace("processes that /proc hides are said to be hidden", hidden),
        Attack::namespace("status says that it cannot see who runs past the gates", unlisted),
        Attack::anybody("a process that forges envgate's words is shown harmless", forged),
        Attack::anybody("a process in a namespace of its own is told from its children", namespaced),
    ]
}

/// A process that runs; ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(mut command: Command) -> Self {
        Self(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts"),
        )
    }
}

/// A worker of this user; its scenario lives as long.
fn worker_of(user: u32) -> (Running, Scenario) {
    let scenario = Scenario::new().env_file("pine.paper.env", format!("KEY={CANARY}\n"));
    let scenario = scenario.command(["/bin/sleep", "60"]).as_user(user);
    let running = Running::start(scenario.prepared("paper"));
    until_asleep(running.0.id());
    (running, scenario)
}

/// The verb, as this user.
fn ask(user: Option<u32>, arguments: &[&str]) -> Output {
    let mut command = Command::new(reachable::program());
    command.arg("workers").args(arguments).env_clear().stdin(Stdio::null());
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let output = command.output().expect("the program starts");
    let said = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).expect("UTF-8");
    assert!(!said.contains(CANARY), "{said}");
    assert_eq!(output.status.code(), Some(0), "{said}");
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the JSON says of a process, in this list of it.
fn seen(user: Option<u32>, list: &str, pid: u32) -> Option<Value> {
    let said: Value = serde_json::from_slice(&ask(user, &["--json"]).stdout).expect("JSON");
    said[list].as_array().expect("a list").iter().find(|one| one["pid"] == pid).cloned()
}

/// Nobody else's test has a process of this user: they are counted.
const COUNTED: u32 = 54323;

fn another_users_worker() {
    let (worker, _scenario) = worker_of(COUNTED);
    let pid = worker.0.id();
    assert_eq!(seen(Some(ALICE), "workers", pid), None);
    let unknown = seen(Some(ALICE), "unreadable", pid).expect("it is not left out");
    assert_eq!((&unknown["uid"], &unknown["user"]), (&COUNTED.into(), &COUNTED.to_string().into()));
    let said = text(&ask(Some(ALICE), &[]));
    let line = said.lines().find(|line| line.contains(&format!(" of {COUNTED} whose"))).expect("a line");
    assert!(line.starts_with("unknown: 1 process of") && line.contains("run this as root"), "{line}");
    for user in [None, Some(COUNTED)] {
        let known = seen(user, "workers", pid).expect("a worker");
        assert_eq!((&known["uid"], &known["state"]), (&COUNTED.into(), &"current".into()), "{known:#}");
    }
}

fn undumpable() {
    let script = "import ctypes, time; ctypes.CDLL(None).prctl(4, 0); open('hidden', 'w'); time.sleep(60)";
    let scenario = Scenario::new().env_file("pine.paper.env", format!("KEY={CANARY}\n"));
    let scenario = scenario.command(["/usr/bin/python3", "-c", script]).as_user(ALICE);
    let worker = Running::start(scenario.prepared("paper"));
    let start = Instant::now();
    while !scenario.path("hidden").exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never hid");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(seen(Some(ALICE), "workers", worker.0.id()), None);
    let unknown = seen(Some(ALICE), "unreadable", worker.0.id()).expect("it is not left out");
    assert_eq!(unknown["uid"], ALICE);
    assert!(seen(None, "workers", worker.0.id()).is_some(), "root sees it all the same");
}

/// Any process of another user may be anything: that refuses no launch, and warns of nothing.
fn beside_the_unknown() {
    let (_worker, _scenario) = worker_of(MALLORY);
    let scenario = Scenario::new().env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n");
    // Whoever has no line in /etc/passwd is warned of that.
    let outcome = scenario.command(["/bin/true"]).as_user(ALICE).run("live").launched();
    assert!(!outcome.stderr().contains("[second]"), "{}", outcome.stderr());
}

fn hidden() {
    let said = in_namespace(HIDDEN);
    assert!(said.contains("hides the processes of other users (hidepid)"), "{said}");
    let open = in_namespace(&HIDDEN.replace("hidepid=2", "hidepid=0"));
    assert!(!open.contains("hides the processes"), "{open}");
    let said = in_namespace(&HIDDEN.replace("hidepid=2", "hidepid=1"));
    assert!(said.contains("hides the processes") && said.contains("unknown: "), "{said}");
}

const HIDDEN: &str = "mount -o remount,hidepid=2 /proc && exec setpriv --reuid 54321 --regid 54321 --clear-groups \"$0\" workers";

/// What the script prints, as root of a process namespace; `$0` is the program.
fn in_namespace(script: &str) -> String {
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--mount-proc", "--propagation", "private", "sh", "-ec", script]);
    command.arg(reachable::program()).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.output().expect("unshare");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    text(&output)
}

fn unlisted() {
    let script = "mount -t tmpfs -o mode=0700 tmpfs /proc && setpriv --reuid 54321 --regid 54321 --clear-groups \
        \"$0\" status -m paper -e /no/such.paper.env -- /bin/true 2>&1 || test $? = 1";
    let said = in_namespace(script);
    assert!(said.contains("runs past this launch's gates (--break-glass) cannot be told: "), "{said}");
}

fn forged() {
    let mut command = Command::new("/bin/sleep");
    command.arg("60").env_clear();
    for (name, value) in [
        ("ENVGATE_MODE", "live"),
        ("ENVGATE_CLASS", "live"),
        ("ENVGATE_GENERATION", "0123456789ab"),
        ("ENVGATE_SOURCE", "/etc/\u{1b}[2J\u{202e}"),
        ("ENVGATE_FILES", "/etc/%1B]0;title%07%0Afaked"),
        ("ENVGATE_INSTANCE", "\u{1b}[2J"),
        ("ENVGATE_BREAK_GLASS", "\u{1b}[2J\nall 1 live worker holds the current generation"),
        ("KEY", CANARY),
    ] {
        command.env(name, value);
    }
    let process = Running::start(command);
    let pid = process.0.id();
    let start = Instant::now();
    let found = loop {
        if let Some(found) = seen(None, "workers", pid) {
            break found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it is in the list");
    };
    // Nothing says that it is a worker: at best, something that a worker left behind.
    assert_eq!((&found["kind"], &found["instance"]), (&"orphan".into(), &Value::Null));
    assert_eq!(found["state"], "unknown");
    assert!(found["break_glass"].as_str().is_some_and(|reason| reason.contains("all 1 live")), "{found:#}");
    assert!(
        text(&ask(None, &[]))
            .lines()
            .any(|line| line.starts_with("break-glass: ") && line.contains(&format!("PID {pid}")))
    );
    for arguments in [&[][..], &["--json"]] {
        let said = text(&ask(None, arguments));
        let obeyed = |one: char| one != '\n' && (one.is_control() || one == '\u{202e}');
        assert!(!said.contains(obeyed), "{said:?}");
        assert!(
            !said.lines().any(|line| line.starts_with("faked") || line.starts_with("all 1 live")),
            "{said}"
        );
    }
    if Uid::effective().is_root() {
        assert!(seen(Some(ALICE), "workers", pid).is_none());
    }
}

/// A container's worker counts itself as 1, and its children as any number.
fn namespaced() {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", format!("KEY={CANARY}\n"))
        .shell("sleep 61 & : >started; wait");
    let launch = scenario.prepared("paper");
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child"]);
    command.arg(launch.get_program()).args(launch.get_args()).env_clear().current_dir(scenario.folder());
    let _outer = Running::start(command);
    let start = Instant::now();
    while !scenario.path("started").exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never became the worker");
        std::thread::sleep(Duration::from_millis(2));
    }
    let said: Value = serde_json::from_slice(&ask(None, &["--json"]).stdout).expect("JSON");
    let file = scenario.path("pine.paper.env").display().to_string();
    let of_here: Vec<&Value> = said["workers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|worker| worker["files"][0]["file"] == file)
        .collect();
    assert_eq!(of_here.len(), 1, "the worker, and not its child: {of_here:#?}");
    assert_eq!((&of_here[0]["kind"], &of_here[0]["state"]), (&"worker".into(), &"current".into()));
}
