//! The lab: this machine's own systemd, booted as PID 1 of fresh namespaces over a throw-away overlay of `/`.
//!
//! What runs in it sees this machine's programs and can change nothing of them. It ends with the test program,
//! however that ends (see `lab.sh`), and leaves nothing behind. It needs root, overlayfs, cgroup2 and systemd.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part of the lab")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a lab that breaks fails its test"
)]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SCRIPT: &str = include_str!("lab.sh");
const SYSTEMD: &str = "/lib/systemd/systemd";
const PATIENCE: Duration = Duration::from_secs(30);

/// A booted lab.
pub struct Lab {
    /// PID 1, as this machine counts.
    init: u32,
    keeper: Mutex<Option<Child>>,
}

impl Lab {
    /// Why no lab can be booted here; none where one can: everything is tried but systemd itself.
    pub fn obstacle() -> Option<String> {
        let missing = |program: &&str| !Path::new(program).exists();
        let needed =
            [SYSTEMD, "/usr/bin/dbus-daemon", "/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/setpriv"];
        if let Some(program) = needed.iter().find(|program| missing(program)) {
            return Some(format!("{program} is not installed (apt-get install systemd dbus util-linux)"));
        }
        if !nix::unistd::Uid::effective().is_root() {
            return Some("booting systemd in namespaces needs root".to_owned());
        }
        match keep(&["true"]) {
            Ok((keeper, _)) => {
                release(keeper);
                None
            }
            Err(reason) => Some(format!("no namespaces, overlay or cgroup2 for systemd here: {reason}")),
        }
    }

    /// Boots, and returns when systemd has nothing left to start.
    pub fn boot() -> Self {
        let init = [SYSTEMD, "--system", "--log-target=journal", "--unit=lab.target"];
        let (keeper, init) = keep(&init).unwrap_or_else(|reason| panic!("the lab does not boot: {reason}"));
        let lab = Self { init, keeper: Mutex::new(Some(keeper)) };
        lab.until("the lab has booted", || {
            let state = lab.run(["systemctl", "is-system-running", "--wait"]).stdout();
            matches!(state.trim(), "running" | "degraded")
        });
        lab
    }

    /// Ends it and waits until nothing of it is left. Without this it ends with the test program.
    pub fn shut_down(&self) {
        if let Some(keeper) = self.keeper.lock().unwrap().take() {
            release(keeper);
        }
    }

    /// A command inside, as root, in the lab's namespaces.
    pub fn command<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Command {
        self.command_within(60, words)
    }

    /// The same, for one that takes its time: so many seconds.
    pub fn command_within<'a>(&self, seconds: u32, words: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("/usr/bin/nsenter");
        command.args(["-t", &self.init.to_string(), "-m", "-p", "-i", "-u", "-n", "-C", "-r", "-w"]);
        // A command that hangs is a failure, and not the end of all other tests.
        command.args(["timeout", "--kill-after=5", &seconds.to_string()]).args(words);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8");
        command.env("SYSTEMD_PAGER", "").stdin(Stdio::null());
        command
    }

    /// Runs a command inside to its end.
    pub fn run<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Ran {
        Ran(self.command(words).output().expect("nsenter starts"))
    }

    /// Runs a shell script inside to its end.
    pub fn shell(&self, script: &str) -> Ran {
        self.run(["sh", "-c", script])
    }

    /// Puts a file into the lab, with its folders (root's, 0755).
    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>, mode: u32, owner: &str) {
        let script =
            r#"set -e; mkdir -p "$(dirname "$1")"; umask 077; cat >"$1"; chown "$3" "$1"; chmod "$2" "$1""#;
        let mode = format!("{mode:04o}");
        let mut child = self
            .command(["sh", "-c", script, "write", path, &mode, owner])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("nsenter starts");
        // Where the shell failed, the pipe is closed early; its own message says why.
        let _ = child.stdin.take().expect("a pipe").write_all(contents.as_ref());
        Ran(child.wait_with_output().expect("nsenter ends")).ok();
    }

    /// A file of the lab.
    pub fn read(&self, path: &str) -> String {
        self.run(["cat", path]).ok()
    }

    /// Waits for something inside to become true.
    #[track_caller]
    #[allow(clippy::unused_self, reason = "what is waited for is the lab's")]
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain until {what}");
            std::thread::sleep(Duration::from_millis(15));
        }
    }
}

/// A command that ran inside.
pub struct Ran(pub Output);

impl Ran {
    /// What a command that a test started itself came to.
    pub fn of(output: Output) -> Self {
        Self(output)
    }

    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// The exit status.
    pub fn status(&self) -> Option<i32> {
        self.0.status.code()
    }

    /// It ended well; its output.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.status(), Some(0), "{}{}", self.stdout(), self.stderr());
        self.stdout()
    }

    /// It ended with this status.
    #[track_caller]
    pub fn failed(self, status: i32) -> Self {
        assert_eq!(self.status(), Some(status), "{}{}", self.stdout(), self.stderr());
        self
    }
}

/// Starts the keeper of a lab with this first process: the keeper, and that process's id.
fn keep(init: &[&str]) -> Result<(Child, u32), String> {
    let (said, saying) = std::io::pipe().map_err(|error| error.to_string())?;
    let keeper = Command::new("/usr/bin/unshare")
        .args(["--mount", "--propagation", "private", "sh", "-euc", SCRIPT, "lab", SCRIPT, "keep"])
        .args(init)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(saying.try_clone().map_err(|error| error.to_string())?)
        .stderr(saying)
        // Ctrl-C ends the test program, and that ends the lab; the keeper itself has to clean up.
        .process_group(0)
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut complaint = String::new();
    for line in BufReader::new(said).lines().map_while(Result::ok) {
        if let Some(pid) = line.strip_prefix("init ").and_then(|pid| pid.parse().ok()) {
            return Ok((keeper, pid));
        }
        complaint = format!("{complaint} {}", line.trim());
    }
    release(keeper);
    Err(complaint)
}

/// Lets the keeper clean up, and waits for it.
fn release(mut keeper: Child) {
    drop(keeper.stdin.take());
    let _ = keeper.wait();
}
