//! What a rotation says, keeps and starts: no value, old or new, and nothing that a guess could be tried against.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Proof;
use crate::place::{Place, Who, key, names, said, secret};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::root(
            "no value, old or new, is said, kept, recorded or handed to a child, nor its unkeyed hash",
            leaks,
        ),
        Proof::strace("the values are read by a process that leaves no core", undumpable),
    ]
}

/// Everything by which a value could be told.
fn traces() -> Vec<String> {
    let values = [0, 1, 2, 5].into_iter().flat_map(|serial| [key(serial), secret(serial)]);
    values
        .flat_map(|value| {
            let digest = Sha256::digest(value.as_bytes());
            let hex = digest.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            [value.clone(), value[4..value.len() - 4].to_owned(), hex[..16].to_owned()]
        })
        .collect()
}

#[track_caller]
fn hides(traces: &[String], text: &[u8], what: &str) {
    let text = String::from_utf8_lossy(text);
    for trace in traces {
        assert!(!text.contains(trace), "{trace} in {what}");
    }
}

/// All files below a folder of envgate's own: their modes, and that they tell nothing.
fn kept(traces: &[String], folder: &Path, what: &str) -> usize {
    let mut files = 0;
    for name in names(folder) {
        let path = folder.join(name);
        let mode = fs::symlink_metadata(&path).expect("facts").permissions().mode() & 0o7777;
        if path.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            files += kept(traces, &path, what);
        } else {
            let contents = fs::read(&path).expect("a file");
            // Root's trail may be read by its group, once there is a record in it.
            let is_trail = path.ends_with("audit.jsonl") && !contents.is_empty();
            assert_eq!(mode, if is_trail { 0o640 } else { 0o600 }, "{}", path.display());
            hides(traces, &contents, &format!("{} {what}", path.display()));
            files += 1;
        }
    }
    files
}

/// Steps that are done and steps that are refused, with a journal that listens, and each seen as others see it: by its
/// arguments and its children's.
fn leaks() {
    Place::with(Who::Root, |place| {
        place.reset();
        let journal = Path::new("/run/systemd/journal");
        fs::create_dir_all(journal).expect("a folder");
        let socket = UnixDatagram::bind(journal.join("socket")).expect("a socket");
        socket.set_nonblocking(true).expect("a socket");
        let traces = traces();
        // Today's values, a retired one, a step that is none, and a whole one.
        let steps = [
            ("stage", 0, 77),
            ("stage", 1, 0),
            ("stage", 2, 75),
            ("show", 9, 0),
            ("promote", 9, 0),
            ("promote", 9, 77),
            ("discard", 9, 77),
            ("rollback", 9, 0),
            ("rollback", 9, 77),
            ("promote", 9, 0),
            ("close", 9, 0),
            ("close", 9, 66),
            ("stage", 0, 77),
            ("stage", 2, 0),
            ("discard", 9, 0),
            ("resume", 9, 66),
        ];
        for (step, serial, status) in steps {
            let what = format!("{step} {serial}");
            let log = place.path("executed");
            let before = [
                "/usr/bin/strace",
                "-f",
                "-qq",
                "-v",
                "-s",
                "65536",
                "-e",
                "trace=execve",
                "-o",
                log.to_str().expect("text"),
            ];
            let output = place.step(&before, step, serial).output().expect("strace");
            assert_eq!(output.status.code(), Some(status), "{what}: {}", said(&output));
            hides(&traces, said(&output).as_bytes(), &what);
            hides(&traces, &fs::read(&log).expect("the log"), &format!("what {what} executes"));
            assert!(kept(&traces, &place.state(), &what) > 0);
            kept(&traces, place.trail_file().parent().expect("a folder"), &what);
        }
        let mut buffer = vec![0; 1 << 16];
        let mut records = 0;
        while let Ok(length) = socket.recv(&mut buffer) {
            hides(&traces, &buffer[..length], "the journal");
            records += 1;
        }
        // Stage, promote, rollback, promote, close, stage, discard.
        assert!(records >= 7, "{records} records in the journal");
        assert!(fs::read_to_string(place.env_file("ES")).expect("a file").contains(&key(1)));
    });
}

/// The kernel writes no core of it from before the first value is read: the env file's or the new one.
fn undumpable() {
    Place::with(Who::Root, |place| {
        place.reset();
        let log = place.path("calls");
        let before = [
            "/usr/bin/strace",
            "-qq",
            "-s",
            "4096",
            "-e",
            "trace=prctl,prlimit64,read,pread64",
            "-o",
            log.to_str().expect("text"),
        ];
        let output = place.step(&before, "stage", 1).output().expect("strace");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let calls = fs::read_to_string(&log).expect("the log");
        let at = |what: &str| {
            calls.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}"))
        };
        let undumpable = at("PR_SET_DUMPABLE, SUID_DUMP_DISABLE");
        assert!(undumpable < at(&key(0)) && undumpable < at(&key(1)), "{calls}");
        assert_eq!(calls.matches("PR_SET_DUMPABLE").count(), 1, "it becomes dumpable again");
    });
}
