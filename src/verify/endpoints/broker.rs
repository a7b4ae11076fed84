//! What is known of one broker: the types of the table in `brokers`.

/// A broker or a data feed, and what tells its paper side from its live side.
#[derive(Debug)]
pub struct Broker {
    /// Its name, for people.
    pub name: &'static str,
    /// The words of variables and config keys that speak of it: `IB` in `IB_PORT` and in `ib: {port: …}`.
    pub words: &'static [&'static str],
    /// What is paper, demo, testnet or sandbox: no real money.
    pub paper: Signs,
    /// What trades real money.
    pub live: Signs,
    /// Why there is no sign of a class, or none of a kind that a reader would expect.
    pub left_out: &'static str,
    /// Who says so.
    pub sources: &'static [Source],
}

/// The signs of one class of one broker.
#[derive(Debug)]
pub struct Signs {
    /// Hosts in lower case; `*.example.com` is everything below example.com, and not example.com itself. Of the
    /// live ones only those that take orders: reading live prices is no sign of anything.
    pub hosts: &'static [&'static str],
    /// Ports, which count only beside a name that speaks of the broker.
    pub ports: &'static [u16],
    /// API keys.
    pub keys: &'static [Key],
    /// Account numbers, which count only beside a name that speaks of the broker, or beside its host.
    pub accounts: &'static [Shape],
}

impl Signs {
    /// None known.
    pub const NONE: Self = Self { hosts: &[], ports: &[], keys: &[], accounts: &[] };
}

/// An API key of a known shape.
#[derive(Debug)]
pub struct Key {
    /// The whole key.
    pub shape: Shape,
    /// Beginnings that are somebody else's.
    pub except: &'static [&'static str],
}

/// A text, part by part. No part begins with what the one before it may still take.
pub type Shape = &'static [Part];

/// A part of a shape.
#[derive(Debug)]
pub enum Part {
    /// This text.
    Text(&'static str),
    /// At least and at the most so many characters of an alphabet.
    Run(Alphabet, usize, usize),
}

/// Which characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `0-9`.
    Digit,
    /// `A-Z`.
    Upper,
    /// `A-Z0-9`.
    UpperOrDigit,
    /// `A-Z2-7` (RFC 4648, 6).
    Base32,
}

impl Alphabet {
    /// Whether a character belongs to it.
    #[must_use]
    pub fn contains(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Upper => byte.is_ascii_uppercase(),
            Self::UpperOrDigit => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Base32 => byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte),
        }
    }
}

/// Who says what a row says.
#[derive(Debug)]
pub struct Source {
    /// Where.
    pub url: &'static str,
    /// What it says, in our words.
    pub says: &'static str,
    /// When it was read: year, month, day.
    pub read: &'static str,
}

impl Key {
    /// Whether a text is such a key.
    #[must_use]
    pub fn fits(&self, text: &[u8]) -> bool {
        fits(self.shape, text) && !self.except.iter().any(|other| text.starts_with(other.as_bytes()))
    }
}

/// Whether a whole text has a shape.
#[must_use]
pub(super) fn fits(shape: Shape, text: &[u8]) -> bool {
    let mut rest = text;
    for part in shape {
        let length = match part {
            Part::Text(expected) if rest.starts_with(expected.as_bytes()) => expected.len(),
            Part::Text(_) => return false,
            Part::Run(alphabet, least, most) => {
                let run = rest.iter().take(*most).take_while(|byte| alphabet.contains(**byte)).count();
                if run < *least {
                    return false;
                }
                run
            }
        };
        rest = &rest[length..];
    }
    rest.is_empty()
}

/// Whether a host of the table is this host, in whatever letters.
#[must_use]
pub(super) fn is_host(known: &str, host: &[u8]) -> bool {
    match known.strip_prefix('*') {
        None => host.eq_ignore_ascii_case(known.as_bytes()),
        Some(below) => {
            let below = below.as_bytes();
            host.len() > below.len() && host[host.len() - below.len()..].eq_ignore_ascii_case(below)
        }
    }
}
