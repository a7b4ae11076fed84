//! `lint`: what each reader makes of an env file, and the file in a form that all of them read alike.

mod fix;
mod report;

use std::path::{Path, PathBuf};

use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::env_file::{self, Dialect};
use crate::load::secure_file::{FileSystem, Opened, Replaceable, Trust, open_to_replace};
use crate::load::{ActingFor, fault_finding, not_a_file, open_finding};
use crate::output;
use crate::readers::{self, Comparison, Reader};
use crate::screen::Screen;
use crate::verify::ownership;
use fix::Fixed;

/// What is asked of the files.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Options {
    /// Whether to show the variables that all readers read alike as well.
    pub all: bool,
    /// Whether docker's disagreement counts.
    pub strict: bool,
    /// Whether to print JSON.
    pub json: bool,
    /// Whether to rewrite the files.
    pub fix: bool,
    /// By whose meaning.
    pub meaning: Option<Reader>,
}

/// What became of one file.
struct Linted {
    path: PathBuf,
    findings: Findings,
    /// What the readers make of it, or of what it is now; none where it could not be read.
    comparison: Option<Comparison>,
    fixed: Option<Fixed>,
}

/// Looks at each file and prints what it found.
#[must_use]
pub fn lint(files: &[PathBuf], options: &Options, caller: &Caller) -> Status {
    let linted: Vec<Linted> = files.iter().map(|path| look(path, options, caller)).collect();
    let statuses = linted.iter().map(|file| status(file, options));
    let status = statuses.min_by_key(|status| status.precedence()).unwrap_or(Status::Fine);
    if options.json {
        output::print(&output::json(&report::report(&linted, options, status)));
    } else {
        let screen = Screen::of_output(caller);
        let texts = linted.iter().map(|file| report::text(file, options, screen));
        output::print(&texts.collect::<Vec<_>>().join("\n"));
    }
    status
}

/// What a gate refuses has the gate's status; a file that is merely written badly is a finding.
fn status(file: &Linted, options: &Options) -> Status {
    let of_gates = file.findings.refusals().map(|finding| finding.status);
    let of_gates = of_gates.map(|status| if status == Status::DataError { Status::Findings } else { status });
    let alike = file.comparison.as_ref().is_none_or(|comparison| {
        if options.strict { comparison.agrees_with_docker() } else { comparison.agrees() }
    });
    let of_readers = if alike { Status::Fine } else { Status::Findings };
    of_gates.chain([of_readers]).min_by_key(|status| status.precedence()).unwrap_or(of_readers)
}

/// A file, locked where it is to be rewritten.
enum Held {
    Read(Opened),
    Locked(Box<Replaceable>),
}

impl Held {
    fn opened(&self) -> &Opened {
        match self {
            Self::Read(opened) => opened,
            Self::Locked(held) => &held.opened,
        }
    }
}

fn look(path: &Path, options: &Options, caller: &Caller) -> Linted {
    let mut linted =
        Linted { path: path.to_owned(), findings: Findings::new(), comparison: None, fixed: None };
    // Root looks at the file as its owner's.
    let acting_for = if caller.uid.is_root() { ActingFor::FileOwner } else { ActingFor::Caller };
    let held = match hold(path, &acting_for.trust(caller.uid.as_raw()), options.fix) {
        Ok(held) => held,
        Err(finding) => {
            linted.findings.push(finding);
            return linted;
        }
    };
    let opened = held.opened();
    let user = acting_for.worker(caller.uid.as_raw(), opened.facts.uid);
    let parsed = opened.contents.as_ref().map(|contents| env_file::parse(contents, Dialect::Portable));
    let parsed = parsed.unwrap_or_default();
    linted.findings.extend(ownership::judge_env_file(opened, user, parsed.sets_anything()));
    let Some(contents) = &opened.contents else {
        linted.findings.push(not_a_file(path, opened.facts.kind, "the env file"));
        return linted;
    };
    let may_be_written = linted.findings.status().is_none();
    let comparison = readers::compare(contents);
    let to_be_fixed = match &held {
        Held::Locked(target) if !parsed.faults.is_empty() || !comparison.agrees() => Some(target),
        Held::Read(_) | Held::Locked(_) => None,
    };
    let result = match to_be_fixed {
        Some(target) if may_be_written => fix::fix(target, &comparison, options.meaning).map(Some),
        Some(target) => Err(vec![not_fixed(&target.opened.path)]),
        None => Ok(None),
    };
    match result {
        Ok(Some((fixed, comparison))) => {
            linted.fixed = Some(fixed);
            linted.comparison = Some(comparison);
            return linted;
        }
        refused => {
            linted.findings.extend(parsed.faults.iter().map(|fault| fault_finding(fault, &opened.path)));
            linted.findings.extend(refused.err().into_iter().flatten());
        }
    }
    linted.comparison = Some(comparison);
    linted
}

fn hold(path: &Path, trust: &Trust, to_be_written: bool) -> Result<Held, Finding> {
    let fault = |fault| open_finding(&fault, path, "the env file");
    if to_be_written {
        return open_to_replace(path, trust, env_file::MAX_FILE)
            .map(|held| Held::Locked(Box::new(held)))
            .map_err(fault);
    }
    FileSystem::new().open(path, trust, env_file::MAX_FILE).map(Held::Read).map_err(fault)
}

fn not_fixed(path: &Path) -> Finding {
    Finding::refuses(Gate::Permission, "the file was not rewritten")
        .at(Place::file(path))
        .why("what is written beside it could be read or changed by somebody else")
        .mend("mend what is refused here first, then run lint --fix again")
}
