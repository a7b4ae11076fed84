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
    let lower = zeroize::Zeroizing::new(text.to_ascii_lowercase());
    if WORDS.contains(&lower.as_str()) {
        return Some("a word of templates");
    }
    if BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning)) {
        return Some("a request to fill it in");
    }
    if lower.ends_with("_here") || lower.ends_with("-here") {
        return Some("it ends in \"here\"");
    }
    if has_your_something(&lower) {
        return Some("it speaks of \"your\" something");
    }
    if lower.len() > 2 && lower.starts_with('<') && lower.ends_with('>') {
        return Some("it is in angle brackets");
    }
    if is_filler(&lower) {
        return Some("a row of filler characters");
    }
    None
}

/// `your_api_key`, `YOUR-WEBHOOK-ID`, at a word's beginning.
fn has_your_something(lower: &str) -> bool {
    lower.match_indices("your").any(|(at, _)| {
        let before = lower[..at].chars().next_back();
        let mut after = lower[at + 4..].chars();
        before.is_none_or(|before| !before.is_ascii_alphanumeric())
            && matches!(after.next(), Some('_' | '-'))
            && after.next().is_some_and(|next| next.is_ascii_alphabetic())
    })
}

/// `xxxxxxxx`, `sk-xxxxxxxx`, `********`, `....`: a row of one filler, alone or behind a short prefix.
fn is_filler(lower: &str) -> bool {
    ['x', '*', '.', '#', '0'].iter().any(|filler| {
        let kept = lower.trim_end_matches(*filler);
        let row = lower.len() - kept.len();
        let alone = kept.is_empty() && row >= 4 && (*filler != '0' || row >= 16);
        let prefixed = *filler == 'x' && row >= 6 && kept.len() <= 12 && kept.ends_with(['-', '_']);
        alone || prefixed
    })
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
