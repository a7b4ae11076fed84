//! What can be wrong with the config as a document, in words that never hold its text.

use granit_parser::{ErrorKind, ScanError, Span};

use super::document::Format;
use crate::finding::{Gate, Severity};

/// A fault at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in `FaultKind::describe`")]
pub enum FaultKind {
    Parser(String),
    UnquotedPlaceholder,
    Tab,
    UnknownAnchor,
    Empty,
    SecondDocument,
    RootScalar,
    DuplicateKey { first_line: usize },
    BlockAnchor,
    BlockKeyNotOnItsOwnLine,
    BlockEmptyNode,
    KeyPlaceholder,
    KeyAlias,
    TaggedPlaceholder,
    NotJson,
    InvalidJson,
    LineSeparator,
    Unspliceable,
    TooManyAliases,
}

impl DocumentFault {
    pub(super) fn at(kind: FaultKind, span: &Span) -> Self {
        Self { kind, line: span.start.line(), column: span.start.col() + 1 }
    }

    pub(super) fn of_parser(error: &ScanError, text: &str) -> Self {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        let kind = match error.kind() {
            _ if placeholder_stands_unquoted(text, line, column) => FaultKind::UnquotedPlaceholder,
            ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart => FaultKind::Tab,
            ErrorKind::UnknownAnchor => FaultKind::UnknownAnchor,
            // These carry text of the file, or may.
            ErrorKind::UnexpectedCharacter { .. } => FaultKind::Parser("an unexpected character".into()),
            ErrorKind::Custom(_) | ErrorKind::InputIo { .. } | ErrorKind::InputDecoding { .. } => {
                FaultKind::Parser("the parser cannot read it".into())
            }
            kind => {
                let message = kind.to_string();
                let unnamed = "the syntax is broken here";
                FaultKind::Parser(if message.is_empty() { unnamed.to_owned() } else { message })
            }
        };
        Self { kind, line, column }
    }

    /// Why the text is not JSON. The reason is the reader's category alone: its words may hold the file's.
    pub(super) fn of_json(text: &str) -> Option<Self> {
        let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
        let kind =
            if error.is_eof() && text.trim().is_empty() { FaultKind::Empty } else { FaultKind::InvalidJson };
        Some(Self { kind, line: error.line().max(1), column: error.column().max(1) })
    }

    /// The first character that ends a line to some readers only: YAML 1.1 knows three more than YAML 1.2 (and JSON
    /// none of them), and a lone carriage return is seen by hardly anybody.
    pub(super) fn of_line_breaks(text: &str, format: Format) -> Option<Self> {
        if text.bytes().all(|byte| byte != b'\r' && byte.is_ascii()) {
            return None;
        }
        let is_odd = |(at, character): &(usize, char)| match character {
            '\u{85}' | '\u{2028}' | '\u{2029}' => format == Format::Yaml,
            '\r' => !text[at + 1..].starts_with('\n'),
            _ => false,
        };
        let (at, _) = text.char_indices().find(is_odd)?;
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        Some(Self {
            kind: FaultKind::LineSeparator,
            line: 1 + text[..at].matches('\n').count(),
            column: 1 + text[line_start..at].chars().count(),
        })
    }
}

/// Whether the error comes right behind the `$` of a `${…}` that YAML takes for the start of a mapping.
fn placeholder_stands_unquoted(text: &str, line: usize, column: usize) -> bool {
    let Some(line) = text.lines().nth(line.saturating_sub(1)) else { return false };
    let before: String = line.chars().take(column).collect();
    before.ends_with("${") || before.ends_with('$') && line[before.len()..].starts_with('{')
}

impl FaultKind {
    /// The gate it belongs to.
    #[must_use]
    pub fn gate(&self) -> Gate {
        match self {
            Self::DuplicateKey { .. } => Gate::Duplicate,
            Self::KeyPlaceholder | Self::KeyAlias | Self::TaggedPlaceholder | Self::Unspliceable => {
                Gate::Placeholder
            }
            _ => Gate::Syntax,
        }
    }

    /// Whether the rest of the file could not be read.
    #[must_use]
    pub fn stops_reading(&self) -> bool {
        matches!(
            self,
            Self::Parser(_)
                | Self::InvalidJson
                | Self::UnquotedPlaceholder
                | Self::Tab
                | Self::UnknownAnchor
                | Self::Empty
        )
    }

    /// Whether it stops the launch.
    #[must_use]
    pub fn severity(&self) -> Severity {
        if *self == Self::KeyPlaceholder { Severity::Warns } else { Severity::Refuses }
    }

    /// What is wrong, why it matters, what to do.
    #[must_use]
    pub fn describe(&self) -> (String, &'static str, &'static str) {
        let (what, why, mend) = match self {
            Self::Parser(message) => {
                let what = format!("not YAML: {message}");
                return (
                    what,
                    "the worker could not read it either",
                    "correct the line, or the one before it",
                );
            }
            Self::DuplicateKey { first_line: 0 } => {
                ("the key envgate appears twice", "readers take the last one silently", "merge the two")
            }
            Self::DuplicateKey { first_line } => {
                let what = format!("this key is already on line {first_line} of the same mapping");
                return (what, "most readers take the last one silently", "remove one of the two");
            }
            Self::UnquotedPlaceholder => (
                "a ${…} without quotes inside [ ] or { }",
                "YAML takes its brace for the start of a mapping",
                "quote it: \"${NAME}\"",
            ),
            Self::Tab => (
                "a tab where YAML takes only spaces",
                "the worker could not read it either",
                "indent with spaces",
            ),
            Self::UnknownAnchor => (
                "an alias (*name) whose anchor (&name) does not stand before it",
                "the worker could not read it either",
                "define the anchor above, or write the value out",
            ),
            Self::Empty => (
                "the config is empty",
                "a worker would start without its settings; the file may have been cut",
                "restore the file, or start without -c",
            ),
            Self::SecondDocument => (
                "a second YAML document (---)",
                "workers read one document, and which one depends on the reader",
                "keep one document in the file",
            ),
            Self::RootScalar => (
                "the config is a single value",
                "neither a mapping nor a list: this is not a runtime config",
                "name the worker's config with -c",
            ),
            Self::BlockAnchor => (
                "an alias of an anchor that is defined in the envgate: block",
                "the block is left out of the worker's config, and the anchor with it",
                "define the anchor outside the block",
            ),
            Self::BlockKeyNotOnItsOwnLine => (
                "the key envgate: does not begin its line or its entry",
                "it could not be left out of the worker's config",
                "write envgate: at the start of a line, without ?, anchor or tag",
            ),
            Self::BlockEmptyNode => (
                "an anchor, a tag or a ? without a value in the envgate: block",
                "where the block ends could not be told for sure",
                "give it a value, or remove the anchor, the tag or the ?",
            ),
            Self::KeyPlaceholder => {
                ("a placeholder in a key", "keys are never expanded: it stays as it is", "use a literal key")
            }
            Self::KeyAlias => (
                "an alias between a key and a value that holds a placeholder",
                "keys are never expanded, so the alias would mean two things",
                "write the value out",
            ),
            Self::TaggedPlaceholder => (
                "a placeholder under a YAML tag",
                "only strings are expanded, and the tag makes it something else",
                "remove the tag, or use delivery: source where the worker expands by itself",
            ),
            Self::NotJson => (
                "a placeholder outside a double-quoted string in a JSON config",
                "the rendered config would not be JSON",
                "put it into double quotes",
            ),
            Self::InvalidJson => (
                "the file is named .json and is not JSON",
                "the worker's reader would not take it",
                "correct it here: python3 -m json.tool FILE shows the same place; or name it .yml",
            ),
            Self::LineSeparator => (
                "a line break that is not a newline (a lone carriage return, U+0085, U+2028 or U+2029)",
                "it ends a line to some YAML readers and not to others: they see different keys",
                "remove the character, or write it as an escape in double quotes",
            ),
            Self::Unspliceable => (
                "a placeholder in a block scalar whose beginning or end is not clear",
                "readers disagree on what belongs to it, so it could not be replaced safely",
                "write the value as one double-quoted string",
            ),
            Self::TooManyAliases => {
                ("too many aliases of aliases", "each place has to be judged", "write fewer of them")
            }
        };
        (what.to_owned(), why, mend)
    }
}
