//! What the table says of a run before the table is searched: most runs of a launch are nobody's, and each is asked.

use super::broker::{Broker, Part, Shape};
use super::brokers::BROKERS;
use super::runs::Glance;

/// Made of the table when the program is built.
pub(super) const INDEX: Index = Index::of(BROKERS);

/// The lengths and beginnings that hosts, keys, accounts and ports of the table have.
pub(super) struct Index {
    /// Bit n: a host is n bytes long; every bit from the shortest one that a `*` stands for.
    host_lengths: u64,
    keys: Beginnings,
    accounts: Beginnings,
    ports: Beginnings,
}

impl Index {
    /// Whether a value may be or hold anything of the table.
    pub(super) fn may_hold(&self, value: &[u8], glance: Glance) -> bool {
        let length = value.len();
        // It may be shorter, and have dots, when it is decoded.
        if glance.is_beyond_ascii() {
            return true;
        }
        if glance.is_run() && glance.has_dot() {
            return length >= self.keys.least.min(self.host_lengths.trailing_zeros() as usize);
        }
        // A port or an account has digits, and a host has dots; a key may be all letters.
        if glance.is_words() && length < self.keys.least {
            return false;
        }
        let shortest = self.ports.least.min(self.accounts.least).min(self.keys.least);
        let longest = self.ports.most.max(self.accounts.most).max(self.keys.most);
        if glance.is_run() { (shortest..=longest).contains(&length) } else { length > shortest }
    }

    /// Whether a host may be in the table.
    pub(super) fn may_be_host(&self, host: &[u8]) -> bool {
        host.len() < 64 && self.host_lengths >> host.len() & 1 == 1
    }

    /// Whether a text may be a key.
    pub(super) fn may_be_key(&self, text: &[u8]) -> bool {
        self.keys.allow(text)
    }

    /// Whether a text may be an account's number.
    pub(super) fn may_be_account(&self, text: &[u8]) -> bool {
        self.accounts.allow(text)
    }

    /// Whether a text may be a port.
    pub(super) fn may_be_port(&self, text: &[u8]) -> bool {
        self.ports.allow(text)
    }

    const fn of(brokers: &[Broker]) -> Self {
        let mut index = Self {
            host_lengths: 0,
            keys: Beginnings::NONE,
            accounts: Beginnings::NONE,
            ports: Beginnings::NONE,
        };
        let mut at = 0;
        while at < brokers.len() {
            index.add(&brokers[at].paper);
            index.add(&brokers[at].live);
            at += 1;
        }
        index
    }

    const fn add(&mut self, signs: &super::Signs) {
        let mut at = 0;
        while at < signs.hosts.len() {
            let host = signs.hosts[at].as_bytes();
            self.host_lengths |= if host[0] == b'*' { u64::MAX << host.len() } else { 1 << host.len() };
            at += 1;
        }
        at = 0;
        while at < signs.keys.len() {
            self.keys.add(signs.keys[at].shape);
            at += 1;
        }
        at = 0;
        while at < signs.accounts.len() {
            self.accounts.add(signs.accounts[at]);
            at += 1;
        }
        at = 0;
        while at < signs.ports.len() {
            self.ports.add_port(signs.ports[at]);
            at += 1;
        }
    }
}

/// First bytes, and lengths.
struct Beginnings {
    /// Bit n: one begins with the byte n, in ASCII.
    first: u128,
    least: usize,
    most: usize,
}

impl Beginnings {
    const NONE: Self = Self { first: 0, least: usize::MAX, most: 0 };

    fn allow(&self, text: &[u8]) -> bool {
        (self.least..=self.most).contains(&text.len())
            && text.first().is_some_and(|first| first.is_ascii() && self.first >> first & 1 == 1)
    }

    /// A shape begins with a text; a test beside the table says so.
    const fn add(&mut self, shape: Shape) {
        let (mut least, mut most, mut at) = (0, 0, 0);
        while at < shape.len() {
            match shape[at] {
                Part::Text(text) => {
                    if at == 0 {
                        self.first |= 1 << text.as_bytes()[0];
                    }
                    least += text.len();
                    most += text.len();
                }
                Part::Run(_, shortest, longest) => {
                    least += shortest;
                    most += longest;
                }
            }
            at += 1;
        }
        self.widen(least, most);
    }

    const fn add_port(&mut self, port: u16) {
        let (mut first, mut length) = (port, 1);
        while first > 9 {
            first /= 10;
            length += 1;
        }
        self.first |= 1 << (b'0' as u16 + first);
        self.widen(length, length);
    }

    const fn widen(&mut self, least: usize, most: usize) {
        if least < self.least {
            self.least = least;
        }
        if most > self.most {
            self.most = most;
        }
    }
}
