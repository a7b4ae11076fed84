//! The audit trail on disks that are full or fail, and under an appender that is killed at each step.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use envgate::trail::FaultKind;

use crate::Attack;
use crate::appender::{append, appender};
use crate::support::Scenario;
use crate::trail::{file, verdict};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::strace(
            "an appender killed at any step leaves whole records, and the next one goes on",
            killed,
        ),
        Attack::strace("what a failing disk did not take is taken back", failing_disk),
        Attack::strace("a torn line is left behind and named", torn),
        Attack::namespace("on a full disk nothing is recorded, and the trail is as it was", full_disk),
    ]
}

fn under_strace(folder: &Path, injects: &[&str]) -> Output {
    let mut words = vec!["strace".to_owned(), "-f".into(), "-qq".into(), "-o".into(), "/dev/null".into()];
    for inject in injects {
        words.extend(["-e".into(), format!("inject={inject}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    appender(&words, folder, 2).output().expect("strace")
}

/// Every system call by which a record is written, and its folder.
const STEPS: [&str; 9] =
    ["openat", "mkdirat", "fchmod", "fsync", "flock", "pread64", "write", "sendto", "fstat,newfstatat"];

fn killed() {
    let (mut kills, mut made) = (0, 0);
    for calls in STEPS {
        for count in 1.. {
            let scenario = Scenario::new();
            let folder = scenario.path("envgate");
            let output = under_strace(&folder, &[&format!("{calls}:signal=KILL:when={count}")]);
            if output.status.success() {
                assert_eq!(verdict(&folder).records, 2);
                break;
            }
            assert!(output.status.signal() == Some(9) || output.status.code() == Some(137), "{output:?}");
            kills += 1;
            let before = if file(&folder).exists() { verdict(&folder).records } else { 0 };
            made += before;
            // And the next one goes on behind it, with nothing to be mended by hand.
            append(&folder, 1, "again").expect("a record");
            let verdict = verdict(&folder);
            assert_eq!((verdict.records, verdict.faults), (before + 1, Vec::new()), "{calls} {count}");
        }
    }
    assert!(kills > 30 && made > 0, "{kills} kills, {made} records");
}

/// The second record's call: the appender says nothing before, so that each record is one `write` and one `fsync`.
fn failing_disk() {
    for (inject, says) in [
        ("write:error=ENOSPC:when=2", "make room"),
        ("write:error=EDQUOT:when=2", "make room"),
        ("write:retval=20:when=2", "make room"),
        ("write:error=EROFS:when=2", "read-only"),
        ("fsync:error=EIO:when=2", "the disk fails"),
    ] {
        let scenario = Scenario::new();
        append(scenario.folder(), 1, "first").expect("a record");
        let output = under_strace(scenario.folder(), &[inject]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(71), "{inject}: {said}");
        assert!(said.contains(says), "{inject}: {said}");
        let verdict = verdict(scenario.folder());
        assert_eq!((verdict.records, verdict.faults), (2, Vec::new()), "{inject}");
    }
}

/// The disk takes a part of a record, and the file cannot be cut again (chattr +a): a piece stays.
fn torn() {
    let scenario = Scenario::new();
    append(scenario.folder(), 2, "first").expect("records");
    let path = file(scenario.folder());
    let whole = fs::read(&path).expect("the trail");
    fs::write(&path, &whole[..whole.len() - 30]).expect("torn");
    let faults = verdict(scenario.folder()).faults;
    assert_eq!((faults.len(), faults[0].line, faults[0].kind), (1, 2, FaultKind::Torn));
    // A second one that is torn in vain behind it, and then one that is whole.
    let output = under_strace(scenario.folder(), &["write:error=ENOSPC:when=1", "ftruncate:error=EPERM"]);
    assert_eq!(output.status.code(), Some(71));
    append(scenario.folder(), 2, "again").expect("records");
    let verdict = verdict(scenario.folder());
    assert_eq!(verdict.records, 3);
    assert_eq!(verdict.faults.len(), 1, "{:?}", verdict.faults);
    assert_eq!((verdict.faults[0].line, verdict.faults[0].kind), (2, FaultKind::Torn));
}

fn full_disk() {
    let scenario = Scenario::new().file("d/x", "");
    let folder = scenario.path("d/envgate");
    let script = "set -e; mount -t tmpfs -o size=64k,mode=700 tmpfs d; \"$@\" 2>/dev/null && exit 97 || test $? = 71; \
                  cp d/envgate/audit.jsonl full; rm -f d/filler; \"$@\" 2>said && exit 96 || test $? = 71; \
                  cmp full d/envgate/audit.jsonl; cp d/envgate/audit.jsonl last";
    let words = ["unshare", "-m", "/bin/sh", "-c", script, "sh"];
    // More than fit.
    let mut command: Command = appender(&words, &folder, 500);
    let output = command.current_dir(scenario.folder()).output().expect("unshare");
    assert!(output.status.success(), "{output:?}");
    let said = fs::read_to_string(scenario.path("said")).expect("what was said");
    assert!(said.contains("make room first"), "{said}");
    let last = fs::read(scenario.path("last")).expect("the trail");
    let verdict = envgate::trail::verify(last.as_slice()).expect("it is read");
    assert!(verdict.records > 20 && verdict.faults.is_empty(), "{verdict:?}");
}
