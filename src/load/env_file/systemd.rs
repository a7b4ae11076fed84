//! The systemd dialect: what `EnvironmentFile=` of systemd 254 and later reads (systemd.exec(5)), with its
//! silent losses turned into faults: invalid names, `export`, lines without `=`, quotes that are never closed.

use super::portable::comment;
use super::{Cursor, FaultKind, Parsed, Record, push_entry};
use crate::name::Name;
use crate::secret::Secret;

pub(super) fn parse(mut cursor: Cursor<'_>, parsed: &mut Parsed) {
    loop {
        cursor.skip_while(is_space);
        match cursor.peek() {
            None => return,
            Some(b'\n') => {
                parsed.next = Record::default();
                cursor.skip_line();
            }
            Some(b'#' | b';') => comment(&mut cursor, parsed),
            Some(_) => assignment(&mut cursor, parsed),
        }
    }
}

fn assignment(cursor: &mut Cursor<'_>, parsed: &mut Parsed) {
    let start = *cursor;
    let word = cursor.skip_while(|byte| byte != b'=');
    if cursor.peek() != Some(b'=') {
        parsed.faults.push(start.fault(FaultKind::NoEquals, None));
        return cursor.skip_line();
    }
    cursor.bump();
    let word = word.trim_ascii_end();
    let (word, exported) = match word.strip_prefix(b"export") {
        Some(rest) if rest.first().copied().is_some_and(is_space) => (rest.trim_ascii_start(), true),
        _ => (word, false),
    };
    let name = Name::parse(word).ok();
    let kind = match (&name, exported) {
        (Some(_), true) => Some(FaultKind::Export),
        (None, _) => Some(FaultKind::InvalidName),
        _ => None,
    };
    if let Some(kind) = kind {
        parsed.faults.push(start.fault(kind, name.as_ref()));
    }
    let value_start = *cursor;
    let scan = scan(cursor);
    if scan.unclosed {
        parsed.faults.push(value_start.fault(FaultKind::UnclosedQuote, name.as_ref()));
        parsed.cut_short = true;
    }
    if let Some(name) = name {
        let mut value = Vec::with_capacity(scan.written);
        read_value(&mut value_start.clone(), &mut |byte| value.push(byte));
        value.truncate(scan.length);
        push_entry(parsed, name, Secret::new(value), &start, value_start.at..cursor.at);
    }
    cursor.bump();
}

/// How long a value is: `written` bytes are produced, of which trailing blanks beyond `length` are dropped.
struct Scan {
    written: usize,
    length: usize,
    unclosed: bool,
}

fn scan(cursor: &mut Cursor<'_>) -> Scan {
    let mut written = 0;
    let (trailing, unclosed) = read_value(cursor, &mut |_| written += 1);
    Scan { written, length: written - trailing, unclosed }
}

/// Where in a value the reader stands. Quotes count only before unquoted text: `a'b'` keeps its quotes.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Start,
    Bare,
    Single,
    Double,
}

/// Reads a value up to its newline, which stays; returns how many trailing bytes are blanks to drop, and
/// whether a quote is still open at the end of the file.
fn read_value(cursor: &mut Cursor<'_>, push: &mut dyn FnMut(u8)) -> (usize, bool) {
    let mut within = Within::Start;
    let mut trailing = 0;
    while let Some(byte) = cursor.peek() {
        match (within, byte) {
            (Within::Start | Within::Bare, b'\n') => break,
            (Within::Start, b'\'') => within = Within::Single,
            (Within::Start, b'"') => within = Within::Double,
            (Within::Single, b'\'') | (Within::Double, b'"') => within = Within::Start,
            (Within::Start, _) if is_space(byte) => {}
            (Within::Start | Within::Bare, b'\\') => {
                within = Within::Bare;
                trailing = 0;
                cursor.bump();
                match cursor.peek() {
                    None => break,
                    Some(b'\n') => {}
                    Some(escaped) => push(escaped),
                }
            }
            (Within::Start | Within::Bare, _) => {
                trailing = if is_space(byte) { trailing + 1 } else { 0 };
                within = Within::Bare;
                push(byte);
            }
            (Within::Double, b'\\') => {
                cursor.bump();
                match cursor.peek() {
                    None => break,
                    Some(b'\n') => {}
                    Some(escaped) => {
                        if !b"\"\\`$".contains(&escaped) {
                            push(b'\\');
                        }
                        push(escaped);
                    }
                }
            }
            (Within::Single | Within::Double, _) => push(byte),
        }
        cursor.bump();
    }
    (trailing, matches!(within, Within::Single | Within::Double))
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}
