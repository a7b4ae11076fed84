//! The words of a variable's name or of a config key's path: `IB_PORT`, `ibPort`, `ib2.port` have the same two.

/// The words of a name in upper case, each between two `_`.
#[must_use]
pub(super) fn words(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut words = String::with_capacity(name.len() * 2 + 2);
    words.push('_');
    for (at, character) in characters.iter().enumerate() {
        if !character.is_alphanumeric() {
            push_boundary(&mut words);
            continue;
        }
        let before = at.checked_sub(1).map(|before| characters[before]);
        let behind = characters.get(at + 1);
        if before.is_some_and(|before| begins_word(before, *character, behind.copied())) {
            push_boundary(&mut words);
        }
        words.extend(character.to_uppercase());
    }
    push_boundary(&mut words);
    words
}

/// Whether a word, or several in a row (`INTERACTIVE_BROKERS`), is among words; a number may be glued to its end.
#[must_use]
pub(super) fn contain(words: &str, word: &str) -> bool {
    words.match_indices(word).any(|(at, _)| {
        let behind = words[at + word.len()..].trim_start_matches(|digit: char| digit.is_ascii_digit());
        words[..at].ends_with('_') && behind.starts_with('_')
    })
}

fn push_boundary(words: &mut String) {
    if !words.ends_with('_') {
        words.push('_');
    }
}

/// `ibPort`, `IBPort`.
fn begins_word(before: char, character: char, behind: Option<char>) -> bool {
    let after_small = !before.is_uppercase() && character.is_uppercase();
    let ends_capitals =
        before.is_uppercase() && character.is_uppercase() && behind.is_some_and(char::is_lowercase);
    after_small || ends_capitals
}

#[cfg(test)]
mod tests {
    use super::{contain, words};

    fn has(name: &str, word: &str) -> bool {
        contain(&words(name), word)
    }

    #[test]
    fn a_word_is_found_in_every_spelling_and_never_inside_another() {
        for name in ["IB_PORT", "ib.port", "ibPort", "IBPort", "MY_IB2_PORT", "workers.ib-gateway.socketPort"]
        {
            assert!(has(name, "IB") && has(name, "PORT"), "{name}");
        }
        for name in ["LIBRARY_PORT", "IBEX_PORT", "RIB", "port", "", "IBX2_PORT"] {
            assert!(!has(name, "IB"), "{name}");
        }
        assert!(!has("IB_PORTFOLIO", "PORT") && !has("IB_SUPPORT", "PORT"));
        assert!(has("interactive-brokers.port", "INTERACTIVE_BROKERS") && has("BUCKET_S3_KEY", "S3"));
    }
}
