//! What a template leaves behind where nobody filled it in.

use crate::finding::{Finding, Gate};

/// Values that are never a credential, compared without case.
const WORDS: &[&str] = &[
    "null",
    "undefined",
    "changeme",
    "change_me",
    "change-me",
    "replaceme",
    "replace_me",
    "replace-me",
    "todo",
    "fixme",
    "tbd",
    "placeholder",
    "dummy",
    "example",
    "secret",
    "password",
    "xxx",
    "your_key",
    "insert_here",
];

/// Beginnings that only templates have.
const BEGINNINGS: &[&str] = &[
    "changeme",
    "change_me",
    "change-me",
    "replace_with",
    "replace-with",
    "replace_me",
    "insert_",
    "insert-your",
    "enter_",
    "put_your",
];

/// What gives a value away as a template's leftover; none for one that may be real.
#[must_use]
pub fn find(value: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some("a word of templates");
    }
    // Compared as it stands: a copy in small letters would be one more of a secret.
    let bytes = text.as_bytes();
    if BEGINNINGS.iter().any(|beginning| starts_with(bytes, beginning)) {
        return Some("a request to fill it in");
    }
    if bytes.split_last_chunk().is_some_and(|(_, end)| is_here(end)) {
        return Some("it ends in \"here\"");
    }
    if has_your_something(text) {
        return Some("it speaks of \"your\" something");
    }
    if bytes.len() > 2 && bytes.starts_with(b"<") && bytes.ends_with(b">") {
        return Some("it is in angle brackets");
    }
    if is_filler(bytes) {
        return Some("a row of filler characters");
    }
    None
}

fn starts_with(bytes: &[u8], beginning: &str) -> bool {
    bytes.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
}

fn is_here(end: &[u8; 5]) -> bool {
    matches!(end[0], b'_' | b'-') && end[1..].eq_ignore_ascii_case(b"here")
}

/// `your_api_key`, `YOUR-WEBHOOK-ID`, at a word's beginning.
fn has_your_something(text: &str) -> bool {
    let is_your = |window: &[u8]| {
        matches!(window[4], b'_' | b'-') && window[5].is_ascii_alphabetic() && starts_with(window, "your")
    };
    let starts_word =
        |at: usize| text[..at].chars().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
    text.as_bytes().windows(6).enumerate().any(|(at, window)| is_your(window) && starts_word(at))
}

/// `xxxxxxxx`, `sk-xxxxxxxx`, `********`, `....`: a row of one filler, alone or behind a short prefix.
fn is_filler(bytes: &[u8]) -> bool {
    let Some(filler @ (b'x' | b'X' | b'*' | b'.' | b'#' | b'0')) = bytes.last() else { return false };
    let row = bytes.iter().rev().take_while(|byte| byte.eq_ignore_ascii_case(filler)).count();
    let kept = &bytes[..bytes.len() - row];
    let alone = kept.is_empty() && row >= 4 && (*filler != b'0' || row >= 16);
    let behind_prefix = row >= 6 && kept.len() <= 12 && (kept.ends_with(b"-") || kept.ends_with(b"_"));
    alone || (filler.eq_ignore_ascii_case(&b'x') && behind_prefix)
}

/// A leftover, as a finding.
#[must_use]
pub fn finding(leftover: &'static str) -> Finding {
    Finding::refuses(Gate::DummyValue, format!("a template's leftover ({leftover})"))
        .why("the worker would start and fail at its first request, or not fail")
        .mend("put the real value in its place, or remove the line")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_templates_are_found() {
        for value in [
            "your_databento_api_key_here",
            "changeme",
            "ChangeMe123",
            "YOUR_WEBHOOK_ID",
            "null",
            "<api key>",
            "xxxx",
            "https://trading.traderspost.io/trading/webhook/YOUR_WEBHOOK_ID",
            "sk-xxxxxxxxxxxx",
            "********",
            "REPLACE_ME",
            "insert_key",
            "your-api-key",
            "TODO",
            "paste_it_here",
        ] {
            assert!(find(value.as_bytes()).is_some(), "{value}");
        }
    }

    #[test]
    fn real_values_pass() {
        for value in [
            "",
            "true",
            "false",
            "none",
            "0",
            "1.25",
            "INFO",
            "db-3kJx9vXxxKQpR7mNwZtYbHcLfGdSaE",
            "AKIAIOSFODNN7QXMPLE0",
            "550e8400-e29b-41d4-a716-446655440000",
            "https://hooks.slack.com/services/T0/B0/x1y2z3",
            "yourselfandme",
            "postgres://pine:p4ss@localhost/pine",
            "/var/lib/pine/key.pem",
            "sk-ant-api03-Rz8QxxT",
            "000123",
            "tomorrow",
        ] {
            assert!(find(value.as_bytes()).is_none(), "{value}");
        }
    }
}
