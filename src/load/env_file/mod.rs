//! The env file language: bytes to variables, with every place kept.
//!
//! Two dialects. [`Dialect::Portable`] accepts a file only where systemd, bash, dash and dotenvy read the same
//! variables from it. [`Dialect::Systemd`] reads what `EnvironmentFile=` reads since systemd 254, as the way
//! over from units that use it, and turns its silent losses into faults.

mod characters;
mod fault;
mod portable;
mod record;
mod systemd;
mod writer;

use std::ops::Range;

use rustc_hash::{FxBuildHasher, FxHashMap};

pub use characters::first_unfit;
pub use fault::{Fault, FaultKind};
pub use record::Record;
pub use writer::portable_form;

use crate::name::Name;
use crate::secret::Secret;

/// The largest env file that is read, in bytes.
pub const MAX_FILE: usize = 1 << 20;
/// The longest `NAME=value` that `execve` takes, without its final NUL (`MAX_ARG_STRLEN` of the kernel).
pub const MAX_ASSIGNMENT: usize = 131_071;

/// Which readers' meaning a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Dialect {
    /// The same to systemd, bash, dash and dotenvy.
    #[default]
    Portable,
    /// What systemd's `EnvironmentFile=` makes of it.
    Systemd,
}

/// One variable of an env file.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: Name,
    /// Its value, quotes and escapes resolved.
    pub value: Secret,
    /// Line of the name, from 1.
    pub line: usize,
    /// Column of the name, from 1.
    pub column: usize,
    /// The value as it stands in the file, quotes included: the bytes that an edit replaces.
    pub value_span: Range<usize>,
    /// What the comments right above it record.
    pub record: Record,
    /// Whether the value is the file's: a fault in it leaves an empty one, and is said already.
    pub is_read: bool,
}

/// What a file holds, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Its variables, in order.
    pub entries: Vec<Entry>,
    /// Its faults, in order.
    pub faults: Vec<Fault>,
    /// Whether the rest of the file could not be read (an unclosed quote, broken UTF-8): a variable that is
    /// missing may well stand there.
    pub cut_short: bool,
    /// The record of the variable that comes next.
    next: Record,
}

impl Parsed {
    /// Whether a line sets a variable, well or badly written, or may do so in what could not be read.
    #[must_use]
    pub fn sets_anything(&self) -> bool {
        let is_badly_named = |fault: &Fault| fault.kind == FaultKind::InvalidName;
        self.cut_short || !self.entries.is_empty() || self.faults.iter().any(is_badly_named)
    }
}

/// Reads a file in a dialect.
#[must_use]
pub fn parse(contents: &[u8], dialect: Dialect) -> Parsed {
    let mut parsed = Parsed::default();
    let Some((text, first_line)) = characters::check(contents, &mut parsed) else {
        return parsed;
    };
    let cursor = Cursor::new(text, first_line);
    match dialect {
        Dialect::Portable => portable::parse(cursor, &mut parsed),
        Dialect::Systemd => systemd::parse(cursor, &mut parsed),
    }
    if !text.is_ascii() {
        characters::check_values(text, &mut parsed);
    }
    find_duplicates(&mut parsed);
    parsed.faults.sort_by_key(|fault| (fault.line, fault.column));
    parsed
}

fn find_duplicates(parsed: &mut Parsed) {
    let mut first_lines: FxHashMap<&str, usize> =
        FxHashMap::with_capacity_and_hasher(parsed.entries.len(), FxBuildHasher);
    for entry in &parsed.entries {
        let first_line = *first_lines.entry(entry.name.as_str()).or_insert(entry.line);
        if first_line != entry.line {
            parsed.faults.push(Fault {
                kind: FaultKind::Duplicate { first_line },
                line: entry.line,
                column: entry.column,
                variable: Some(entry.name.clone()),
            });
        }
    }
}

/// Where in the text a parser stands, and how to say it to a person.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self { text: text.as_bytes(), at, line: 1, line_start: at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        if byte == b'\n' {
            self.line += 1;
            self.line_start = self.at;
        }
        Some(byte)
    }

    /// Passes over bytes, none of them a newline.
    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n' || !accept(*byte)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn skip_blanks(&mut self) -> usize {
        self.skip_while(is_blank).len()
    }

    /// Passes over the rest of the line and its newline.
    fn skip_line(&mut self) {
        self.skip_while(|_| true);
        self.bump();
    }

    /// Column of the cursor in characters, from 1.
    fn column(&self) -> usize {
        let before = &self.text[self.line_start..self.at];
        1 + before.iter().filter(|byte| !matches!(byte, 0x80..=0xBF)).count()
    }

    fn fault(&self, kind: FaultKind, variable: Option<&Name>) -> Fault {
        Fault { kind, line: self.line, column: self.column(), variable: variable.cloned() }
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// Checks the length of an assignment and takes it.
fn push_entry(parsed: &mut Parsed, name: Name, value: Secret, start: &Cursor<'_>, value_span: Range<usize>) {
    if name.as_str().len() + 1 + value.len() > MAX_ASSIGNMENT {
        parsed.faults.push(start.fault(FaultKind::TooLong, Some(&name)));
    }
    let record = std::mem::take(&mut parsed.next);
    let (line, column) = (start.line, start.column());
    parsed.entries.push(Entry { name, value, line, column, value_span, record, is_read: true });
}
