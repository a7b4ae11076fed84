//! What brokers and feeds look like, and which of it is in a value: the hosts, ports, API keys and accounts that are
//! known to be paper or known to be live (`brokers` has the table). Pure, and without a word of the value.

mod broker;
mod brokers;
mod context;
mod decoded;
mod finding;
mod index;
mod runs;
#[cfg(test)]
mod tests;
mod words;

pub use broker::{Alphabet, Broker, Key, Part, Shape, Signs, Source};
pub use brokers::{BROKERS, OTHER_OWNERS};
pub use context::Context;
pub use finding::{Holder, finding};

use crate::mode::Class;
use context::Called;
use decoded::decoded;
use index::INDEX;
use runs::{Glance, Run, runs};

/// What in a value belongs to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A host.
    Host,
    /// A port.
    Port,
    /// An API key.
    Key,
    /// An account number.
    Account,
}

impl Kind {
    /// Whether it says where the worker connects to, and not as whom: only that may be for reading data alone.
    #[must_use]
    pub fn is_place(self) -> bool {
        matches!(self, Self::Host | Self::Port)
    }
}

/// A sign of a class that a value holds.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Whose it is.
    pub broker: &'static Broker,
    /// What it is.
    pub kind: Kind,
    /// Which class it belongs to.
    pub class: Class,
}

impl PartialEq for Evidence {
    fn eq(&self, other: &Self) -> bool {
        (self.broker.name, self.kind, self.class) == (other.broker.name, other.kind, other.class)
    }
}

/// Every sign in a value, each once.
#[must_use]
pub fn find(context: &Context<'_>, value: &[u8]) -> Vec<Evidence> {
    let mut found = Vec::new();
    let glance = Glance::at(value);
    if INDEX.may_hold(value, glance) {
        find_as_written(context, value, &mut found);
        if let Some(decoded) = decoded(value, glance) {
            find_as_written(context, &decoded, &mut found);
        }
    }
    found
}

fn find_as_written(context: &Context<'_>, value: &[u8], found: &mut Vec<Evidence>) {
    let mut accounts = Vec::new();
    for run in runs(value) {
        look_at(&run, &mut |evidence, text| {
            if found.contains(&evidence) || accounts.contains(&evidence) {
                return;
            }
            if counts(evidence, text, &run, context) {
                found.push(evidence);
            } else if evidence.kind == Kind::Account {
                accounts.push(evidence);
            }
        });
    }
    accounts.retain(|account| stands_beside_host(value, account.broker));
    found.append(&mut accounts);
}

/// Whether a text may hold a sign, under whatever name: what [`find`] is asked of then.
#[must_use]
pub fn may_hold(text: &[u8]) -> bool {
    let glance = Glance::at(text);
    let as_written = |text: &[u8]| {
        runs(text).any(|run| {
            let mut seen = false;
            look_at(&run, &mut |_, _| seen = true);
            seen
        })
    };
    let as_decoded = || decoded(text, glance).is_some_and(|decoded| as_written(&decoded));
    INDEX.may_hold(text, glance) && (as_written(text) || as_decoded())
}

/// Shows every sign that a run has by its looks.
fn look_at(run: &Run<'_>, see: &mut dyn FnMut(Evidence, &[u8])) {
    if let Some(host) = run.host().filter(|host| INDEX.may_be_host(host)) {
        each_sign(|broker, class, signs| {
            if signs.hosts.iter().any(|known| broker::is_host(known, host)) {
                see(Evidence { broker, kind: Kind::Host, class }, host);
            }
        });
    }
    for text in run.parts().filter(|text| INDEX.may_be_key(text)) {
        each_sign(|broker, class, signs| {
            if signs.keys.iter().any(|key| key.fits(text)) {
                see(Evidence { broker, kind: Kind::Key, class }, text);
            }
        });
    }
    if INDEX.may_be_account(run.text) {
        each_sign(|broker, class, signs| {
            if signs.accounts.iter().any(|shape| broker::fits(shape, run.text)) {
                see(Evidence { broker, kind: Kind::Account, class }, run.text);
            }
        });
    }
    if let Some(port) = port(run.text) {
        each_sign(|broker, class, signs| {
            if signs.ports.contains(&port) {
                see(Evidence { broker, kind: Kind::Port, class }, run.text);
            }
        });
    }
}

fn each_sign(mut see: impl FnMut(&'static Broker, Class, &'static Signs)) {
    for broker in BROKERS {
        see(broker, Class::Paper, &broker.paper);
        see(broker, Class::Live, &broker.live);
    }
}

fn port(text: &[u8]) -> Option<u16> {
    let text = INDEX.may_be_port(text).then_some(text)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

const PORT: Called = Called {
    words: &["PORT", "PORTS"],
    glued: &["PORT"],
    one: &["PORT"],
    inner: &["GATEWAY", "TWS", "API", "SOCKET", "NUMBER", "MAIN"],
};

const ACCOUNT: Called = Called {
    words: &["ACCOUNT", "ACCOUNTS", "ACCT"],
    glued: &["ACCOUNT", "ACCOUNTS", "ACCT"],
    one: &["ACCOUNT", "ACCT"],
    inner: &["ID", "NUMBER", "NAME", "MAIN"],
};

/// Whether a sign counts under the name that it has. A host speaks for itself; a number does not.
fn counts(evidence: Evidence, text: &[u8], run: &Run<'_>, context: &Context<'_>) -> bool {
    let broker = evidence.broker;
    match evidence.kind {
        Kind::Host => true,
        // A key is random: one without a digit is a word.
        Kind::Key => {
            context.speaks_of(broker)
                || (text.iter().any(u8::is_ascii_digit) && !context.speaks_of_another(broker))
        }
        Kind::Port => {
            let is_port = run.is_behind_host() || context.has(&PORT);
            is_port && context.speaks_of(broker) || context.has_glued(broker, &PORT)
        }
        Kind::Account => {
            context.has(&ACCOUNT) && context.speaks_of(broker) || context.has_glued(broker, &ACCOUNT)
        }
    }
}

/// An account's number in a URL of its broker.
fn stands_beside_host(value: &[u8], broker: &Broker) -> bool {
    let is_its_own = |host: &[u8]| {
        broker.paper.hosts.iter().chain(broker.live.hosts).any(|known| broker::is_host(known, host))
    };
    runs(value).any(|run| run.host().is_some_and(is_its_own))
}
