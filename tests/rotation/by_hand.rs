//! What a person does by hand between two steps: whatever it is, no last copy of a file is deleted, no value that is
//! current is retired, and a step ends the rotation.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::Proof;
use crate::place::{INSTANCES, Place, Who, names, said};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::anybody("a file with a second name, which would keep the old key, is not rotated", linked),
        Proof::anybody("a staged file that was moved in by hand is ended by a discard", moved_in),
        Proof::anybody("the last copy of an env file that is gone is not deleted", last_copy),
        Proof::anybody("a rotation whose folder is gone is ended in an empty one", folder_gone),
        Proof::anybody("a former value that was put back by hand is not retired", put_back),
        Proof::anybody("a reason that the trail could not take changes nothing", long_reason),
        Proof::anybody("what is resumed is the way back that was interrupted, and no other one", resumed),
    ]
}

fn rotate(place: &Place, words: &[&str]) -> Output {
    let words = ["rotate"].iter().chain(words).copied();
    place.command(&[], words).output().expect("the program starts")
}

#[track_caller]
fn ends(place: &Place, words: &[&str], status: i32, says: &str) {
    let output = rotate(place, words);
    assert_eq!(output.status.code(), Some(status), "{}: {}", words[0], said(&output));
    assert!(said(&output).contains(says), "{}: {}", words[0], said(&output));
}

fn beside(place: &Place, ending: &str) -> PathBuf {
    place.path(&format!("env/ES.paper.env{ending}"))
}

/// Copies a file as `cp -p` does: the owner and the mode stay, the inode does not.
fn copy(place: &Place, from: &str, to: &str) {
    fs::copy(beside(place, from), place.path("copy")).expect("copied");
    place.give(&place.path("copy"), 0o600);
    fs::rename(place.path("copy"), beside(place, to)).expect("moved");
}

fn linked() {
    Place::with(Who::User, |place| {
        place.reset();
        fs::hard_link(beside(place, ""), place.path("env/second.paper.env")).expect("a second name");
        let output = place.step(&[], "stage", 1).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(77), "{}", said(&output));
        assert!(said(&output).contains("second name"), "{}", said(&output));
        assert_eq!(place.remembered(), None);
        fs::remove_file(place.path("env/second.paper.env")).expect("removed");
        place.done("stage", 1);
    });
}

fn moved_in() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        fs::rename(beside(place, ".staged"), beside(place, "")).expect("moved");
        ends(place, &["promote"], 77, "rotate discard");
        ends(place, &["discard"], 0, "");
        assert_eq!(place.open(), None);
        // What the person did stays; the other file is as it was.
        assert_eq!(INSTANCES.map(|instance| place.whole(&place.env_file(instance))), [1, 0]);
        assert_eq!(place.beside(), [""; 0]);
    });
}

fn last_copy() {
    Place::with(Who::User, |place| {
        for (steps, step, left, serial) in [
            (&["stage"][..], &["discard"][..], ".staged", 1),
            (&["stage", "promote"], &["close", "--revoked"], ".previous", 0),
        ] {
            place.reset();
            for before in steps {
                place.done(before, 1);
            }
            fs::remove_file(beside(place, "")).expect("removed");
            ends(place, step, 77, "last copy");
            assert_eq!(place.whole(&beside(place, left)), serial);
            copy(place, left, "");
            if serial == 0 {
                ends(place, step, 77, "former value");
                fs::remove_file(beside(place, "")).expect("removed");
                fs::copy(place.env_file("NQ"), beside(place, "")).expect("copied");
                place.give(&beside(place, ""), 0o600);
            }
            ends(place, step, 0, "");
            assert_eq!((place.open(), place.whole(&beside(place, ""))), (None, 1));
        }
    });
}

fn folder_gone() {
    Place::with(Who::User, |place| {
        for (steps, step) in
            [(&["stage"][..], &["discard"][..]), (&["stage", "promote"], &["close", "--revoked"])]
        {
            place.reset();
            for before in steps {
                place.done(before, 1);
            }
            fs::rename(place.path("env"), place.path("aside")).expect("moved");
            ends(place, step, 66, "mkdir -p");
            fs::create_dir(place.path("env")).expect("a folder");
            place.give(&place.path("env"), 0o700);
            let output = rotate(place, step);
            let output = if output.status.code() == Some(0) { output } else { rotate(place, &["resume"]) };
            assert_eq!(output.status.code(), Some(0), "{step:?}: {}", said(&output));
            assert_eq!(place.open(), None);
            fs::remove_dir_all(place.path("aside")).expect("removed");
        }
    });
}

fn put_back() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("promote", 1);
        copy(place, ".previous", "");
        ends(place, &["close", "--revoked"], 77, "former value again: API_KEY, API_SECRET");
        // As it is advised.
        fs::rename(beside(place, ".previous"), beside(place, "")).expect("moved");
        ends(place, &["close", "--revoked"], 77, "former value again");
        place.done("rollback", 0);
        place.done("discard", 0);
        assert_eq!(INSTANCES.map(|instance| place.whole(&place.env_file(instance))), [0; 2]);
        assert!(!place.state().join("retired.json").exists());
    });
}

fn long_reason() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        let reason = "r".repeat(130_000);
        ends(place, &["promote", "--reason", &reason], 64, "4096");
        assert_eq!(place.open(), Some(("staged".into(), false)));
        ends(place, &["promote", "--reason", &"\u{7f}".repeat(4096)], 0, "");
        place.done("close", 1);
    });
}

/// A process that was killed on its way back leaves a record that says so.
fn resumed() {
    Place::with(Who::User, |place| {
        place.reset();
        for (instance, name) in [("ES", "API_KEY"), ("NQ", "API_SECRET")] {
            fs::write(place.path("value"), format!("{instance}-a-new-value-0001")).expect("a file");
            let words = ["rotate", "stage", name, "-m", "paper", "-c", "config.yml", "-i", instance];
            let value = fs::File::open(place.path("value")).expect("a file");
            let output = place.command(&[], words).stdin(value).output().expect("the program starts");
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            ends(place, &["promote", name], 0, "");
        }
        let folder = place.state().join("rotations");
        for id in names(&folder) {
            let path = folder.join(id).join("record.json");
            let text = fs::read_to_string(&path).expect("a record");
            let record: Value = serde_json::from_str(&text).expect("JSON");
            if record["asked"]["instances"][0] == "ES" {
                fs::write(&path, text.replace("\"promoted\"", "\"rolling-back\"")).expect("written");
            }
        }
        ends(place, &["resume"], 0, "rolled back");
        assert_eq!(place.whole(&place.env_file("ES")), 0);
        let now = fs::read_to_string(place.env_file("NQ")).expect("a file");
        assert!(now.contains("NQ-a-new-value-0001"), "the other one stays promoted");
    });
}
