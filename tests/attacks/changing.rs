//! Files that are swapped or rewritten while envgate looks at them: each launch has the good content or none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::permissions::{chmod, env_file, give};
use crate::support::Scenario;
use crate::traced::traced;
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody(
            "a file that is swapped for one that others can read is good or refused",
            swapped_mode,
        ),
        Attack::anybody("a file that is swapped for a pipe never hangs a launch", swapped_pipe),
        Attack::root("a file that is swapped for a neighbour's link is good or refused", swapped_link),
        Attack::root("a folder that is swapped for a neighbour's is good or refused", swapped_folder),
        Attack::anybody("a file that is written while it is read is whole or refused", rewritten),
        Attack::strace("a file that never stops changing is a refusal, not a loop", never_still),
    ]
}

const TRIES: usize = 200;

/// Does something over and over beside the tries.
fn beside(disturb: impl Fn() + Sync, tries: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                disturb();
            }
        });
        let _stop = Stop(&stop);
        tries();
    });
}

/// Tries so many times, and on until all that the attack is about was seen: a busy machine may let the disturber run
/// seldom, and a minute is plenty for what takes a moment.
fn until_seen(tries: usize, mut attempt: impl FnMut() -> bool, what: &str) {
    let start = Instant::now();
    let mut seen = false;
    for tried in 0.. {
        if seen && tried >= tries {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "never seen in {tried} tries: {what}");
        seen = attempt();
    }
}

/// Runs a launch that must end by itself, and soon.
pub fn run_within(mut command: Command, limit: Duration) -> Output {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let started = Instant::now();
    while child.try_wait().expect("waited").is_none() {
        if started.elapsed() > limit {
            child.kill().expect("kill");
            child.wait().expect("waited");
            panic!("the launch hung");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.wait_with_output().expect("what it said")
}

/// Puts the bad file in the place of the good one and back, each time at one stroke, while launches are tried.
/// Both must be seen, or the attack was none.
fn swap(scenario: &Scenario, name: &Path, bad: &Path) {
    let disturb = || {
        renameat2(AT_FDCWD, name, AT_FDCWD, bad, RenameFlags::RENAME_EXCHANGE).expect("exchanged");
    };
    let (mut launched, mut refused) = (false, false);
    beside(disturb, || {
        let attempt = || {
            let output = run_within(scenario.prepared("paper"), Duration::from_secs(20));
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => {
                    assert_eq!(output.stdout, b"good\n", "{said}");
                    launched = true;
                }
                Some(66 | 71 | 77) => {
                    assert!(output.stdout.is_empty(), "{said}");
                    refused = true;
                }
                status => panic!("{status:?} {said}"),
            }
            launched && refused
        };
        until_seen(TRIES, attempt, "both the good file and the bad one");
    });
}

/// A scenario with a good env file, and a folder for the bad one.
fn swappable(folder: &str) -> (Scenario, PathBuf) {
    let file = format!("{folder}pine.paper.env");
    let scenario = Scenario::new().env_file(&file, "KEY=good\n").shell("echo $KEY");
    fs::create_dir_all(scenario.path(&format!("{folder}aside"))).expect("a folder");
    let name = scenario.path(&file);
    (scenario, name)
}

fn swapped_mode() {
    let (scenario, name) = swappable("");
    let bad = scenario.path("aside/bad");
    fs::write(&bad, "KEY=bad\n").expect("a file");
    chmod(&bad, 0o644);
    swap(&scenario, &name, &bad);
}

fn swapped_pipe() {
    let (scenario, name) = swappable("");
    let bad = scenario.path("aside/bad");
    mkfifo(&bad, Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe");
    swap(&scenario, &name, &bad);
}

/// Not in a sticky folder, where the kernel itself may keep us from following (`fs.protected_symlinks`).
fn swapped_link() {
    let (scenario, name) = swappable("");
    let bad = scenario.path("aside/bad");
    let target = scenario.path("target");
    fs::write(&target, "KEY=bad\n").expect("a file");
    chmod(&target, 0o600);
    std::os::unix::fs::symlink(&target, &bad).expect("a link");
    let scenario = scenario.as_user(ALICE);
    give(&bad, MALLORY);
    swap(&scenario, &name, &bad);
}

fn swapped_folder() {
    let scenario = Scenario::new()
        .file("env/pine.paper.env", "KEY=good\n")
        .mode(0o600)
        .file("aside/bad/pine.paper.env", "KEY=bad\n")
        .mode(0o600);
    let (bad, name) = (scenario.path("aside/bad"), scenario.path("env"));
    let scenario =
        scenario.argument("-e").argument(name.join("pine.paper.env")).shell("echo $KEY").as_user(ALICE);
    give(&bad, MALLORY);
    chmod(&bad, 0o755);
    swap(&scenario, &name, &bad);
}

/// What [`rewritten`] may see: one writer's text or the other's, never a mixture and never a part.
fn rewritten() {
    let texts = ["KEY=first-and-short\n".to_owned(), format!("KEY=second-{}\n", "0123456789".repeat(200))];
    let scenario = Scenario::new().env_file("pine.paper.env", &texts[0]).shell("echo KEY=$KEY");
    let path = env_file(&scenario);
    let disturb = || {
        for text in &texts {
            fs::write(&path, text).expect("written");
            std::thread::yield_now();
        }
    };
    beside(disturb, || {
        let mut seen = std::collections::BTreeSet::new();
        let attempt = || {
            let output = scenario.prepared("paper").output().expect("the program starts");
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            match output.status.code() {
                Some(0) => {
                    assert!(texts.contains(&shown), "{} bytes", shown.len());
                    seen.insert(shown);
                }
                // Empty at that moment, or changed each time.
                Some(65 | 71) => assert!(shown.is_empty()),
                status => panic!("{status:?} {}", String::from_utf8_lossy(&output.stderr)),
            }
            seen.len() == texts.len()
        };
        until_seen(TRIES, attempt, "both texts, each whole");
    });
}

/// Each read is held up before the program looks whether the file has changed, so that it has, however busy the machine.
fn never_still() {
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell("echo $KEY");
    let path = env_file(&scenario);
    let file = fs::OpenOptions::new().append(true).open(&path).expect("open");
    let length = file.metadata().expect("facts").len();
    let disturb = || {
        std::io::Write::write_all(&mut &file, b"#\n").expect("appended");
        if file.metadata().expect("facts").len() > length + 4096 {
            file.set_len(length).expect("truncated");
        }
    };
    beside(disturb, || {
        let attempt = || {
            let mut slow = traced(&scenario.prepared("paper"), "read:delay_exit=50000");
            slow.env_clear().current_dir(scenario.folder()).stdin(Stdio::null());
            let output = run_within(slow, Duration::from_secs(20));
            assert!(matches!(output.status.code(), Some(0 | 71)), "{:?}", output.status);
            output.status.code() == Some(71)
        };
        until_seen(1, attempt, "a launch that gives up on a file that changes");
    });
}
