//! The keys of the open mappings, and which of them stand twice.

use std::borrow::Cow;

use granit_parser::{ScalarStyle, Span};

use crate::load::config::fault::{DocumentFault, FaultKind};

/// A scalar key as YAML tells keys apart: `1` and `"1"` are two.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    /// Whether it may not come again: not so a merge key, nor what is no scalar.
    once: bool,
    text: Cow<'a, str>,
    is_text: bool,
    line: usize,
    column: usize,
}

/// The scalar keys of all open mappings, those of the innermost one last.
#[derive(Default)]
pub(super) struct Keys<'a>(Vec<Key<'a>>);

impl<'a> Keys<'a> {
    /// Where the keys of a mapping that opens now will begin.
    pub(super) fn open(&self) -> usize {
        self.0.len()
    }

    /// The last key of each mapping, with dots between them; `firsts` says where the keys of each begin.
    pub(super) fn path(&self, firsts: impl Iterator<Item = usize>) -> String {
        let mut path = String::new();
        let mut firsts = firsts.peekable();
        while let Some(first) = firsts.next() {
            let end = firsts.peek().copied().unwrap_or(self.0.len());
            // A mapping without scalar keys has no name in it.
            if let Some(key) = self.0[first..end].last().filter(|key| key.once || !key.text.is_empty()) {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key.text);
            }
        }
        path
    }

    /// Adds a key to the innermost mapping. A merge key may come again, and what it brings has the mapping's path.
    pub(super) fn add(&mut self, text: Cow<'a, str>, style: ScalarStyle, span: &Span) {
        let once = text != "<<" || style != ScalarStyle::Plain;
        let text = if once { text } else { Cow::Borrowed("") };
        let is_text = style != ScalarStyle::Plain || is_text_when_plain(&text);
        self.push(once, text, is_text, span);
    }

    /// Adds a key that is no scalar.
    pub(super) fn add_unnamed(&mut self, span: &Span) {
        self.push(false, Cow::Borrowed("?"), false, span);
    }

    fn push(&mut self, once: bool, text: Cow<'a, str>, is_text: bool, span: &Span) {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        self.0.push(Key { once, text, is_text, line, column });
    }

    /// The mapping whose keys begin at `first` has ended: two that are the same are next to each other once sorted.
    pub(super) fn close(&mut self, first: usize) -> Vec<DocumentFault> {
        self.0[first..].sort_unstable();
        let twice = |pair: &[Key<'_>]| match pair {
            [one, other]
                if one.once && other.once && one.text == other.text && one.is_text == other.is_text =>
            {
                Some(DocumentFault {
                    kind: FaultKind::DuplicateKey { first_line: one.line },
                    line: other.line,
                    column: other.column,
                })
            }
            _ => None,
        };
        let faults = self.0[first..].windows(2).filter_map(twice).collect();
        self.0.truncate(first);
        faults
    }
}

/// Whether a plain key is a string to YAML 1.1 and 1.2 alike. Keys that may be a number, a date or a boolean
/// are told apart from the quoted ones of the same spelling.
fn is_text_when_plain(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
