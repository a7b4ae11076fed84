//! The templates of `env-templates/`, each in every mode, filled in with values of the right shape and launched: a
//! worker in Python parses what it gets. What a machine has no reader for (Python with `PyYAML`, bash) is counted
//! as ignored, with the reason.
#![allow(unreachable_pub, reason = "a test program has no outside")]

mod anthropic_fyers;
mod case;
mod every_template;
mod market_maker;
mod massive;
mod pine;
mod shell;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use case::Case;

/// Every template in every mode.
fn cases() -> Vec<Case> {
    [pine::cases(), market_maker::cases(), massive::cases(), anthropic_fyers::cases()].concat()
}

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(every_template::trials());
    trials.extend(shell::trials());
    trials.extend(pine::trials());
    trials.extend(market_maker::trials());
    trials.extend(massive::trials());
    trials.extend(anthropic_fyers::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
