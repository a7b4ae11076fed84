//! A trading desk: a provider of keys on the loopback, a template of live workers who log in to it, a paper instance of
//! the same template, and a worker launched by hand. What a rotation did is what the provider saw.
#![allow(unreachable_pub, reason = "a module of a test program")]

use std::process::Command;
use std::sync::Once;

use serde_json::{Value, json};

use crate::desk_seen::Running;
use crate::lab::{Lab, Ran};
use crate::service::{CANARY, USER, Unit, add_user};

/// The user of the paper instances.
const PAPER_USER: &str = "mm-paper";
/// Longer than any rotation of these tests, on a busy machine too.
const PATIENCE: u32 = 150;

/// One desk, its files in `/srv/NAME`, its units `NAME@INSTANCE.service`.
pub struct Desk {
    pub lab: &'static Lab,
    pub name: &'static str,
    pub instances: Vec<String>,
}

impl Desk {
    /// The provider and the files, with the key `first`, which the provider accepts; no worker runs yet.
    pub fn new(lab: &'static Lab, name: &'static str, port: u16) -> Self {
        static USERS: Once = Once::new();
        USERS.call_once(|| add_user(lab, PAPER_USER));
        let desk = Self { lab, name, instances: Vec::new() };
        // The seeds' layout: the env files lie in a folder of the user who runs the workers.
        for (folder, owner) in [("env", USER), ("env-paper", PAPER_USER)] {
            lab.run(["mkdir", "-p", &desk.path(folder)]).ok();
            lab.run(["chown", &format!("{owner}:"), &desk.path(folder)]).ok();
            lab.run(["chmod", "700", &desk.path(folder)]).ok();
        }
        lab.write(&desk.env_file(), desk.contents("prod", "first"), 0o600, &format!("{USER}:{USER}"));
        lab.write(
            &desk.path(&format!("env-paper/{name}.paper.env")),
            desk.contents("paper", "testnet"),
            0o600,
            &format!("{PAPER_USER}:"),
        );
        lab.write(&desk.config(), desk.config_text(port), 0o644, "root");
        lab.write(&desk.path("worker.py"), include_str!("desk_worker.py"), 0o644, "root");
        lab.write(&desk.path("provider.py"), include_str!("desk_provider.py"), 0o644, "root");
        desk.install("");
        desk.accepts(&["first", "testnet"]);
        lab.run(["touch", &desk.path("logins.jsonl")]).ok();
        let unit = format!("--unit={name}-provider");
        let provider = ["/usr/bin/python3", &desk.path("provider.py"), &desk.path(""), &port.to_string()];
        lab.run(["systemd-run", "--quiet", &unit].into_iter().chain(provider)).ok();
        let listens = format!(":{port:04X} 00000000:0000 0A");
        lab.until("the provider listens", || lab.read("/proc/net/tcp").contains(&listens));
        desk
    }

    /// The same, and these live instances run.
    pub fn with(lab: &'static Lab, name: &'static str, port: u16, instances: &[&str]) -> Self {
        Self::new(lab, name, port).started(instances)
    }

    /// Starts these live instances too.
    pub fn started(mut self, instances: &[&str]) -> Self {
        self.instances.extend(instances.iter().map(|&instance| instance.to_owned()));
        let units: Vec<String> = instances.iter().map(|instance| self.unit(instance).name).collect();
        self.lab.run(["systemctl", "start"].into_iter().chain(units.iter().map(String::as_str))).ok();
        self
    }

    /// The template, as the shipped ones are, and one drop-in for an instance of paper.
    pub fn install(&self, more: &str) {
        let Self { lab, name, .. } = self;
        let exec = |mode: &str| {
            format!("ExecStart=/usr/local/bin/envgate exec -m {mode} -c {} -i %i\n", self.config())
        };
        let unit = format!(
            "[Unit]\nStartLimitIntervalSec=10min\nStartLimitBurst=5\n[Service]\nType=notify\nNotifyAccess=main\n\
             User={USER}\n{}SyslogIdentifier=%N\nRestart=on-failure\nRestartSec=30\n\
             RestartPreventExitStatus=64 65 66 70 77 78 126 127 243\nRuntimeDirectory=%p/%i\nLimitCORE=0\n{more}\n",
            exec("prod")
        );
        let paper = format!("[Service]\nUser={PAPER_USER}\nExecStart=\n{}", exec("paper"));
        lab.write(&format!("/etc/systemd/system/{name}@.service"), unit, 0o644, "root");
        lab.write(&format!("/etc/systemd/system/{name}@PAPER.service.d/mode.conf"), paper, 0o644, "root");
        lab.run(["systemctl", "daemon-reload"]).ok();
    }

    pub fn path(&self, file: &str) -> String {
        format!("/srv/{}/{file}", self.name)
    }

    pub fn env_file(&self) -> String {
        self.path(&format!("env/{}.prod.env", self.name))
    }

    pub fn config(&self) -> String {
        self.path("mm.yml")
    }

    fn config_text(&self, port: u16) -> String {
        let name = self.name;
        format!(
            "envgate:\n  config: {{variable: MARKET_MAKER_CONFIG}}\n\
             \x20 command: [/usr/bin/python3, /srv/{name}/worker.py]\n  modes:\n\
             \x20   paper: {{env_files: [env-paper/{name}.paper.env]}}\n\
             \x20   prod: {{env_files: [env/{name}.prod.env]}}\n\
             \x20 sets: {{bybit: [BYBIT_API_KEY, BYBIT_API_SECRET]}}\n\
             mode: ${{ENVGATE_MODE}}\ninstance: ${{ENVGATE_INSTANCE}}\nport: {port}\n\
             api_key: ${{BYBIT_API_KEY}}\napi_secret: ${{BYBIT_API_SECRET}}\n"
        )
    }

    /// A key by its name in the scenario.
    pub fn key(&self, label: &str) -> String {
        format!("{CANARY}{}Key{label}", self.name.replace('-', ""))
    }

    fn secret(&self, label: &str) -> String {
        format!("{CANARY}{}Secret{label}4f6be1d7", self.name.replace('-', ""))
    }

    /// The env file with this key.
    pub fn contents(&self, mode: &str, label: &str) -> String {
        format!(
            "# The desk's keys: ask ops before you touch them.\nENVGATE_MODE={mode}\n\nBYBIT_API_KEY={}\n\
             BYBIT_API_SECRET='{}'\nLOG_LEVEL=info\n",
            self.key(label),
            self.secret(label)
        )
    }

    /// From now on the provider accepts these keys, and no others.
    pub fn accepts(&self, labels: &[&str]) {
        self.accepts_with(labels, &Value::Null, &Value::Null);
    }

    /// The same; the last of them for so many seconds from an instance's first login with it.
    pub fn accepts_for(&self, labels: &[&str], seconds: u32) {
        self.accepts_with(labels, &seconds.into(), &Value::Null);
    }

    /// The same; the last of them not from this instance.
    pub fn accepts_but(&self, labels: &[&str], instance: &str) {
        self.accepts_with(labels, &Value::Null, &instance.into());
    }

    fn accepts_with(&self, labels: &[&str], seconds: &Value, not_for: &Value) {
        let none = &Value::Null;
        let entry = |label: &&str| {
            let (seconds, not_for) =
                if Some(label) == labels.last() { (seconds, not_for) } else { (none, none) };
            let entry = json!({"secret": self.secret(label), "seconds": seconds, "not_for": not_for});
            (self.key(label), entry)
        };
        let keys: serde_json::Map<_, _> = labels.iter().map(entry).collect();
        self.lab.write(&self.path("keys.json.new"), Value::from(keys).to_string(), 0o600, "root");
        self.lab.run(["mv", &self.path("keys.json.new"), &self.path("keys.json")]).ok();
    }

    /// The unit of an instance.
    pub fn unit(&self, instance: &str) -> Unit {
        Unit::named(self.lab, &format!("{}@{instance}.service", self.name))
    }

    /// The runs of the live instances, in their order.
    pub fn runs(&self) -> Vec<String> {
        self.instances.iter().map(|instance| self.unit(instance).property("InvocationID")).collect()
    }

    /// A worker of this mode launched by hand, by the one who may; its process.
    pub fn by_hand(&self, instance: &str) -> String {
        let pid_file = format!("/run/{}-{instance}.pid", self.name);
        let launch = format!(
            "echo $$ >{pid_file}; exec runuser -u {USER} -- envgate exec -m prod -c {} -i {instance} --confirm prod",
            self.config()
        );
        self.lab
            .run(["setsid", "--fork", "sh", "-c", &format!("cd / && {launch} </dev/null >/dev/null 2>&1")])
            .ok();
        let mut pid = String::new();
        self.lab.until("the worker by hand has logged in", || {
            let logins = self.logins();
            let login =
                logins.iter().rev().find(|login| login.instance == instance && login.when != "verify");
            pid = login.map_or(String::new(), |login| login.pid.clone());
            self.lab.run(["test", "-d", &format!("/proc/{pid}")]).status() == Some(0) && !pid.is_empty()
        });
        pid
    }

    /// `envgate rotate STEP` for this desk's live mode, as root.
    pub fn rotate(&self, step: &str, words: &str) -> Ran {
        Ran(self.rotation("exec envgate", &format!("{step} {words}")).output().expect("nsenter starts"))
    }

    /// The same, with new values on standard input.
    pub fn rotate_to(&self, label: &str, step: &str, words: &str) -> Ran {
        self.begin(label, step, words).end()
    }

    /// Begins it, with the new values on standard input.
    pub fn begin(&self, label: &str, step: &str, words: &str) -> Running {
        self.begin_as("envgate", label, &format!("{step} BYBIT_API_KEY BYBIT_API_SECRET {words}"))
    }

    /// The same, with other words in the place of `envgate`.
    pub fn begin_as(&self, program: &str, label: &str, words: &str) -> Running {
        let values = format!("{}\n{}\n", self.key(label), self.secret(label));
        // Its process is written down before it becomes envgate.
        let first = format!("echo $$ >/run/{}-rotate.pid; exec {program}", self.name);
        Running::begin(self.rotation(&first, words), &values)
    }

    /// Words with blanks are quoted as in a shell.
    fn rotation(&self, first: &str, words: &str) -> Command {
        let script = format!("cd /; {first} rotate {words} -m prod -c {}", self.config());
        self.lab.command_within(PATIENCE, ["sh", "-c", &script])
    }

    /// Sends a signal to the rotation that was begun last.
    pub fn signal(&self, signal: &str) {
        let pid = self.lab.read(&format!("/run/{}-rotate.pid", self.name));
        self.lab.run(["kill", "-s", signal, pid.trim()]).ok();
    }

    /// Ends everything of it.
    pub fn close_down(&self) {
        let Self { lab, name, .. } = self;
        lab.run(["systemctl", "stop", &format!("{name}@*"), &format!("{name}-provider")]).ok();
    }
}
