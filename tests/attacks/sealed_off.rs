//! Attacks that need mounts or a systemd that is none: each runs in a mount namespace of its own, which ends
//! with its process.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::Attack;
use crate::changing::run_within;
use crate::permissions::chmod;
use crate::redaction::CANARY;
use crate::support::Scenario;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::namespace("the journal's record of a launch holds no secret", journal_of_a_launch),
        Attack::namespace(
            "the journal's record of a refusal holds no secret and no control",
            journal_of_a_refusal,
        ),
        Attack::namespace("a full journal that nobody reads blocks no launch", full_journal),
        Attack::namespace("what is said to systemd holds no secret", notified),
        Attack::namespace("only a process id that is ours makes a systemd", inherited_process_id),
        Attack::namespace("a delivered file is private, and no temporary one stays", delivered_file),
        Attack::namespace(
            "envgate killed while it delivers leaves no part of the config",
            killed_while_delivering,
        ),
        Attack::namespace(
            "a runtime directory on a disk or writable by others is refused",
            unfit_runtime_directory,
        ),
        Attack::namespace("a neighbour's odd line in the user database changes nothing", odd_user_database),
        Attack::namespace(
            "a tmpfs under /run/credentials that can be written is no systemd's",
            writable_credentials,
        ),
    ]
}

/// Whether this machine lets root make mount and process namespaces.
pub fn is_possible() -> bool {
    let mut command = Command::new("unshare");
    command.args(["-m", "-p", "-C", "-f", "--mount-proc", "/bin/true"]).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a shell's preparations in a mount namespace, then the scenario as its own process.
pub fn in_namespace(scenario: &Scenario, mode: &str, setup: &str) -> Output {
    run("-m", scenario, mode, &format!("set -e; {setup}; exec \"$@\""))
}

/// The same below a PID 1, with the process id that systemd would have told: "under systemd", as far as a
/// program can see.
fn under_systemd(scenario: &Scenario, mode: &str, setup: &str, afterwards: &str) -> Output {
    let inner = r#"export SYSTEMD_EXEC_PID=$$; exec "$@""#;
    let script = format!("{setup}; /bin/sh -c '{inner}' sh \"$@\"; status=$?; {afterwards}; exit $status");
    run("-mpCf", scenario, mode, &script)
}

fn run(namespaces: &str, scenario: &Scenario, mode: &str, script: &str) -> Output {
    let prepared = scenario.prepared(mode);
    let mut command = Command::new("unshare");
    command.arg(namespaces);
    if namespaces.contains('p') {
        command.args(["--mount-proc", "--kill-child"]);
    }
    command.args(["/bin/sh", "-c", script, "sh"]).arg(prepared.get_program()).args(prepared.get_args());
    let set = prepared.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(set);
    command.current_dir(scenario.folder()).stdin(Stdio::null());
    run_within(command, Duration::from_secs(30))
}

/// A socket in the scenario's folder, and the mount that puts it in the journal's place.
fn journal(scenario: &Scenario) -> (UnixDatagram, String) {
    let path = scenario.path("journal.socket");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket.set_nonblocking(true).expect("a socket");
    let setup = format!(
        "mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/journal; touch /run/systemd/journal/socket; \
         mount --bind '{}' /run/systemd/journal/socket",
        path.display()
    );
    (socket, setup)
}

fn datagrams(socket: &UnixDatagram) -> Vec<String> {
    let mut buffer = vec![0; 1 << 16];
    let mut all = Vec::new();
    while let Ok(length) = socket.recv(&mut buffer) {
        all.push(String::from_utf8(buffer[..length].to_vec()).expect("UTF-8"));
    }
    all
}

fn secret_launch() -> Scenario {
    Scenario::new()
        .env_file("pine.paper.env", format!("KEY='{CANARY}$HOME'\n"))
        .config("key: ${KEY}\n")
        .command(["/bin/true", "an-argument"])
}

fn journal_of_a_launch() {
    let scenario = secret_launch();
    let (socket, setup) = journal(&scenario);
    let output = in_namespace(&scenario, "paper", &setup);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let records = datagrams(&socket);
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(
        records[0].contains("ENVGATE_CLASS=paper\n") && records[0].contains("MESSAGE_ID="),
        "{records:?}"
    );
    assert!(!records[0].contains(CANARY) && !records[0].contains("an-argument"), "{records:?}");
}

fn journal_of_a_refusal() {
    let name = "x\u{1b}[2J\nPRIORITY=0\nMESSAGE=faked.paper.env";
    let scenario = Scenario::new()
        .env_file(name, format!("KEY={CANARY}\n{CANARY}\nKEY=\"{CANARY}\n"))
        .mode(0o644)
        .config(format!("envgate: {{{CANARY}: 1}}\nkey: ${{NOWHERE}}\n"))
        .command(["/no/such/\u{1b}[2J\nMESSAGE=faked"]);
    let (socket, setup) = journal(&scenario);
    let output = in_namespace(&scenario, "paper", &setup);
    assert_eq!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stderr));
    let records = datagrams(&socket);
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].contains("ENVGATE_GATE=permission\n"), "{records:?}");
    assert!(!records[0].contains(CANARY) && !records[0].contains('\u{1b}'), "{records:?}");
    let fields = |name: &str| records[0].lines().filter(|line| line.starts_with(name)).count();
    assert_eq!((fields("MESSAGE="), fields("PRIORITY=")), (1, 1), "{records:?}");
}

fn full_journal() {
    let scenario = secret_launch();
    let (socket, setup) = journal(&scenario);
    let sender = UnixDatagram::unbound().expect("a socket");
    sender.set_nonblocking(true).expect("a socket");
    while sender.send_to(&[b'x'; 1000], scenario.path("journal.socket")).is_ok() {}
    let started = Instant::now();
    let output = in_namespace(&scenario, "paper", &setup);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(datagrams(&socket).iter().all(|datagram| datagram.starts_with("xxx")), "it was not full");
}

fn notified() {
    for (mode, expected) in [("paper", "launched by envgate: paper"), ("live", "refused by envgate: ")] {
        let scenario = secret_launch();
        let path = scenario.path("notify.socket");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_nonblocking(true).expect("a socket");
        let scenario = scenario.caller_variable("NOTIFY_SOCKET", &path);
        // By hand nothing is said, whatever the variable names.
        let by_hand = scenario.prepared(mode).output().expect("the program starts");
        assert!(datagrams(&socket).is_empty());
        let output = under_systemd(&scenario, mode, ":", ":");
        assert_eq!(
            output.status.code(),
            by_hand.status.code(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = datagrams(&socket).join("|");
        assert!(said.contains(expected) && !said.contains(CANARY), "{said:?}");
    }
}

/// A shell inside a service hands `SYSTEMD_EXEC_PID` down; the process is another one.
fn inherited_process_id() {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .caller_variable("RUNTIME_DIRECTORY", "/dev/shm")
        .command(["/usr/bin/env"]);
    let output = under_systemd(&scenario, "paper", ":", ":");
    let own = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(own.contains("SYSTEMD_EXEC_PID=") && own.contains("RUNTIME_DIRECTORY=/dev/shm"), "{own}");
    // The process id of the one above; and another parent than PID 1, whatever the variable says.
    for script in [
        "export SYSTEMD_EXEC_PID=1; \"$@\"; exit $?",
        "/bin/sh -c '/bin/sh -c \"export SYSTEMD_EXEC_PID=\\$\\$; exec \\\"\\$@\\\"\" sh \"$@\"; exit $?' sh \"$@\"; exit $?",
    ] {
        let output = run("-mpCf", &scenario, "paper", script);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(shown.contains("KEY=good"), "{shown}{}", String::from_utf8_lossy(&output.stderr));
        assert!(!shown.contains("SYSTEMD_EXEC_PID") && !shown.contains("RUNTIME_DIRECTORY"), "{shown}");
    }
}

/// A tmpfs in the scenario's folder, as systemd would have made it.
fn with_runtime_directory(scenario: Scenario) -> (Scenario, String) {
    let runtime = scenario.path("runtime");
    fs::create_dir(&runtime).expect("a folder");
    let setup = format!("set -e; mount -t tmpfs -o mode=0700 tmpfs '{}'; set +e", runtime.display());
    (scenario.caller_variable("RUNTIME_DIRECTORY", runtime), setup)
}

fn delivered_file() {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", format!("KEY={CANARY}\n"))
        .config("key: ${KEY}\n")
        .shell("stat -c '%a %n' $ENVGATE_CONFIG; ls -A runtime; cat $ENVGATE_CONFIG");
    let (scenario, setup) = with_runtime_directory(scenario);
    // Twice: the second launch replaces the first one's file.
    let path = scenario.path("runtime/config.yml");
    let shown = format!("400 {}\nconfig.yml\nkey: \"{CANARY}\"\n", path.display());
    for setup in [setup.clone(), format!("{setup}; umask 0777; echo stale > runtime/config.yml; umask 022")] {
        let output = under_systemd(&scenario, "paper", &setup, ":");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            shown,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A limit on the size of files ends the process in the middle of its write (SIGXFSZ), as a kill would.
fn killed_while_delivering() {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", format!("KEY={CANARY}\n"))
        .config("key: ${KEY}\n")
        .shell("echo started");
    let (scenario, setup) = with_runtime_directory(scenario);
    let setup = format!("{setup}; ulimit -f 0");
    let output =
        under_systemd(&scenario, "paper", &setup, "echo left: $(ls -A runtime); cat runtime/.* 2>/dev/null");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_ne!(output.status.code(), Some(0), "the limit ended nothing: {stdout}");
    assert_eq!(stdout, "left:\n", "{}", String::from_utf8_lossy(&output.stderr));
}

fn unfit_runtime_directory() {
    let scenario = || {
        let scenario = Scenario::new()
            .env_file("pine.paper.env", "KEY=good\n")
            .config("key: ${KEY}\n")
            .shell("echo started");
        with_runtime_directory(scenario)
    };
    let refused = |scenario: Scenario, setup: &str, what: &str| {
        let output = under_systemd(&scenario, "paper", setup, ":");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(77), "{said}");
        assert!(said.contains("[delivery]") && said.contains(what), "{said}");
    };
    let (shared, setup) = scenario();
    refused(shared, &format!("{setup}; chmod 0777 runtime"), "can write to it");
    let (foreign, setup) = scenario();
    refused(foreign, &format!("{setup}; chown 54322 runtime"), "belongs to user 54322");
    let (linked, setup) = scenario();
    let link = "mv runtime/dir . 2>/dev/null; mkdir real; umount runtime; rmdir runtime; ln -s real runtime; \
                chown -h 54322 runtime";
    refused(linked, &format!("{setup}; {link}"), "cannot be opened");
    // The scenario's folder itself, which is on a disk wherever /tmp is.
    let (on_disk, _) = scenario();
    let in_memory = Command::new("stat").args(["-f", "-c", "%T"]).arg(on_disk.folder()).output();
    if in_memory.expect("stat").stdout != b"tmpfs\n" {
        chmod(&on_disk.path("runtime"), 0o700);
        refused(on_disk, ":", "not on a tmpfs");
    }
}

/// Anybody may change the name in their own line (`chfn`), into bytes that are no UTF-8.
fn odd_user_database() {
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n");
    let scenario = scenario.command(["/usr/bin/env", "--unset=ENVGATE_PID"]);
    let database = fs::read("/etc/passwd").expect("the database");
    let odd = b"mallory:x:54322:54322:\xff\xfe\x1b[2J:/home/m:/bin/sh\n";
    fs::write(scenario.path("passwd"), [odd.as_slice(), &database].concat()).expect("a file");
    let plain = in_namespace(&scenario, "paper", ":");
    let output = in_namespace(&scenario, "paper", "mount --bind passwd /etc/passwd");
    assert_eq!(String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&plain.stdout));
    assert_eq!(String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&plain.stderr));
    assert!(String::from_utf8_lossy(&plain.stdout).contains("HOME="));
}

/// systemd's own mount cannot be written; one that can is somebody's folder at the right place.
fn writable_credentials() {
    let scenario = |flags: &str| {
        let scenario = Scenario::new()
            .caller_variable("CREDENTIALS_DIRECTORY", "/run/credentials/pine.service")
            .argument("-e")
            .argument("credential:pine.paper.env")
            .shell("echo $KEY");
        let setup = format!(
            "mount -t tmpfs tmpfs /run; mkdir -p /run/credentials/pine.service; cd /run/credentials; \
             mount -t tmpfs tmpfs pine.service; echo KEY=good > pine.service/pine.paper.env; \
             chmod 0400 pine.service/pine.paper.env; {flags}; cd /"
        );
        in_namespace(&scenario, "paper", &setup)
    };
    let output = scenario(":");
    assert_eq!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stderr));
    let output = scenario("mount -o remount,ro pine.service");
    assert_eq!(output.stdout, b"good\n", "{}", String::from_utf8_lossy(&output.stderr));
}
