//! What each step does, and what it refuses before anything is changed.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use crate::Proof;
use crate::commands::{LAUNCH, ends, of, stage};
use crate::place::{Place, Who, key, said, secret, text};

pub fn proofs() -> Vec<Proof> {
    vec![
        of(
            "a rotation changes its values and no other byte, and comes back to the very same file",
            there_and_back,
        ),
        of(
            "an env file that was changed by hand is not promoted, and the names that differ are said",
            by_hand,
        ),
        of("a staged file that was changed by hand is not promoted", staged_by_hand),
        of("a test runs with the staged values, and its end is the step's", test),
        of("a guard says when, and a verifying command whether", guard_and_verify),
        of("of several open rotations the one that is named goes on", several),
        of("a step that does not fit is refused and says which does", wrong_step),
        of("an emergency has no way back and ends what was open", compromised),
        of("the trail has each step with its reason", trail),
        of("what is open and who began it is shown without a value", show),
        Proof::root("what is promoted has the former file's owner, group, mode, ACL and attributes", || {
            Place::with(Who::Root, |place| {
                place.reset();
                attributes(place);
            });
        }),
        // As root, whose tests hide the machine's systemd.
        Proof::root("without a systemd a restart is refused before anything is changed", || {
            Place::with(Who::User, |place| {
                place.reset();
                no_systemd(place);
            });
        }),
    ]
}

fn there_and_back(place: &Place) {
    let path = place.env_file("ES");
    let (before, facts) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap());
    place.done("stage", 1);
    assert_eq!(fs::read(&path).unwrap(), before, "staging changes nothing");
    place.done("promote", 1);
    assert_eq!(place.whole(&path), 1);
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(now.matches("# rotated: 20").count(), 2, "{now}");
    assert_eq!(place.beside(), ["ES.paper.env.previous", "NQ.paper.env.previous"]);
    place.done("rollback", 1);
    let again = fs::metadata(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    let identity = |facts: &fs::Metadata| (facts.ino(), facts.mtime_nsec(), facts.uid(), facts.mode());
    assert_eq!(identity(&again), identity(&facts), "the file itself, not a copy");
    place.done("promote", 1);
    place.done("close", 1);
    assert_eq!(place.beside(), [""; 0]);
    assert_eq!(place.open(), None);
}

fn by_hand(place: &Place) {
    place.done("stage", 1);
    let path = place.env_file("NQ");
    let edited = text(0).replace("stays as it is", "edited by hand").replace("# tail", "NEW=1\n");
    fs::write(&path, &edited).unwrap();
    ends(place, &["rotate", "promote"], "", 77, "was changed since the rotation was staged: OTHER, NEW");
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
    assert_eq!(place.whole(&place.env_file("ES")), 0, "none of the set was promoted");
    place.done("discard", 1);
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
    // After the swap: what was edited since is not lost by a way back.
    place.reset();
    place.done("stage", 1);
    place.done("promote", 1);
    fs::write(&path, &edited).unwrap();
    ends(place, &["rotate", "rollback"], "", 77, "neither the one");
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);
}

fn staged_by_hand(place: &Place) {
    place.done("stage", 1);
    let staged = place.path("env/ES.paper.env.staged");
    fs::write(&staged, text(5)).unwrap();
    ends(place, &["rotate", "promote"], "", 77, "the staged file was changed since it was written");
    ends(place, &["rotate", "test", "--", "/bin/true"], "", 77, "the staged file was changed");
    assert_eq!(place.whole(&place.env_file("ES")), 0);
    place.done("discard", 1);
}

fn test(place: &Place) {
    place.done("stage", 1);
    let check =
        |serial: u32| format!("test \"$API_KEY\" = '{}' && test \"$OTHER\" = 'stays as it is'", key(serial));
    ends(place, &["rotate", "test", "--", "/bin/sh", "-c", &check(1)], "", 0, "ended well");
    ends(place, &["rotate", "test", "--", "/bin/sh", "-c", &check(0)], "", 1, "ended with status 1");
    ends(place, &["rotate", "test", "--", "/nowhere/check"], "", 127, "command");
    assert_eq!(place.whole(&place.env_file("ES")), 0);
    assert_eq!((place.recorded()["test done"], place.recorded()["test failed"]), (1, 1));
}

fn guard_and_verify(place: &Place) {
    // Before anybody is asked for a value.
    let run = [&["rotate", "run", "API_KEY"][..], &LAUNCH, &["--verify", "/bin/true | /bin/cat"]].concat();
    ends(place, &run, &key(1), 64, "operator");
    assert_eq!((place.beside(), place.open()), (vec![], None));
    place.done("stage", 1);
    ends(place, &["rotate", "promote", "--guard", "/bin/false"], "", 75, "not now");
    ends(place, &["rotate", "promote", "--verify", "/bin/false"], "", 1, "nothing was changed");
    ends(place, &["rotate", "promote", "--verify", "/bin/true | /bin/cat"], "", 64, "operator");
    assert_eq!((place.whole(&place.env_file("ES")), place.open()), (0, Some(("staged".to_owned(), false))));
    // The guard sees today's values, the verifying command the new ones.
    let sees = |serial: u32| format!("/bin/sh -c 'test $API_KEY = {}'", key(serial));
    ends(place, &["rotate", "promote", "--guard", &sees(0), "--verify", &sees(1)], "", 0, "promoted");
    assert_eq!(place.whole(&place.env_file("ES")), 1);
}

fn several(place: &Place) {
    for (instance, serial) in [("ES", 1), ("NQ", 2)] {
        let words = ["rotate", "stage", "API_KEY", "-m", "paper", "-c", "config.yml", "-i", instance];
        ends(place, &words, &key(serial), 0, "staged");
    }
    ends(place, &["rotate", "promote"], "", 64, "2 rotations are open: API_KEY (-m paper -i ES)");
    ends(place, &["rotate", "promote", "-i", "NQ"], "", 0, "promoted");
    // One of the two fits to the step.
    ends(place, &["rotate", "close", "--revoked"], "", 0, "closed");
    ends(place, &["rotate", "promote", "-i", "NQ"], "", 66, "no open rotation is about these inputs");
    ends(place, &["rotate", "promote"], "", 0, "promoted");
}

fn wrong_step(place: &Place) {
    ends(place, &["rotate", "promote"], "", 66, "no rotation is open");
    ends(place, &["rotate", "close"], "", 64, "--revoked");
    place.done("stage", 1);
    ends(place, &["rotate", "close", "--revoked"], "", 77, "cannot be closed: it is staged");
    ends(place, &["rotate", "rollback"], "", 77, "cannot be rolled back: it is staged");
    ends(place, &stage(&["OTHER"]), "x", 75, "is open (API_KEY, API_SECRET, staged)");
    place.done("promote", 1);
    ends(place, &["rotate", "promote"], "", 77, "cannot be promoted: it is promoted");
    ends(place, &["rotate", "discard"], "", 77, "cannot be thrown away: it is promoted");
}

fn compromised(place: &Place) {
    place.done("stage", 1);
    place.done("promote", 1);
    let words = [&["rotate", "run", "API_KEY", "API_SECRET", "--compromised"], &LAUNCH[..]].concat();
    let values = format!("{}\n{}\n", key(2), secret(2));
    ends(place, &words, &values, 0, "closed");
    assert_eq!((place.whole(&place.env_file("ES")), place.whole(&place.env_file("NQ"))), (2, 2));
    assert_eq!((place.beside(), place.open()), (vec![], None));
    for serial in [0, 1] {
        ends(place, &stage(&["API_KEY"]), &key(serial), 77, "was retired");
    }
}

fn trail(place: &Place) {
    let words = [stage(&["API_KEY"]), vec!["--reason", "monthly"]].concat();
    ends(place, &words, &key(1), 0, "");
    ends(place, &["rotate", "promote"], "", 0, "");
    ends(place, &["rotate", "rollback", "--reason", "the desk asked for it"], "", 0, "");
    ends(place, &["rotate", "discard"], "", 0, "");
    let shown = ends(place, &["audit", "show", "--json"], "", 0, "");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let records = shown["records"].as_array().unwrap();
    let of =
        |field: &str| -> Vec<&str> { records.iter().map(|record| record[field].as_str().unwrap()).collect() };
    assert_eq!(of("action"), ["stage", "promote", "rollback", "discard"]);
    let later = "the desk asked for it";
    assert_eq!(of("reason"), ["monthly", "monthly", later, later]);
    let (promoted, back) = (&records[1]["generation"], &records[2]["generation"]);
    assert_eq!((&promoted["before"], &promoted["after"]), (&back["after"], &back["before"]));
    assert_eq!(records[1]["variables"], serde_json::json!(["API_KEY"]));
    assert_eq!(records[1]["instances"], serde_json::json!(["ES", "NQ"]));
    ends(place, &["audit", "verify"], "", 0, "4 records, 0 faults");
}

fn show(place: &Place) {
    ends(place, &["rotate", "show"], "", 0, "no rotation is open");
    place.done("stage", 1);
    ends(place, &["rotate", "show"], "", 0, "next      envgate rotate promote");
    for at in ["", "promote", "rollback"] {
        if !at.is_empty() {
            place.done(at, 1);
        }
        ends(place, &["rotate", "show"], "", 0, "API_KEY: key… (26) to key… (26)");
        ends(place, &["rotate", "show"], "", 0, "API_SECRET: sec… (29) to sec… (29)");
    }
    let shown = ends(place, &["rotate", "show", "--json"], "", 0, "");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(
        (&shown["rotations"][0]["phase"], &shown["rotations"][0]["interrupted"]),
        (&"staged".into(), &false.into())
    );
}

fn no_systemd(place: &Place) {
    place.done("stage", 1);
    ends(place, &["rotate", "promote", "--restart"], "", 71, "systemd does not answer");
    assert_eq!(place.whole(&place.env_file("ES")), 0);
}

/// An ACL that grants nothing more than the mode, and an attribute of root's.
fn attributes(place: &Place) {
    let path = place.env_file("ES");
    let run = |program: &str, words: &[&str]| {
        let output = std::process::Command::new(program).args(words).arg(&path).output();
        let output = output.unwrap_or_else(|error| panic!("{program} (see tests/setup): {error}"));
        assert!(output.status.success(), "{program}: {}", said(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    std::os::unix::fs::lchown(&path, None, Some(54_399)).unwrap();
    run("setfacl", &["-m", "u:54322:r,m::-"]);
    run("python3", &["-c", "import os, sys; os.setxattr(sys.argv[1], 'trusted.desk', b'kept')"]);
    let attribute = "import os, sys; print(os.getxattr(sys.argv[1], 'trusted.desk'))";
    let seen = || (run("getfacl", &["--absolute-names", "--numeric"]), run("python3", &["-c", attribute]));
    let before = seen();
    assert!(before.0.contains("54322") && before.1.contains("kept"), "{before:?}");
    place.done("stage", 1);
    place.done("promote", 1);
    assert_eq!(seen(), before);
    let facts = fs::metadata(&path).unwrap();
    assert_eq!((facts.gid(), facts.mode()), (54_399, 0o100_600));
}
