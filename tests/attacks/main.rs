//! What a hostile neighbour, a broken file or a careless caller may do, each tried on the real program.
//!
//! Some attacks need another user, and so root: without it they are counted as ignored. With
//! `ENVGATE_REQUIRE_ROOT=1` that is a failure.

mod ages;
#[path = "../support/appender.rs"]
mod appender;
mod break_glass;
mod changing;
mod commands;
#[path = "../support/driver.rs"]
mod driver;
mod handed_over;
mod host_policy;
mod inputs;
mod isolation;
mod kinds;
mod linted;
mod neighbours;
mod no_bus;
mod observers;
mod permissions;
mod random_environment;
mod redaction;
mod redaction_of_configs;
mod redaction_of_looks;
mod rewriting;
mod running;
mod running_to_the_end;
mod sealed_off;
#[path = "../support/signals.rs"]
mod signals;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod traced;
mod trail;
mod trail_on_disk;
#[path = "../support/trial.rs"]
mod trial;
mod typing;
mod workers;

use libtest_mimic::{Arguments, Trial};
use trial::{requires_root, trial};

/// The user who launches, and a neighbour: numbers that no user of the machine has.
pub const ALICE: u32 = 54321;
pub const MALLORY: u32 = 54322;

/// One attack. Its name is a sentence.
pub struct Attack {
    name: &'static str,
    needs: Needs,
    run: fn(),
}

/// What the machine must allow.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Nothing,
    /// Files of several users.
    Root,
    /// A mount namespace of its own, and so root.
    Namespace,
    /// A tracer that can fail or end a system call.
    Strace,
    /// No loader that obeys the environment before the program does.
    StaticProgram,
}

impl Attack {
    pub fn anybody(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Nothing, run }
    }

    pub fn root(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Root, run }
    }

    pub fn namespace(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Namespace, run }
    }

    pub fn strace(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Strace, run }
    }

    pub fn static_program(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::StaticProgram, run }
    }

    fn into_trial(self) -> Trial {
        let obstacle = self.needs.missing().map(|reason| format!("it {reason}"));
        trial(self.name, obstacle, requires_root(), self.run)
    }
}

impl Needs {
    /// What is missing, as the end of a sentence.
    fn missing(self) -> Option<&'static str> {
        match self {
            Self::Root | Self::Namespace if !nix::unistd::Uid::effective().is_root() => {
                Some("needs root, for files of another user")
            }
            Self::Namespace if !sealed_off::is_possible() => Some("needs a mount namespace (unshare -m)"),
            Self::Strace if !has_strace() => Some("needs strace, and the right to trace"),
            Self::StaticProgram if random_environment::static_program().is_none() => {
                Some("needs a static program: ENVGATE_STATIC=/path/to/envgate")
            }
            Self::Nothing | Self::Root | Self::Namespace | Self::Strace | Self::StaticProgram => None,
        }
    }
}

/// Asked once: each look costs a process.
fn has_strace() -> bool {
    static FOUND: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *FOUND.get_or_init(|| {
        let mut command = std::process::Command::new("strace");
        command.args(["-qq", "-o", "/dev/null", "/bin/true"]).stderr(std::process::Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

fn main() {
    if let Some(status) = appender::append_where_asked() {
        std::process::exit(status);
    }
    if let Some(status) = driver::drive_where_asked() {
        std::process::exit(status);
    }
    // Not for what is started by the tests: some of it is to ignore a signal.
    signals::as_on_a_terminal();
    let arguments = Arguments::from_args();
    let attacks = [
        permissions::attacks(),
        neighbours::attacks(),
        no_bus::attacks(),
        kinds::attacks(),
        linted::attacks(),
        ages::attacks(),
        changing::attacks(),
        inputs::attacks(),
        commands::attacks(),
        random_environment::attacks(),
        redaction::attacks(),
        redaction_of_configs::attacks(),
        redaction_of_looks::attacks(),
        terminal::attacks(),
        observers::attacks(),
        rewriting::attacks(),
        running::attacks(),
        running_to_the_end::attacks(),
        sealed_off::attacks(),
        host_policy::attacks(),
        break_glass::attacks(),
        isolation::attacks(),
        workers::attacks(),
        trail::attacks(),
        trail_on_disk::attacks(),
        typing::attacks(),
        handed_over::attacks(),
    ];
    let trials = attacks.into_iter().flatten().map(Attack::into_trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    support::reachable::forget();
    conclusion.exit();
}
