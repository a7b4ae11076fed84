//! A file that `lint --fix` and `init` write: killed at each step, on disks that are full or fail, behind mounts, with
//! ACLs.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::{ENVGATE, Outcome, Scenario};
use crate::traced::traced;
use crate::{ALICE, Attack};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::strace("a rewrite killed at any step leaves the old file or the new one", killed),
        Attack::strace("what an editor saves during a rewrite is not lost", edited_meanwhile),
        Attack::strace("a rewrite that the disk fails leaves the old file", failing_disk),
        Attack::strace("init killed at any step leaves no file or a whole one", killed_init),
        Attack::namespace("a rewrite on a full disk leaves the old file and says what to do", full_disk),
        Attack::namespace("a file that is mounted by itself is not rewritten", bind_mount),
        Attack::root("a rewritten file keeps its owner, its group and its ACL", owner_and_acl),
        Attack::root("a default ACL of the folder opens no rewritten file", default_acl),
    ]
}

const OLD: &str = "# old\nexport KEY=abc # why\n";
const NEW: &str = "# old\n# why\nKEY=abc\n";
pub const FIX: [&str; 5] = ["lint", "--fix", "--as", "bash", "pine.paper.env"];

pub fn old() -> Scenario {
    Scenario::new().file("pine.paper.env", OLD).mode(0o600)
}

/// The program under strace, which does to it what `inject` says.
fn under_strace(scenario: &Scenario, words: &[&str], inject: &str) -> Output {
    let mut command = traced(Command::new(ENVGATE).args(words), inject);
    command.current_dir(scenario.folder()).stdin(Stdio::null()).output().expect("strace")
}

/// Every system call by which a file is made, and one that is none.
const STEPS: [&str; 11] = [
    "openat",
    "write",
    "fstat,newfstatat",
    "flock",
    "flistxattr",
    "fremovexattr",
    "fchmod",
    "fsync",
    "linkat",
    "unlinkat",
    "renameat,renameat2,rename",
];

/// Kills at the first, second, third … call of each kind, until one comes that the program does not make.
fn kill_everywhere(words: &[&str], scenario: impl Fn() -> Scenario, judge: impl Fn(&Path) -> bool) {
    let (mut kills, mut made) = (0, 0);
    for calls in STEPS {
        for count in 1.. {
            let scenario = scenario();
            let output = under_strace(&scenario, words, &format!("{calls}:signal=KILL:when={count}"));
            made += usize::from(judge(scenario.folder()));
            if output.status.code().is_some_and(|code| code < 128) {
                assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
                break;
            }
            kills += 1;
            // And the next one finishes what was begun.
            let again =
                Command::new(ENVGATE).args(words).current_dir(scenario.folder()).output().expect("envgate");
            assert!(
                matches!(again.status.code(), Some(0 | 64)),
                "{}",
                String::from_utf8_lossy(&again.stdout)
            );
            let left: Vec<_> = fs::read_dir(scenario.folder())
                .expect("the folder")
                .map(|entry| entry.expect("an entry").file_name())
                .filter(|name| name.to_string_lossy().contains("envgate-"))
                .collect();
            assert!(left.is_empty(), "{calls} {count} left {left:?}");
        }
    }
    assert!(kills > 20 && made > 0, "{kills} kills, {made} files made");
}

fn killed() {
    kill_everywhere(&FIX, old, |folder| {
        let path = folder.join("pine.paper.env");
        let now = fs::read_to_string(&path).expect("the file");
        assert!(now == OLD || now == NEW, "{now:?}");
        for entry in fs::read_dir(folder).expect("the folder") {
            let facts = entry.expect("an entry").metadata().expect("facts");
            assert_eq!(facts.permissions().mode() & 0o7777, 0o600);
        }
        now == NEW
    });
}

fn killed_init() {
    let scenario = || Scenario::new().file("template", "ENVGATE_MODE=paper\nA=x\n").mode(0o600);
    kill_everywhere(&["init", "template", "pine.paper.env"], scenario, |folder| {
        let path = folder.join("pine.paper.env");
        let Ok(now) = fs::read_to_string(&path) else { return false };
        assert_eq!(now, "ENVGATE_MODE=paper\nA=x\n");
        assert_eq!(fs::metadata(&path).expect("facts").permissions().mode() & 0o7777, 0o600);
        true
    });
}

/// An editor knows no lock: here one saves when the new file is there and has not taken the old one's place yet.
fn edited_meanwhile() {
    let scenario = old();
    let path = scenario.path("pine.paper.env");
    let names = || fs::read_dir(scenario.folder()).expect("the folder").count();
    let output = std::thread::scope(|scope| {
        let running = scope.spawn(|| under_strace(&scenario, &FIX, "linkat:delay_exit=2000000:when=1"));
        let start = Instant::now();
        while names() < 2 && !running.is_finished() {
            assert!(start.elapsed() < Duration::from_secs(60), "no new file is made");
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::write(&path, "KEY=edited\n").expect("saved");
        running.join().expect("it ends")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(75), "{said}");
    assert!(said.contains("changed the file meanwhile"), "{said}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "KEY=edited\n");
    assert_eq!(names(), 1);
}

fn failing_disk() {
    for (inject, status, says) in [
        ("write:error=ENOSPC:when=1", 71, "make room"),
        ("write:error=EDQUOT:when=1", 71, "make room"),
        ("fsync:error=EIO:when=1", 71, "to the disk"),
        ("linkat:error=EACCES", 77, "run as root"),
        ("renameat,renameat2,rename:error=EBUSY", 77, "bind mount"),
        ("renameat,renameat2,rename:error=EROFS", 71, "read-only"),
        ("fchmod:error=EPERM", 77, "run as root"),
    ] {
        let scenario = old();
        let output = under_strace(&scenario, &FIX, inject);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(status), "{inject}\n{said}");
        assert!(said.contains(says), "{inject}\n{said}");
        assert_eq!(fs::read_to_string(scenario.path("pine.paper.env")).expect("the file"), OLD, "{inject}");
        assert_eq!(fs::read_dir(scenario.folder()).expect("the folder").count(), 1, "{inject}");
    }
    // Somebody has the lock, and does not give it back.
    let scenario = old();
    let file = fs::File::open(scenario.path("pine.paper.env")).expect("the file");
    let held = nix::fcntl::Flock::lock(file, nix::fcntl::FlockArg::LockExclusive).expect("the lock");
    let output = Command::new(ENVGATE).args(FIX).current_dir(scenario.folder()).output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((output.status.code(), said.contains("somebody else")), (Some(75), true), "{said}");
    assert_eq!(fs::read_to_string(scenario.path("pine.paper.env")).expect("the file"), OLD);
    drop(held);
    // Behind the rename the new file is there, and the person hears that it may not stay.
    let scenario = old();
    let output = under_strace(&scenario, &FIX, "fsync:error=EIO:when=2");
    assert_eq!(output.status.code(), Some(71));
    assert!(String::from_utf8_lossy(&output.stdout).contains("does not confirm"));
    assert_eq!(fs::read_to_string(scenario.path("pine.paper.env")).expect("the file"), NEW);
}

/// A shell's preparations in a mount namespace of its own, then envgate in the folder.
fn in_namespace(scenario: &Scenario, setup: &str, words: &[&str], afterwards: &str) -> Output {
    let script = format!("set -e; {setup}; \"$@\" && status=0 || status=$?; {afterwards}; exit $status");
    let mut command = Command::new("unshare");
    command.args(["-m", "/bin/sh", "-c", &script, "sh", ENVGATE]).args(words);
    command.current_dir(scenario.folder()).stdin(Stdio::null());
    command.output().expect("unshare")
}

fn full_disk() {
    // Room for the names and not for the content.
    let scenario = Scenario::new().file("d/x", "");
    let secret = format!("export KEY={}\n", "x".repeat(20_000));
    fs::write(scenario.path("source"), &secret).expect("a file");
    let setup = "mount -t tmpfs -o size=64k,mode=700 tmpfs d; install -m 600 source d/pine.paper.env; \
                 cat /dev/zero >d/filler 2>/dev/null || true";
    let afterwards = "cmp source d/pine.paper.env || exit 99; test \"$(ls -A d | wc -l)\" = 2 || exit 98";
    let output =
        in_namespace(&scenario, setup, &["lint", "--fix", "--as", "bash", "d/pine.paper.env"], afterwards);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(71), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("df -h"), "{said}");
}

fn bind_mount() {
    let scenario = old();
    let setup = "mount --bind pine.paper.env pine.paper.env";
    let output = in_namespace(&scenario, setup, &FIX, "true");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(77), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("bind mount"), "{said}");
    assert_eq!(fs::read_to_string(scenario.path("pine.paper.env")).expect("the file"), OLD);
    assert_eq!(fs::read_dir(scenario.folder()).expect("the folder").count(), 1);
}

fn setfacl(arguments: &[&str], path: &Path) {
    let status = Command::new("setfacl").args(arguments).arg(path).status();
    assert!(status.expect("setfacl, of the package acl").success());
}

fn acl(path: &Path) -> String {
    let output = Command::new("getfacl").args(["-pcE"]).arg(path).output().expect("getfacl");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// As root for Alice, and as Alice: the file stays hers.
fn owner_and_acl() {
    for as_root in [true, false] {
        let scenario = old().as_user(ALICE);
        let path = scenario.path("pine.paper.env");
        // A masked entry: the gate accepts it, and it must not go.
        setfacl(&["-m", "u:54322:r,m::-"], &path);
        let before = acl(&path);
        assert!(before.contains("user:54322:r--"), "{before}");
        let outcome = if as_root {
            let output =
                Command::new(ENVGATE).args(FIX).current_dir(scenario.folder()).output().expect("envgate");
            Outcome { output, scenario }
        } else {
            scenario.ask(FIX)
        };
        let outcome = outcome.ended(0);
        assert_eq!(acl(&path), before);
        let facts = fs::metadata(&path).expect("facts");
        assert_eq!((facts.uid(), facts.gid(), facts.mode() & 0o7777), (ALICE, ALICE, 0o600));
        assert_eq!(fs::read_to_string(&path).expect("the file"), NEW);
        drop(outcome);
    }
}

fn default_acl() {
    let scenario = old().as_user(ALICE);
    setfacl(&["-m", "d:u:54322:rw,d:m::rw"], scenario.folder());
    let outcome = scenario.ask(FIX).ended(0);
    let path = outcome.scenario.path("pine.paper.env");
    assert!(!acl(&path).contains("54322"), "{}", acl(&path));
    assert_eq!(fs::metadata(&path).expect("facts").mode() & 0o7777, 0o600);
}
