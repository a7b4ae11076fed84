//! The gate `endpoint`, as a finding: whose sign, of which kind and class, and the mend. Never the value.

use super::{Context, Evidence, Kind};
use crate::finding::{Finding, Gate};
use crate::mode::{Class, Mode};

/// What holds a sign, and how a person mends it.
#[derive(Debug)]
pub struct Holder {
    /// The variable or the key: `ALPACA_URL`, `the key feed.url`.
    pub name: String,
    /// Where the value of the mode belongs.
    pub correction: &'static str,
    /// When the config may say that a host or a port is meant there, and how: a clause.
    pub declaration: String,
}

/// A sign of the class that the mode does not have.
#[must_use]
pub fn finding(evidence: Evidence, holder: &Holder, mode: &Mode) -> Finding {
    let Holder { name, correction, declaration } = holder;
    let broker = evidence.broker.name;
    let sign = match evidence.kind {
        Kind::Host => "a host",
        Kind::Port => "a port",
        Kind::Key => "an API key",
        Kind::Account => "an account",
    };
    let mode = mode.name();
    let (what, why) = match evidence.class {
        Class::Live => (
            format!("{name} holds {sign} of {broker} for real money, and the mode {mode} risks none"),
            "a worker that should risk nothing could trade with it",
        ),
        Class::Paper => (
            format!(
                "{name} holds {sign} of {broker} for paper or tests, and the mode {mode} trades real money"
            ),
            "its orders or prices would not be real, while everybody takes them for real",
        ),
    };
    let mend = if evidence.kind.is_place() {
        format!("{correction}; {declaration}")
    } else {
        format!("{correction}; no declaration lifts this")
    };
    Finding::refuses(Gate::Endpoint, what).why(why).mend(mend)
}

impl Context<'_> {
    /// The signs of the class that a mode does not have.
    #[must_use]
    pub fn against(&self, mode: &Mode, value: &[u8]) -> Vec<Evidence> {
        let mut found = super::find(self, value);
        found.retain(|evidence| evidence.class != mode.class());
        found
    }
}
