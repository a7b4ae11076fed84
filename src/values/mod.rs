//! New values for variables: from the terminal without echo, from standard input where that is no terminal, or from
//! a descriptor that the caller opened; never from argv, which everybody reads.
//!
//! A value is judged as soon as it is there, and no copy of one is left behind unwiped.

mod judge;
mod stream;
mod terminal;

use std::path::PathBuf;

use crate::caller::Caller;
use crate::finding::{Finding, Findings, Place};
use crate::name::Name;
use crate::secret::Secret;
use stream::Stream;
use terminal::Terminal;

/// A variable for which a new value is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: Name,
    /// The env file that it stands in, which is named beside it.
    pub file: PathBuf,
}

/// Where the values come from. Only [`Source::of`] makes one.
#[derive(Debug)]
pub struct Source(Kind);

#[derive(Debug)]
enum Kind {
    /// A person is asked.
    Terminal(Terminal),
    /// Everything that stands there.
    Stream(Stream),
}

/// The values, in the order in which they were wanted.
#[derive(Debug)]
pub struct Values {
    /// One for each variable; none is empty, and each has a portable form.
    pub secrets: Vec<Secret>,
    /// What looks like a mistake and may be meant.
    pub warnings: Findings,
}

impl Source {
    /// The descriptor of that number (`--value-fd`), else the terminal where standard input is one, else standard
    /// input. To be called before anything is opened: a number that the caller left closed would be a file of ours.
    pub fn of(descriptor: Option<i32>, caller: &Caller) -> Result<Self, Finding> {
        let kind = match descriptor {
            Some(number) => Stream::of_descriptor(number).map(Kind::Stream),
            None if caller.stdin_is_terminal => Terminal::open().map(Kind::Terminal),
            None => Stream::of_standard_input().map(Kind::Stream),
        };
        kind.map(Self)
    }

    /// Reads one value for each variable, and judges it. From a terminal the first fault ends it; a stream is read
    /// whole, and all faults are said.
    pub fn read(self, wanted: &[Wanted]) -> Result<Values, Findings> {
        match self.0 {
            Kind::Terminal(terminal) => read_typed(&terminal, wanted),
            Kind::Stream(stream) => read_lines(&stream, wanted),
        }
    }
}

fn read_typed(terminal: &Terminal, wanted: &[Wanted]) -> Result<Values, Findings> {
    let mut secrets = Vec::with_capacity(wanted.len());
    for one in wanted {
        let judged = terminal.ask(one).and_then(|secret| {
            judge::typed(one, &secret)?;
            Ok(secret)
        });
        match judged {
            Ok(secret) => {
                terminal.show(&secret);
                secrets.push(secret);
            }
            Err(finding) => {
                terminal.end_line();
                return Err(Findings::from_iter([at(one, finding)]));
            }
        }
    }
    Ok(Values { secrets, warnings: Findings::new() })
}

fn read_lines(stream: &Stream, wanted: &[Wanted]) -> Result<Values, Findings> {
    let contents = stream.read(wanted).map_err(|finding| Findings::from_iter([finding]))?;
    let parts = stream.split(&contents, wanted).map_err(|finding| Findings::from_iter([finding]))?;
    let (mut secrets, mut findings) = (Vec::with_capacity(wanted.len()), Findings::new());
    for (one, value) in wanted.iter().zip(parts) {
        let secret = Secret::copied_from(value);
        findings.extend(judge::streamed(one, &secret).into_iter().map(|finding| at(one, finding)));
        secrets.push(secret);
    }
    if findings.status().is_some() { Err(findings) } else { Ok(Values { secrets, warnings: findings }) }
}

fn at(wanted: &Wanted, finding: Finding) -> Finding {
    finding.at(Place::file(&wanted.file)).variable(&wanted.name)
}
