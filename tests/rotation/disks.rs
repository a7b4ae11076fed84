//! Disks that are full, read-only or immutable, files that are mounts, and a limit on the size of files: refused with
//! advice, nothing is a half, and the rotation goes on when there is room.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::Proof;
use crate::place::{INSTANCES, Place, Who, said};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::root(
            "a full disk of the env files stages nothing, and says how to see what fills it",
            full_env_files,
        ),
        Proof::root(
            "a full disk of the state refuses each step, and the rotation goes on when there is room",
            full_state,
        ),
        Proof::root(
            "a full disk of the trail is said, and each step is in the trail when there is room",
            full_trail,
        ),
        Proof::root(
            "a read-only folder refuses each step, and the rotation goes on when it is writable",
            read_only,
        ),
        Proof::root("an env file that is a mount of its own is refused before anything is written", mounted),
        Proof::root(
            "an immutable folder refuses each step, and the rotation goes on when it is not",
            immutable,
        ),
        Proof::anybody("a limit on the size of files ends a step, and leaves no half file", limited),
    ]
}

fn run(place: &Place, step: &str) -> Output {
    place.step(&[], step, 1).output().expect("the program starts")
}

/// A step is refused with this status and this advice, and the current files are as they were.
#[track_caller]
fn refused(place: &Place, step: &str, status: i32, advice: &str) {
    let before = INSTANCES.map(|instance| place.whole(&place.env_file(instance)));
    let output = run(place, step);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(status), "{step}: {text}");
    assert!(text.contains(advice), "{step}: no {advice:?} in {text}");
    assert_eq!(INSTANCES.map(|instance| place.whole(&place.env_file(instance))), before, "{step}: {text}");
    place.recorded();
}

/// A disk of its own with this little room, over a folder; what was in it is in it.
fn little_disk(at: &Path, size: &str) {
    let aside = at.with_extension("aside");
    let moved = Command::new("cp").arg("-a").arg(at).arg(&aside).status();
    assert!(moved.expect("cp").success());
    mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::empty(), Some(format!("size={size},mode=700").as_str()))
        .expect("a tmpfs");
    let back = Command::new("cp").arg("-a").arg(aside.join(".")).arg(at).status();
    assert!(back.expect("cp").success());
    fs::remove_dir_all(aside).expect("removed");
}

/// Fills it to the last page.
fn fill(at: &Path) {
    let filled = Command::new("dd")
        .arg("if=/dev/zero")
        .arg(format!("of={}", at.join("filler").display()))
        .arg("bs=4k")
        .output();
    assert!(!filled.expect("dd").status.success(), "it never was full");
}

fn make_room(at: &Path) {
    fs::remove_file(at.join("filler")).expect("removed");
}

fn full_env_files() {
    Place::with(Who::Root, |place| {
        place.reset();
        let folder = place.path("env");
        little_disk(&folder, "64k");
        fill(&folder);
        refused(place, "stage", 71, "df -h");
        assert_eq!(place.beside(), ["filler"]);
        assert_eq!(place.remembered(), None);
        make_room(&folder);
        for step in ["stage", "promote"] {
            fill(&folder);
            make_room(&folder);
            place.done(step, 1);
        }
        // Names alone are moved: a full disk stops neither way.
        fill(&folder);
        place.done("rollback", 1);
        place.done("promote", 1);
        place.done("close", 1);
        assert_eq!(place.launched("ES"), 1);
    });
}

fn full_state() {
    Place::with(Who::Root, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("discard", 1);
        let state = place.state();
        little_disk(&state, "64k");
        for step in ["stage", "promote", "rollback", "promote", "close"] {
            fill(&state);
            refused(place, step, 71, "make room");
            make_room(&state);
            place.done(step, 1);
        }
        assert_eq!(place.beside(), Vec::<String>::new());
        assert_eq!(place.launched("NQ"), 1);
    });
}

/// Goes to and fro until the next record of the trail needs a page more.
fn fill_page(place: &Place, steps: [&str; 2]) {
    while fs::metadata(place.trail_file()).expect("facts").len() % 4096 < 3600 {
        for step in steps {
            place.done(step, 1);
        }
    }
}

fn full_trail() {
    Place::with(Who::Root, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("discard", 1);
        let trail = place.trail_file().parent().expect("a folder").to_owned();
        little_disk(&trail, "64k");
        fill_page(place, ["stage", "discard"]);
        fill(&trail);
        refused(place, "stage", 71, "make room");
        assert_eq!((place.remembered(), place.beside()), (None, Vec::new()));
        make_room(&trail);
        place.done("stage", 1);
        fill_page(place, ["promote", "rollback"]);
        let promoted = place.recorded().get("promote done").copied();
        fill(&trail);
        for (step, then) in [("promote", "promoting"), ("resume", "promoting")] {
            let output = run(place, step);
            assert_eq!(output.status.code(), Some(71), "{}", said(&output));
            assert!(said(&output).contains("make room"), "{}", said(&output));
            assert_eq!(place.remembered().map(|(phase, _)| phase), Some(then.to_owned()));
        }
        make_room(&trail);
        place.done("resume", 1);
        assert_eq!(place.recorded()["promote done"], promoted.unwrap_or(0) + 1);
        place.done("close", 1);
    });
}

fn remount(at: &Path, more: MsFlags) {
    let none = None::<&str>;
    mount(none, at, none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND | more, none).expect("remounted");
}

fn read_only() {
    Place::with(Who::Root, |place| {
        place.reset();
        let folder = place.path("env");
        let none = None::<&str>;
        mount(Some(&folder), &folder, none, MsFlags::MS_BIND, none).expect("mounted");
        for step in ["stage", "promote", "rollback", "discard", "stage", "promote", "close"] {
            remount(&folder, MsFlags::MS_RDONLY);
            refused(place, step, 71, "read-only");
            remount(&folder, MsFlags::empty());
            let halfway = place.remembered().is_some_and(|(_, halfway)| halfway);
            place.done(if halfway { "resume" } else { step }, 1);
        }
        assert_eq!(place.beside(), Vec::<String>::new());
        umount2(&folder, MntFlags::MNT_DETACH).expect("unmounted");
    });
}

fn mounted() {
    Place::with(Who::Root, |place| {
        place.reset();
        let (file, none) = (place.env_file("NQ"), None::<&str>);
        mount(Some(&file), &file, none, MsFlags::MS_BIND, none).expect("mounted");
        refused(place, "stage", 77, "bind mount");
        assert_eq!((place.remembered(), place.beside()), (None, Vec::new()));
        umount2(&file, MntFlags::MNT_DETACH).expect("unmounted");
        // Mounted meanwhile.
        place.done("stage", 1);
        mount(Some(&file), &file, none, MsFlags::MS_BIND, none).expect("mounted");
        refused(place, "promote", 77, "bind mount");
        umount2(&file, MntFlags::MNT_DETACH).expect("unmounted");
        assert_eq!(place.remembered(), Some(("staged".to_owned(), false)));
        place.done("promote", 1);
        place.done("close", 1);
    });
}

fn chattr(option: &str, path: &Path) {
    let output = Command::new("chattr").arg(option).arg(path).output().expect("chattr");
    assert!(output.status.success(), "{}", said(&output));
}

fn immutable() {
    Place::with(Who::Root, |place| {
        place.reset();
        let folder = place.path("env");
        for step in ["stage", "promote", "rollback", "discard", "stage", "promote", "close"] {
            chattr("+i", &folder);
            refused(place, step, 77, "lsattr");
            chattr("-i", &folder);
            let halfway = place.remembered().is_some_and(|(_, halfway)| halfway);
            place.done(if halfway { "resume" } else { step }, 1);
        }
        assert_eq!(place.beside(), Vec::<String>::new());
    });
}

/// With the signal that the kernel sends, and with the error where that is ignored.
fn limited() {
    Place::with(Who::User, |place| {
        for signal in ["", "trap '' XFSZ; "] {
            place.reset();
            let script = format!("{signal}ulimit -c 0; ulimit -f 0; exec \"$@\"");
            for step in ["stage", "promote", "rollback", "promote", "close"] {
                let output = place.step(&["/bin/sh", "-c", &script, "sh"], step, 1).output().expect("sh");
                let text = said(&output);
                if signal.is_empty() {
                    assert_eq!(output.status.code(), None, "{text}");
                } else {
                    assert_eq!(output.status.code(), Some(71), "{text}");
                    assert!(text.contains("ulimit"), "{text}");
                }
                for instance in INSTANCES {
                    place.whole(&place.env_file(instance));
                }
                place.recorded();
                place.done(step, 1);
            }
            assert_eq!(place.beside(), Vec::<String>::new());
        }
    });
}
