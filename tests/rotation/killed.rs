//! A step that is killed at each of its system calls. After each: the env files are whole, old or new, a worker
//! launches, the trail is whole, and one command ends or undoes what was begun.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Proof;
use crate::place::{INSTANCES, Open, Place, Who, names, said};
use crate::tracer::{STOPPED, killed_at};

/// A step: what leads to it, and what may follow when it was killed.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// The steps that lead to it.
    pub before: &'static [&'static str],
    /// Ends what was begun, or undoes it.
    pub ends: &'static [&'static str],
}

/// All of them.
pub const STEPS: [Step; 5] = [
    Step { name: "stage", before: &[], ends: &["resume", "discard"] },
    Step { name: "promote", before: &["stage"], ends: &["resume", "rollback"] },
    Step { name: "rollback", before: &["stage", "promote"], ends: &["resume", "rollback"] },
    Step { name: "discard", before: &["stage"], ends: &["resume", "discard"] },
    Step { name: "close", before: &["stage", "promote"], ends: &["resume", "close"] },
];

pub fn proofs() -> Vec<Proof> {
    let of = |step: &'static Step, who: Who| {
        let name = match who {
            Who::Root => format!("root's {} killed at every system call is ended by one command", step.name),
            Who::User => format!("{} killed at every system call is ended by one command", step.name),
        };
        let run = move || at_every_call(step, who);
        // Whoever is not root cannot be alone: a step that looks at every worker of the machine makes other calls each
        // time.
        let looks_around = !["stage", "discard"].contains(&step.name);
        if who == Who::Root || looks_around { Proof::root(name, run) } else { Proof::anybody(name, run) }
    };
    STEPS.iter().flat_map(|step| [of(step, Who::User), of(step, Who::Root)]).collect()
}

/// What was tried, over all threads.
#[derive(Default)]
struct Tried {
    points: AtomicUsize,
    shapes: Mutex<BTreeSet<String>>,
}

fn at_every_call(step: &'static Step, who: Who) {
    let calls = Place::alone(who, |place| {
        prepare(place, step);
        let clean = killed_at(&mut place.step(&STOPPED, step.name, 1), None);
        assert_eq!(clean.status, Some(0), "{}", clean.said);
        clean.calls
    });
    let tried = Tried::default();
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for first in 1..=threads {
            let tried = &tried;
            scope.spawn(move || {
                Place::alone(who, |place| points(place, step, (first..=calls).step_by(threads), tried));
            });
        }
    });
    let (points, shapes) =
        (tried.points.into_inner(), tried.shapes.into_inner().expect("no thread panicked"));
    assert_eq!(points, calls, "not every call was a point");
    assert!(points > 200 && shapes.len() > 5, "{points} points, {} states", shapes.len());
}

/// Everything that leads to a step.
pub fn prepare(place: &Place, step: &Step) {
    place.reset();
    for before in step.before {
        place.done(before, 1);
    }
}

/// Kills at each of these calls. Where that left everything as it was, to the inodes and their times, the next point
/// begins right there; otherwise what was begun is ended with one of the commands. In a state that was not seen before
/// each of them is tried.
fn points(place: &Place, step: &Step, calls: impl Iterator<Item = usize>, tried: &Tried) {
    let mut prepared = None;
    for at in calls {
        let before = prepared.take().unwrap_or_else(|| {
            prepare(place, step);
            place.exactly()
        });
        kill(place, step, at);
        tried.points.fetch_add(1, Ordering::Relaxed);
        let shape = place.shape();
        let is_new = tried.shapes.lock().expect("no thread panicked").insert(shape.clone());
        if !is_new && place.exactly() == before {
            prepared = Some(before);
            continue;
        }
        let what = |end: &str| format!("{} killed at call {at}, then {end}, from\n{shape}", step.name);
        let end = step.ends[at % step.ends.len()];
        judge(place, step, end, &what(end), is_new);
        for end in step.ends.iter().filter(|other| is_new && **other != end) {
            prepare(place, step);
            kill(place, step, at);
            judge(place, step, end, &what(end), true);
        }
    }
}

fn kill(place: &Place, step: &Step, at: usize) {
    let killed = killed_at(&mut place.step(&STOPPED, step.name, 1), Some(at));
    assert_eq!((killed.status, killed.calls), (None, at), "{}", killed.said);
}

/// The files are whole, and one command ends what was begun; thoroughly: and the next rotation goes all its way.
pub fn judge(place: &Place, step: &Step, end: &str, what: &str, thoroughly: bool) {
    for instance in INSTANCES {
        let now = place.whole(&place.env_file(instance));
        if thoroughly {
            assert_eq!(place.launched(instance), now, "{what}");
        }
    }
    place.recorded();
    let was_open = place.remembered();
    if thoroughly {
        assert_eq!(place.open(), was_open, "{what}");
    }
    let output = place.step(&[], end, 9).output().expect("the program starts");
    let text = said(&output);
    match output.status.code() {
        Some(0) => {}
        Some(66) if text.contains("no rotation is open") => assert!(was_open.is_none(), "{what}: {text}"),
        // Nothing was begun, or all was done: there is nothing to roll back, to throw away or to close.
        Some(77) if text.contains("cannot be") && end != "resume" => {}
        status => panic!("{status:?} {what}: {text}"),
    }
    let open = place.remembered();
    consistent(place, step, &open, what);
    if thoroughly {
        clean_up(place, &open, what);
        new_rotation(place, what);
    }
}

/// What is open says what the files are, and no step is halfway.
fn consistent(place: &Place, step: &Step, open: &Open, what: &str) {
    let current: Vec<u32> = INSTANCES.iter().map(|instance| place.whole(&place.env_file(instance))).collect();
    let phase = open.as_ref().map(|(phase, _)| phase.as_str());
    assert!(!open.as_ref().is_some_and(|(_, halfway)| *halfway), "{what}: {open:?}");
    let (serial, beside) = match phase {
        Some("staged") => (Some(0), vec!["ES.paper.env.staged", "NQ.paper.env.staged"]),
        Some("promoted") => (Some(1), vec!["ES.paper.env.previous", "NQ.paper.env.previous"]),
        None => (if step.name == "close" { Some(1) } else { Some(0) }, vec![]),
        Some(other) => panic!("{what}: {other}"),
    };
    assert!(current.iter().all(|now| Some(*now) == serial), "{what}: {current:?} {open:?}");
    assert_eq!(place.beside(), beside, "{what}: {open:?}");
    let recorded = place.recorded();
    for (phase_is, done) in [("staged", "stage done"), ("promoted", "promote done")] {
        assert!(phase != Some(phase_is) || recorded.contains_key(done), "{what}: no {done} in {recorded:?}");
    }
}

/// Ends the rotation, and looks for what stayed behind.
fn clean_up(place: &Place, open: &Open, what: &str) {
    match open.as_ref().map(|(phase, _)| phase.as_str()) {
        Some("staged") => place.done("discard", 9),
        Some("promoted") => place.done("close", 9),
        _ => {}
    }
    assert_eq!(place.beside(), Vec::<String>::new(), "{what}");
    for id in names(&place.state().join("rotations")) {
        let left = names(&place.state().join("rotations").join(id));
        assert!(!left.contains(&"record.json".to_owned()), "{what}: {left:?}");
    }
}

/// The next rotation goes all its way, and leaves nothing behind.
fn new_rotation(place: &Place, what: &str) {
    for step in ["stage", "promote", "close"] {
        let output = place.step(&[], step, 2).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{what}, then {step}: {}", said(&output));
    }
    for instance in INSTANCES {
        assert_eq!((place.whole(&place.env_file(instance)), place.launched(instance)), (2, 2), "{what}");
    }
    assert_eq!(place.beside(), Vec::<String>::new(), "{what}");
    let mut kept = names(&place.state());
    kept.retain(|name| name != "audit.jsonl");
    assert_eq!(kept, ["host.key", "retired.json", "rotations"], "{what}");
    assert_eq!(names(&place.state().join("rotations")), Vec::<String>::new(), "{what}");
    let verified = place.command(&[], ["audit", "verify"]).output().expect("the program starts");
    assert_eq!(verified.status.code(), Some(0), "{what}: {}", said(&verified));
}
