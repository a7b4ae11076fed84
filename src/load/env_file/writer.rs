//! The form in which a value is written: one that every reader reads back alike.

use zeroize::Zeroizing;

use super::portable::is_bare_byte;

/// `value` as it stands behind `NAME=`: bare where every character may stand unquoted, else in single quotes;
/// with an apostrophe and nothing special, in double quotes; else in quoted pieces.
///
/// `None` where no spelling is read alike by all: control and invisible characters, NUL, a carriage return.
#[must_use]
pub fn portable_form(value: &str) -> Option<Zeroizing<String>> {
    let mut written = Zeroizing::new(String::with_capacity(6 * value.len() + 4));
    if is_bare(value) {
        written.push_str(value);
    } else if !value.contains('\'') && !value.ends_with('\\') {
        written.push('\'');
        written.push_str(value);
        written.push('\'');
    } else if !value.contains(['$', '`', '\\', '"']) {
        written.push('"');
        written.push_str(value);
        written.push('"');
    } else {
        push_pieces(value, &mut written);
    }
    // Of the right size at once: a reallocation would leave a part of the value behind in freed memory.
    let mut assignment = Zeroizing::new(String::with_capacity(written.len() + 3));
    assignment.push_str("X=");
    assignment.push_str(&written);
    assignment.push('\n');
    let parsed = super::parse(assignment.as_bytes(), super::Dialect::Portable);
    // Exposed to be compared with what was to be written.
    let reads_back = parsed.faults.is_empty()
        && parsed.entries.first().is_some_and(|entry| entry.value.expose() == value.as_bytes());
    reads_back.then_some(written)
}

fn is_bare(value: &str) -> bool {
    value.bytes().all(is_bare_byte) && !value.starts_with('~') && !value.contains(":~")
}

/// Single-quoted pieces; an apostrophe becomes `"'"`, and a backslash before a closing quote `"\\"`.
fn push_pieces(value: &str, written: &mut String) {
    for (index, part) in value.split('\'').enumerate() {
        if index > 0 {
            written.push_str("\"'\"");
        }
        let plain = part.trim_end_matches('\\');
        if !plain.is_empty() {
            written.push('\'');
            written.push_str(plain);
            written.push('\'');
        }
        if plain.len() < part.len() {
            written.push('"');
            for _ in plain.len()..part.len() {
                written.push_str("\\\\");
            }
            written.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_gets_the_simplest_form_that_all_readers_share() {
        for (value, written) in [
            ("abc-123", "abc-123"),
            ("", ""),
            ("two words", "'two words'"),
            ("~/x", "'~/x'"),
            ("pa$$word", "'pa$$word'"),
            ("it's", "\"it's\""),
            ("it's $5", "'it'\"'\"'s $5'"),
            ("C:\\dir\\", "'C:\\dir'\"\\\\\""),
            ("line\nbreak", "'line\nbreak'"),
        ] {
            assert_eq!(portable_form(value).unwrap().as_str(), written, "{value:?}");
        }
    }

    #[test]
    fn what_readers_would_disagree_on_is_not_written_at_all() {
        for value in ["a\rb", "a\0b", "a\u{a0}", "\u{7}"] {
            assert!(portable_form(value).is_none(), "{value:?}");
        }
    }
}
