//! What the programs in the field make of an env file that envgate itself may refuse: systemd, bash, docker and a
//! dotenv library. A model claims a value only where the reader surely has it; nothing of a file is ever run.
//!
//! Measured: systemd 257, bash 5.2, docker 28 (`--env-file`), dotenvy 0.15.7 itself.

mod bash;
mod compare;
mod docker;
mod dotenv;
mod rewrite;
mod systemd;

use std::collections::HashMap;
use std::ops::Range;

pub use compare::{Cell, Comparison, Row, compare};
pub use rewrite::{Change, Hindrance, Rewritten, rewrite};

use crate::secret::Secret;

/// One program that reads env files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reader {
    /// `EnvironmentFile=` of systemd 254 and later.
    Systemd,
    /// `set -a; . FILE` of bash.
    Bash,
    /// `dotenvy::from_path`, which stands for the dotenv libraries.
    Dotenv,
    /// `docker run --env-file FILE`.
    Docker,
}

impl Reader {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Systemd, Self::Bash, Self::Dotenv, Self::Docker];

    /// Its name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Bash => "bash",
            Self::Dotenv => "dotenv",
            Self::Docker => "docker",
        }
    }

    /// What it makes of a file.
    #[must_use]
    pub fn read(self, contents: &[u8]) -> Reading {
        match self {
            Self::Systemd => systemd::read(contents),
            Self::Bash => bash::read(contents),
            Self::Dotenv => dotenv::read(contents),
            Self::Docker => docker::read(contents),
        }
    }
}

/// What a reader makes of one variable.
#[derive(Debug)]
pub enum Outcome {
    /// This value.
    Value(Secret),
    /// A value that depends on other variables.
    Expands,
    /// A part of the file is run as a command, or opened as another file.
    Runs,
    /// No value: the line means something else, or is passed over.
    NotSet,
    /// The reader itself owns the name: what the file says is refused or lost.
    Own,
    /// A quote that is never closed: the value is all the rest of the file.
    TakesRest,
    /// What comes of it depends on more than the file.
    Unknown,
    /// The reader has given up on an earlier line, or here.
    Stopped(usize),
}

impl Outcome {
    /// Its value, where it surely has one.
    #[must_use]
    pub fn value(&self) -> Option<&Secret> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// One `NAME=…` that a reader sees.
#[derive(Debug)]
pub struct Assignment {
    /// The name, as it stands there.
    pub name: Vec<u8>,
    /// What it comes to.
    pub outcome: Outcome,
}

/// A line as a reader sees it, which may be several lines of the file.
#[derive(Debug)]
pub struct Statement {
    /// Its bytes, from the start of its first line to behind the newline of its last.
    pub span: Range<usize>,
    /// Its first line, from 1.
    pub line: usize,
    /// What it assigns; a shell takes several in a line.
    pub assignments: Vec<Assignment>,
    /// A comment behind the value.
    pub comment: Option<Range<usize>>,
    /// Whether it does something beside assigning.
    pub does_more: bool,
}

/// How far a reader comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// To the end.
    Whole,
    /// It stops at this line; what stands before is set.
    StopsAt(usize),
    /// It fails because of this line, and sets nothing at all.
    Fails(usize),
    /// From this line on the file is a program, whose outcome only running it would tell.
    Program(usize),
}

/// What a reader makes of a file.
#[derive(Debug)]
pub struct Reading {
    /// What it sees, in order. What stands between is passed over.
    pub statements: Vec<Statement>,
    /// How far it comes.
    pub end: End,
    /// Whether the first of two lines for one name counts, and not the last.
    pub first_counts: bool,
}

/// What comes of a name, and by which statement.
#[derive(Clone, Copy)]
pub struct Final<'a> {
    /// The statement's index.
    pub statement: usize,
    /// The outcome.
    pub outcome: &'a Outcome,
}

impl Reading {
    fn whole() -> Self {
        Self { statements: Vec::new(), end: End::Whole, first_counts: false }
    }

    fn failed(line: usize) -> Self {
        Self { end: End::Fails(line), ..Self::whole() }
    }

    /// What comes of each name in the end. A line that sets nothing leaves what an earlier one has set.
    #[must_use]
    pub fn finals(&self) -> HashMap<&[u8], Final<'_>> {
        let mut finals: HashMap<&[u8], Final<'_>> = HashMap::new();
        for (statement, seen) in self.statements.iter().enumerate() {
            for Assignment { name, outcome } in &seen.assignments {
                let counts = match finals.get(name.as_slice()).map(|earlier| earlier.outcome) {
                    None | Some(Outcome::NotSet) => true,
                    Some(_) => !self.first_counts && !matches!(outcome, Outcome::NotSet),
                };
                if counts {
                    finals.insert(name, Final { statement, outcome });
                }
            }
        }
        finals
    }

    /// What comes of a name that the reader does not see.
    #[must_use]
    pub fn unseen(&self) -> Outcome {
        match self.end {
            End::Whole => Outcome::NotSet,
            End::StopsAt(line) | End::Fails(line) => Outcome::Stopped(line),
            End::Program(_) => Outcome::Unknown,
        }
    }
}

/// Where the lines of a file begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(contents: &[u8]) -> Self {
        let newlines = contents.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self(std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect())
    }

    /// The line of a byte, from 1.
    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at)
    }

    /// Where a line begins.
    fn start(&self, number: usize) -> usize {
        self.0.get(number.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Behind the newline of the line that this byte is in.
    fn end_after(&self, at: usize, length: usize) -> usize {
        self.0.get(self.number(at)).copied().unwrap_or(length)
    }
}
