//! The host policy, in a mount namespace where `/etc` is this machine's with a policy added.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::changing::run_within;
use crate::support::Scenario;
use crate::{ALICE, Attack};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::namespace("a host without a policy has no restriction", no_policy),
        Attack::namespace("a class or a mode that the policy leaves out is not launched", forbidden_kinds),
        Attack::namespace("a user whom the policy does not name launches nothing live", forbidden_users),
        Attack::namespace("a group of the policy counts by the kernel and by /etc/group", groups),
        Attack::namespace("what the policy wants under systemd is not launched by hand", supervisor),
        Attack::namespace("a broken policy refuses every launch", broken),
        Attack::namespace("a policy that leads nowhere refuses every launch", leads_nowhere),
        Attack::namespace("a policy that anybody but root can write refuses every launch", unsafe_policy),
        Attack::namespace("a policy that may not be read refuses every launch", closed),
        Attack::namespace("a config's owner may be one that the policy names", config_owners),
        Attack::namespace("the policy limits the age of what the config leaves free", age),
        Attack::namespace("no variable and no file of the caller's stands for the policy", no_other_policy),
    ]
}

/// A launch on a host with this policy.
pub struct Host {
    scenario: Scenario,
    /// Run as root before the launch, with `/etc` already private.
    setup: String,
    user: Option<(u32, &'static str)>,
    /// What starts the launch: a shell's line.
    start: &'static str,
}

/// On a terminal of its own (`script(1)`).
const ON_A_TERMINAL: &str = r#"bash -c 'exec script -qec "$(printf "%q " "$@")" /dev/null' bash "$@""#;
/// The same, where somebody answers the question as soon as it is there.
const ANSWERED: &str = r#"bash -c '
    answer() { for _ in {1..400}; do grep -q "to launch: " /mnt/screen && echo live && return; sleep 0.05; done; }
    : >/mnt/screen
    answer | script -qefc "$(printf "%q " "$@")" /mnt/screen' bash "$@""#;

impl Host {
    pub fn with(policy: &str, scenario: Scenario) -> Self {
        let scenario = scenario.file("policy.yml", policy);
        let setup = "install -D -m 644 policy.yml /etc/envgate/policy.yml".to_owned();
        Self { scenario, setup, user: None, start: r#""$@""# }
    }

    pub fn after(mut self, setup: &str) -> Self {
        self.setup = format!("{}; {setup}", self.setup);
        self
    }

    /// As this user, with these supplementary groups (`setpriv(1)`), who owns the folder.
    pub fn user(mut self, user: u32, groups: &'static str) -> Self {
        self.user = Some((user, groups));
        self
    }

    pub fn on_a_terminal(mut self) -> Self {
        self.start = ON_A_TERMINAL;
        self
    }

    /// On a terminal where a person confirms a live launch.
    pub fn confirmed_on_a_terminal(mut self) -> Self {
        self.start = ANSWERED;
        self
    }

    pub fn run(&self, mode: &str) -> Said {
        let prepared = self.scenario.prepared(mode);
        let overlay = "set -e; mount -t tmpfs etc /mnt; mkdir /mnt/upper /mnt/work; \
                       mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work etc /etc; rm -rf /etc/envgate";
        let (owner, become_user) = match self.user {
            Some((user, groups)) => (
                format!("chown -hR {user}:{user} . && chmod 755 ."),
                format!("setpriv --reuid {user} --regid {user} {groups} "),
            ),
            None => (":".to_owned(), String::new()),
        };
        let script = format!("{overlay}; {}; {owner}; exec {become_user}{}", self.setup, self.start);
        let mut command = Command::new("unshare");
        command.args(["-m", "/bin/sh", "-c", &script, "sh"]);
        let program = match self.user {
            Some(_) => crate::support::reachable::program().as_os_str(),
            None => prepared.get_program(),
        };
        command.arg(program).args(prepared.get_args());
        let set = prepared.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").envs(set);
        command.current_dir(self.scenario.folder()).stdin(Stdio::null());
        Said(run_within(command, Duration::from_secs(30)))
    }
}

pub struct Said(Output);

impl Said {
    pub fn text(&self) -> String {
        format!("{}{}", String::from_utf8_lossy(&self.0.stdout), String::from_utf8_lossy(&self.0.stderr))
    }

    #[track_caller]
    pub fn launched(&self) -> &Self {
        assert_eq!(self.0.status.code(), Some(0), "{}", self.text());
        self
    }

    #[track_caller]
    pub fn refused(&self, status: i32, gate: &str) -> &Self {
        assert_eq!(self.0.status.code(), Some(status), "{}", self.text());
        self.found(&format!("refused [{gate}]"))
    }

    #[track_caller]
    pub fn found(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "no {text:?} in:\n{}", self.text());
        self
    }
}

fn paper() -> Scenario {
    Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/usr/bin/env"])
}

pub fn live() -> Scenario {
    Scenario::new().env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n").command(["/usr/bin/env"])
}

fn no_policy() {
    Host::with("", paper()).after("rm /etc/envgate/policy.yml").run("paper").launched();
    Host::with("", live()).after("rm -r /etc/envgate").run("live").launched();
    Host::with("", live())
        .after("rm -r /etc/envgate; mkdir /mnt/x; ln -s /mnt/x /etc/envgate")
        .run("live")
        .launched();
    Host::with("# nothing is forbidden\n", live()).run("live").launched();
}

fn forbidden_kinds() {
    Host::with("classes: [paper]\n", live()).run("live").refused(77, "host").found("launches no live mode");
    Host::with("classes: [paper]\n", paper()).run("paper").launched();
    Host::with("classes: []\n", paper()).run("paper").refused(77, "host");
    Host::with("modes: [shadow]\n", paper()).run("paper").refused(77, "host").found("shadow");
    Host::with("modes: [paper]\n", paper()).run("paper").launched();
    // No config can make a live mode of it.
    let renamed = Scenario::new().configured_env_file("x.paper.env", "ENVGATE_MODE=paper\n").config(
        "envgate: {command: [/bin/true], modes: {paper: {class: live, env_files: [x.paper.env]}}}\na: 1\n",
    );
    Host::with("classes: [live]\n", renamed).run("paper").refused(78, "mode");
}

fn forbidden_users() {
    let policy = "live: {users: [root]}\n";
    Host::with(policy, live()).run("live").launched();
    Host::with(policy, live()).user(ALICE, "--clear-groups").run("live").refused(77, "user").found("root");
    Host::with(policy, paper()).user(ALICE, "--clear-groups").run("paper").launched();
    Host::with("live: {users: ['54321']}\n", live()).user(ALICE, "--clear-groups").run("live").launched();
    Host::with("live: {users: []}\n", live()).run("live").refused(77, "user");
}

fn groups() {
    let policy = "live: {groups: [desk]}\n";
    let desk = "echo desk:x:6543: >>/etc/group";
    Host::with(policy, live()).after(desk).user(ALICE, "--groups 6543").run("live").launched();
    Host::with(policy, live()).after(desk).user(ALICE, "--clear-groups").run("live").refused(77, "user");
    // By the database, where root looks for the files' owner.
    let member = "echo desk:x:6543:alice >>/etc/group; echo alice:x:54321:54321::/:/bin/sh >>/etc/passwd";
    let check = || live().check().argument("--user").argument("54321");
    let owned = "chown -hR 54321:54321 . && chmod 755 .";
    Host::with(policy, check()).after(member).after(owned).run("live").launched();
    Host::with(policy, check()).after(desk).after(owned).run("live").refused(77, "user");
}

fn supervisor() {
    let policy = "live: {supervisor: systemd}\n";
    Host::with(policy, live()).run("live").refused(77, "supervisor").found("systemctl start");
    Host::with(policy, paper()).run("paper").launched();
    // A look cannot know how the launch will be made.
    Host::with(policy, live().check()).run("live").launched();
}

fn broken() {
    for policy in
        ["clases: [paper]\n", "classes: [papr]\n", "", "classes: [paper\n", "\u{0}", "live: {max_age: 3}\n"]
    {
        Host::with(policy, paper()).run("paper").refused(65, "syntax").found("/etc/envgate/policy.yml");
    }
    Host::with("clases: [paper]\n", paper()).run("paper").found("did you mean classes?");
    Host::with("", paper())
        .after("rm /etc/envgate/policy.yml; mkdir /etc/envgate/policy.yml")
        .run("paper")
        .refused(77, "file-kind");
    Host::with("", paper())
        .after("ln -sf /etc/envgate/nothing /etc/envgate/loop; ln -sf loop /etc/envgate/policy.yml; ln -sf policy.yml /etc/envgate/loop")
        .run("paper")
        .refused(77, "file-kind");
}

fn leads_nowhere() {
    for setup in [
        "ln -sf nothing /etc/envgate/policy.yml",
        "rm -r /etc/envgate; touch /etc/envgate",
        "rm -r /etc/envgate; ln -s /mnt/not-mounted/envgate /etc/envgate",
    ] {
        Host::with("# fine\n", paper()).after(setup).run("paper").refused(66, "input").found("nobody knows");
    }
}

fn unsafe_policy() {
    let policy = "# fine\n";
    for (setup, gate) in [
        ("chmod 664 /etc/envgate/policy.yml", "permission"),
        ("chmod 646 /etc/envgate/policy.yml", "permission"),
        ("chown 54321 /etc/envgate/policy.yml", "owner"),
        ("chmod 777 /etc/envgate", "parent-directory"),
        ("chown 54321 /etc/envgate", "parent-directory"),
        (
            "mv /etc/envgate/policy.yml /etc/other.yml; ln -s ../other.yml /etc/envgate/policy.yml; chown -h 54321 /etc/envgate/policy.yml",
            "parent-directory",
        ),
    ] {
        Host::with(policy, paper()).after(setup).run("paper").refused(77, gate);
    }
}

fn closed() {
    for setup in ["chmod 700 /etc/envgate", "chmod 600 /etc/envgate/policy.yml"] {
        Host::with("# fine\n", paper())
            .after(setup)
            .user(ALICE, "--clear-groups")
            .run("paper")
            .refused(77, "permission")
            .found("sudo chmod 755 /etc/envgate");
    }
}

fn config_owners() {
    let scenario = || Scenario::new().config("envgate: {command: [/bin/true], modes: {paper: {}}}\na: 1\n");
    let foreign = "chown 54322 config.yml";
    Host::with("# fine\n", scenario()).after(foreign).run("paper").refused(77, "owner");
    Host::with("config_owners: ['54322']\n", scenario()).after(foreign).run("paper").launched();
    Host::with("config_owners: ['54322']\n", scenario())
        .after(foreign)
        .after("chmod 664 config.yml")
        .run("paper")
        .refused(77, "permission");
}

fn no_other_policy() {
    let scenario = live()
        .file("etc/envgate/policy.yml", "classes: [paper, live]\n")
        .caller_variable("ENVGATE_POLICY", "policy.yml")
        .caller_variable("XDG_CONFIG_HOME", ".")
        .caller_variable("ENVGATE_BREAK_GLASS", "exchange outage, unit is stuck");
    Host::with("classes: [paper]\n", scenario).run("live").refused(77, "host");
}

fn age() {
    let scenario = |limit: &str| {
        let config = format!(
            "envgate: {{command: [/bin/true], modes: {{live: {{env_files: [x.live.env]{limit}}}}}}}\na: 1\n"
        );
        let file = "ENVGATE_MODE=live\n# rotated: 2026-01-01\nKEY=abc\n";
        Scenario::new().configured_env_file("x.live.env", file).config(config)
    };
    let policy = "live: {max_age: 5d, age: strict}\n";
    for limit in ["", ", max_age: 1000d", ", age: warn"] {
        Host::with(policy, scenario(limit)).run("live").refused(77, "age").found("its limit is 5 days");
    }
    Host::with("live: {max_age: 5000d, age: strict}\n", scenario("")).run("live").launched();
    let emergency = scenario("").argument("--break-glass").argument("the provider's console is down");
    Host::with(&format!("{policy}break_glass: allow\n"), emergency).run("live").launched();
}
