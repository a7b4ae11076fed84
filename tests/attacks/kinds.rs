//! What is no regular file: pipes, sockets, devices, directories. None may hang, be opened or be taken for a
//! file, and `CREDENTIALS_DIRECTORY` and `RUNTIME_DIRECTORY` that a caller sets mean nothing.

use std::fs;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::Attack;
use crate::changing::run_within;
use crate::sealed_off::in_namespace;
use crate::support::{Outcome, Scenario};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("a pipe as env file is refused at once", fifo),
        Attack::anybody("a pipe as config is refused at once", fifo_as_config),
        Attack::anybody("a socket is refused", socket),
        Attack::anybody("a device is refused and not opened", device),
        Attack::anybody("a directory is refused", directory),
        Attack::anybody(
            "a descriptor's name in /proc leads to a file only, and its way is walked",
            descriptor,
        ),
        Attack::anybody("a file of the kernel's that has no size is refused", kernel_file),
        Attack::anybody("a credentials directory that the caller made is refused", credentials_by_hand),
        Attack::anybody("a credential's name never leaves its directory", credential_names),
        Attack::anybody("a runtime directory that the caller named is not used", runtime_directory_by_hand),
        Attack::namespace("no worker is told of a config that no /proc leads to", without_proc),
    ]
}

fn without_proc() {
    let scenario = || Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell("echo started");
    let setup = "mount -t tmpfs tmpfs /proc";
    let told = scenario().config("key: ${KEY}\n");
    let output = in_namespace(&told, "paper", setup);
    Outcome { output, scenario: told }
        .ended(71)
        .found("name the expanded config to the worker")
        .hides("started");
    let without_config = scenario();
    let output = in_namespace(&without_config, "paper", setup);
    Outcome { output, scenario: without_config }.launched().printed("started\n");
}

fn with_env_file(path: impl AsRef<std::ffi::OsStr>, scenario: Scenario) -> Outcome {
    let scenario = scenario.argument("-e").argument(path).shell("echo started");
    let output = run_within(scenario.prepared("paper"), Duration::from_secs(20));
    Outcome { output, scenario }
}

fn fifo() {
    let scenario = Scenario::new();
    let path = scenario.path("pipe.paper.env");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe");
    with_env_file(path, scenario).refused(77, "file-kind").found("a named pipe");
}

fn fifo_as_config() {
    let scenario = Scenario::new();
    let path = scenario.path("config.yml");
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe");
    let scenario = scenario.argument("-c").argument(path).env_file("pine.paper.env", "KEY=good\n");
    let scenario = scenario.shell("echo started");
    let output = run_within(scenario.prepared("paper"), Duration::from_secs(20));
    Outcome { output, scenario }.refused(77, "file-kind").found("a named pipe");
}

fn socket() {
    let scenario = Scenario::new();
    let path = scenario.path("socket.paper.env");
    let _listener = UnixListener::bind(&path).expect("a socket");
    with_env_file(path, scenario).refused(77, "file-kind").found("a socket");
}

fn device() {
    for device in ["/dev/zero", "/dev/null", "/dev/tty"] {
        with_env_file(device, Scenario::new()).refused(77, "file-kind").found("a device");
    }
}

fn directory() {
    let scenario = Scenario::new();
    let path = scenario.path("directory.paper.env");
    fs::create_dir(&path).expect("a folder");
    with_env_file(path, scenario).refused(77, "file-kind").found("a directory");
    for (path, status) in [("/", 77), (".", 77), ("..", 77), ("", 64)] {
        let outcome = with_env_file(path, Scenario::new());
        assert_eq!(outcome.status(), Some(status), "{path:?}: {}", outcome.stderr());
    }
    Scenario::new().argument("-c").argument("/").shell("true").run("paper").refused(77, "file-kind");
}

fn descriptor() {
    // Standard input is /dev/null, a device by whatever name.
    for path in ["/dev/stdin", "/proc/self/fd/0", "/dev/fd/0"] {
        with_env_file(path, Scenario::new()).refused(77, "file-kind");
    }
    // A pipe has no name that could be walked to.
    let scenario = Scenario::new().argument("-e").argument("/dev/stdin").shell("true");
    let mut command = scenario.prepared("paper");
    let output = command.stdin(std::process::Stdio::piped()).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(66), "{}", String::from_utf8_lossy(&output.stderr));
}

fn kernel_file() {
    let outcome = with_env_file("/proc/self/environ", Scenario::new().caller_variable("A", "canary"));
    assert!(matches!(outcome.status(), Some(71 | 77)), "{:?} {}", outcome.status(), outcome.stderr());
    outcome.hides("canary");
}

/// The directory is only a name in the caller's environment; what counts is a mount that systemd alone makes.
fn credentials_by_hand() {
    let scenario = Scenario::new().file("token.paper.env", "KEY=good\n").mode(0o400);
    let folder = scenario.folder().to_owned();
    let scenario = scenario.caller_variable("CREDENTIALS_DIRECTORY", &folder);
    with_env_file("credential:token.paper.env", scenario).refused(77, "permission").hides("good");

    let scenario = Scenario::new()
        .file("token", "canary-of-the-credential\n")
        .mode(0o400)
        .config("envgate:\n  variables: {TOKEN: {from: 'credential:token'}}\nkey: ${TOKEN}\n")
        .env_file("pine.paper.env", "KEY=good\n");
    let folder = scenario.folder().to_owned();
    let scenario = scenario.caller_variable("CREDENTIALS_DIRECTORY", folder).shell("echo $TOKEN");
    scenario.run("paper").refused(77, "permission").hides("canary-of-the-credential");

    let none = with_env_file("credential:token", Scenario::new()).refused(66, "input");
    none.found("LoadCredential=token");
}

fn credential_names() {
    for name in ["../../etc/passwd", "a/b", "", ".", "..", "a:b"] {
        let scenario = Scenario::new().caller_variable("CREDENTIALS_DIRECTORY", "/etc/envgate-nothing");
        with_env_file(format!("credential:{name}"), scenario).refused(64, "usage");
    }
}

/// Only where systemd started us does the variable count: the rendered config must not lie about in a folder.
fn runtime_directory_by_hand() {
    let scenario = || {
        let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n");
        fs::create_dir(scenario.path("runtime")).expect("a folder");
        let folder = scenario.path("runtime");
        // With the other names that a unit's worker has, and a process id that is not ours.
        scenario
            .caller_variable("RUNTIME_DIRECTORY", folder)
            .caller_variable("INVOCATION_ID", "0123456789abcdef0123456789abcdef")
            .caller_variable("SYSTEMD_EXEC_PID", "1")
            .shell("echo ${ENVGATE_CONFIG%%[0-9]*} $RUNTIME_DIRECTORY$INVOCATION_ID$SYSTEMD_EXEC_PID")
    };
    let outcome = scenario().config("key: ${KEY}\n").run("paper").launched().printed("/proc/self/fd/\n");
    assert_eq!(fs::read_dir(outcome.scenario.path("runtime")).expect("a folder").count(), 0);
    let file = "envgate: {config: {delivery: file}}\nkey: ${KEY}\n";
    scenario().config(file).run("paper").refused(77, "delivery").found("systemd gave none");
}
