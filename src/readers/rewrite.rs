//! A file in the portable form, by the meaning of one reader: comments, order and blank lines stay.

use std::collections::HashMap;
use std::ops::Range;

use zeroize::Zeroizing;

use super::{Assignment, End, Final, Lines, Outcome, Reader, Reading, Statement, compare};
use crate::load::env_file::{self, Dialect, portable_form};
use crate::mask::masked;
use crate::name::Name;

/// A file that every reader reads alike, and what was changed for that.
#[derive(Debug)]
pub struct Rewritten {
    /// The file.
    pub contents: Zeroizing<Vec<u8>>,
    /// Every line that is written otherwise now.
    pub changes: Vec<Change>,
}

/// One line that is written otherwise.
#[derive(Debug)]
pub struct Change {
    /// Its number in the file as it was.
    pub line: usize,
    /// The variable; none for a comment.
    pub name: Option<Name>,
    /// What was done.
    pub what: &'static str,
    /// The value for people, and its length in characters.
    pub value: Option<(String, usize)>,
}

/// Why a file cannot be rewritten by the meaning of a reader.
#[derive(Debug)]
pub struct Hindrance {
    /// The line.
    pub line: usize,
    /// The variable.
    pub name: Option<Name>,
    /// What stands there.
    pub what: &'static str,
    /// What to do.
    pub mend: &'static str,
}

impl Hindrance {
    fn new(line: usize, name: Option<Name>, what: &'static str, mend: &'static str) -> Self {
        Self { line, name, what, mend }
    }
}

const BY_HAND: &str = "write the line by hand, in single quotes";

/// Writes a file by the meaning of a reader; every line that stands in the way is said. No line is lost: each is
/// written, is a comment, or stands in the way.
pub fn rewrite(contents: &[u8], reader: Reader) -> Result<Rewritten, Vec<Hindrance>> {
    let reading = reader.read(contents);
    if let End::StopsAt(line) | End::Fails(line) | End::Program(line) = reading.end {
        let what = "this reader does not come to the end of the file";
        return Err(vec![Hindrance::new(
            line,
            None,
            what,
            "choose another reader, or mend this line by hand",
        )]);
    }
    let mut writer = Writer {
        contents,
        lines: Lines::of(contents),
        reader,
        finals: reading.finals(),
        comments: if reader == Reader::Dotenv { comments_of_bash(contents) } else { HashMap::new() },
        written: Zeroizing::new(Vec::with_capacity(contents.len() * 2)),
        changes: Vec::new(),
        hindrances: Vec::new(),
    };
    let mark = if contents.starts_with("\u{feff}".as_bytes()) { "\u{feff}".len() } else { 0 };
    let mut done = mark;
    for (index, statement) in reading.statements.iter().enumerate() {
        writer.between(done..statement.span.start.max(mark));
        writer.statement(index, statement);
        done = statement.span.end;
    }
    writer.between(done..contents.len());
    let Writer { written, changes, mut hindrances, .. } = writer;
    if hindrances.is_empty() && !means_the_same(&reading, &written) {
        let what = "the file as it would be written does not read back alike";
        hindrances.push(Hindrance::new(1, None, what, "write the lines with faults by hand"));
    }
    hindrances.sort_by_key(|hindrance| hindrance.line);
    hindrances.dedup_by_key(|hindrance| hindrance.line);
    if hindrances.is_empty() { Ok(Rewritten { contents: written, changes }) } else { Err(hindrances) }
}

/// A comment behind a value is not told apart by dotenvy; where bash reads the same, it is bash's.
fn comments_of_bash(contents: &[u8]) -> HashMap<usize, Statement> {
    let statements = Reader::Bash.read(contents).statements.into_iter();
    statements.map(|statement| (statement.span.start, statement)).collect()
}

/// What the new file sets is what the reader sets, for every reader.
fn means_the_same(reading: &Reading, written: &[u8]) -> bool {
    let parsed = env_file::parse(written, Dialect::Portable);
    let finals = reading.finals();
    // Exposed to be compared.
    let kept = |entry: &env_file::Entry| {
        let value = finals.get(entry.name.as_str().as_bytes()).and_then(|found| found.outcome.value());
        value.is_some_and(|value| value.expose() == entry.value.expose())
    };
    parsed.faults.is_empty()
        && parsed.entries.len() == finals.len()
        && parsed.entries.iter().all(kept)
        && compare(written).agrees()
}

struct Writer<'a> {
    contents: &'a [u8],
    lines: Lines,
    reader: Reader,
    finals: HashMap<&'a [u8], Final<'a>>,
    comments: HashMap<usize, Statement>,
    written: Zeroizing<Vec<u8>>,
    changes: Vec<Change>,
    hindrances: Vec<Hindrance>,
}

impl Writer<'_> {
    /// Lines that the reader passes over: blank ones and comments stay.
    fn between(&mut self, span: Range<usize>) {
        let mut at = span.start;
        for line in self.contents[span].split_inclusive(|byte| *byte == b'\n') {
            let number = self.lines.number(at);
            at += line.len();
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            match (text.trim_ascii().first(), self.reader) {
                (None, _) => self.written.extend_from_slice(if line.ends_with(b"\n") { b"\n" } else { b"" }),
                (Some(b'#'), _) => self.comment(text, number),
                (Some(b';'), Reader::Systemd) => {
                    let semicolon = text.iter().position(|byte| *byte == b';').unwrap_or_default();
                    let mut comment = text.to_vec();
                    comment[semicolon] = b'#';
                    self.comment(&comment, number);
                    self.changed(number, None, "a comment that starts with # now", None);
                }
                _ => self.hindered(
                    number,
                    None,
                    "a line that this reader passes over",
                    "remove it, or put a # before it",
                ),
            }
        }
    }

    /// A comment, without a backslash at its end.
    fn comment(&mut self, text: &[u8], line: usize) {
        let end = text.iter().rposition(|byte| !b"\\ \t\r".contains(byte)).map_or(0, |last| last + 1);
        let kept = if text.ends_with(b"\\") { &text[..end] } else { text };
        if kept.len() < text.len() {
            self.changed(line, None, "a comment without a backslash at its end now", None);
        }
        if !env_file::parse(kept, Dialect::Portable).faults.is_empty() {
            self.hindered(line, None, "a comment with characters that people do not see", "remove them");
        }
        self.written.extend_from_slice(kept);
        self.written.push(b'\n');
    }

    fn statement(&mut self, index: usize, statement: &Statement) {
        if statement.does_more {
            let what = "a line that does more than to set variables";
            return self.hindered(statement.line, None, what, BY_HAND);
        }
        let text = &self.contents[statement.span.clone()];
        let comment = match self.comment_of(statement) {
            Ok(comment) => comment,
            Err(hindrance) => return self.hindrances.push(hindrance),
        };
        if let Some(comment) = comment.clone() {
            let text = self.contents[comment].to_vec();
            self.comment(&text, statement.line);
        }
        let mut one_line = statement.assignments.len() == 1 && comment.is_none();
        one_line &= env_file::parse(text, Dialect::Portable).faults.is_empty();
        for (at, assignment) in statement.assignments.iter().enumerate() {
            let again = statement.assignments[at + 1..].iter().any(|later| later.name == assignment.name);
            let counts =
                self.finals.get(assignment.name.as_slice()).is_some_and(|found| found.statement == index);
            if counts && !again {
                self.assignment(assignment, statement.line, one_line.then_some(text), comment.is_some());
            } else {
                let name = Name::parse(&assignment.name).ok();
                self.changed(statement.line, name, "removed: another line of this name counts", None);
            }
        }
    }

    fn assignment(&mut self, assignment: &Assignment, line: usize, as_is: Option<&[u8]>, had_comment: bool) {
        let Some(name) = Name::parse(&assignment.name).ok().filter(|name| !name.is_shell_variable()) else {
            let what = "a name that some readers do not take";
            return self.hindered(
                line,
                None,
                what,
                "rename the variable ([A-Za-z_][A-Za-z0-9_]*, and no name of a shell's)",
            );
        };
        let Outcome::Value(value) = &assignment.outcome else {
            let what = "this reader has no sure value for it";
            return self.hindered(line, Some(name), what, BY_HAND);
        };
        if let Some(text) = as_is {
            self.written.extend_from_slice(text);
            if !text.ends_with(b"\n") {
                self.written.push(b'\n');
            }
            return;
        }
        // Exposed to be written into the file that it came from.
        let form = std::str::from_utf8(value.expose()).ok().and_then(portable_form);
        let Some(form) = form else {
            let what = "a value that not all readers can have: control or invisible characters";
            return self.hindered(line, Some(name), what, "ask its provider for another one, or encode it");
        };
        for part in [name.as_str(), "=", &form, "\n"] {
            self.written.extend_from_slice(part.as_bytes());
        }
        let value = Some((masked(value.expose()), value.characters()));
        let what = if had_comment { "its comment is on a line of its own now" } else { "written portably" };
        self.changed(line, Some(name), what, value);
    }

    /// The comment behind a value, which would be lost otherwise.
    fn comment_of(&self, statement: &Statement) -> Result<Option<Range<usize>>, Hindrance> {
        if self.reader != Reader::Dotenv {
            return Ok(statement.comment.clone());
        }
        let [Assignment { name, outcome: Outcome::Value(value) }] = statement.assignments.as_slice() else {
            return Ok(None);
        };
        let text = &self.contents[statement.span.clone()];
        let count = |bytes: &[u8], wanted: u8| bytes.iter().filter(|byte| **byte == wanted).count();
        // Exposed to see whether something of the line is not in the value.
        let value = value.expose();
        let same = |other: &&Statement| match other.assignments.as_slice() {
            [Assignment { name: other, outcome: Outcome::Value(read) }] => {
                other == name && read.expose() == value
            }
            _ => false,
        };
        match self.comments.get(&statement.span.start).filter(same) {
            Some(of_bash) if of_bash.span == statement.span => Ok(of_bash.comment.clone()),
            _ if count(text, b'#') > count(value, b'#')
                || count(text.trim_ascii_end(), b'\n') > count(value, b'\n') =>
            {
                let what = "this reader passes over a part of the line";
                Err(Hindrance::new(statement.line, Name::parse(name).ok(), what, BY_HAND))
            }
            _ => Ok(None),
        }
    }

    fn changed(
        &mut self,
        line: usize,
        name: Option<Name>,
        what: &'static str,
        value: Option<(String, usize)>,
    ) {
        self.changes.push(Change { line, name, what, value });
    }

    fn hindered(&mut self, line: usize, name: Option<Name>, what: &'static str, mend: &'static str) {
        self.hindrances.push(Hindrance::new(line, name, what, mend));
    }
}
