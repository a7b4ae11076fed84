//! What `lint` prints: a table for people, JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Linted, Options};
use crate::error::Status;
use crate::finding::Finding;
use crate::name::Name;
use crate::output;
use crate::readers::{Cell, Comparison, End, Reader, Row};
use crate::screen::{Screen, Tone};
use crate::table::{self, Table};
use crate::text::{counted, shown_path};

/// What `lint --json` prints. `schema` counts up when a field changes its meaning or goes.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    schema: u32,
    status: u8,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    findings: Vec<&'a Finding>,
    /// Whether systemd, bash and dotenv read the same; `null` where the file could not be read.
    agree: Option<bool>,
    agree_with_docker: Option<bool>,
    ends: BTreeMap<&'static str, String>,
    variables: Vec<Variable<'a>>,
    fixed: Option<FixedFile<'a>>,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: Option<&'a str>,
    line: usize,
    agree: bool,
    agree_with_docker: bool,
    readers: BTreeMap<&'static str, Reading<'a>>,
}

/// `same` is a letter: readers with the same one read the same value.
#[derive(Serialize)]
struct Reading<'a> {
    same: Option<char>,
    masked: Option<&'a str>,
    length: Option<usize>,
    instead: Option<String>,
}

#[derive(Serialize)]
struct FixedFile<'a> {
    meaning: &'static str,
    changes: Vec<ChangedLine<'a>>,
}

#[derive(Serialize)]
struct ChangedLine<'a> {
    line: usize,
    variable: Option<&'a str>,
    what: &'static str,
    masked: Option<&'a str>,
    length: Option<usize>,
}

pub(super) fn report<'a>(linted: &'a [Linted], options: &Options, status: Status) -> Report<'a> {
    Report {
        schema: 1,
        status: status.code(),
        files: linted.iter().map(|file| file_report(file, options)).collect(),
    }
}

fn file_report<'a>(file: &'a Linted, options: &Options) -> File<'a> {
    let comparison = file.comparison.as_ref();
    let ends = comparison.map(|comparison| Reader::ALL.into_iter().zip(comparison.ends));
    let shown = comparison.map_or(&[][..], |comparison| &comparison.rows).iter();
    File {
        path: file.path.to_string_lossy().into_owned(),
        findings: file.findings.iter().collect(),
        agree: comparison.map(Comparison::agrees),
        agree_with_docker: comparison.map(Comparison::agrees_with_docker),
        ends: ends.into_iter().flatten().map(|(reader, end)| (reader.as_str(), end_text(end))).collect(),
        variables: shown
            .filter(|row| options.all || !row.agrees_with_docker())
            .map(|row| Variable {
                name: row.name.as_ref().map(Name::as_str),
                line: row.line,
                agree: row.agrees(),
                agree_with_docker: row.agrees_with_docker(),
                readers: Reader::ALL
                    .iter()
                    .map(|reader| reader.as_str())
                    .zip(row.cells.iter().map(reading))
                    .collect(),
            })
            .collect(),
        fixed: file.fixed.as_ref().map(|fixed| FixedFile {
            meaning: fixed.meaning.as_str(),
            changes: fixed
                .changes
                .iter()
                .map(|change| ChangedLine {
                    line: change.line,
                    variable: change.name.as_ref().map(Name::as_str),
                    what: change.what,
                    masked: change.value.as_ref().map(|(masked, _)| masked.as_str()),
                    length: change.value.as_ref().map(|(_, length)| *length),
                })
                .collect(),
        }),
    }
}

fn reading(cell: &Cell) -> Reading<'_> {
    match cell {
        Cell::Value { group, masked, length } => {
            Reading { same: Some(*group), masked: Some(masked), length: Some(*length), instead: None }
        }
        Cell::Other(..) => Reading { same: None, masked: None, length: None, instead: Some(cell_text(cell)) },
    }
}

fn end_text(end: End) -> String {
    match end {
        End::Whole => "reads the whole file".to_owned(),
        End::StopsAt(line) => format!("stops with an error at line {line}"),
        End::Fails(line) => format!("reads nothing: an error at line {line}"),
        End::Program(line) => format!("runs line {line}, and what follows from it cannot be told"),
    }
}

pub(super) fn text(file: &Linted, options: &Options, screen: Screen) -> String {
    let mut text = output::findings_as_text(&file.findings, screen);
    let path = shown_path(&file.path);
    if let Some(fixed) = &file.fixed {
        let count = counted(fixed.changes.len(), "change");
        let title = format!("{path}: rewritten as {} reads it, {count}", fixed.meaning.as_str());
        text.push_str(&Tone::Good.paint(&title, screen));
        text.push('\n');
        let mut table = Table::new(&["LINE", "VARIABLE", "VALUE", "LENGTH", "CHANGE"]);
        for change in &fixed.changes {
            let (masked, length) = change
                .value
                .clone()
                .map_or((String::new(), String::new()), |(masked, length)| (masked, length.to_string()));
            let name = change.name.as_ref().map_or("", Name::as_str);
            let cells = [&change.line.to_string(), name, &masked, &length, change.what];
            table.push(cells.map(table::Cell::plain).into());
        }
        text.push_str(&table.lines(screen));
    }
    let Some(comparison) = &file.comparison else { return text };
    let (verdict, tone) = if comparison.agrees_with_docker() {
        ("systemd, bash, dotenv and docker read the same", Tone::Good)
    } else if comparison.agrees() {
        ("systemd, bash and dotenv read the same, docker does not", Tone::Warning)
    } else {
        ("its readers do not read the same", Tone::Bad)
    };
    let count = counted(comparison.rows.len(), "variable");
    text.push_str(&tone.paint(&format!("{path}: {count}; {verdict}"), screen));
    text.push('\n');
    for (reader, end) in Reader::ALL.into_iter().zip(comparison.ends) {
        if end != End::Whole {
            let _ = writeln!(text, "  {} {}", reader.as_str(), end_text(end));
        }
    }
    let rows = comparison.rows.iter().filter(|row| options.all || !row.agrees_with_docker());
    let table = table_of(rows);
    if !table.is_empty() {
        text.push_str(&table.lines(screen));
        text.push_str(
            &Tone::Faint.paint("The same letter is the same value; in brackets its length.", screen),
        );
        text.push('\n');
    }
    text
}

fn table_of<'a>(rows: impl Iterator<Item = &'a Row>) -> Table {
    let mut table = Table::new(&["VARIABLE", "LINE", "SYSTEMD", "BASH", "DOTENV", "DOCKER"]);
    for row in rows {
        let name = row.name.as_ref().map_or("(a part of another)", Name::as_str);
        let mut cells = vec![table::Cell::plain(name), table::Cell::plain(&row.line.to_string())];
        let tone = |cell: &Cell| match cell {
            Cell::Value { .. } if row.agrees_with_docker() => Tone::Good,
            Cell::Value { group: 'A', .. } => Tone::Plain,
            Cell::Value { .. } => Tone::Warning,
            Cell::Other(..) => Tone::Bad,
        };
        cells.extend(row.cells.iter().map(|cell| table::Cell::new(&cell_text(cell), tone(cell))));
        table.push(cells);
    }
    table
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Value { group, masked, length: 0 } => format!("{group} {masked}"),
        Cell::Value { group, masked, length } => format!("{group} {masked} ({length})"),
        Cell::Other(what, Some(line)) => format!("{what} {line}"),
        Cell::Other(what, None) => (*what).to_owned(),
    }
}
