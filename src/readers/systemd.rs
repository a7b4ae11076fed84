//! systemd 254 and later: the systemd dialect's own parser, with its faults read as what systemd does about them.

use std::collections::HashSet;

use super::{Assignment, End, Lines, Outcome, Reading, Statement};
use crate::load::env_file::{self, Dialect, FaultKind};
use crate::secret::Secret;

pub(super) fn read(contents: &[u8]) -> Reading {
    let parsed = env_file::parse(contents, Dialect::Systemd);
    let fatal = |fault: &&env_file::Fault| {
        matches!(fault.kind, FaultKind::NotUtf8 | FaultKind::Utf16 | FaultKind::Nul)
    };
    if let Some(fault) = parsed.faults.iter().find(fatal) {
        return Reading::failed(fault.line);
    }
    if contents.starts_with(&[0xFF, 0xFE]) || contents.starts_with(&[0xFE, 0xFF]) {
        return Reading::failed(1);
    }
    let lines = Lines::of(contents);
    let has_mark = contents.starts_with("\u{feff}".as_bytes());
    let lines_with = |kind: FaultKind| -> HashSet<usize> {
        parsed.faults.iter().filter(|fault| fault.kind == kind).map(|fault| fault.line).collect()
    };
    let (exports, comments) = (lines_with(FaultKind::Export), lines_with(FaultKind::CommentBackslash));
    let unclosed = parsed.faults.iter().find(|fault| fault.kind == FaultKind::UnclosedQuote);
    let mut reading = Reading::whole();
    for entry in parsed.entries {
        let line = entry.line;
        let start = lines.start(line);
        let end = lines.end_after(entry.value_span.end, contents.len());
        let dropped = exports.contains(&line) || (has_mark && line == 1);
        // An open quote takes all the rest, so that only the last variable has one.
        let unclosed = unclosed.is_some_and(|fault| (line..=lines.number(end)).contains(&fault.line));
        let outcome = if dropped {
            Outcome::NotSet
        } else if comments.contains(&(line - 1)) {
            // systemd before 254 takes this line for a part of the comment.
            Outcome::Unknown
        } else if unclosed {
            Outcome::TakesRest
        } else {
            outcome(&contents[start..end], entry.value)
        };
        let assignment = Assignment { name: entry.name.as_str().into(), outcome };
        reading.statements.push(Statement {
            span: start..end,
            line,
            assignments: vec![assignment],
            comment: None,
            does_more: false,
        });
    }
    reading.end = End::Whole;
    reading
}

/// What the parser does not model: a carriage return inside a line ends it for systemd, and of control characters
/// it takes some.
fn outcome(statement: &[u8], value: Secret) -> Outcome {
    let mut pairs = statement.iter().zip(statement.iter().skip(1).chain([&b'\n']));
    let cut = pairs.any(|(byte, next)| *byte == b'\r' && *next != b'\n');
    // Exposed to look for what is not sure.
    let doubtful = value.expose().iter().any(|byte| byte.is_ascii_control() && !b"\t\n".contains(byte));
    if cut || doubtful { Outcome::Unknown } else { Outcome::Value(value) }
}
