//! A secret as a person may see it: enough to tell two keys apart, too little to use or to search for.

use crate::text::shown;

/// So many characters a value must have before any of it is shown.
const LONG_ENOUGH: usize = 16;
/// So many of its first characters are shown then.
const SHOWN: usize = 3;

/// A value for people: its first three characters where it has sixteen or more, and never its end. Its length is
/// for a column of its own. An empty value has nothing to hide; what is no text shows nothing.
#[must_use]
pub fn masked(value: &[u8]) -> String {
    let text = match std::str::from_utf8(value) {
        Ok("") => return "(empty)".to_owned(),
        Ok(text) => text,
        Err(_) => return "…".to_owned(),
    };
    if text.chars().nth(LONG_ENOUGH - 1).is_none() {
        return "…".to_owned();
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{}…", shown(&beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_characters_of_a_long_value_are_shown_and_nothing_of_a_short_one() {
        for (value, shown) in [
            ("", "(empty)"),
            ("a", "…"),
            ("fifteen-letters", "…"),
            ("sixteen--letters", "six…"),
            ("ééééééééééééééé", "…"),
            ("éééééééééééééééé", "ééé…"),
            ("\u{1b}[2J and a long tail", "\u{fffd}[2…"),
            ("a\nb and a long tail", "a\u{fffd}b…"),
            ("\u{202e}ab and a long tail", "\u{fffd}ab…"),
        ] {
            assert_eq!(masked(value.as_bytes()), shown, "{value:?}");
        }
    }

    #[test]
    fn what_is_no_text_shows_nothing() {
        assert_eq!(masked(b"abc\xff and a long tail"), "…");
    }
}
