//! Four rotators contend for one env file while sixty-four workers a second are launched on it: each gets a whole old
//! or a whole new generation, and nothing that a rotator promoted is lost.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};

use crate::Proof;
use crate::place::{Place, Who, names, said};

const ROTATORS: usize = 4;
const LAUNCHES_A_SECOND: u32 = 64;
const LAUNCHERS: u32 = 8;
const FILE: &str = "env/many.paper.env";

pub fn proofs() -> Vec<Proof> {
    let name = |who| {
        format!("{who} rotators contend while 64 workers a second launch, and each gets one generation")
    };
    vec![
        Proof::anybody(name("four"), || contend(Who::User, duration(10))),
        Proof::root(name("root's four"), || contend(Who::Root, duration(30))),
    ]
}

/// `make soak` asks for more.
fn duration(seconds: u64) -> Duration {
    let asked = std::env::var("ENVGATE_SOAK_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(seconds))
}

/// A value that may be the current one, from the start of the step that brings it to the end of the one that takes it.
struct Span {
    serial: usize,
    from: Instant,
    until: Option<Instant>,
}

/// What one rotator has done.
#[derive(Default)]
struct History {
    spans: Vec<Span>,
    steps: BTreeMap<&'static str, usize>,
}

impl History {
    fn begins(&mut self, serial: usize) {
        self.spans.push(Span { serial, from: Instant::now(), until: None });
    }

    /// This one is the current one now, and no other can be seen any more.
    fn is_now(&mut self, serial: usize) {
        for span in self.spans.iter_mut().filter(|span| span.serial != serial && span.until.is_none()) {
            span.until = Some(Instant::now());
        }
    }

    fn may_be(&self, serial: usize, from: Instant, until: Instant) -> bool {
        let overlaps = |span: &Span| span.from <= until && span.until.is_none_or(|end| end >= from);
        self.spans.iter().any(|span| span.serial == serial && overlaps(span))
    }

    fn current(&self) -> usize {
        self.spans.iter().rev().find(|span| span.until.is_none()).expect("a value").serial
    }
}

fn key(rotator: usize, serial: usize) -> String {
    format!("key-{rotator}-{serial:06}")
}

fn secret(rotator: usize, serial: usize) -> String {
    format!("secret {rotator} {serial:06}")
}

fn pair(rotator: usize) -> [String; 2] {
    [format!("KEY_{rotator}"), format!("SECRET_{rotator}")]
}

fn file(place: &Place) -> PathBuf {
    place.path(FILE)
}

fn contend(who: Who, duration: Duration) {
    Place::with(who, |place| {
        place.reset();
        let lines = (0..ROTATORS).map(|rotator| {
            let [one, other] = pair(rotator);
            format!("# {rotator}\n{one}={}\n{other}='{}'\n", key(rotator, 0), secret(rotator, 0))
        });
        fs::write(file(place), lines.collect::<String>()).expect("a file");
        place.give(&file(place), 0o600);
        let histories: [Mutex<History>; ROTATORS] = Default::default();
        for history in &histories {
            history.lock().expect("a lock").begins(0);
        }
        let (stop, launched) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for (rotator, history) in histories.iter().enumerate() {
                let stop = &stop;
                scope.spawn(move || rotate(place, rotator, history, stop));
            }
            let (all, count) = (&histories, &launched);
            let launchers: Vec<_> = (0..LAUNCHERS)
                .map(|first| scope.spawn(move || launch(place, first, duration, all, count)))
                .collect();
            let ended = launchers.into_iter().all(|launcher| launcher.join().is_ok());
            stop.store(true, Ordering::Relaxed);
            assert!(ended, "a launcher failed");
        });
        let seconds = usize::try_from(duration.as_secs()).expect("a number");
        assert!(launched.into_inner() >= seconds * LAUNCHES_A_SECOND as usize);
        judge_end(place, &histories.map(|history| history.into_inner().expect("no rotator panicked")));
    });
}

/// Each at its time; late where the machine is slow, and none is left out.
fn launch(
    place: &Place,
    first: u32,
    duration: Duration,
    histories: &[Mutex<History>],
    launched: &AtomicUsize,
) {
    let (start, each) = (Instant::now(), Duration::from_secs(1) / LAUNCHES_A_SECOND);
    for number in (first..).step_by(LAUNCHERS as usize) {
        let due = each * number;
        if due >= duration {
            return;
        }
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        let from = Instant::now();
        let given = worker(place);
        let until = Instant::now();
        for (rotator, history) in histories.iter().enumerate() {
            let (one, other) = (&given[2 * rotator], &given[2 * rotator + 1]);
            let serial = one.rsplit('-').next().and_then(|serial| serial.parse().ok()).expect("a serial");
            assert_eq!(
                (one, other),
                (&key(rotator, serial), &secret(rotator, serial)),
                "a mixture: {given:?}"
            );
            let is_possible = history.lock().expect("a lock").may_be(serial, from, until);
            assert!(is_possible, "{one} was not the current one: {given:?}");
        }
        launched.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a worker gets, pair by pair.
fn worker(place: &Place) -> Vec<String> {
    let all: Vec<String> = (0..ROTATORS).flat_map(pair).collect();
    let words = ["exec", "-m", "paper", "-e", FILE, "--", "/usr/bin/printenv"];
    let mut command = place.as_worker().command(&[], words.into_iter().chain(all.iter().map(String::as_str)));
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Promotes and closes, promotes and goes back, or throws away, until it is told to stop.
fn rotate(place: &Place, rotator: usize, history: &Mutex<History>, stop: &AtomicBool) {
    let mut current = 0;
    for serial in 1.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let step = |name: &'static str| {
            until_free(place, rotator, name, serial);
            *history.lock().expect("a lock").steps.entry(name).or_default() += 1;
        };
        step("stage");
        match serial % 4 {
            0 => step("discard"),
            1 => {
                history.lock().expect("a lock").begins(serial);
                step("promote");
                history.lock().expect("a lock").is_now(serial);
                history.lock().expect("a lock").begins(current);
                step("rollback");
                history.lock().expect("a lock").is_now(current);
                step("discard");
            }
            _ => {
                history.lock().expect("a lock").begins(serial);
                step("promote");
                history.lock().expect("a lock").is_now(serial);
                current = serial;
                step("close");
            }
        }
    }
}

/// A step, again for as long as it is to be tried again.
fn until_free(place: &Place, rotator: usize, step: &str, serial: usize) {
    let start = Instant::now();
    loop {
        let output = try_step(place, rotator, step, serial);
        match output.status.code() {
            Some(0) => return,
            Some(75) => {}
            status => panic!("{rotator} {step}: {status:?} {}", said(&output)),
        }
        assert!(
            start.elapsed() < Duration::from_secs(120),
            "{rotator} never got to {step}: {}",
            said(&output)
        );
        std::thread::sleep(Duration::from_millis(20 + 7 * rotator as u64));
    }
}

fn try_step(place: &Place, rotator: usize, step: &str, serial: usize) -> Output {
    let names = pair(rotator);
    let mut words = vec!["rotate", step, &names[0], &names[1]];
    let mut input = None;
    match step {
        "stage" => {
            words.extend(["-m", "paper", "-e", FILE]);
            input = Some(format!("{}\n{}\n", key(rotator, serial), secret(rotator, serial)));
        }
        "close" => words.push("--revoked"),
        _ => {}
    }
    let mut command: Command = place.command(&[], words);
    if let Some(input) = input {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer.write_all(input.as_bytes()).expect("written");
        command.stdin(reader);
    }
    command.output().expect("the program starts")
}

/// No update is lost, no lock stays, and the trail has every step.
fn judge_end(place: &Place, histories: &[History]) {
    let given = worker(place);
    let mut steps: BTreeMap<String, usize> = BTreeMap::new();
    for (rotator, history) in histories.iter().enumerate() {
        assert_eq!(given[2 * rotator], key(rotator, history.current()), "lost: {given:?}");
        assert!(
            history.steps.get("close").is_some_and(|closed| *closed > 0),
            "{rotator}: {:?}",
            history.steps
        );
        for (step, count) in &history.steps {
            *steps.entry(format!("{step} done")).or_default() += count;
        }
    }
    assert_eq!(place.recorded(), steps);
    assert_eq!(names(&place.path("env")), ["ES.paper.env", "NQ.paper.env", "many.paper.env"]);
    assert_eq!(place.remembered(), None);
    for held in [file(place), place.trail_file(), place.state()] {
        let held = fs::File::open(held).expect("opened");
        assert!(Flock::lock(held, FlockArg::LockExclusiveNonblock).is_ok(), "a lock was left");
    }
}
