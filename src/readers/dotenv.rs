//! dotenvy 0.15, asked itself. Its errors hold the line's text and are dropped unread; a NUL, on which it panics and
//! prints the value, never reaches it.

use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::{Assignment, End, Lines, Outcome, Reading, Statement};
use crate::secret::Secret;

/// What a `$` is replaced by to see whether dotenvy expands it: a character that means nothing to it.
const PROBE: char = '\u{e000}';

pub(super) fn read(contents: &[u8]) -> Reading {
    let lines = Lines::of(contents);
    if let Some(at) = contents.iter().position(|byte| *byte == 0) {
        return Reading::failed(lines.number(at));
    }
    // As `load` does.
    let mark = if contents.starts_with("\u{feff}".as_bytes()) { "\u{feff}".len() } else { 0 };
    let mut reading = Reading { first_counts: true, ..Reading::whole() };
    let probed = probe(&contents[mark..]);
    let mut probed = Asked::new(&probed);
    let mut asked = Asked::new(&contents[mark..]);
    let mut done = mark;
    while let Some(answer) = asked.next() {
        let literal = probed.next();
        let end = mark + asked.position();
        let start = skip_passed_over(contents, done, mark);
        done = end;
        let line = lines.number(start);
        let Ok((name, value)) = answer else {
            reading.end = End::StopsAt(line);
            return reading;
        };
        // Exposed to be compared with what no `$` stood in.
        let same = literal
            .and_then(Result::ok)
            .is_some_and(|(_, probed)| *without_probe(probed.expose()) == value.expose());
        let outcome = if same { Outcome::Value(value) } else { Outcome::Expands };
        reading.statements.push(Statement {
            span: start..end,
            line,
            assignments: vec![Assignment { name: name.into_bytes(), outcome }],
            comment: None,
            does_more: false,
        });
    }
    reading
}

/// The file with every `$` replaced that no backslash stands before: where dotenvy then reads the same, it took the
/// `$` for itself.
fn probe(contents: &[u8]) -> Zeroizing<Vec<u8>> {
    // Of the right size at once: a reallocation would leave a part of the file behind in freed memory.
    let mut probed = Zeroizing::new(Vec::with_capacity(contents.len() * PROBE.len_utf8()));
    let mut backslashes = 0;
    for byte in contents {
        if *byte == b'$' && backslashes % 2 == 0 {
            probed.extend_from_slice(PROBE.encode_utf8(&mut [0; 3]).as_bytes());
        } else {
            probed.push(*byte);
        }
        backslashes = if *byte == b'\\' { backslashes + 1 } else { 0 };
    }
    probed
}

fn without_probe(value: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(String::from_utf8_lossy(value).replace(PROBE, "$").into_bytes())
}

/// dotenvy passes over blank lines and comments without a word: where the statement begins that it has just read.
fn skip_passed_over(contents: &[u8], from: usize, mark: usize) -> usize {
    let mut at = from;
    for line in contents[from..].split_inclusive(|byte| *byte == b'\n') {
        // A line that is no text is where it fails.
        let text = std::str::from_utf8(line).unwrap_or("?").trim_start();
        if !text.is_empty() && !text.starts_with('#') {
            break;
        }
        at += line.len();
    }
    // A byte order mark belongs to the first line.
    if at == mark { 0 } else { at }
}

/// dotenvy at work on a file, and how far it has read.
struct Asked<'a> {
    answers: dotenvy::Iter<OneLine<'a>>,
    position: Rc<Cell<usize>>,
}

impl<'a> Asked<'a> {
    fn new(contents: &'a [u8]) -> Self {
        let position = Rc::new(Cell::new(0));
        let lines = OneLine { contents, position: Rc::clone(&position) };
        Self { answers: dotenvy::from_read_iter(lines), position }
    }

    /// The next variable; its error says no more than that there is one.
    fn next(&mut self) -> Option<Result<(String, Secret), ()>> {
        let answer = self.answers.next()?;
        Some(answer.map(|(name, value)| (name, Secret::new(value.into_bytes()))).map_err(drop))
    }

    fn position(&self) -> usize {
        self.position.get()
    }
}

/// Hands out no more than one line for each read, so that its position is where dotenvy is.
struct OneLine<'a> {
    contents: &'a [u8],
    position: Rc<Cell<usize>>,
}

impl Read for OneLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.contents[self.position.get()..];
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |newline| newline + 1);
        let length = line.min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position.set(self.position.get() + length);
        Ok(length)
    }
}
