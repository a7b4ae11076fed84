//! What the readers make of one file, side by side: masked, and no more of a line than a name that stands where
//! every reader looks for names.

use std::collections::{HashMap, HashSet};

use super::{End, Lines, Outcome, Reader, Reading};
use crate::mask::masked;
use crate::name::Name;
use crate::secret::Secret;

/// One variable, as each reader has it.
#[derive(Debug)]
pub struct Row {
    /// Its name; none where the name may be a part of a value that another reader reads.
    pub name: Option<Name>,
    /// The line where it stands first.
    pub line: usize,
    /// What each of [`Reader::ALL`] makes of it.
    pub cells: [Cell; 4],
}

/// What one reader makes of a variable.
#[derive(Debug)]
pub enum Cell {
    /// A value.
    Value {
        /// Readers with the same letter read the same value.
        group: char,
        /// The value for people.
        masked: String,
        /// Its length in characters; in bytes where it is no text.
        length: usize,
    },
    /// No value, or none that is sure.
    Other(&'static str, Option<usize>),
}

impl Cell {
    fn group(&self) -> Option<char> {
        match self {
            Self::Value { group, .. } => Some(*group),
            Self::Other(..) => None,
        }
    }
}

impl Row {
    /// Whether systemd, bash and a dotenv reader read the same value.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let first = self.cells[0].group();
        first.is_some() && self.cells[..3].iter().all(|cell| cell.group() == first)
    }

    /// Whether docker does as well.
    #[must_use]
    pub fn agrees_with_docker(&self) -> bool {
        self.agrees() && self.cells[3].group() == self.cells[0].group()
    }
}

/// A file in the eyes of its readers.
#[derive(Debug)]
pub struct Comparison {
    /// The variables, in the order of the file.
    pub rows: Vec<Row>,
    /// How far each of [`Reader::ALL`] comes.
    pub ends: [End; 4],
}

impl Comparison {
    /// Whether systemd, bash and a dotenv reader come to the end and read the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.ends[..3].iter().all(|end| *end == End::Whole) && self.rows.iter().all(Row::agrees)
    }

    /// Whether docker does as well.
    #[must_use]
    pub fn agrees_with_docker(&self) -> bool {
        self.ends[3] == End::Whole && self.agrees() && self.rows.iter().all(Row::agrees_with_docker)
    }
}

/// Asks every reader.
#[must_use]
pub fn compare(contents: &[u8]) -> Comparison {
    let readings = Reader::ALL.map(|reader| reader.read(contents));
    let finals = [0, 1, 2, 3].map(|reader: usize| readings[reader].finals());
    let mut first_lines: HashMap<&[u8], usize> = HashMap::new();
    for statement in readings.iter().flat_map(|reading| &reading.statements) {
        for assignment in &statement.assignments {
            let line = first_lines.entry(&assignment.name).or_insert(statement.line);
            *line = statement.line.min(*line);
        }
    }
    let mut names: Vec<(usize, &[u8])> = first_lines.into_iter().map(|(name, line)| (line, name)).collect();
    names.sort_unstable();
    let lines = Lines::of(contents);
    let inner = inner_lines(&readings, &lines);
    let mut rows = Vec::new();
    for (line, name) in names {
        let outcomes = [0, 1, 2, 3].map(|reader: usize| finals[reader].get(name).map(|found| found.outcome));
        // A line that no reader makes anything of is a fault, and no variable.
        if outcomes.iter().flatten().all(|outcome| matches!(outcome, Outcome::NotSet)) {
            continue;
        }
        let is_shown = !inner.contains(&line) && stands_first(&contents[lines.start(line)..], name);
        let name = is_shown.then(|| Name::parse(name).ok()).flatten();
        // docker takes each line of a key for a variable; that it has another value for the key is said already.
        if name.is_none() && outcomes[..3].iter().all(Option::is_none) {
            continue;
        }
        rows.push(Row { name, line, cells: cells(outcomes, &readings) });
    }
    Comparison { rows, ends: readings.map(|reading| reading.end) }
}

/// Lines that a reader takes for a part of something above.
fn inner_lines(readings: &[Reading; 4], lines: &Lines) -> HashSet<usize> {
    let statements = readings.iter().flat_map(|reading| &reading.statements);
    statements.flat_map(|seen| seen.line + 1..=lines.number(seen.span.end.saturating_sub(1))).collect()
}

fn cells(outcomes: [Option<&Outcome>; 4], readings: &[Reading; 4]) -> [Cell; 4] {
    let mut values: Vec<&Secret> = Vec::new();
    [0, 1, 2, 3].map(|reader: usize| {
        let reading = &readings[reader];
        let Some(outcome) = outcomes[reader] else { return describe(&reading.unseen(), reading.end) };
        // A program that is not followed to its end may have changed what it set before.
        let (Outcome::Value(value), End::Whole | End::StopsAt(_)) = (outcome, reading.end) else {
            return describe(outcome, reading.end);
        };
        // Exposed to be compared with the other readers' and to be masked.
        let bytes = value.expose();
        let same = |other: &&Secret| other.expose() == bytes;
        let index = values.iter().position(same).unwrap_or_else(|| {
            values.push(value);
            values.len() - 1
        });
        Cell::Value { group: LETTERS[index], masked: masked(bytes), length: value.characters() }
    })
}

/// One for each reader.
const LETTERS: [char; 4] = ['A', 'B', 'C', 'D'];

fn describe(outcome: &Outcome, end: End) -> Cell {
    let (what, line) = match (outcome, end) {
        (_, End::Program(line)) => ("cannot tell: runs line", Some(line)),
        (Outcome::Stopped(line), End::Fails(_)) => ("fails at line", Some(*line)),
        (Outcome::Stopped(line), _) => ("stops at line", Some(*line)),
        (Outcome::Expands, _) => ("expands a $ or ~", None),
        (Outcome::Runs, _) => ("runs or writes a part", None),
        (Outcome::NotSet, _) => ("not set", None),
        (Outcome::Own, _) => ("a name of its own", None),
        (Outcome::TakesRest, _) => ("takes the rest of the file", None),
        (Outcome::Unknown | Outcome::Value(_), _) => ("cannot tell", None),
    };
    Cell::Other(what, line)
}

/// Whether a line is `NAME=` or `export NAME=`, with blanks.
fn stands_first(text: &[u8], name: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start();
    let text = match text.strip_prefix(b"export") {
        Some(rest) if rest.first().is_some_and(u8::is_ascii_whitespace) => rest.trim_ascii_start(),
        _ => text,
    };
    let rest = text.strip_prefix(name).map(<[u8]>::trim_ascii_start).filter(|rest| rest.starts_with(b"="));
    rest.is_some_and(|rest| !ends_base64(name, rest))
}

/// Whether a name is rather the last line of a secret in base64, which was pasted in several lines without quotes: its
/// padding reads as a `=` without a value, or with another `=` for one (RFC 4648, 4).
fn ends_base64(name: &[u8], rest: &[u8]) -> bool {
    match rest.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end() {
        b"==" => true,
        b"=" => {
            let has = |kind: fn(&u8) -> bool| name.iter().any(kind);
            name.len() >= 15
                && !name.contains(&b'_')
                && has(u8::is_ascii_lowercase)
                && has(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What systemd, bash, dotenv and docker say: a letter for a value, else the beginning of what is said instead.
    fn said(line: &str) -> [String; 4] {
        let comparison = compare(format!("{line}\n").as_bytes());
        let row = comparison
            .rows
            .into_iter()
            .find(|row| row.name.as_ref().is_some_and(|name| name.as_str() == "K"));
        row.expect("a row for K").cells.map(|cell| match cell {
            Cell::Value { group, .. } => group.to_string(),
            Cell::Other(what, _) => what.split(' ').next().unwrap_or_default().to_owned(),
        })
    }

    #[test]
    fn a_value_is_claimed_only_where_the_file_alone_decides_it() {
        for (line, expected) in [
            ("K=v", ["A", "A", "A", "A"]),
            ("K='v'", ["A", "A", "A", "B"]),
            ("K=v # c", ["A", "B", "B", "A"]),
            ("K=a$HOME", ["A", "expands", "expands", "A"]),
            ("K=\"a${HOME}\"", ["A", "expands", "expands", "B"]),
            ("K='a$HOME'", ["A", "A", "A", "B"]),
            ("K=\"\\$HOME\"", ["A", "A", "A", "B"]),
            ("K=\\$HOME", ["A", "A", "A", "B"]),
            ("K=abc$", ["A", "A", "expands", "A"]),
            ("K=~/x", ["A", "expands", "A", "A"]),
            ("K=`id`", ["A", "runs", "A", "A"]),
            ("export K=v", ["not", "A", "A", "fails"]),
            ("K=two words", ["A", "not", "stops", "A"]),
            ("K='open", ["takes", "stops", "stops", "A"]),
            ("UID=1\nK=v", ["A", "A", "A", "A"]),
            ("if x; then\nK=v\nfi", ["A", "cannot", "stops", "fails"]),
        ] {
            assert_eq!(said(line), expected, "{line}");
        }
    }

    #[test]
    fn a_key_of_several_lines_is_portable() {
        let comparison = compare(b"K='-----BEGIN\nMIIabc=\n-----END'\n");
        assert!(comparison.agrees() && !comparison.agrees_with_docker(), "{comparison:?}");
    }

    #[test]
    fn a_name_inside_of_a_value_is_not_shown() {
        let comparison = compare(b"K='a\nsecretpart=\n'\nL=x&alsosecret=1\n");
        let shown: Vec<_> =
            comparison.rows.iter().filter_map(|row| row.name.as_ref()).map(Name::as_str).collect();
        assert_eq!(shown, ["K", "L"]);
        // What bash sets behind the & is a row without a name; what docker alone sees inside of K is none.
        assert_eq!(comparison.rows.len(), 3);
    }
}
