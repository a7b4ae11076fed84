//! `docker run --env-file` of docker 28: each line by itself, nothing is unquoted, nothing expanded.
//!
//! Measured with docker 28.2 (its client reads the file, and tells the daemon what it has read).

use super::{Assignment, End, Outcome, Reading, Statement};
use crate::secret::Secret;

/// A longer line fails the whole file.
const MAX_LINE: usize = 64 * 1024;

pub(super) fn read(contents: &[u8]) -> Reading {
    let mut reading = Reading::whole();
    let mut start = 0;
    for (index, whole) in contents.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let span = start..start + whole.len();
        start = span.end;
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        if line.len() >= MAX_LINE {
            return Reading::failed(index + 1);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(text) = std::str::from_utf8(line) else { return Reading::failed(index + 1) };
        let text = if index == 0 { text.strip_prefix('\u{feff}').unwrap_or(text) } else { text };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        if name.is_empty() || name.contains([' ', '\t']) {
            return Reading::failed(index + 1);
        }
        // Without `=`, docker takes the variable of whoever runs it. A NUL ends a value somewhere behind docker.
        let outcome = match value {
            Some(value) if !text.contains('\0') => Outcome::Value(Secret::copied_from(value.as_bytes())),
            _ => Outcome::Unknown,
        };
        reading.statements.push(Statement {
            span,
            line: index + 1,
            assignments: vec![Assignment { name: name.into(), outcome }],
            comment: None,
            does_more: value.is_none(),
        });
    }
    reading.end = End::Whole;
    reading
}
