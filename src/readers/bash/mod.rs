//! bash, `set -a; . FILE`: a model of the shell's grammar (bash(1), "SHELL GRAMMAR", "QUOTING"), which runs nothing.
//! It follows assignments, commands and their operators; at what it does not follow, it says so and stops.

mod lexer;
mod own_words;
mod word;

use lexer::{Connector, Lexer, Simple};
use word::Word;

use super::{Assignment, End, Outcome, Reading, Statement};
use crate::name::Name;
use crate::secret::Secret;

/// Why a line of the shell's could not be followed to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// The shell stops here with a syntax error.
    Syntax,
    /// The shell goes on, and the model does not.
    Program,
}

pub(super) fn read(contents: &[u8]) -> Reading {
    let mut reading = Reading::whole();
    if contents.contains(&0) {
        // bash drops the byte, dash ends the value there.
        reading.end = End::Program(1);
        return reading;
    }
    let mut lexer = Lexer::new(contents);
    while let Some(start) = lexer.next_statement() {
        let line = lexer.line();
        match lexer.list() {
            Ok((list, comment)) => {
                let mut seen = Seen::default();
                for (at, simple) in list.iter().enumerate() {
                    let before = at.checked_sub(1).map(|before| list[before].connector);
                    if seen.take(simple, before).is_err() {
                        reading.end = End::Program(line);
                        return reading;
                    }
                }
                let span = start..lexer.at();
                let Seen { assignments, does_more } = seen;
                reading.statements.push(Statement { span, line, assignments, comment, does_more });
            }
            Err(Obstacle::Syntax) => {
                reading.end = End::StopsAt(line);
                return reading;
            }
            Err(Obstacle::Program) => {
                reading.end = End::Program(line);
                return reading;
            }
        }
    }
    reading
}

/// What one line of the shell's does.
#[derive(Default)]
struct Seen {
    assignments: Vec<Assignment>,
    does_more: bool,
}

impl Seen {
    /// One command of the line, and what connects it to the one before.
    fn take(&mut self, simple: &Simple, before: Option<Connector>) -> Result<(), Obstacle> {
        let assigned = simple.words.iter().take_while(|word| word.assigns.is_some()).count();
        let (assignments, command) = simple.words.split_at(assigned);
        let in_subshell = matches!(simple.connector, Connector::Background | Connector::Pipe)
            || before == Some(Connector::Pipe);
        let conditional = simple.connector == Connector::AndOr || before == Some(Connector::AndOr);
        let outcome = |word: &Word| {
            if conditional {
                Outcome::Unknown
            } else if in_subshell {
                Outcome::NotSet
            } else if simple.redirects {
                Outcome::Runs
            } else {
                word.outcome()
            }
        };
        self.does_more |= simple.redirects || simple.connector != Connector::End;
        match command.split_first() {
            None => assignments.iter().try_for_each(|word| self.assign(word, outcome(word))),
            Some((first, arguments)) if first.is("export") && assignments.is_empty() => {
                arguments.iter().try_for_each(|word| self.export(word, outcome(word)))
            }
            Some((first, _)) => {
                self.does_more = true;
                if first.may_be_the_shells(assignments.is_empty()) {
                    return Err(Obstacle::Program);
                }
                assignments.iter().try_for_each(|word| self.assign(word, Outcome::NotSet))
            }
        }
    }

    /// `export NAME=value`; a name alone changes no value. What bash expands in an argument, and not in an
    /// assignment, are braces and patterns.
    fn export(&mut self, word: &Word, outcome: Outcome) -> Result<(), Obstacle> {
        match &word.assigns {
            Some(_) if word.has_pattern => self.assign(word, Outcome::Expands),
            Some(_) => self.assign(word, outcome),
            None if word.is_plain && Name::parse(&word.text).is_ok() => Ok(()),
            None => Err(Obstacle::Program),
        }
    }

    fn assign(&mut self, word: &Word, outcome: Outcome) -> Result<(), Obstacle> {
        let Some(assigned) = &word.assigns else { return Ok(()) };
        // What these do, they do to all that follows (bash(1), "Shell Variables").
        if matches!(assigned.name.as_slice(), b"POSIXLY_CORRECT" | b"BASH_COMPAT") {
            return Err(Obstacle::Program);
        }
        let own = Name::parse(&assigned.name).is_ok_and(|name| name.is_shell_variable());
        let outcome = if own { Outcome::Own } else { outcome };
        self.assignments.push(Assignment { name: assigned.name.clone(), outcome });
        Ok(())
    }
}

impl Word {
    /// What an assignment in the shell itself comes to.
    fn outcome(&self) -> Outcome {
        let Some(assigned) = &self.assigns else { return Outcome::Unknown };
        if self.runs {
            Outcome::Runs
        } else if self.expands {
            Outcome::Expands
        } else if assigned.appends || self.is_doubtful {
            Outcome::Unknown
        } else {
            Outcome::Value(Secret::copied_from(&self.text))
        }
    }
}
