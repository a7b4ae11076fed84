//! Text for people: paths and values as an error may show them.

use std::borrow::Cow;
use std::path::Path;

/// A path without characters that a terminal obeys.
#[must_use]
pub fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// Text without characters that a terminal obeys.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_obeyed) {
        Cow::Owned(
            text.chars().map(|character| if is_obeyed(character) { '\u{fffd}' } else { character }).collect(),
        )
    } else {
        Cow::Borrowed(text)
    }
}

/// Controls, and what turns the text round (Unicode UAX #9): a line would not say what it shows.
#[must_use]
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A path as a shell takes it, for a command that a person pastes.
#[must_use]
pub fn quoted_path(path: &Path) -> String {
    quoted(&shown_path(path)).into_owned()
}

/// A word as a shell takes it.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let plain = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&byte));
    if plain { Cow::Borrowed(word) } else { Cow::Owned(format!("'{}'", word.replace('\'', "'\\''"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_file_name_neither_reaches_the_terminal_nor_the_shell() {
        let path = Path::new("/tmp/\u{1b}[2Jx; rm -rf ~/it's");
        assert!(!shown_path(path).contains('\u{1b}'));
        assert_eq!(quoted_path(path), "'/tmp/\u{fffd}[2Jx; rm -rf ~/it'\\''s'");
    }
}
