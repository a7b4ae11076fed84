//! Under which name a value stands: a number is a port or an account by it alone.

use std::cell::OnceCell;

use super::broker::Broker;
use super::brokers::{BROKERS, OTHER_OWNERS};
use super::words::{contain, words};
use crate::mode::Class;

/// Under which name a value stands.
#[derive(Debug)]
pub struct Context<'a> {
    name: &'a str,
    /// The part of the name that is this very value's.
    own: &'a str,
    /// The key right above it.
    above: &'a str,
    /// The words of the name and of its own part. Most values hold no sign, and their names are not looked at.
    words: OnceCell<(String, String)>,
}

/// What people call a number of a kind.
pub(super) struct Called {
    /// The value itself.
    pub(super) words: &'static [&'static str],
    /// The same, written as one with a broker's word.
    pub(super) glued: &'static [&'static str],
    /// A key that holds one of them, in parts: `account: {id: …}`. Not one that holds many, from which the worker
    /// chooses: a table has those of every class.
    pub(super) one: &'static [&'static str],
    /// The part that is the number.
    pub(super) inner: &'static [&'static str],
}

impl<'a> Context<'a> {
    /// A variable.
    #[must_use]
    pub fn variable(name: &'a str) -> Self {
        Self { name, own: name, above: "", words: OnceCell::new() }
    }

    /// A config key, by its path: `ibkr.gateway.port`.
    #[must_use]
    pub fn key(path: &'a str) -> Self {
        let (before, own) = path.rsplit_once('.').unwrap_or(("", path));
        let above = before.rsplit('.').next().unwrap_or(before);
        Self { name: path, own, above, words: OnceCell::new() }
    }

    /// The words of the name but those of a class: the same for each side of a table of both.
    #[must_use]
    pub fn without_classes(&self) -> String {
        let words = self.words().0.split('_').filter(|word| Class::of_known(word).is_none());
        words.collect::<Vec<_>>().join("_")
    }

    /// Whether the name says this class: `live_port`.
    #[must_use]
    pub fn speaks_of_class(&self, class: Class) -> bool {
        self.words().0.split('_').any(|word| Class::of_known(word) == Some(class))
    }

    fn words(&self) -> &(String, String) {
        self.words.get_or_init(|| (words(self.name), words(self.own)))
    }

    pub(super) fn speaks_of(&self, broker: &Broker) -> bool {
        broker.words.iter().any(|word| contain(&self.words().0, word))
    }

    /// Whether the name is that of somebody else, who may have keys of the same shape.
    pub(super) fn speaks_of_another(&self, broker: &Broker) -> bool {
        let others = BROKERS.iter().filter(|other| other.name != broker.name);
        let mut words = others.flat_map(|other| other.words).chain(OTHER_OWNERS);
        words.any(|word| contain(&self.words().0, word))
    }

    /// Whether the value is called so, or is the part of what the key right above it names that is the number.
    pub(super) fn has(&self, called: &Called) -> bool {
        self.is_called(called.words, called, contain)
    }

    /// Whether it is with a broker's word and that one written as one: `IBPORT`.
    pub(super) fn has_glued(&self, broker: &Broker, called: &Called) -> bool {
        broker.words.iter().any(|own| {
            self.is_called(called.glued, called, |words, word| contain(words, &format!("{own}{word}")))
        })
    }

    fn is_called(&self, all: &[&str], called: &Called, holds: impl Fn(&str, &str) -> bool) -> bool {
        let own = &self.words().1;
        let is_inner = || called.inner.contains(&own.trim_matches('_'));
        let is_one = || {
            let above = words(self.above);
            called.one.iter().any(|word| holds(&above, word))
        };
        all.iter().any(|word| holds(own, word)) || (is_inner() && is_one())
    }
}
