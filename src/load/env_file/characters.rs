//! What no env file may hold, whatever the dialect: broken UTF-8, a byte order mark, NUL, carriage returns,
//! control and invisible characters. Each is read differently somewhere, or not seen by people.

use super::{Fault, FaultKind, Parsed};

/// Checks the characters; the text, and where in it the first line begins (behind a byte order mark), or nothing
/// where it is not text.
pub(super) fn check<'a>(contents: &'a [u8], parsed: &mut Parsed) -> Option<(&'a str, usize)> {
    let text = match std::str::from_utf8(contents) {
        Ok(text) => text,
        Err(error) => {
            let (line, column) = position(contents, error.valid_up_to());
            let kind = match contents {
                [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => FaultKind::Utf16,
                _ => FaultKind::NotUtf8,
            };
            parsed.faults.push(Fault { kind, line, column, variable: None });
            parsed.cut_short = true;
            return None;
        }
    };
    let first_line = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            parsed.faults.push(Fault { kind: FaultKind::ByteOrderMark, line: 1, column: 1, variable: None });
            text.len() - rest.len()
        }
        None => 0,
    };
    check_lines(&text[first_line..], parsed);
    Some((text, first_line))
}

/// The first fault of each kind: a CRLF file has one in every line, and one mend.
fn check_lines(text: &str, parsed: &mut Parsed) {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte) || byte == b'\n' || byte == b'\t') {
        return;
    }
    let mut seen = [false; 4];
    for (index, line) in text.split('\n').enumerate() {
        let comment = line.trim_start_matches([' ', '\t']).starts_with('#');
        for (column, character) in line.chars().enumerate() {
            let (slot, kind) = match character {
                '\t' => continue,
                '\0' => (0, FaultKind::Nul),
                '\r' => (1, FaultKind::CarriageReturn),
                _ if character.is_control() => (2, FaultKind::Control),
                _ if is_bidirectional(character) || (!comment && is_invisible(character)) => {
                    (3, FaultKind::Invisible)
                }
                _ => continue,
            };
            if !std::mem::replace(&mut seen[slot], true) {
                parsed.faults.push(Fault { kind, line: index + 1, column: column + 1, variable: None });
            }
        }
    }
}

/// Invisible characters in those lines of quoted values that look like comments, which the first look passed over.
pub(super) fn check_values(text: &str, parsed: &mut Parsed) {
    let fault = parsed.entries.iter().find_map(|entry| {
        let value = &text[entry.value_span.clone()];
        let at = entry.value_span.start + value.find(is_invisible)?;
        value.contains('\n').then(|| {
            let (line, column) = position(text.as_bytes(), at);
            Fault { kind: FaultKind::Invisible, line, column, variable: Some(entry.name.clone()) }
        })
    });
    if !parsed.faults.iter().any(|fault| fault.kind == FaultKind::Invisible) {
        parsed.faults.extend(fault);
    }
}

/// The first character of a value that no spelling in an env file carries to all readers alike, and its place from 1.
#[must_use]
pub fn first_unfit(value: &str) -> Option<(FaultKind, usize)> {
    value.chars().zip(1..).find_map(|(character, at)| {
        let kind = match character {
            '\t' | '\n' => return None,
            '\0' => FaultKind::Nul,
            '\r' => FaultKind::CarriageReturn,
            _ if character.is_control() => FaultKind::Control,
            _ if is_bidirectional(character) || is_invisible(character) => FaultKind::Invisible,
            _ => return None,
        };
        Some((kind, at))
    })
}

/// Characters that reorder what a person sees (Unicode UAX #9): a line would not mean what it shows.
fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters without a shape of their own, and blanks that are no ASCII blank: dotenvy trims some of them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00A0}' | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{1680}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{2000}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{202F}'
        | '\u{205F}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{3000}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn position(contents: &[u8], at: usize) -> (usize, usize) {
    let before = &contents[..at];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before[line_start..].iter().filter(|byte| !matches!(byte, 0x80..=0xBF)).count();
    (line, column)
}
