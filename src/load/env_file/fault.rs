//! What can be wrong in an env file, and what each reader would make of it (measured: systemd 252 and 257,
//! bash 5.2, dash, dotenvy 0.15.7).

use crate::finding::Gate;
use crate::name::Name;

/// A fault at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The variable, where the line has a well-formed name.
    pub variable: Option<Name>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is described in `FaultKind::describe`")]
pub enum FaultKind {
    NotUtf8,
    Utf16,
    ByteOrderMark,
    Nul,
    CarriageReturn,
    Control,
    Invisible,
    CommentBackslash,
    Semicolon,
    Export,
    NoEquals,
    InvalidName,
    ShellName,
    BlankBeforeEquals,
    BlankAfterEquals,
    Dollar,
    Backtick,
    Backslash,
    HashInValue,
    CommentAfterValue,
    Words,
    Operator,
    Tilde,
    QuoteInValue,
    Glued,
    NotAscii,
    BareCharacter,
    UnclosedQuote,
    BackslashBeforeQuote,
    DollarInQuotes,
    BacktickInQuotes,
    EscapeInQuotes,
    BlankAtEnd,
    TooLong,
    Duplicate { first_line: usize },
}

/// What a person reads of a fault.
#[derive(Debug, PartialEq, Eq)]
pub struct Description {
    /// What is wrong.
    pub what: &'static str,
    /// Who reads it how.
    pub why: &'static str,
    /// How to write it.
    pub mend: &'static str,
}

const QUOTE: &str = "write the value in single quotes: NAME='…'";

impl FaultKind {
    /// The gate that refuses it.
    #[must_use]
    pub fn gate(self) -> Gate {
        match self {
            Self::Duplicate { .. } => Gate::Duplicate,
            Self::TooLong => Gate::Size,
            _ => Gate::Syntax,
        }
    }

    /// The words for it.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a table: one line for each fault")]
    pub fn describe(self) -> Description {
        let (what, why, mend) = match self {
            Self::NotUtf8 => (
                "bytes that are not UTF-8",
                "systemd does not start the unit, dotenv readers fail on the whole file",
                "save the file as UTF-8 (iconv -f latin1 -t utf8)",
            ),
            Self::Utf16 => (
                "the file is UTF-16",
                "no reader of env files understands it",
                "save the file as UTF-8 without a byte order mark",
            ),
            Self::ByteOrderMark => (
                "a byte order mark at the start of the file",
                "systemd loses the first variable, a shell runs it as a command",
                "save the file as UTF-8 without a byte order mark (sed -i '1s/^\\xEF\\xBB\\xBF//' FILE)",
            ),
            Self::Nul => ("a NUL byte", "systemd does not start the unit, dotenvy panics", "remove the byte"),
            Self::CarriageReturn => (
                "a carriage return (Windows line ends)",
                "shells keep it in every value, systemd strips it",
                "remove them all: envgate lint --fix --as systemd FILE",
            ),
            Self::Control => (
                "a control character",
                "systemd drops the variable, people do not see it",
                "remove the character",
            ),
            Self::Invisible => (
                "an invisible character",
                "readers trim it differently and people do not see it",
                "type the line again, or remove the character",
            ),
            Self::CommentBackslash => (
                "a comment that ends in a backslash",
                "systemd before 254 takes the next line for a part of the comment",
                "remove the backslash",
            ),
            Self::Semicolon => (
                "a comment that starts with ;",
                "a shell stops with a syntax error, dotenv readers fail",
                "start the comment with #",
            ),
            Self::Export => (
                "`export` before the name",
                "systemd drops the whole line and prints it to the journal",
                "remove the word export",
            ),
            Self::NoEquals => (
                "a line that is not NAME=value",
                "systemd ignores it, a shell runs it as a command",
                "make it NAME=value, or a comment with # in front; close the quote if it belongs to the line before",
            ),
            Self::InvalidName => (
                "a name with other characters than letters, digits and _, or that starts with a digit",
                "systemd drops the line, a shell runs it as a command",
                "rename the variable ([A-Za-z_][A-Za-z0-9_]*)",
            ),
            Self::ShellName => (
                "a name that shells set by themselves",
                "bash or dash refuses the assignment or loses its value, systemd takes it",
                "rename the variable, or read the file with --dialect systemd",
            ),
            Self::BlankBeforeEquals => (
                "a space before =",
                "a shell runs the name as a command",
                "write NAME=value without spaces around =",
            ),
            Self::BlankAfterEquals => (
                "a space after =",
                "a shell sets the variable empty and runs the value as a command",
                "write NAME=value without spaces around =",
            ),
            Self::Dollar => {
                ("a $ outside single quotes", "shells and dotenvy expand it, systemd does not", QUOTE)
            }
            Self::Backtick => {
                ("a backtick outside single quotes", "a shell runs what is between backticks", QUOTE)
            }
            Self::Backslash => (
                "a backslash outside quotes",
                "shells and systemd drop it, dotenvy reads some as a newline or an error",
                QUOTE,
            ),
            Self::HashInValue => (
                "a # inside an unquoted value",
                "node's readers cut the value there, dotenvy empties it where it comes first",
                QUOTE,
            ),
            Self::CommentAfterValue => (
                "a comment after a value",
                "systemd takes it for a part of the value",
                "put the comment on a line of its own, above",
            ),
            Self::Words => {
                ("a space inside an unquoted value", "a shell runs the second word as a command", QUOTE)
            }
            Self::Operator => (
                "a character that a shell obeys (& ; | < > ( )) in an unquoted value",
                "a shell cuts the value there, runs the rest or writes a file",
                QUOTE,
            ),
            Self::Tilde => {
                ("an unquoted ~ at the start or after a :", "shells put the home directory there", QUOTE)
            }
            Self::QuoteInValue => (
                "a quote inside an unquoted value",
                "systemd keeps it as a part of the value, shells remove it or wait for the next one",
                QUOTE,
            ),
            Self::Glued => (
                "unquoted text glued to a quoted value",
                "systemd, shells and dotenv readers join it differently",
                "put the whole value into one pair of quotes",
            ),
            Self::NotAscii => (
                "a character outside ASCII in an unquoted value",
                "dotenvy trims some of them, people confuse them",
                QUOTE,
            ),
            Self::BareCharacter => {
                ("a character that may not stand unquoted", "readers disagree on it", QUOTE)
            }
            Self::UnclosedQuote => (
                "a quote that is never closed",
                "systemd takes the rest of the file for the value, without a word",
                "close the quote",
            ),
            Self::BackslashBeforeQuote => (
                "a backslash right before a closing single quote",
                "dotenvy takes the quote for escaped and reads on",
                "end the value with a quoted backslash: 'C:\\dir'\"\\\\\"",
            ),
            Self::DollarInQuotes => (
                "a $ inside double quotes",
                "shells expand it, dotenvy expands or fails, systemd does neither",
                QUOTE,
            ),
            Self::BacktickInQuotes => {
                ("a backtick inside double quotes", "a shell runs what is between backticks", QUOTE)
            }
            Self::EscapeInQuotes => (
                "a backslash inside double quotes that is neither \\\\ nor \\\"",
                "dotenv readers make a newline or an error of it, systemd and shells keep it",
                QUOTE,
            ),
            Self::BlankAtEnd => (
                "spaces at the end of a file that has no final newline",
                "dotenvy fails on the file",
                "end the file with a newline (echo >>)",
            ),
            Self::TooLong => (
                "NAME=value is longer than 131,071 bytes",
                "the kernel starts no program with it (E2BIG)",
                "put the value into a file and its path into the variable",
            ),
            Self::Duplicate { .. } => (
                "the name appears twice in this file",
                "systemd and shells take the last one, dotenvy the first",
                "remove one of the two lines",
            ),
        };
        Description { what, why, mend }
    }
}
