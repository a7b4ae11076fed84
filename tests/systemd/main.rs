//! The launch under the real thing: the machine's own systemd, booted once for all tests of this program.
//!
//! Where it cannot be booted (no root, no systemd, no namespaces) every test counts as ignored and the reason is
//! printed; with `ENVGATE_REQUIRE_SYSTEMD=1` every test fails instead.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by them")]

use std::process::ExitCode;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Trial};

#[path = "../support/appender.rs"]
mod appender;
#[path = "../support/lab.rs"]
mod lab;
mod rotated;
#[path = "../support/rotator.rs"]
mod rotator;
mod service;
#[path = "../support/signals.rs"]
mod signals;

mod ages;
mod audit;
mod by_hand;
mod credentials;
mod delivery;
mod desk;
mod desk_back;
mod desk_done;
mod desk_interrupted;
mod desk_refused;
mod desk_seen;
mod encrypted;
mod environment;
mod hidden;
mod holders;
mod host_policy;
mod journal;
mod metrics;
mod move_over;
mod proofs;
mod readiness;
mod real_worker;
mod refusal;
mod reloads;
mod restarts;
mod runbook_desk;
mod runbooks;
mod sockets;
mod units;
mod user_manager;
mod workers;

use lab::Lab;

/// A test: its name is the sentence that it shows.
type Sentence = (&'static str, fn(&'static Lab));

/// Lists a module's tests.
macro_rules! sentences {
    ($($test:ident),* $(,)?) => {
        pub(crate) const ALL: &[crate::Sentence] = &[$((stringify!($test), $test)),*];
    };
}
use sentences;

const MODULES: &[&[Sentence]] = &[
    audit::ALL,
    ages::ALL,
    by_hand::ALL,
    credentials::ALL,
    delivery::ALL,
    environment::ALL,
    holders::ALL,
    host_policy::ALL,
    hidden::ALL,
    journal::ALL,
    move_over::ALL,
    proofs::ALL,
    readiness::ALL,
    real_worker::ALL,
    refusal::ALL,
    reloads::ALL,
    restarts::ALL,
    runbooks::ALL,
    sockets::ALL,
    units::ALL,
    user_manager::ALL,
    workers::ALL,
];

/// Those that rotate with the program: in a lab of their own, whose trail no other test cuts.
const DESKS: &[&[Sentence]] =
    &[desk_back::ALL, desk_done::ALL, desk_interrupted::ALL, desk_refused::ALL, encrypted::ALL, metrics::ALL];

static LAB: OnceLock<Lab> = OnceLock::new();
static DESK_LAB: OnceLock<Lab> = OnceLock::new();

fn main() -> ExitCode {
    signals::as_on_a_terminal();
    if let Some(status) = appender::append_where_asked().or_else(rotator::rotate_where_asked) {
        return u8::try_from(status).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    let arguments = Arguments::from_args();
    let obstacle = if arguments.list { None } else { Lab::obstacle() };
    let sentences = || MODULES.iter().chain(DESKS).copied().flatten().copied();
    let trials = match obstacle {
        None => {
            let of = |modules: &'static [&[Sentence]], lab| {
                let sentences = modules.iter().copied().flatten();
                sentences.map(move |sentence| booted(*sentence, lab))
            };
            of(DESKS, &DESK_LAB).chain(of(MODULES, &LAB)).collect()
        }
        Some(reason) => {
            let required = is_required();
            let what = if required { "cannot run, and are required here" } else { "are ignored" };
            complain(&format!("the tests under a real systemd {what}: {reason}"));
            sentences().map(|sentence| not_run(sentence, &reason).with_ignored_flag(!required)).collect()
        }
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    for lab in [&LAB, &DESK_LAB].into_iter().filter_map(OnceLock::get) {
        lab.shut_down();
    }
    conclusion.exit_code()
}

fn booted((name, test): Sentence, lab: &'static OnceLock<Lab>) -> Trial {
    Trial::test(name, move || {
        test(lab.get_or_init(service::boot));
        Ok(())
    })
}

/// Ignored, or failed: never passed.
fn not_run((name, _): Sentence, reason: &str) -> Trial {
    let reason = reason.to_owned();
    Trial::test(name, move || Err(reason.into()))
}

#[allow(clippy::disallowed_methods, reason = "the one variable that chooses between ignored and failed")]
fn is_required() -> bool {
    std::env::var_os("ENVGATE_REQUIRE_SYSTEMD").is_some_and(|value| value == "1")
}

#[allow(clippy::disallowed_macros, reason = "the one line that says why nothing was tested")]
fn complain(text: &str) {
    eprintln!("{text}");
}
