//! The audit trail: who may write it, what its reader makes of a hostile one, and what becomes of it where many
//! append at once.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use envgate::trail::{self, Verdict};

use crate::appender::{append, appender};
use crate::support::{Scenario, reachable};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("eight processes append two hundred records each, and the chain holds", concurrent),
        Attack::anybody("a held lock is a try again, and nothing is written", locked),
        Attack::anybody("the trail is made private, and one that others can write is refused", permissions),
        Attack::anybody("a trail that is a link or has a second name is refused", names),
        Attack::root("a trail or a folder of somebody else's is refused", foreign),
        Attack::root(
            "verify names each fault with its line, and show shows nothing that a terminal obeys",
            read,
        ),
        Attack::root("a state folder that the caller names is the user's own or none", chosen_by_the_caller),
    ]
}

pub fn verdict(folder: &Path) -> Verdict {
    trail::verify(fs::read(file(folder)).expect("the trail").as_slice()).expect("it is read")
}

pub fn file(folder: &Path) -> PathBuf {
    folder.join("audit.jsonl")
}

fn concurrent() {
    let scenario = Scenario::new();
    let folder = scenario.path("envgate");
    let appenders: Vec<_> =
        (0..8).map(|_| appender(&[], &folder, 200).spawn().expect("the appender")).collect();
    for mut appender in appenders {
        assert!(appender.wait().expect("it ends").success());
    }
    let verdict = verdict(&folder);
    assert_eq!((verdict.records, verdict.faults), (1600, Vec::new()));
}

fn locked() {
    let scenario = Scenario::new();
    append(scenario.folder(), 1, "first").expect("a record");
    let before = fs::read(file(scenario.folder())).expect("the trail");
    let opened = fs::File::open(file(scenario.folder())).expect("the trail");
    let held = nix::fcntl::Flock::lock(opened, nix::fcntl::FlockArg::LockShared).expect("the lock");
    let output = appender(&[], scenario.folder(), 1).output().expect("the appender");
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    assert_eq!(fs::read(file(scenario.folder())).expect("the trail"), before);
    drop(held);
    append(scenario.folder(), 1, "second").expect("a record");
}

fn permissions() {
    let scenario = Scenario::new();
    let folder = scenario.path("deep/down/envgate");
    append(&folder, 1, "first").expect("a record");
    let mode = |path: &Path| fs::metadata(path).expect("facts").permissions().mode() & 0o7777;
    // Root's may be read by its group.
    let group = if nix::unistd::Uid::effective().is_root() { (0o750, 0o640) } else { (0o700, 0o600) };
    assert_eq!((mode(&folder), mode(&file(&folder))), group);
    assert_eq!(mode(&scenario.path("deep/down")), 0o700);
    let refuses = |path: &Path, bits: u32, says: &str| {
        let before = mode(path);
        fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("chmod");
        let refused = append(&folder, 1, "x").expect_err("it is refused");
        assert_eq!(refused.exit_status().code(), 77, "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
        fs::set_permissions(path, fs::Permissions::from_mode(before)).expect("chmod");
    };
    refuses(&file(&folder), 0o660, "can be written by others");
    refuses(&file(&folder), 0o602, "can be written by others");
    refuses(&folder, 0o770, "can be written by others");
    refuses(&scenario.path("deep"), 0o777, "can be written by everybody");
    append(&folder, 1, "last").expect("a record");
    assert_eq!(verdict(&folder).records, 2);
}

fn names() {
    let scenario = Scenario::new().file("victim", "victim\n").mode(0o600);
    symlink("victim", file(scenario.folder())).expect("a link");
    append(scenario.folder(), 1, "x").expect_err("a link is not followed");
    fs::remove_file(file(scenario.folder())).expect("unlink");
    fs::hard_link(scenario.path("victim"), file(scenario.folder())).expect("a second name");
    let refused = append(scenario.folder(), 1, "x").expect_err("a second name");
    assert!(refused.to_string().contains("second name"), "{refused}");
    assert_eq!(fs::read_to_string(scenario.path("victim")).expect("the victim"), "victim\n");
    fs::remove_file(file(scenario.folder())).expect("unlink");
    nix::unistd::mkfifo(&file(scenario.folder()), nix::sys::stat::Mode::S_IRWXU).expect("a pipe");
    append(scenario.folder(), 1, "x").expect_err("a pipe");
}

fn chown(path: &Path, user: u32) {
    nix::unistd::chown(path, Some(user.into()), None).expect("chown");
}

fn foreign() {
    let scenario = Scenario::new();
    let folder = scenario.path("envgate");
    append(&folder, 1, "first").expect("a record");
    for path in [file(&folder), folder.clone(), scenario.folder().to_owned()] {
        chown(&path, MALLORY);
        let refused = append(&folder, 1, "x").expect_err("it is refused");
        assert!(refused.to_string().contains("somebody else"), "{refused}");
        chown(&path, 0);
    }
    symlink(&folder, scenario.path("link")).expect("a link");
    std::os::unix::fs::lchown(scenario.path("link"), Some(MALLORY), None).expect("chown");
    let refused = append(&scenario.path("link"), 1, "x").expect_err("a foreign link");
    assert!(refused.to_string().contains("link"), "{refused}");
    assert_eq!(verdict(&folder).records, 1);
}

/// A trail of Alice's, and the verb as Alice, who names the folder above it.
fn alices(count: usize, reason: &str) -> Scenario {
    let scenario = Scenario::new();
    append(&scenario.path("envgate"), count, reason).expect("records");
    let state = scenario.folder().to_owned();
    scenario.caller_variable("XDG_STATE_HOME", state).as_user(ALICE)
}

fn asked(scenario: &Scenario, words: &[&str]) -> Output {
    scenario.asked(words).output().expect("envgate")
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).expect("UTF-8")
}

fn read() {
    let scenario = alices(5, "month\u{1b}[2J\n\u{202e}end");
    let path = file(&scenario.path("envgate"));
    let whole = fs::read_to_string(&path).expect("the trail");
    let shown = asked(&scenario, &["audit", "show"]);
    assert_eq!(shown.status.code(), Some(0));
    let text = said(&shown);
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("BYBIT_API_KEY"), "{text:?}");
    let fine = asked(&scenario, &["audit", "verify"]);
    assert_eq!(fine.status.code(), Some(0), "{}", said(&fine));
    assert!(
        said(&fine).contains("5 records, 0 faults") && said(&fine).contains("not compared"),
        "{}",
        said(&fine)
    );
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    for (trail, line, says) in [
        (whole.replacen("restarted", "restored!", 3), 1, "not as it was written"),
        ([lines[0], lines[2], lines[3], lines[4]].concat(), 2, "is missing"),
        ([lines[0], lines[2], lines[1], lines[3], lines[4]].concat(), 2, "does not stand"),
        ([lines[0], lines[0]].concat(), 2, "a second time"),
        ([lines[0], &lines[1][..40]].concat(), 2, "did not end"),
        (format!("{}\u{1b}[2J\n", lines[0]), 2, "not as it was written"),
    ] {
        fs::write(&path, trail).expect("written");
        let output = asked(&scenario, &["audit", "verify"]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(&format!("audit.jsonl:{line}: ")) && text.contains(says), "{says}: {text}");
        assert_eq!(asked(&scenario, &["audit", "show"]).status.code(), Some(0));
    }
    fs::remove_file(&path).expect("unlink");
    assert_eq!(asked(&scenario, &["audit", "verify"]).status.code(), Some(0));
    assert!(said(&asked(&scenario, &["audit", "show"])).contains("no record in"));
}

fn chosen_by_the_caller() {
    let scenario = alices(1, "x");
    let of = |state: &Path| {
        let mut command = Command::new(reachable::program());
        command
            .args(["audit", "show"])
            .env_clear()
            .env("XDG_STATE_HOME", state)
            .env("HOME", scenario.folder());
        std::os::unix::process::CommandExt::uid(&mut command, ALICE);
        command.current_dir(scenario.folder()).output().expect("envgate")
    };
    assert!(said(&of(scenario.folder())).contains("BYBIT_API_KEY"));
    // Alice is in no database, so that there is no other folder to take.
    for state in [Path::new("."), Path::new("/tmp"), Path::new("/nonexistent")] {
        let output = of(state);
        assert_eq!(output.status.code(), Some(77), "{}", said(&output));
    }
    assert_eq!(fs::metadata(scenario.folder()).expect("facts").uid(), ALICE);
}
