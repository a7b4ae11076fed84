//! The steps of a rotation, killed at every system call, on disks that fail, beside others who write and launch, and
//! in folders of hostile users: an env file is whole, old or new, and one command ends what was begun.
//!
//! Some of it needs root: without it, it is counted as ignored. With `ENVGATE_REQUIRE_ROOT=1` that is a failure.

mod beside;
mod by_hand;
mod classes;
mod commands;
mod contention;
mod disks;
mod emergency;
mod failing;
mod hostile;
mod killed;
mod leaks;
mod place;
mod seal;
mod shape;
mod staging;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod tracer;

use libtest_mimic::{Arguments, Failed, Trial};

/// The worker's user, and a neighbour: numbers that no user of the machine has.
pub const ALICE: u32 = 54321;
pub const MALLORY: u32 = 54322;

/// One sentence about rotations.
pub struct Proof {
    name: String,
    missing: Option<&'static str>,
    run: Box<dyn Fn() + Send>,
}

impl Proof {
    /// Anybody can see it.
    pub fn anybody(name: impl Into<String>, run: impl Fn() + Send + 'static) -> Self {
        Self { name: name.into(), missing: None, run: Box::new(run) }
    }

    /// It takes mounts and files of another user.
    pub fn root(name: impl Into<String>, run: impl Fn() + Send + 'static) -> Self {
        let is_root = nix::unistd::Uid::effective().is_root();
        let missing = (!is_root).then_some("needs root, for mounts and files of another user");
        Self { missing, ..Self::anybody(name, run) }
    }

    /// It takes both, and a tracer that can fail a system call.
    pub fn strace(name: impl Into<String>, run: impl Fn() + Send + 'static) -> Self {
        let mut proof = Self::root(name, run);
        let mut probe = std::process::Command::new("strace");
        probe.args(["-qq", "-o", "/dev/null", "/bin/true"]).stderr(std::process::Stdio::null());
        if !probe.status().is_ok_and(|status| status.success()) {
            proof.missing = proof.missing.or(Some("needs strace, and the right to trace"));
        }
        proof
    }

    fn into_trial(self) -> Trial {
        let Some(reason) = self.missing else {
            return Trial::test(self.name, move || {
                (self.run)();
                Ok(())
            });
        };
        let required = std::env::var_os("ENVGATE_REQUIRE_ROOT").is_some_and(|value| value == "1");
        // Never passed: ignored with its reason, or failed where it is required.
        let name = format!("{} (not run: it {reason})", self.name);
        Trial::test(name, move || Err(Failed::from(reason))).with_ignored_flag(!required)
    }
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Each of them takes every processor: one after the other, so that what is timed has the machine.
    arguments.test_threads = Some(1);
    let proofs = [
        staging::proofs(),
        steps::proofs(),
        killed::proofs(),
        failing::proofs(),
        disks::proofs(),
        beside::proofs(),
        by_hand::proofs(),
        classes::proofs(),
        emergency::proofs(),
        contention::proofs(),
        hostile::proofs(),
        leaks::proofs(),
    ];
    let trials = proofs.into_iter().flatten().map(Proof::into_trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    support::reachable::forget();
    conclusion.exit();
}
