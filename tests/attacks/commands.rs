//! The command: what cannot be run, what is not safe to run, and what the kernel would not take.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use nix::sys::resource::{Resource, setrlimit};

use crate::permissions::{chmod, give};
use crate::support::{Outcome, Scenario};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody(
            "a command that is a directory, no program or not executable is status 126",
            unusable,
        ),
        Attack::anybody("a command that is not there is status 127", not_there),
        Attack::anybody(
            "a script without its interpreter was found and cannot be executed: 126",
            interpreter,
        ),
        Attack::anybody("the caller's PATH and relative entries of the worker's are not searched", search),
        Attack::anybody("a live command is named by its whole path", live_relative),
        Attack::anybody("a live command that others can write is refused", live_shared),
        Attack::root(
            "a live command of a neighbour is refused, and one below a neighbour's folder",
            live_foreign,
        ),
        Attack::root("a live command behind a neighbour's link is refused", live_foreign_link),
        Attack::root("root runs no command that another user can change, in any mode", as_root),
        Attack::anybody("one value too long names its variable", one_value_too_long),
        Attack::anybody(
            "an environment too large in all is foreseen, and its largest variable named",
            too_large,
        ),
        Attack::anybody("an argument too long is foreseen", argument_too_long),
        Attack::anybody("what fits is launched, to the last byte of one value", what_fits),
    ]
}

fn paper(scenario: Scenario, command: &str) -> Outcome {
    scenario.env_file("pine.paper.env", "KEY=good\n").command([command]).run("paper")
}

fn unusable() {
    paper(Scenario::new(), "/").refused(126, "command").found("a directory");
    paper(Scenario::new(), "/usr").refused(126, "command").found("a directory");
    paper(Scenario::new(), "/dev/null").refused(126, "command");
    paper(Scenario::new().file("plain", "#!/bin/sh\n"), "./plain").refused(126, "command").found("chmod +x");
    // Executable, but nothing that the kernel knows: no shell guesses at it.
    let outcome = paper(Scenario::new().file("data", "echo started\n").mode(0o755), "./data");
    assert_eq!((outcome.status(), outcome.stdout().as_str()), (Some(126), ""), "{}", outcome.stderr());
}

fn not_there() {
    for command in ["/no/such/program", "./missing", "no-such-program", "/etc/passwd/x"] {
        paper(Scenario::new(), command).refused(127, "command");
    }
    paper(Scenario::new(), "").refused(127, "command").found("empty word");
}

fn interpreter() {
    let outcome = paper(Scenario::new().file("script", "#!/no/such/interpreter\n").mode(0o755), "./script");
    assert_eq!(outcome.status(), Some(126), "{}", outcome.stderr());
    outcome.found("interpreter");
}

fn search() {
    let decoy = |scenario: Scenario| scenario.file("decoy", "#!/bin/sh\necho hijacked\n").mode(0o755);
    let scenario = decoy(Scenario::new());
    let folder = scenario.folder().to_owned();
    paper(scenario.caller_variable("PATH", folder), "decoy").refused(127, "command").hides("hijacked");
    for path in [":", ".", ".:/usr/bin", "", "./:bin", "/usr/bin:"] {
        let config = format!("envgate: {{path: '{path}'}}\na: 1\n");
        paper(decoy(Scenario::new()).config(config), "decoy").refused(127, "command").hides("hijacked");
    }
}

/// A live launch by the caller, with the whole set of what a live file needs.
fn live(scenario: Scenario) -> Scenario {
    scenario.env_file("pine.live.env", "ENVGATE_MODE=live\nKEY=good\n")
}

fn live_relative() {
    live(Scenario::new()).command(["echo", "started"]).run("live").refused(77, "command").printed("");
    live(Scenario::new().file("worker", "#!/bin/sh\n").mode(0o755))
        .command(["./worker"])
        .run("live")
        .refused(77, "command")
        .found("whole path");
}

fn live_shared() {
    let scenario = || live(Scenario::new().file("bin/worker", "#!/bin/sh\necho started\n").mode(0o755));
    let started = |scenario: Scenario| {
        let worker = scenario.path("bin/worker");
        scenario.command([worker]).run("live")
    };
    for (what, mode) in [("bin/worker", 0o775), ("bin/worker", 0o757), ("bin", 0o777), ("bin", 0o770)] {
        let scenario = scenario();
        chmod(&scenario.path(what), mode);
        started(scenario).refused(77, "command").printed("");
    }
}

/// A live launch by Alice of a program in a folder of hers.
fn alices_live() -> Scenario {
    let scenario = live(Scenario::new().file("bin/worker", "#!/bin/sh\necho started\n").mode(0o755));
    let worker = scenario.path("bin/worker");
    scenario.command([worker]).as_user(ALICE)
}

fn live_foreign() {
    for what in ["bin/worker", "bin"] {
        let scenario = alices_live();
        give(&scenario.path(what), MALLORY);
        scenario.run("live").refused(77, "command").found("54322").printed("");
    }
    // root's and one's own are nobody else's.
    let scenario = alices_live();
    give(&scenario.path("bin/worker"), 0);
    scenario.run("live").launched().printed("started\n");
}

fn live_foreign_link() {
    let scenario = alices_live();
    let link = scenario.path("bin/link");
    std::os::unix::fs::symlink(scenario.path("bin/worker"), &link).expect("a link");
    give(&link, MALLORY);
    scenario.command([link]).run("live").refused(77, "command").found("54322");
}

fn as_root() {
    let scenario = || {
        let scenario = Scenario::new()
            .file("bin/worker", "#!/bin/sh\necho started\n")
            .mode(0o755)
            .env_file("pine.paper.env", "KEY=good\n");
        let worker = scenario.path("bin/worker");
        scenario.command([worker])
    };
    scenario().run("paper").launched().printed("started\n");
    for what in ["bin/worker", "bin"] {
        let foreign = scenario();
        give(&foreign.path(what), ALICE);
        foreign.run("paper").refused(77, "command").found("54321").printed("");
        for mode in [0o777, 0o775] {
            let shared = scenario();
            chmod(&shared.path(what), mode);
            shared.run("paper").refused(77, "command").printed("");
        }
    }
    let linked = scenario();
    let link = linked.path("link");
    std::os::unix::fs::symlink(linked.path("bin/worker"), &link).expect("a link");
    give(&link, ALICE);
    linked.command([link]).run("paper").refused(77, "command").found("54321");
}

fn value(length: usize) -> String {
    format!("KEY=a{}\n", "b".repeat(length - 1))
}

fn one_value_too_long() {
    let run = |contents: String| {
        Scenario::new().env_file("pine.paper.env", contents).command(["/bin/true"]).run("paper")
    };
    // In an env file it is a fault of the file.
    run(value(131_068)).refused(65, "size").found("KEY");
    let config = format!("envgate:\n  environment: {{LONG: {}}}\na: 1\n", "x".repeat(131_067));
    Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config(config)
        .command(["/bin/true"])
        .run("paper")
        .refused(126, "command")
        .found("LONG");
}

/// Starts it with this soft stack limit.
fn run_with_stack(scenario: Scenario, bytes: u64) -> Outcome {
    let mut command = scenario.prepared("paper");
    #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
    // SAFETY: one system call, nothing is allocated.
    unsafe {
        command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_STACK, bytes, bytes)?));
    }
    Outcome { output: command.output().expect("the program starts"), scenario }
}

fn too_large() {
    let big = |count: usize| -> String {
        let line = |number: usize| format!("BIG_{number}={}\n", "ab".repeat(25_000 + number));
        (0..count).map(line).collect::<Vec<_>>().concat()
    };
    let scenario =
        |count| Scenario::new().env_file("pine.paper.env", big(count)).command(["/bin/echo", "started"]);
    // A quarter of a megabyte of stack limit is the least that the kernel gives: 128 KiB.
    run_with_stack(scenario(2), 1 << 20).launched().printed("started\n");
    run_with_stack(scenario(6), 1 << 20).refused(126, "command").found("BIG_5").printed("");
    run_with_stack(scenario(6), 8 << 20).launched().printed("started\n");
}

fn argument_too_long() {
    let long: OsString = "x".repeat(131_072).into();
    let config = format!("envgate:\n  command: [/bin/echo, {}]\na: 1\n", long.to_string_lossy());
    Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config(config)
        .run("paper")
        .refused(126, "command")
        .found("an argument");
}

fn what_fits() {
    // NAME=value of 131,071 bytes, and the kernel's own NUL.
    let scenario = Scenario::new().env_file("pine.paper.env", value(131_067));
    scenario.command(["/bin/echo", "started"]).run("paper").launched().printed("started\n");
    let argument = "x".repeat(131_071);
    Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config(format!("envgate:\n  command: [/bin/echo, {argument}]\na: 1\n"))
        .run("paper")
        .launched()
        .printed(&format!("{argument}\n"));
}
