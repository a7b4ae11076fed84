//! A step whose system calls fail, one at a time: it ends with a status of the contract and says what to do, no file is
//! a half, and one command ends what was begun.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Proof;
use crate::killed::{STEPS, Step, judge};
use crate::place::{INSTANCES, Place, Who, key, said, secret};

pub fn proofs() -> Vec<Proof> {
    let of = |step: &'static Step| {
        let name =
            format!("root's {} whose disk fails at any call says so, and is ended by one command", step.name);
        Proof::strace(name, move || at_every_call(step))
    };
    let named = "a staging killed where files have a name from the start leaves none of them";
    let ordered = "what a step writes or moves is on the disk before it goes on";
    let more = [Proof::strace(named, without_nameless_files), Proof::strace(ordered, in_order)];
    STEPS.iter().map(of).chain(more).collect()
}

/// The calls that write, and that a disk can fail.
const WRITING: [&str; 13] = [
    "write",
    "fsync",
    "rename",
    "renameat",
    "renameat2",
    "linkat",
    "unlinkat",
    "mkdirat",
    "ftruncate",
    "fchown",
    "fsetxattr",
    "fremovexattr",
    "fchmod",
];

/// How a disk fails, and what a person is told to do.
const FAULTS: [(&str, &str); 4] =
    [("ENOSPC", "make room"), ("EDQUOT", "make room"), ("EROFS", "read-only"), ("EIO", "dmesg")];

/// One call: its name, and which of that name it is.
type Call = (String, usize);

/// What is said to a person is no file: it has a name of its own here.
const SAID: &str = "write to a person";

fn under_strace(place: &Place, step: &Step, options: &[&str]) -> Output {
    let mut before = vec!["/usr/bin/strace", "-qq"];
    before.extend(options);
    place.step(&before, step.name, 1).output().expect("strace")
}

/// An ACL that opens nothing, so that there are attributes to be written.
fn prepare_with_acl(place: &Place, step: &Step) {
    place.reset();
    for instance in INSTANCES {
        let status =
            Command::new("setfacl").args(["-m", "u:54322:r,m::-"]).arg(place.env_file(instance)).status();
        assert!(status.expect("setfacl, of the package acl").success());
    }
    for before in step.before {
        place.done(before, 1);
    }
}

/// The calls of a clean run that write, or open to write.
fn calls(place: &Place, step: &Step) -> Vec<Call> {
    prepare_with_acl(place, step);
    let log = place.path("calls");
    let output = under_strace(place, step, &["-o", log.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let mut counted = BTreeMap::new();
    let mut found = Vec::new();
    for line in fs::read_to_string(&log).expect("the log").lines() {
        let Some((name, arguments)) = line.split_once('(') else { continue };
        let count: &mut usize = counted.entry(name.to_owned()).or_default();
        *count += 1;
        let writes = name == "openat" && ["O_TMPFILE", "O_CREAT"].iter().any(|flag| arguments.contains(flag));
        let is_said = name == "write" && ["1, ", "2, "].iter().any(|to| arguments.starts_with(to));
        if writes || WRITING.contains(&name) {
            found.push((if is_said { SAID } else { name }.to_owned(), *count));
        }
    }
    found
}

fn at_every_call(step: &'static Step) {
    let calls = Place::alone(Who::Root, |place| calls(place, step));
    let names: BTreeSet<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
    assert!(calls.len() >= 10 && names.contains("fsync") && names.contains("openat"), "{calls:?}");
    let next = AtomicUsize::new(0);
    let shapes = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                Place::alone(Who::Root, |place| {
                    while let Some((call, at)) = calls.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for fault in FAULTS {
                            fail(place, step, (call, *at), fault, &shapes);
                        }
                    }
                });
            });
        }
    });
}

fn fail(
    place: &Place,
    step: &Step,
    (call, at): (&str, usize),
    (errno, advice): (&str, &str),
    shapes: &Mutex<BTreeSet<String>>,
) {
    prepare_with_acl(place, step);
    let name = if call == SAID { "write" } else { call };
    let inject = format!("inject={name}:error={errno}:when={at}");
    let output =
        under_strace(place, step, &["-o", "/dev/null", "-e", &format!("trace={name}"), "-e", &inject]);
    let text = said(&output);
    let what = format!("{} with {inject}: {:?} {text}", step.name, output.status);
    match output.status.code() {
        // What it says, and an empty folder that stays: the step is done without.
        Some(0) => assert!([SAID, "unlinkat"].contains(&call), "{what}"),
        // A mode or an ACL that cannot be set is a matter of permission to no disk.
        Some(71 | 75 | 77) => assert!(text.contains(advice), "no {advice:?}: {what}"),
        _ => panic!("{what}"),
    }
    hides(&text);
    let is_new = shapes.lock().expect("no thread panicked").insert(place.shape());
    let end = step.ends[at % step.ends.len()];
    judge(place, step, end, &format!("{what}\nthen {end}"), is_new);
}

/// On a file system that knows no nameless files, the first staged file has a name that only envgate looks for.
fn without_nameless_files() {
    let step = &STEPS[0];
    Place::alone(Who::Root, |place| {
        let is_staged_file = |calls: &[Call]| {
            let owned =
                calls.iter().position(|(name, _)| name == "fchown").expect("the staged file gets its owner");
            calls[..owned].iter().rposition(|(name, _)| name == "openat").expect("it is opened before")
        };
        let calls = calls(place, step);
        let first = is_staged_file(&calls);
        let opened = format!("inject=openat:error=EOPNOTSUPP:when={}", calls[first].1);
        let mut seen = 0;
        for (call, at) in calls[first + 1..].iter().take_while(|(call, _)| call != "linkat") {
            prepare_with_acl(place, step);
            let kill = format!("inject={call}:signal=KILL:when={at}");
            let output = under_strace(place, step, &["-o", "/dev/null", "-e", &opened, "-e", &kill]);
            assert_ne!(output.status.code(), Some(0), "{call} {at}: {}", said(&output));
            seen += usize::from(place.beside().iter().any(|name| name.contains("envgate-")));
            let end = step.ends[seen % 2];
            judge(place, step, end, &format!("{call} {at}, then {end}"), true);
        }
        assert!(seen >= 4, "{seen} kills beside a named file");
    });
}

/// Behind each file comes its `fsync`, and behind each name the directory's: but for the name that a whole file has for
/// the moment before it is renamed, what is said to a person, and the empty folder that goes last.
fn in_order() {
    for step in &STEPS {
        let calls = Place::alone(Who::Root, |place| calls(place, step));
        let names: Vec<&str> = calls.iter().map(|(name, _)| name.as_str()).collect();
        let behind = |at: usize, settings: &[&str]| {
            names[at + 1..].iter().find(|name| !settings.contains(*name)).copied().unwrap_or("nothing")
        };
        let last = names.iter().rposition(|name| *name == "fsync").expect("an fsync");
        for (at, name) in names[..last].iter().enumerate() {
            let next = match *name {
                "write" => behind(at, &["fchown", "fsetxattr", "fremovexattr", "fchmod"]),
                "linkat" | "renameat" | "unlinkat" => behind(at, &[]),
                _ => continue,
            };
            let is_fine = next == "fsync" || (*name == "linkat" && next == "renameat");
            assert!(is_fine, "{}: {name} (call {at}) and then {next}: {names:?}", step.name);
        }
        assert!(names[last..].iter().all(|name| ["fsync", SAID, "unlinkat"].contains(name)), "{names:?}");
    }
}

/// No value, old or new.
#[track_caller]
fn hides(text: &str) {
    for value in [key(0), key(1), secret(0), secret(1)] {
        assert!(!text.contains(&value), "{value} leaked: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}
