//! Others who write the env file while it is rotated: another rotation, an editor, `lint --fix`. What they wrote is
//! there still, or they are told to try again.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};

use crate::Proof;
use crate::place::{INSTANCES, Place, Who, key, said, secret, text};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::strace("of two who stage one file at once one is told to try again", two_stage),
        Proof::anybody("a promotion and a rollback at once end in one of both", both_ways),
        Proof::anybody(
            "a file that was edited since the staging is not promoted, and its names are told",
            edited,
        ),
        Proof::strace("what an editor saves while a file is staged stays", saved_while_staged),
        Proof::strace(
            "what an editor saves during a promotion stays, and the rotation is ended",
            saved_while_promoted,
        ),
        Proof::anybody("what an editor saves behind a promotion is not rolled back", saved_behind),
        Proof::strace("a rewrite and a rollback wait for one another", rewritten),
    ]
}

/// A step whose call takes two seconds more before it is made.
fn slowly(place: &Place, step: &str, call: &str, at: usize) -> Child {
    begun_slowly(place, call, at, |before| place.step(before, step, 1))
}

/// Starts what strace is put in front of, and returns when the call is entered: strace says so before it waits.
fn begun_slowly(place: &Place, call: &str, at: usize, command: impl FnOnce(&[&str]) -> Command) -> Child {
    let log = place.path("state/calls");
    let _ = fs::remove_file(&log);
    let inject = format!("inject={call}:delay_enter=2000000:when={at}");
    let to = log.to_str().expect("text");
    let before = ["/usr/bin/strace", "-qq", "-o", to, "-e", &format!("trace={call}"), "-e", &inject];
    let child = spawn(&mut command(&before));
    let entered = || fs::read_to_string(&log).unwrap_or_default().matches(&format!("{call}(")).count();
    until("the call is entered", || entered() >= at);
    child
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

fn end(child: Child) -> Output {
    child.wait_with_output().expect("it ends")
}

#[track_caller]
fn ended(output: &Output, status: i32, text: &str) {
    assert_eq!(output.status.code(), Some(status), "{}", said(output));
    assert!(said(output).contains(text), "no {text:?} in {}", said(output));
    for value in [key(0), key(1), secret(0), secret(1)] {
        assert!(!said(output).contains(&value), "{value} leaked");
    }
}

fn run(place: &Place, step: &str) -> Output {
    place.step(&[], step, 1).output().expect("the program starts")
}

#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An editor: another file in the place of this one, of the same owner and mode.
fn save(place: &Place, instance: &str, contents: &str) {
    let (path, new) = (place.env_file(instance), place.path("edited"));
    fs::write(&new, contents).expect("a file");
    place.give(&new, 0o600);
    fs::rename(new, path).expect("saved");
}

fn is_locked(place: &Place, instance: &str) -> bool {
    let file = fs::File::open(place.env_file(instance)).expect("the file");
    Flock::lock(file, FlockArg::LockExclusiveNonblock).is_err()
}

fn edit() -> String {
    text(0).replace("stays as it is", "edited")
}

fn read(place: &Place, instance: &str) -> String {
    fs::read_to_string(place.env_file(instance)).expect("the file")
}

/// The second one has seen that nothing is open, and waits for the files.
fn two_stage() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("discard", 1);
        // Before the first record of the second rotation has its mode, and so its name.
        let first = slowly(place, "stage", "fchmod", 1);
        until("the files are locked", || is_locked(place, "NQ"));
        let second = run(place, "stage");
        ended(&second, 75, "is open");
        ended(&end(first), 0, "staged");
        assert_eq!(place.recorded()["stage done"], 2);
    });
    Place::with(Who::User, |place| {
        for _ in 0..10 {
            place.reset();
            let both = [0, 1].map(|_| spawn(&mut place.step(&[], "stage", 1)));
            let mut both = both.map(end);
            both.sort_by_key(|output| output.status.code());
            ended(&both[0], 0, "staged");
            ended(&both[1], 75, "is open");
        }
    });
}

fn both_ways() {
    Place::with(Who::User, |place| {
        for _ in 0..20 {
            place.reset();
            place.done("stage", 1);
            let [promoted, back] = ["promote", "rollback"].map(|step| spawn(&mut place.step(&[], step, 1)));
            let (promoted, back) = (end(promoted), end(back));
            assert_eq!(promoted.status.code(), Some(0), "{}", said(&promoted));
            let (phase, serial) = match back.status.code() {
                Some(0) => ("staged", 0),
                Some(77) => ("promoted", 1),
                _ => panic!("{}", said(&back)),
            };
            assert_eq!(place.remembered(), Some((phase.to_owned(), false)));
            assert_eq!(INSTANCES.map(|instance| place.whole(&place.env_file(instance))), [serial; 2]);
            place.recorded();
        }
    });
}

fn edited() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        save(place, "NQ", &edit());
        let refused = run(place, "promote");
        ended(&refused, 77, "OTHER");
        assert!(!said(&refused).contains("API_KEY,"), "{}", said(&refused));
        place.done("discard", 1);
        assert_eq!(read(place, "NQ"), edit());
        assert_eq!(place.beside(), Vec::<String>::new());
    });
}

/// Saved when the staged file is written and has no name yet.
fn saved_while_staged() {
    Place::with(Who::User, |place| {
        place.reset();
        // Only the staged files are given their owner by a link of the third and fourth name.
        let slow = slowly(place, "stage", "linkat", 3);
        save(place, "ES", &edit());
        ended(&end(slow), 0, "staged");
        ended(&run(place, "promote"), 77, "OTHER");
        place.done("discard", 1);
        assert_eq!(read(place, "ES"), edit());
        // Before that one is there.
        save(place, "ES", &text(0));
        let slow = slowly(place, "stage", "renameat", 1);
        save(place, "ES", &edit());
        ended(&end(slow), 75, "changed the file meanwhile");
        assert_eq!((read(place, "ES"), place.beside(), place.remembered()), (edit(), Vec::new(), None));
    });
}

/// Saved behind the last look of the gates, at one of two files: before both, and between them.
fn saved_while_promoted() {
    for (call, at, instance) in [("renameat", 1, "ES"), ("linkat", 3, "NQ"), ("renameat", 1, "NQ")] {
        Place::with(Who::User, |place| {
            place.reset();
            place.done("stage", 1);
            let slow = slowly(place, "promote", call, at);
            save(place, instance, &edit());
            ended(&end(slow), 77, "neither the one");
            assert_eq!(read(place, instance), edit());
            for step in ["resume", "rollback"] {
                ended(&run(place, step), 77, "neither the one");
            }
            // What was changed is kept, and the other one has its former values.
            place.done("discard", 1);
            assert_eq!(read(place, instance), edit());
            let other = INSTANCES.into_iter().find(|other| *other != instance).expect("another");
            assert_eq!(place.whole(&place.env_file(other)), 0);
            assert_eq!((place.beside(), place.remembered()), (Vec::new(), None));
            place.done("stage", 2);
        });
    }
}

fn saved_behind() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("promote", 1);
        // The values that were promoted, and another line: former values would bar the close.
        let edited = text(1).replace("stays as it is", "edited");
        save(place, "NQ", &edited);
        ended(&run(place, "rollback"), 77, "neither the one");
        // Nothing was begun: it is promoted, and can be closed.
        assert_eq!(place.remembered(), Some(("promoted".to_owned(), false)));
        assert_eq!((place.whole(&place.env_file("ES")), read(place, "NQ")), (1, edited));
        place.done("close", 1);
        assert_eq!(place.beside(), Vec::<String>::new());
    });
}

/// `lint --fix` has read the promoted file and is about to put its own in the place.
fn rewritten() {
    Place::with(Who::User, |place| {
        place.reset();
        place.done("stage", 1);
        place.done("promote", 1);
        let file = place.env_file("ES");
        let promoted = fs::read_to_string(&file).expect("the file");
        fs::write(&file, promoted.replace("OTHER=", "export OTHER=")).expect("written");
        let words = ["lint", "--fix", "--as", "bash", file.to_str().expect("text")];
        let rewriting = begun_slowly(place, "renameat", 1, |before| place.command(before, words));
        let back = run(place, "rollback");
        ended(&back, 77, "neither the one");
        let rewritten = end(rewriting);
        assert_eq!(rewritten.status.code(), Some(0), "{}", said(&rewritten));
        assert_eq!(read(place, "ES"), promoted + "\n");
        assert_eq!(place.remembered(), Some(("promoted".to_owned(), false)));
    });
}
