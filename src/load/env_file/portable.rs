//! The portable dialect: only what systemd 252 and 257, bash, dash and dotenvy read alike.
//!
//! A value is scanned first and decoded after, so that the decoded bytes get a buffer of the right size and no
//! reallocation leaves a copy of a secret behind.

use super::{Cursor, FaultKind, Parsed, Record, is_blank, push_entry};
use crate::name::{Name, is_name_byte};
use crate::secret::Secret;

pub(super) fn parse(mut cursor: Cursor<'_>, parsed: &mut Parsed) {
    while cursor.peek().is_some() {
        line(&mut cursor, parsed);
    }
}

fn line(cursor: &mut Cursor<'_>, parsed: &mut Parsed) {
    let indentation = cursor.skip_blanks();
    match cursor.peek() {
        None if indentation > 0 => parsed.faults.push(cursor.fault(FaultKind::BlankAtEnd, None)),
        None => {}
        // A carriage return is a fault of its own already.
        Some(b'\n' | b'\r') => {
            parsed.next = Record::default();
            cursor.bump();
        }
        Some(b'#') => comment(cursor, parsed),
        Some(_) => assignment(cursor, parsed),
    }
}

pub(super) fn comment(cursor: &mut Cursor<'_>, parsed: &mut Parsed) {
    let start = *cursor;
    let text = cursor.skip_while(|_| true);
    parsed.next.take(text);
    if text.strip_suffix(b"\r").unwrap_or(text).ends_with(b"\\") {
        parsed.faults.push(start.fault(FaultKind::CommentBackslash, None));
    }
    cursor.bump();
}

fn assignment(cursor: &mut Cursor<'_>, parsed: &mut Parsed) {
    let mut start = *cursor;
    let mut fault = None;
    let mut word = cursor.skip_while(is_name_byte);
    if word == b"export" && cursor.peek().is_some_and(is_blank) {
        fault = Some(FaultKind::Export);
        cursor.skip_blanks();
        start = *cursor;
        word = cursor.skip_while(is_name_byte);
    }
    if cursor.peek() != Some(b'=') {
        let blanks = cursor.skip_blanks();
        if blanks > 0 && cursor.peek() == Some(b'=') {
            fault = fault.or(Some(FaultKind::BlankBeforeEquals));
        } else {
            return not_an_assignment(cursor, start, parsed);
        }
    }
    cursor.bump();
    let Ok(name) = Name::parse(word) else {
        parsed.faults.push(start.fault(FaultKind::InvalidName, None));
        // The value is scanned all the same, so that a quoted one over several lines is passed over whole.
        let _ = scan_value(cursor);
        return cursor.skip_line();
    };
    if fault.is_none() && name.is_shell_variable() {
        fault = Some(FaultKind::ShellName);
    }
    if let Some(kind) = fault {
        parsed.faults.push(start.fault(kind, Some(&name)));
    }
    // Blanks that are all that stands there belong to the value: what is put in their place comes right behind `=`.
    let span_start = cursor.at;
    if cursor.peek().is_some_and(is_blank) {
        let at = *cursor;
        cursor.skip_blanks();
        match cursor.peek() {
            Some(b'\n') => {}
            None => parsed.faults.push(cursor.fault(FaultKind::BlankAtEnd, Some(&name))),
            Some(_) => parsed.faults.push(at.fault(FaultKind::BlankAfterEquals, Some(&name))),
        }
    }
    value(cursor, start, name, span_start, parsed);
}

/// A line whose name is not followed by `=`.
fn not_an_assignment(cursor: &mut Cursor<'_>, start: Cursor<'_>, parsed: &mut Parsed) {
    let mut rest = start;
    let text = rest.skip_while(|_| true);
    let kind = match text.first() {
        Some(b';') => FaultKind::Semicolon,
        _ if text.contains(&b'=') => FaultKind::InvalidName,
        _ => FaultKind::NoEquals,
    };
    parsed.faults.push(start.fault(kind, None));
    if kind == FaultKind::InvalidName {
        cursor.skip_while(|byte| byte != b'=');
        cursor.bump();
        let _ = scan_value(cursor);
    }
    cursor.skip_line();
}

fn value(cursor: &mut Cursor<'_>, start: Cursor<'_>, name: Name, span_start: usize, parsed: &mut Parsed) {
    let value_start = cursor.at;
    match scan_value(cursor) {
        Ok(()) => {
            let raw = &cursor.text[value_start..cursor.at];
            push_entry(parsed, name, decode(raw), &start, span_start..cursor.at);
            let blanks = cursor.skip_blanks();
            if blanks > 0 && cursor.peek().is_none() {
                parsed.faults.push(cursor.fault(FaultKind::BlankAtEnd, None));
            }
            cursor.bump();
        }
        Err((at, kind)) => {
            parsed.faults.push(at.fault(kind, Some(&name)));
            // The name counts as defined, so that the one mistake is not reported as a missing variable too.
            push_entry(parsed, name, Secret::new(Vec::new()), &start, value_start..value_start);
            if let Some(entry) = parsed.entries.last_mut() {
                entry.is_read = false;
            }
            parsed.cut_short |= kind == FaultKind::UnclosedQuote;
            cursor.skip_line();
        }
    }
}

type Scanned<'a> = Result<(), (Cursor<'a>, FaultKind)>;

/// Passes over a value; the cursor stands behind it, before blanks and newline.
fn scan_value<'a>(cursor: &mut Cursor<'a>) -> Scanned<'a> {
    let mut quoted = false;
    loop {
        match cursor.peek() {
            Some(b'\'') => scan_single_quoted(cursor)?,
            Some(b'"') => scan_double_quoted(cursor)?,
            None | Some(b'\n' | b'\r') => return Ok(()),
            Some(byte) if is_blank(byte) => return scan_end(cursor),
            Some(_) if quoted => return Err((*cursor, FaultKind::Glued)),
            Some(_) => {
                scan_bare(cursor)?;
                return scan_end(cursor);
            }
        }
        quoted = true;
    }
}

/// Behind a value only blanks may stand; the cursor stays before them.
fn scan_end<'a>(cursor: &Cursor<'a>) -> Scanned<'a> {
    let mut ahead = *cursor;
    ahead.skip_blanks();
    match ahead.peek() {
        None | Some(b'\n' | b'\r') => Ok(()),
        Some(b'#') => Err((ahead, FaultKind::CommentAfterValue)),
        Some(_) => Err((ahead, FaultKind::Words)),
    }
}

fn scan_bare<'a>(cursor: &mut Cursor<'a>) -> Scanned<'a> {
    let mut before = None;
    while let Some(byte) = cursor.peek() {
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => break,
            b'~' if matches!(before, None | Some(b':')) => FaultKind::Tilde,
            _ if is_bare_byte(byte) => {
                before = Some(byte);
                cursor.at += 1;
                continue;
            }
            b'$' => FaultKind::Dollar,
            b'`' => FaultKind::Backtick,
            b'\\' => FaultKind::Backslash,
            b'#' => FaultKind::HashInValue,
            b'&' | b';' | b'|' | b'<' | b'>' | b'(' | b')' => FaultKind::Operator,
            b'\'' | b'"' => FaultKind::QuoteInValue,
            0x80.. => FaultKind::NotAscii,
            _ => FaultKind::BareCharacter,
        };
        let at = *cursor;
        if kind == FaultKind::QuoteInValue {
            // A quote may hold the rest of the value, over several lines: pass over it as a shell would.
            let _ = if byte == b'"' { scan_double_quoted(cursor) } else { scan_single_quoted(cursor) };
        }
        return Err((at, kind));
    }
    Ok(())
}

/// What may stand unquoted: each byte is itself to every reader, in every place but for `~` (see above).
pub(super) fn is_bare_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:@%+,=^*?![]{}~-".contains(&byte)
}

fn scan_single_quoted<'a>(cursor: &mut Cursor<'a>) -> Scanned<'a> {
    let open = *cursor;
    cursor.bump();
    let mut backslashes = 0;
    loop {
        match cursor.bump() {
            None => return Err((open, FaultKind::UnclosedQuote)),
            Some(b'\'') if backslashes % 2 == 1 => return Err((open, FaultKind::BackslashBeforeQuote)),
            Some(b'\'') => return Ok(()),
            Some(b'\\') => backslashes += 1,
            Some(_) => backslashes = 0,
        }
    }
}

/// Passes over a double-quoted piece; its first fault is reported once its end is found.
fn scan_double_quoted<'a>(cursor: &mut Cursor<'a>) -> Scanned<'a> {
    let open = *cursor;
    cursor.bump();
    let mut fault = None;
    loop {
        let at = *cursor;
        let kind = match cursor.bump() {
            None => return Err((open, FaultKind::UnclosedQuote)),
            Some(b'"') => return fault.map_or(Ok(()), Err),
            Some(b'\\') => match cursor.bump() {
                Some(b'\\' | b'"') => continue,
                _ => FaultKind::EscapeInQuotes,
            },
            Some(b'$') => FaultKind::DollarInQuotes,
            Some(b'`') => FaultKind::BacktickInQuotes,
            Some(_) => continue,
        };
        fault = fault.or(Some((at, kind)));
    }
}

/// The bytes that a scanned value means.
fn decode(raw: &[u8]) -> Secret {
    match raw {
        [b'\'', inner @ .., b'\''] if !inner.contains(&b'\'') => return Secret::copied_from(inner),
        [b'\'' | b'"', ..] => {}
        bare => return Secret::copied_from(bare),
    }
    let mut value = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(quote) = bytes.next() {
        while let Some(byte) = bytes.next() {
            match byte {
                _ if byte == quote => break,
                b'\\' if quote == b'"' => value.extend(bytes.next()),
                _ => value.push(byte),
            }
        }
    }
    Secret::new(value)
}
