//! What a rotation runs: in exactly the worker's environment, as the worker's user and with nothing of root's.
//!
//! No verb only runs a command: this test program does, started by itself (`driver`).

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::changing::run_within;
use crate::driver::run_of;
use crate::permissions::{chmod, give};
use crate::redaction::CANARY;
use crate::support::{ENVGATE, Outcome, Scenario};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::namespace("root runs a command as the worker's user, with exactly its groups", identity),
        Attack::namespace("a command that root runs cannot get root back", no_way_back),
        Attack::namespace("a command that root runs has the environment of exec", roots_environment),
        Attack::anybody("a command that is run has the environment of exec", own_environment),
        Attack::namespace("no loader variable of the worker's is obeyed as root", loader_variable),
        Attack::namespace("a worker's config is its user's alone", config_of_another_user),
        Attack::root("root runs nothing that anybody else can change", changeable),
        Attack::root("for a user that /etc/passwd does not know nothing is run", unknown_user),
        Attack::anybody("a command that is run inherits no descriptor and no input", descriptors),
        Attack::strace(
            "no secret is in the arguments or the environment of the step before",
            one_step_before,
        ),
        Attack::root("become is of no use to anybody but root, and in no help", only_roots),
    ]
}

/// The scenario's command, run as a rotation would run it.
pub fn run(scenario: &Scenario, before: &[&str], mode: &str) -> Output {
    let launch = scenario.prepared(mode);
    run_within(started_by(&[], &launch, before), Duration::from_secs(30))
}

/// In the folder and the environment of a launch, behind these words.
pub fn started_by(wrapper: &[&str], launch: &Command, before: &[&str]) -> Command {
    let words = [wrapper.iter().map(Into::into).collect(), run_of(launch, before)].concat();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).env_clear().stdin(Stdio::null());
    command.envs(launch.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(launch.get_current_dir().expect("a folder"));
    command
}

/// Alice is in the group `desk`, and not in the one of her name's beginning; root is in one more of its own.
const SETUP: &str = "set -e; cp /etc/passwd /etc/group .; echo alice:x:54321:54321::/:/bin/sh >>passwd; \
    printf 'alice:x:54321:\\ndesk:x:6543:bob,alice\\nother:x:6544:alicette\\n' >>group; \
    mount --bind passwd /etc/passwd; mount --bind group /etc/group; mount -t tmpfs -o suid,mode=755 tmpfs /mnt; \
    cp /usr/bin/id /mnt/id; chmod 4755 /mnt/id; exec setpriv --groups 0,6545 \"$@\"";

fn run_as_root(scenario: &Scenario, mode: &str) -> Output {
    run_after(SETUP, scenario, mode)
}

/// In a mount namespace that was set up so.
fn run_after(setup: &str, scenario: &Scenario, mode: &str) -> Output {
    let wrapper = ["unshare", "-m", "/bin/sh", "-c", setup, "sh"];
    let mut command = started_by(&wrapper, &scenario.prepared(mode), &[]);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    run_within(command, Duration::from_secs(30))
}

fn text(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn alices(config: &str) -> Scenario {
    Scenario::new().env_file("pine.paper.env", format!("KEY={CANARY}\n")).config(config)
}

fn identity() {
    let scenario = alices("key: ${KEY}\n").shell("cat /proc/self/status").as_user(ALICE);
    check_identity(&text(&run_as_root(&scenario, "paper")));
    // A root whose capabilities do not go with its user (capabilities(7), "SECBIT_NO_SETUID_FIXUP").
    let keeping = SETUP.replace("setpriv ", "setpriv --securebits +no_setuid_fixup ");
    check_identity(&text(&run_after(&keeping, &scenario, "paper")));
}

#[track_caller]
fn check_identity(status: &str) {
    let line = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("Uid:"), "54321 54321 54321 54321");
    assert_eq!(line("Gid:"), "54321 54321 54321 54321");
    assert_eq!(line("Groups:"), "6543 54321");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        assert_eq!(line(set), "0000000000000000", "{set}");
    }
    assert_eq!(line("NoNewPrivs:"), "1");
    assert_eq!(line("SigBlk:"), "0000000000000000");
}

fn no_way_back() {
    // A program that is root's for everybody, and the ways of a process with something of root's left.
    let tries = "/mnt/id -u; /mnt/id -G; setpriv --reuid 0 true 2>&1 | grep -c setresuid; \
                 setpriv --clear-groups true 2>&1 | grep -c groups; cat /proc/$PPID/environ 2>&1 | grep -c denied";
    let output = run_as_root(&alices("key: ${KEY}\n").shell(tries).as_user(ALICE), "paper");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "54321\n54321 6543\n1\n1\n1\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The environment by name, as `env -0` prints it.
fn variables(output: &Output) -> BTreeMap<String, String> {
    let split = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    text(output).split('\0').filter_map(split).collect()
}

/// Prints the environment, and refuses where the process is not the one that is named in it.
const SHOW: &str = "[ $ENVGATE_PID = $$ ] && exec /usr/bin/env -0";

fn environment_of(scenario: Scenario) -> Scenario {
    scenario
        .caller_variable("LEAK", "from the caller")
        .caller_variable("TERM", "xterm")
        .caller_variable("LC_ALL", "C.UTF-8")
        .shell(SHOW)
}

const CONFIG: &str = "envgate:\n  pass: [\"LC_*\"]\n  environment: {MORE: \"1\"}\n  variables:\n    \
                      HIDDEN: {deliver: config}\nkey: ${KEY}\nhidden: ${HIDDEN}\n";

fn same_environment(expected: &Output, run: &Output) {
    let (mut expected, mut seen) = (variables(expected), variables(run));
    // Each names its own process, and has said so.
    assert!(expected.remove("ENVGATE_PID").is_some() && seen.remove("ENVGATE_PID").is_some());
    // Exec takes the first number that it has free, and here all are.
    assert!(expected.remove("ENVGATE_CONFIG").is_some_and(|path| path.starts_with("/proc/self/fd/")));
    assert_eq!(seen.remove("ENVGATE_CONFIG").as_deref(), Some("/proc/self/fd/3"));
    assert_eq!(seen, expected);
    assert_eq!(seen["KEY"], CANARY);
    assert!(seen.contains_key("LC_ALL") && !seen.contains_key("LEAK") && !seen.contains_key("HIDDEN"));
}

fn own_environment() {
    let files = format!("KEY={CANARY}\nHIDDEN=x\n");
    let scenario = environment_of(Scenario::new().env_file("pine.paper.env", files).config(CONFIG));
    let expected = run_within(scenario.prepared("paper"), Duration::from_secs(30));
    same_environment(&expected, &run(&scenario, &[], "paper"));
}

fn roots_environment() {
    let files = format!("KEY={CANARY}\nHIDDEN=x\n");
    let scenario =
        Scenario::new().env_file("pine.paper.env", files).config(CONFIG).argument("-i").argument("ES");
    let scenario = environment_of(scenario).as_user(ALICE);
    // Exec by Alice herself, where she is a user.
    let launch = scenario.prepared("paper");
    let setup = SETUP.replace("--groups 0,6545", "--reuid 54321 --regid 54321 --clear-groups");
    let mut exec = Command::new("unshare");
    exec.args(["-m", "/bin/sh", "-c", &setup, "sh"]).arg(launch.get_program()).args(launch.get_args());
    exec.env_clear().envs(launch.get_envs().filter_map(|(name, value)| Some((name, value?))));
    exec.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir(scenario.folder()).stdin(Stdio::null());
    let expected = run_within(exec, Duration::from_secs(30));
    same_environment(&expected, &run_as_root(&scenario, "paper"));
}

fn loader_variable() {
    let files = "KEY=good\nLD_PRELOAD=/no/such/library.so\n";
    let config = "envgate: {variables: {LD_PRELOAD: {secret: false}}}\nkey: ${KEY}\n";
    let scenario = Scenario::new().env_file("pine.paper.env", files).config(config).command(["/bin/true"]);
    let output = run_as_root(&scenario.as_user(ALICE), "paper");
    // The command's own loader complains; root's step has none, or it would complain as well.
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("/no/such/library.so").count(), 1, "{said}");
}

fn config_of_another_user() {
    // As a file it would be delivered in a unit.
    let config = "envgate: {config: {delivery: file}}\nkey: ${KEY}\n";
    let script = "cat $ENVGATE_CONFIG; stat -Lc '%a %u' $ENVGATE_CONFIG; (: >$ENVGATE_CONFIG) 2>/dev/null || echo sealed";
    let output = run_as_root(&alices(config).shell(script).as_user(ALICE), "paper");
    assert_eq!(text(&output), format!("key: \"{CANARY}\"\n400 54321\nsealed\n"));
}

fn changeable() {
    let scenario = || {
        let script = "#!/bin/sh\necho ran\n";
        let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n");
        let scenario = scenario.file("bin/check", script).mode(0o755).command(["./bin/check"]).as_user(ALICE);
        chmod(scenario.folder(), 0o755);
        scenario
    };
    // Hers, in her folder: a look takes it, and root does not run it.
    scenario().check().run_as_root("paper").ended(0);
    let refused = run(&scenario(), &[], "paper");
    let outcome = Outcome { output: refused, scenario: Scenario::new() };
    outcome.refused(77, "command").found("root would start what somebody else can change").hides("ran");
    for changed_by in [0, MALLORY] {
        let scenario = scenario();
        give(scenario.folder(), 0);
        give(&scenario.path("bin"), 0);
        give(&scenario.path("bin/check"), changed_by);
        let output = run(&scenario, &[], "paper");
        // What is root's alone is found fit, and then nobody knows Alice.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains("refused [command]"), changed_by != 0, "{said}");
    }
}

fn unknown_user() {
    let scenario = alices("key: ${KEY}\n").command(["/bin/true"]).as_user(ALICE);
    let output = run(&scenario, &[], "paper");
    Outcome { output, scenario }.refused(77, "user").found("/etc/passwd does not know").hides(CANARY);
}

pub fn own(script: &str) -> Scenario {
    Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell(script)
}

fn descriptors() {
    // No pipe: while the shell makes one, it holds its ends itself.
    let script = "ls -l /proc/$$/fd; cat; echo end";
    let scenario = own(script).config("key: ${KEY}\n");
    let secret = fs::File::open(scenario.path("pine.paper.env")).expect("the file");
    let mut command = started_by(&[], &scenario.prepared("paper"), &[]);
    let (reader, mut typing) = std::io::pipe().expect("a pipe");
    std::io::Write::write_all(&mut typing, b"typed\n").expect("typed");
    command.stdin(reader);
    let number = secret.as_raw_fd();
    #[allow(unsafe_code, reason = "a descriptor is left open between fork and exec")]
    // SAFETY: system calls only.
    unsafe {
        command.pre_exec(move || {
            for to in [3, 7, 200] {
                nix::errno::Errno::result(nix::libc::dup2(number, to))?;
            }
            Ok(())
        });
    }
    let seen = text(&run_within(command, Duration::from_secs(30)));
    let targets: Vec<&str> = seen.lines().filter_map(|line| line.split(" -> ").nth(1)).collect();
    assert_eq!(targets.len(), 4, "{seen}");
    assert_eq!(targets[0], "/dev/null", "{seen}");
    assert!(targets[1].starts_with("pipe:") && targets[2].starts_with("pipe:"), "{seen}");
    assert!(targets[3].starts_with("/memfd:envgate-config"), "{seen}");
    assert!(seen.ends_with("end\n") && !seen.contains("typed"), "{seen}");
}

fn one_step_before() {
    let scenario = alices("key: ${KEY}\n").command(["/bin/true", "an-argument"]);
    let trace = scenario.path("trace");
    let trace = trace.to_str().expect("text");
    let wrapper =
        ["/usr/bin/env", "strace", "-f", "-qq", "-s", "4096", "-v", "-e", "trace=execve", "-o", trace];
    let mut command = started_by(&wrapper, &scenario.prepared("paper"), &[]);
    command.env("PATH", "/usr/bin:/bin");
    text(&run_within(command, Duration::from_secs(30)));
    let trace = fs::read_to_string(scenario.path("trace")).expect("a trace");
    let step = trace.lines().find(|line| line.contains("\"become\"")).expect("the step");
    assert!(step.contains("\"an-argument\"], [])"), "{step}");
    assert!(!step.contains(CANARY), "{step}");
    // And the command itself has it, in its environment alone.
    let last = trace.lines().find(|line| line.contains("execve(\"/bin/true\"")).expect("the command");
    let (arguments, environment) = last.split_once("], [").expect("both");
    assert!(!arguments.contains(CANARY) && environment.contains(CANARY), "{last}");
}

fn only_roots() {
    let become_user = |user: u32| {
        let scenario = Scenario::new().env_file("x.paper.env", "KEY=good\n");
        let scenario = if user == 0 { scenario } else { scenario.as_user(user) };
        let mut command = scenario.asked([
            "become", "--user", "54322", "--group", "54322", "--groups", "54322", "--", "/bin/id", "id",
        ]);
        command.stdin(fs::File::open(scenario.path("x.paper.env")).expect("the file"));
        let output = command.output().expect("the program starts");
        Outcome { output, scenario }
    };
    become_user(ALICE).ended(77).printed("").found("only root may become another user");
    // By root it changes the user, as setpriv does.
    let outcome = become_user(0).ended(0);
    assert!(outcome.stdout().contains("uid=54322"), "{}", outcome.stdout());
    for user in ["0", "4294967295", "root"] {
        let words = ["become", "--user", user, "--group", "1", "--", "/bin/id", "id"];
        Scenario::new().ask(words).ended(64).printed("");
    }
    // Without the letter there is no environment to run it in.
    Scenario::new().ask(["become", "--", "/bin/id", "id"]).ended(64).printed("");
    for words in [&["--help"][..], &["completions", "bash"], &["man"]] {
        let verbs = text(&Command::new(ENVGATE).args(words).output().expect("the program starts"));
        assert!(!verbs.lines().any(|line| line.trim_start().starts_with("become")), "{words:?}");
    }
}
