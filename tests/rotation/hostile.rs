//! What lies or appears beside an env file and is none of the rotation's, and a worker's user who swaps names and
//! folders for links while root rotates: nothing outside of the folder is changed, and nobody else reads a secret.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::place::{INSTANCES, Place, Who, key, names, said, secret, text};
use crate::{MALLORY, Proof};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::root("what lies beside a file is neither overwritten nor removed by a staging", lies_there),
        Proof::root("what appears in the place of the staged or the former file is not swapped in", appears),
        Proof::root(
            "root rotates in a folder whose user swaps names and folders, and nothing outside changes",
            swapped,
        ),
    ]
}

/// The things that a neighbour may put there.
const KINDS: [&str; 6] = ["link", "dangling link", "folder", "pipe", "another user's file", "hard link"];

/// Puts one of them there, and beside it in the place a file that must stay as it is.
fn put(place: &Place, kind: &str, at: &Path) {
    let victim = place.path("victim");
    fs::write(&victim, text(3)).expect("a file");
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).expect("chmod");
    match kind {
        "link" => symlink(&victim, at).expect("a link"),
        "dangling link" => symlink(place.path("nowhere"), at).expect("a link"),
        "folder" => fs::create_dir(at).expect("a folder"),
        "pipe" => mkfifo(at, Mode::S_IRUSR | Mode::S_IWUSR).expect("a pipe"),
        "another user's file" => {
            fs::write(at, text(3)).expect("a file");
            fs::set_permissions(at, fs::Permissions::from_mode(0o600)).expect("chmod");
            lchown(at, Some(MALLORY), Some(MALLORY)).expect("chown");
        }
        _ => fs::hard_link(&victim, at).expect("a second name"),
    }
}

/// What a name and the victim are, to their times.
fn facts(place: &Place, at: &Path) -> Vec<String> {
    let of = |path: &Path| {
        let facts = fs::symlink_metadata(path).expect("facts");
        format!("{} {:o} {} {} {}", facts.ino(), facts.mode(), facts.uid(), facts.size(), facts.mtime_nsec())
    };
    assert!(!place.path("nowhere").exists());
    vec![of(at), of(&place.path("victim"))]
}

fn take_away(at: &Path) {
    if at.is_dir() && !at.is_symlink() { fs::remove_dir(at) } else { fs::remove_file(at) }.expect("removed");
}

#[track_caller]
fn refused(output: &Output, statuses: &[i32], what: &str) {
    let said = said(output);
    assert!(
        output.status.code().is_some_and(|status| statuses.contains(&status)),
        "{what}: {:?} {said}",
        output.status
    );
    for value in [key(0), key(1), key(3), secret(0), secret(1), secret(3)] {
        assert!(!said.contains(&value), "{what}: {value} leaked");
    }
}

fn run(place: &Place, step: &str) -> Output {
    let start = Instant::now();
    let output = place.step(&[], step, 1).output().expect("the program starts");
    assert!(start.elapsed() < Duration::from_secs(30), "{step} hung");
    output
}

fn beside(place: &Place, ending: &str) -> PathBuf {
    place.path(&format!("env/NQ.paper.env{ending}"))
}

fn lies_there() {
    Place::with(Who::Root, |place| {
        for kind in KINDS {
            for ending in [".staged", ".previous"] {
                let what = format!("{kind} as {ending}");
                place.reset();
                let at = beside(place, ending);
                put(place, kind, &at);
                let before = facts(place, &at);
                refused(&run(place, "stage"), &[77], &what);
                assert_eq!(facts(place, &at), before, "{what}");
                assert_eq!((place.remembered(), place.beside().len()), (None, 1), "{what}");
                take_away(&at);
                place.done("stage", 1);
            }
        }
    });
}

/// In the place of what the rotation put there: what was not begun can go another way, or on when it is mended.
fn appears() {
    Place::with(Who::Root, |place| {
        for kind in KINDS {
            for (ending, before, step, end, serial) in [
                (".staged", &["stage"][..], "promote", "promote", 1),
                (".previous", &["stage", "promote"], "rollback", "rollback", 0),
                (".previous", &["stage", "promote"], "close", "resume", 1),
            ] {
                let what = format!("{kind} as {ending}, {step}");
                place.reset();
                for step in before {
                    place.done(step, 1);
                }
                let at = beside(place, ending);
                fs::rename(&at, place.path("aside")).expect("moved");
                put(place, kind, &at);
                let seen = facts(place, &at);
                let files = INSTANCES.map(|instance| place.whole(&place.env_file(instance)));
                let phase = place.remembered();
                refused(&run(place, step), &[66, 71, 77], &what);
                assert_eq!(facts(place, &at), seen, "{what}");
                assert_eq!(INSTANCES.map(|instance| place.whole(&place.env_file(instance))), files, "{what}");
                assert!(step == "close" || place.remembered() == phase, "{what}: {:?}", place.remembered());
                take_away(&at);
                fs::rename(place.path("aside"), &at).expect("moved");
                place.done(end, 1);
                assert_eq!(
                    INSTANCES.map(|instance| place.whole(&place.env_file(instance))),
                    [serial; 2],
                    "{what}"
                );
            }
        }
    });
}

const FILE: &str = "home/env/pine.paper.env";

/// Alice's folder, and one of root's with a file that looks like hers.
fn folders(place: &Place) {
    for folder in ["home", "home/env", "home/other"] {
        fs::create_dir(place.path(folder)).expect("a folder");
        place.give(&place.path(folder), 0o700);
    }
    fs::create_dir(place.path("outside")).expect("a folder");
    fs::set_permissions(place.path("outside"), fs::Permissions::from_mode(0o700)).expect("chmod");
    for name in ["pine.paper.env", "pine.paper.env.staged", "pine.paper.env.previous"] {
        let path = place.path("outside").join(name);
        fs::write(&path, text(3)).expect("a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("chmod");
    }
    for file in [FILE, "home/other/pine.paper.env"] {
        fs::write(place.path(file), text(0)).expect("a file");
        place.give(&place.path(file), 0o600);
    }
    let links = [
        ("home/folder", "outside"),
        ("home/file", "outside/pine.paper.env"),
        ("home/staged", "outside/pine.paper.env.staged"),
        ("home/previous", "outside/pine.paper.env.previous"),
    ];
    for (link, target) in links {
        symlink(place.path(target), place.path(link)).expect("a link");
        lchown(place.path(link), Some(place.owner()), Some(place.owner())).expect("chown");
    }
}

/// Two names change places at one stroke, and change back; where one of them is missing, nothing does.
fn swap(place: &Place, one: &str, other: &str, pause: Duration) {
    for _ in 0..2 {
        let (one, other) = (place.path(one), place.path(other));
        let _ = renameat2(AT_FDCWD, &one, AT_FDCWD, &other, RenameFlags::RENAME_EXCHANGE);
        std::thread::sleep(pause);
    }
}

/// However the steps beside it end.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn swapped() {
    let swaps = [
        ("home/env", "home/folder"),
        ("home/env", "home/other"),
        (FILE, "home/file"),
        ("home/env/pine.paper.env.staged", "home/staged"),
        ("home/env/pine.paper.env.previous", "home/previous"),
    ];
    Place::with(Who::Root, |place| {
        let (mut done, mut refused_steps) = (0, 0);
        for (one, other) in swaps {
            place.reset();
            let _ = fs::remove_dir_all(place.path("home"));
            let _ = fs::remove_dir_all(place.path("outside"));
            folders(place);
            let outside = listing(&place.path("outside"));
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                let _stop = Stop(&stop);
                scope.spawn(|| {
                    for round in 0_u64.. {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        swap(place, one, other, Duration::from_micros(round % 40 * 100));
                    }
                });
                let start = Instant::now();
                while start.elapsed() < Duration::from_secs(3) {
                    for step in
                        ["stage", "promote", "rollback", "resume", "discard", "promote", "close", "discard"]
                    {
                        let output = rotate(place, step);
                        match output.status.code() {
                            Some(0) => done += 1,
                            _ => {
                                refused(&output, &[65, 66, 71, 75, 77], step);
                                refused_steps += 1;
                            }
                        }
                    }
                    private(place, &place.path("home"));
                }
            });
            assert_eq!(listing(&place.path("outside")), outside, "{one} and {other}");
            place.recorded();
        }
        assert!(done > 20 && refused_steps > 20, "{done} steps done, {refused_steps} refused");
    });
}

fn rotate(place: &Place, step: &str) -> Output {
    static SERIAL: AtomicU32 = AtomicU32::new(10);
    let mut words = vec!["rotate", step];
    match step {
        "stage" => words.extend(["API_KEY", "API_SECRET", "-m", "paper", "-e", FILE]),
        "close" => words.push("--revoked"),
        _ => {}
    }
    let mut command = place.command(&[], words);
    if step == "stage" {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        // A new value each time: the ones before may be retired.
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        writer.write_all(format!("{}\n{}\n", key(serial), secret(serial)).as_bytes()).expect("written");
        command.stdin(reader);
    }
    command.output().expect("the program starts")
}

/// Names, inodes, owners, modes, times and contents.
fn listing(folder: &Path) -> Vec<String> {
    let of = |name: String| {
        let path = folder.join(&name);
        let facts = fs::symlink_metadata(&path).expect("facts");
        let contents = fs::read_to_string(&path).expect("text");
        format!(
            "{name} {} {:o} {} {} {}.{} {contents}",
            facts.ino(),
            facts.mode(),
            facts.uid(),
            facts.nlink(),
            facts.ctime(),
            facts.ctime_nsec()
        )
    };
    names(folder).into_iter().map(of).collect()
}

/// Whatever is in Alice's folders is hers alone, or root's alone.
fn private(place: &Place, folder: &Path) {
    for name in names(folder) {
        let path = folder.join(name);
        // Swapped at this moment.
        let Ok(facts) = fs::symlink_metadata(&path) else { continue };
        if facts.is_dir() {
            private(place, &path);
        } else if facts.is_file() {
            assert_eq!(facts.mode() & 0o7777, 0o600, "{}", path.display());
            assert!([0, place.owner()].contains(&facts.uid()), "{}: {}", path.display(), facts.uid());
        }
    }
}
