//! A value as a client reads the host of a URL in it: `%2E` is a dot, and so is `。`.

use zeroize::Zeroizing;

use super::runs::Glance;

/// A value with what clients decode in a host decoded; none where there is nothing.
pub(super) fn decoded(value: &[u8], glance: Glance) -> Option<Zeroizing<Vec<u8>>> {
    let unescaped = if glance.has_percent() { percent_decoded(value) } else { None };
    let (value, glance) = match &unescaped {
        Some(unescaped) => (unescaped.as_slice(), Glance::at(unescaped)),
        None => (value, glance),
    };
    let mapped = if glance.is_beyond_ascii() { mapped(value) } else { None };
    mapped.or(unescaped)
}

/// RFC 3986, 2.1.
fn percent_decoded(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // As long as the value at the most: it never grows, and leaves no copy behind.
    let mut decoded = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut at = 0;
    while at < value.len() {
        let digit = |offset: usize| value.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        let escaped = if value[at] == b'%' { digit(1).zip(digit(2)) } else { None };
        let byte = escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(byte.unwrap_or(value[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    (decoded.len() < value.len()).then_some(decoded)
}

/// The dots and the wide letters of East Asian keyboards, which a client takes for ASCII's, and what it leaves out
/// (UTS #46, 4): of all that is mapped there, what a keyboard or a copied page brings.
fn mapped(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(value).ok()?;
    // Each stands in fewer bytes than before: it never grows, as above.
    let mut mapped = Zeroizing::new(Vec::with_capacity(value.len()));
    for character in text.chars() {
        let ascii = match character {
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => continue,
            '\u{3002}' | '\u{FF61}' => '.',
            '\u{FF01}'..='\u{FF5E}' => {
                char::from_u32(u32::from(character) - 0xFF01 + u32::from('!')).unwrap_or(character)
            }
            _ => character,
        };
        mapped.extend_from_slice(ascii.encode_utf8(&mut [0; 4]).as_bytes());
    }
    (mapped.len() < value.len()).then_some(mapped)
}
