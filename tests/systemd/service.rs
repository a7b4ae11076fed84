//! The builder that these scenarios are written with: files of a worker in the lab, its unit, and what systemd
//! and the kernel say of it.
#![allow(unreachable_pub, reason = "a module of a test program")]

use std::collections::BTreeMap;

use crate::lab::{Lab, Ran};

/// The user whom the workers run as.
pub const USER: &str = "worker";
/// Part of every secret in these tests: the journal never has it.
pub const CANARY: &str = "Canary4f1d9c";

/// Boots the lab and installs what every scenario needs: the program, and the workers' user.
pub fn boot() -> Lab {
    let lab = Lab::boot();
    #[allow(clippy::disallowed_methods, reason = "the program under test is copied into the lab")]
    let program = std::fs::read(env!("CARGO_BIN_EXE_envgate")).expect("the program is built");
    lab.write("/usr/local/bin/envgate", program, 0o755, "root:root");
    add_user(&lab, USER);
    lab
}

/// A system user, made as an operator makes one.
pub fn add_user(lab: &Lab, name: &str) {
    lab.run(["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", name]).ok();
}

/// A unit to be: files are made as they are named.
pub struct Service {
    lab: &'static Lab,
    name: &'static str,
    kind: &'static str,
    mode: &'static str,
    settings: Vec<String>,
    arguments: Vec<String>,
    command: Vec<String>,
}

impl Service {
    /// A worker in the mode paper, with `Type=notify`, its files in `/srv/NAME`.
    pub fn new(lab: &'static Lab, name: &'static str) -> Self {
        lab.run(["mkdir", "-p", &format!("/srv/{name}")]).ok();
        Self {
            lab,
            name,
            kind: "notify",
            mode: "paper",
            settings: Vec::new(),
            arguments: Vec::new(),
            command: Vec::new(),
        }
    }

    /// A path below the worker's folder.
    pub fn path(&self, file: &str) -> String {
        format!("/srv/{}/{file}", self.name)
    }

    /// Another `Type=`.
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Another mode.
    pub fn mode(mut self, mode: &'static str) -> Self {
        self.mode = mode;
        self
    }

    /// A line of the unit's `[Service]`.
    pub fn setting(mut self, line: &str) -> Self {
        self.settings.push(line.to_owned());
        self
    }

    /// One more argument before `--`.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Any file of the worker's folder.
    pub fn file(self, file: &str, contents: &str, mode: u32, owner: &str) -> Self {
        self.lab.write(&self.path(file), contents, mode, owner);
        self
    }

    /// An env file of the worker's user, 0600, named with `-e`.
    pub fn env_file(self, file: &str, contents: &str) -> Self {
        let path = self.path(file);
        self.file(file, contents, 0o600, USER).argument("-e").argument(&path)
    }

    /// The runtime config, root's, named with `-c`.
    pub fn config(self, contents: &str) -> Self {
        let path = self.path("config.yml");
        self.file("config.yml", contents, 0o644, "root").argument("-c").argument(&path)
    }

    /// The worker's command, behind `--`.
    pub fn command<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.command = words.into_iter().map(str::to_owned).collect();
        self
    }

    /// A Python program as the worker.
    pub fn python(self, program: &str) -> Self {
        let path = self.path("worker.py");
        self.file("worker.py", program, 0o644, "root").command(["/usr/bin/python3", &path])
    }

    /// Writes the unit and makes it known.
    pub fn install(self) -> Unit {
        let separator = if self.command.is_empty() { "" } else { " -- " };
        let unit = format!(
            "[Service]\nType={}\nNotifyAccess=main\nUser={USER}\nSyslogIdentifier=%N\n{}\n\
             ExecStart=/usr/local/bin/envgate exec -m {} {}{separator}{}\n",
            self.kind,
            self.settings.join("\n"),
            self.mode,
            self.arguments.join(" "),
            self.command.join(" "),
        );
        let name = format!("{}.service", self.name);
        self.lab.write(&format!("/etc/systemd/system/{name}"), unit, 0o644, "root");
        self.lab.run(["systemctl", "daemon-reload"]).ok();
        Unit { lab: self.lab, name }
    }

    /// Installs and starts it.
    #[track_caller]
    pub fn started(self) -> Unit {
        self.install().started()
    }
}

/// A unit that systemd knows.
pub struct Unit {
    pub lab: &'static Lab,
    pub name: String,
}

impl Unit {
    /// A unit that is installed already.
    pub fn named(lab: &'static Lab, name: &str) -> Self {
        Self { lab, name: name.to_owned() }
    }

    /// `systemctl start`.
    pub fn start(&self) -> Ran {
        self.lab.run(["systemctl", "start", &self.name])
    }

    /// Starts it, and shows what it said where that fails.
    #[track_caller]
    pub fn started(self) -> Self {
        let start = self.start();
        assert_eq!(start.status(), Some(0), "{}{}", start.stderr(), self.journal());
        self
    }

    /// Stops it.
    #[track_caller]
    pub fn stop(&self) {
        self.lab.run(["systemctl", "stop", &self.name]).ok();
    }

    /// A property of `systemctl show`.
    pub fn property(&self, property: &str) -> String {
        let shown = self.lab.run(["systemctl", "show", "--value", "--property", property, &self.name]).ok();
        shown.trim_end_matches('\n').to_owned()
    }

    /// The main process, as the lab counts, once envgate has become the worker: with `Type=exec` systemd says
    /// "started" a moment before.
    #[track_caller]
    pub fn main_pid(&self) -> String {
        let mut pid = String::new();
        self.lab.until("the main process is the worker", || {
            pid = self.property("MainPID");
            let name = self.lab.run(["cat", &format!("/proc/{pid}/comm")]).stdout();
            !name.is_empty() && !name.contains("envgate")
        });
        pid
    }

    /// A file of the main process in `/proc`.
    pub fn proc(&self, file: &str) -> String {
        self.lab.read(&format!("/proc/{}/{file}", self.main_pid()))
    }

    /// The environment that the main process was started with.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let environment = self.proc("environ");
        let variables =
            environment.split_terminator('\0').map(|line| line.split_once('=').expect("NAME=value"));
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// What the unit printed and what systemd said of it. Not by `-u`: journald does not know the unit of a process
    /// that was gone before it looked, and so it is with a refusal on a busy machine.
    pub fn journal(&self) -> String {
        let identifier = format!("SYSLOG_IDENTIFIER={}", self.name.trim_end_matches(".service"));
        let unit = format!("UNIT={}", self.name);
        self.lab.run(["journalctl", "--sync"]).ok();
        self.lab.run(["journalctl", "--no-pager", "-o", "cat", &identifier, "+", &unit]).ok()
    }
}
