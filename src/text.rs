//! Text for people: paths and values as an error may show them.

use std::borrow::Cow;
use std::fmt::Write as _;
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

/// "1 finding", "2 findings", "2 processes".
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let ending = match count {
        1 => "",
        _ if noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {noun}{ending}")
}

/// JSON in which everything that a terminal obeys is an escape, but for line ends. It stands in strings alone, where
/// an escape is the same.
#[must_use]
pub fn escaped_in_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_obeyed(character) && character != '\n' {
            let _ = write!(escaped, "\\u{:04x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
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

/// Whether a text is what a glob says: `*` for any characters, `?` for one.
#[must_use]
pub fn is_like(text: &str, glob: &str) -> bool {
    let (text, glob): (Vec<char>, Vec<char>) = (text.chars().collect(), glob.chars().collect());
    let (mut at, mut of_glob) = (0, 0);
    // Behind the last `*`, and how much of the text it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match (glob.get(of_glob), star) {
            (Some('*'), _) => {
                star = Some((of_glob + 1, at));
                of_glob += 1;
            }
            (Some(wanted), _) if *wanted == '?' || *wanted == text[at] => {
                at += 1;
                of_glob += 1;
            }
            (_, Some((behind, begin))) => {
                star = Some((behind, begin + 1));
                (at, of_glob) = (begin + 1, behind);
            }
            (_, None) => return false,
        }
    }
    glob[of_glob..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_stands_for_whole_names() {
        for glob in ["pine-live@ES", "pine-*", "*", "*ES", "p*-l*@E?", "pine-live@ES*", "**@**"] {
            assert!(is_like("pine-live@ES", glob), "{glob}");
        }
        for glob in ["", "pine", "pine-?", "*@EX", "pine-live@ES?", "PINE-*"] {
            assert!(!is_like("pine-live@ES", glob), "{glob}");
        }
        assert!(is_like("", "*") && is_like("", "") && !is_like("", "?"));
    }

    #[test]
    fn a_hostile_file_name_neither_reaches_the_terminal_nor_the_shell() {
        let path = Path::new("/tmp/\u{1b}[2Jx; rm -rf ~/it's");
        assert!(!shown_path(path).contains('\u{1b}'));
        assert_eq!(quoted_path(path), "'/tmp/\u{fffd}[2Jx; rm -rf ~/it'\\''s'");
    }
}
