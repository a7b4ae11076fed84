//! What `lint` and `init` read and show: canaries, hostile names, large files, folders of others.

use std::process::Command;

use crate::permissions::{chmod, give};
use crate::redaction::{CANARY, ENV_FILE_FAULTS};
use crate::rewriting::{FIX, old};
use crate::support::{ENVGATE, Outcome, Scenario};
use crate::terminal::{HOSTILE, harmless};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("lint shows no more of a value than three characters", canaries),
        Attack::anybody("lint and init show a hostile file name harmless", file_names),
        Attack::anybody("lint is not held up by a large file", large_files),
        Attack::root("root rewrites no file in a folder of another user's than its owner", foreign_folder),
        Attack::root("init for a user refuses a folder of somebody else", foreign_folder_of_init),
        Attack::root("init for a user is not led by that user's link into a folder of root", led_away),
    ]
}

fn canaries() {
    // None of these lets a reader show a part of the value as a name; see `lint` in tests/launch for those.
    for line in ENV_FILE_FAULTS {
        let text = format!("GOOD=good\n{}\nLAST=1\n", line.replace('@', CANARY));
        for words in [
            &["--all"][..],
            &["--json", "--all"],
            &["--fix"],
            &["--fix", "--as", "systemd"],
            &["--fix", "--as", "docker"],
        ] {
            let scenario = Scenario::new().file("a.paper.env", &text).mode(0o600);
            let outcome = scenario.ask([&["lint", "a.paper.env"], words].concat());
            assert_ne!(outcome.status(), None, "{line:?}");
            for part in ["c4n4", "Q7secret", "secretZ9"] {
                let said = outcome.stdout() + &outcome.stderr();
                assert!(!said.contains(part), "{part} of {line:?} shows:\n{said}");
            }
        }
    }
}

fn file_names() {
    for hostile in HOSTILE {
        let name = format!("x{}x.paper.env", hostile.replace('/', "_"));
        let scenario = || Scenario::new().file(&name, "ENVGATE_MODE=paper\nA=a b\n").mode(0o600);
        harmless(&scenario().ask(["lint", &name]));
        harmless(&scenario().ask(["lint", "--json", &name]));
        harmless(&scenario().ask(["lint", "--fix", &name]));
        harmless(&scenario().ask(["lint", "--fix", "--as", "systemd", &name]));
        harmless(&scenario().ask(["lint", "missing", &format!("{name}x")]));
        harmless(&scenario().ask(["init", &name, &format!("{name}.new")]));
        let template = || Scenario::new().file("template", "ENVGATE_MODE=paper\nA=x\n");
        harmless(&template().ask(["init", "template", &name]).ended(0));
    }
}

/// The largest files there may be, of the kinds that cost most: a loop in a loop would take many minutes.
fn large_files() {
    let many = |line: &dyn Fn(usize) -> String| {
        let mut file = String::new();
        for index in 0.. {
            let line = line(index);
            if file.len() + line.len() > 1_000_000 {
                return file;
            }
            file.push_str(&line);
        }
        file
    };
    for file in [
        many(&|index| format!("export K{index}=v\n")),
        many(&|index| format!("K{index}=v # c\n")),
        many(&|_| "K=v\n".to_owned()),
        many(&|index| format!("K{index}='\n")),
        many(&|_| "# c\n".to_owned()),
        many(&|_| "A=1;".to_owned()),
        format!("K={}\n", "x".repeat(900_000)),
    ] {
        let scenario = Scenario::new().file("a.paper.env", &file).mode(0o600);
        let scenario = scenario.within_processor_seconds(90);
        let outcome = scenario.ask(["lint", "--fix", "--as", "bash", "a.paper.env"]);
        assert!(outcome.status().is_some(), "{:?} {file:.40}", outcome.output.status);
    }
}

fn foreign_folder() {
    let scenario = old().as_user(ALICE);
    give(scenario.folder(), MALLORY);
    let output = Command::new(ENVGATE).args(FIX).current_dir(scenario.folder()).output().expect("envgate");
    Outcome { output, scenario }.refused(77, "parent-directory").found("the file was not rewritten");
}

fn foreign_folder_of_init() {
    let scenario = Scenario::new().file("template", "ENVGATE_MODE=paper\nA=x\n").file("hers/x", "");
    give(&scenario.path("hers"), MALLORY);
    chmod(scenario.folder(), 0o755);
    let user = ALICE.to_string();
    let outcome = scenario.ask(["init", "template", "hers/pine.paper.env", "--user", &user]);
    let outcome = outcome.refused(77, "parent-directory");
    assert!(!outcome.scenario.path("hers/pine.paper.env").exists());
}

fn led_away() {
    let init = |owner: u32| {
        let scenario = Scenario::new()
            .file("template", "ENVGATE_MODE=paper\nA=\n")
            .file("home/x", "")
            .file("target/x", "");
        std::os::unix::fs::symlink("../target", scenario.path("home/env")).unwrap();
        chmod(scenario.folder(), 0o755);
        give(&scenario.path("home"), ALICE);
        give(&scenario.path("home/env"), ALICE);
        give(&scenario.path("target"), owner);
        let alice = ALICE.to_string();
        let words = ["init", "--user", &alice, "template", "home/env/new.paper.env"];
        scenario.ask(words)
    };
    let outcome = init(0).refused(77, "parent-directory").found("home/env, a link of user");
    assert!(!outcome.scenario.path("target/new.paper.env").exists());
    init(ALICE).ended(0);
}
