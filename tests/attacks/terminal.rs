//! Names that a terminal obeys: escape sequences, C1 controls, newlines and characters that turn the text round
//! never reach a stream raw, wherever a neighbour or a mistake can put them.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::Attack;
use crate::support::{ENVGATE, Outcome, Scenario};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("a hostile file name is shown harmless", file_names),
        Attack::anybody("a hostile folder name is shown harmless", folder_names),
        Attack::anybody("a hostile key or name in the config is shown harmless", keys),
        Attack::anybody("a hostile line of an env file is not shown", lines),
        Attack::anybody(
            "a hostile command is shown harmless, where it is missing and where it fails",
            commands,
        ),
        Attack::anybody("a hostile word on the command line is shown harmless", words),
        Attack::anybody(
            "a reader of the output that went away changes neither launch nor status",
            broken_pipe,
        ),
    ]
}

/// Clears the screen, sets the title, a C1 control, a faked finding, a text turned round.
pub const HOSTILE: [&str; 6] = [
    "\u{1b}[2J",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31m",
    "\nrefused [permission] /etc/shadow",
    "\u{202e}gnp.exe",
    "\r\u{8}\u{7f}",
];

pub fn harmless(outcome: &Outcome) {
    assert_ne!(outcome.status(), None, "ended by a signal");
    for stream in [&outcome.output.stdout, &outcome.output.stderr] {
        let text = String::from_utf8(stream.clone()).expect("UTF-8, whatever the name was");
        let obeyed = |character: char| {
            character.is_control() && character != '\n'
                || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!text.contains(obeyed), "{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("refused [permission] /etc/shadow")), "{text}");
    }
}

/// `exec`, and every look: `check`, `status` and `render`.
fn all_harmless(scenario: impl Fn() -> Scenario, mode: &str) {
    harmless(&scenario().run(mode));
    harmless(&scenario().check().run(mode));
    harmless(&scenario().check().argument("--json").run(mode));
    harmless(&scenario().verb("status").run(mode));
    harmless(&scenario().verb("status").argument("--json").run(mode));
    harmless(&scenario().verb("render").run(mode));
}

fn file_names() {
    for hostile in HOSTILE {
        let name = format!("x{}x.paper.env", hostile.replace('/', "_"));
        // Refused for its mode, for a fault, for its mode's name, and not there at all.
        all_harmless(|| Scenario::new().env_file(&name, "KEY=good\n").mode(0o644).shell("true"), "paper");
        all_harmless(|| Scenario::new().env_file(&name, "no assignment\n").shell("true"), "paper");
        all_harmless(|| Scenario::new().env_file(&name, "KEY=good\n").shell("true"), "live");
        all_harmless(|| Scenario::new().argument("-e").argument(&name).shell("true"), "paper");
        // Accepted, and shown in what is said of it.
        let config = format!("{name}.yml");
        let fine = || {
            let scenario = Scenario::new().env_file(&name, "KEY='a$HOME'\n");
            scenario.config_named(&config, "a: ${KEY}\n").command(["/bin/true"])
        };
        all_harmless(fine, "paper");
        fine().run("paper").launched();
        // Left over: a variable that the config does not name, a placeholder that nothing sets.
        let left_over = || {
            let scenario =
                Scenario::new().env_file(&name, "KEY=good\n").config_named(&config, "a: ${GONE}\n");
            scenario.command(["/bin/true"])
        };
        all_harmless(left_over, "paper");
    }
    let not_utf8 = std::ffi::OsStr::from_bytes(b"\xff\x1b[2J.paper.env");
    all_harmless(|| Scenario::new().argument("-e").argument(not_utf8).shell("true"), "paper");
}

fn folder_names() {
    for hostile in HOSTILE {
        let folder = hostile.replace('/', "_");
        let name = format!("{folder}/pine.paper.env");
        let scenario = || {
            let scenario = Scenario::new().env_file(&name, "KEY=good\n").shell("true");
            crate::permissions::chmod(&scenario.path(&folder), 0o777);
            scenario
        };
        all_harmless(scenario, "paper");
        // A link of a hostile name to nowhere.
        let linked = || {
            let scenario = Scenario::new();
            let link = scenario.path("link.paper.env");
            std::os::unix::fs::symlink(Path::new(&name), &link).expect("a link");
            scenario.argument("-e").argument(link).shell("true")
        };
        all_harmless(linked, "paper");
    }
}

fn keys() {
    for hostile in HOSTILE {
        let escape = |character: char| format!("\\u{:04x}", u32::from(character));
        let quoted = hostile.chars().map(escape).collect::<Vec<_>>().concat();
        for block in [
            "\"@\": 1",
            "\"pat@\": 1",
            "modes: {\"@\": {}}",
            "modes: {paper: {\"@\": 1}}",
            "sets: {\"@\": [KEY, OTHER]}",
            "variables: {\"@\": {}}",
            "environment: {\"@\": 1, \"@\": 2}",
            "pass: [\"@\"]",
            "config: {delivery: \"@\"}",
            "command: [\"@\"]",
            "path: \"/@\"\n  command: [missing]",
            "config: {variable: \"@\"}",
            "modes: {paper: {env_files: [\"@\"]}}",
            "modes: {paper: {env_files: [\"credential:@\"]}}",
        ] {
            let config = format!("envgate:\n  {}\na: 1\n", block.replace('@', &quoted));
            let scenario = || {
                let scenario = Scenario::new().configured_env_file("pine.paper.env", "KEY=good\n");
                scenario.config(&config)
            };
            all_harmless(scenario, "paper");
        }
    }
}

fn lines() {
    for hostile in HOSTILE {
        for line in ["@=x", "KEY=@", "KEY='@", "@", "ENVGATE_MODE='@'", "ENVGATE_MODE=@"] {
            let line = format!("{}\n", line.replace('@', hostile));
            all_harmless(|| Scenario::new().env_file("pine.paper.env", &line).shell("true"), "paper");
        }
    }
}

fn commands() {
    for hostile in HOSTILE {
        let name = format!("./{}", hostile.replace('/', "_"));
        let scenario = || Scenario::new().env_file("pine.paper.env", "KEY=good\n").command([&name]);
        all_harmless(scenario, "paper");
        let file = name.trim_start_matches("./").to_owned();
        all_harmless(|| scenario().file(&file, "text"), "paper");
        all_harmless(|| scenario().file(&file, "#!/no/such/interpreter\n").mode(0o755), "paper");
        all_harmless(|| scenario().file(&file, "no program\n").mode(0o755), "paper");
        all_harmless(|| scenario().command([hostile.replace('/', "_")]), "paper");
    }
}

fn words() {
    for hostile in HOSTILE {
        for arguments in [
            &["exec", "-m", hostile, "--", "/bin/true"][..],
            &["exec", "-m", "paper", "--dialect", hostile],
            &["exec", "-m", "paper", "-i", hostile, "--", "/bin/true"],
            &["exec", "-m", "paper", "--set", hostile],
            &["exec", "-m", "paper", hostile],
            &["exec", "-m", "paper", "--config-variable", hostile, "--", "/bin/true"],
            &["check", "-m", hostile, "--json"],
            &["check", "-m", hostile],
            &["check", "-m", "paper", "--user", hostile],
            &[hostile],
            &[&format!("--{hostile}")],
        ] {
            let output = std::process::Command::new(ENVGATE).args(arguments).output();
            harmless(&Outcome { output: output.expect("the program starts"), scenario: Scenario::new() });
        }
    }
}

/// SIGPIPE has its default, as under a shell: a refusal is still a refusal, and a warning ends no launch.
fn broken_pipe() {
    let run = |scenario: &Scenario, stdout: bool| {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = scenario.prepared("paper");
        if stdout {
            command.stdout(writer);
        } else {
            command.stderr(writer);
        }
        command.output().expect("the program starts").status.code()
    };
    let refused = Scenario::new().env_file("pine.paper.env", "KEY=good\n").mode(0o644).shell("true");
    assert_eq!(run(&refused, false), Some(77));
    let warned = Scenario::new().env_file("pine.paper.env", "KEY='a$HOME'\n").config("a: ${KEY}\n");
    let warned = warned.command(["/bin/true"]);
    assert_eq!(run(&warned, false), Some(0));
    let checked = Scenario::new().env_file("pine.paper.env", "KEY=good\n").command(["/bin/true"]).check();
    assert_eq!(run(&checked, true), Some(0));
}
