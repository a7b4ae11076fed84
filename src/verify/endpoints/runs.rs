//! The runs of a value that may be a host, a port, a key or an account: letters, digits, `.`, `-` and `_`.

/// A run, and what stands round it.
pub(super) struct Run<'v> {
    pub(super) text: &'v [u8],
    has_dot: bool,
    before: &'v [u8],
    after: &'v [u8],
}

/// So far is looked for the `@` behind a user's password: a value of many colons is still passed over once.
const MAX_PASSWORD: usize = 256;

/// The runs of a value, in order.
pub(super) fn runs(value: &[u8]) -> impl Iterator<Item = Run<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + value[at..].iter().position(|byte| CLASSES[usize::from(*byte)] & IN_RUN != 0)?;
        let mut seen = 0;
        let ends = |byte: &u8| {
            let class = CLASSES[usize::from(*byte)];
            seen |= class;
            class & IN_RUN == 0
        };
        at = value[start..].iter().position(ends).map_or(value.len(), |length| start + length);
        let has_dot = seen & DOT != 0;
        Some(Run { text: &value[start..at], has_dot, before: &value[..start], after: &value[at..] })
    })
}

const IN_RUN: u8 = 1;
const DOT: u8 = 2;
const DIGIT: u8 = 4;
const PERCENT: u8 = 8;
const BETWEEN: u8 = 16;
const BEYOND_ASCII: u8 = 32;

/// What each byte is: every value of a launch is looked at byte by byte, so the answer stands in a table.
const CLASSES: [u8; 256] = {
    let mut classes = [BETWEEN; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'.' => IN_RUN | DOT,
            b'0'..=b'9' => IN_RUN | DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => IN_RUN,
            // What is glued to a host makes it another one.
            0x80.. => IN_RUN | BEYOND_ASCII,
            b'%' => BETWEEN | PERCENT,
            _ => BETWEEN,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

/// What a value is made of: most are nobody's at the first glance.
#[derive(Clone, Copy)]
pub(super) struct Glance(u8);

impl Glance {
    pub(super) fn at(value: &[u8]) -> Self {
        Self(value.iter().fold(0, |seen, byte| seen | CLASSES[usize::from(*byte)]))
    }

    /// Whether it is a single run.
    pub(super) fn is_run(self) -> bool {
        self.0 & BETWEEN == 0
    }

    pub(super) fn has_dot(self) -> bool {
        self.0 & DOT != 0
    }

    /// Whether all of it are letters and what stands between words.
    pub(super) fn is_words(self) -> bool {
        self.0 & (DIGIT | DOT) == 0
    }

    pub(super) fn has_percent(self) -> bool {
        self.0 & PERCENT != 0
    }

    pub(super) fn is_beyond_ascii(self) -> bool {
        self.0 & BEYOND_ASCII != 0
    }
}

impl Run<'_> {
    /// The parts between dots.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let without_dot = (!self.has_dot).then_some(self.text);
        let parts = self.has_dot.then(|| self.text.split(|byte| *byte == b'.'));
        without_dot.into_iter().chain(parts.into_iter().flatten())
    }

    /// The run as a host: not one of a path, and not the user before an `@` (RFC 3986, 3.2). None where it cannot be
    /// a name with a dot; an IP address is nobody's.
    pub(super) fn host(&self) -> Option<&[u8]> {
        if !self.has_dot {
            return None;
        }
        let dots = self.text.iter().rev().take_while(|byte| **byte == b'.').count();
        let host = &self.text[..self.text.len() - dots];
        let is_name = host.last().is_some_and(u8::is_ascii_alphabetic) && host.contains(&b'.');
        (is_name && !self.is_of_path() && !self.is_user()).then_some(host)
    }

    /// Behind a `/` that is not one of `//`; JSON may write `\/`, and many clients take `https:/host` for a URL
    /// (WHATWG URL, 4.4, "special authority slashes").
    fn is_of_path(&self) -> bool {
        let begins_host = [b"//", b"\\/", b":/"].iter().any(|before| self.before.ends_with(*before));
        self.before.ends_with(b"/") && !begins_host
    }

    /// `run@host` or `run:password@host`.
    fn is_user(&self) -> bool {
        match self.after.first() {
            Some(b'@') => true,
            Some(b':') => {
                let ends = |byte: &&u8| !b"/?#\\\"'<>,;&|{}[] \t\r\n".contains(byte);
                self.after.iter().take(MAX_PASSWORD).take_while(ends).any(|byte| *byte == b'@')
            }
            _ => false,
        }
    }

    /// Whether it is the port in `host:port` or `[address]:port`.
    pub(super) fn is_behind_host(&self) -> bool {
        let Some((b':', host)) = self.before.split_last() else { return false };
        host.last().is_some_and(|last| last.is_ascii_alphanumeric() || matches!(last, b']' | b'.'))
    }
}
