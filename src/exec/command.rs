//! The gate `command`: the program, found in the worker's own `PATH`, and whether it is safe to run.

mod endpoint;
mod safety;

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate};
use crate::load::secure_file::{Facts, FileSystem, Kind, OpenFault};
use crate::load::{ActingFor, Inputs};
use crate::resolve::Resolved;
use crate::resolve::provenance::Provenance;
use crate::resolve::variables::Variable;
use crate::text::{quoted_path, shown, shown_path};
use safety::{Starter, judge};

/// A program and its arguments, as `execve` takes them.
#[derive(Debug)]
pub struct Program {
    /// The file.
    pub path: CString,
    /// `argv`, the program's name first, untouched.
    pub arguments: Vec<CString>,
    /// Whether it stands behind `--` instead of the configured one.
    pub replaces_configured: bool,
}

/// Finds the program; why there is none is a finding.
pub fn find(
    inputs: &Inputs,
    resolved: &Resolved,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<Program> {
    let configured = resolved.config.as_ref().and_then(|config| config.block.command.as_ref());
    let words: Vec<OsString> = if inputs.command.is_empty() {
        configured.map(|words| words.iter().map(OsString::from).collect()).unwrap_or_default()
    } else {
        inputs.command.clone()
    };
    let Some(name) = words.first() else {
        if may_be_unread(inputs, resolved, findings) {
            return None;
        }
        findings.push(
            Finding::refuses(Gate::Usage, "there is no command")
                .why("envgate starts a worker, and none is named")
                .mend("write it after --, or as command: [/path/to/program] in the config"),
        );
        return None;
    };
    let config_of_words = resolved.config.as_ref().filter(|_| inputs.command.is_empty());
    findings.extend(endpoint::judge(&words, config_of_words, &resolved.mode));
    let Located { path, facts, way } = match locate(name, resolved) {
        Ok(located) => located,
        Err(finding) => {
            findings.push(finding);
            return None;
        }
    };
    if inputs.acting_for != ActingFor::Caller {
        findings.extend(closed_to(resolved.worker, &path, &way, &facts));
    }
    findings.extend(missing_interpreter(&path, &resolved.files));
    let starter = Starter::of(inputs, resolved, caller);
    findings.extend(judge(name, &path, way.iter().chain([&facts]), resolved, starter));
    let arguments: Result<Vec<CString>, _> = words.iter().map(|word| CString::new(word.as_bytes())).collect();
    Some(Program {
        path: CString::new(path.into_os_string().into_vec()).ok()?,
        arguments: arguments.ok()?,
        replaces_configured: !inputs.command.is_empty() && configured.is_some(),
    })
}

/// Whether the command may stand in a config that could not be read, which is a refusal already: to call it missing
/// would be wrong, and 64 would hide the real status.
fn may_be_unread(inputs: &Inputs, resolved: &Resolved, findings: &Findings) -> bool {
    let Some(config) = &resolved.config else { return inputs.config.is_some() };
    let of_reading = |finding: &Finding| matches!(finding.gate, Gate::Syntax | Gate::Duplicate);
    let path = &config.opened.path;
    findings.refusals().any(|finding| {
        of_reading(finding) && finding.place.as_ref().is_some_and(|place| *place.file == **path)
    })
}

/// Root may run everything; the worker's user, for whom it looks, may not.
fn closed_to(user: u32, path: &Path, way: &[Facts], facts: &Facts) -> Option<Finding> {
    let is_closed = |step: &&Facts| step.kind != Kind::Link && step.denies(user, 1);
    let step = way.iter().chain([facts]).find(is_closed)?;
    Some(
        cannot_execute(format!(
            "user {user}, whom the worker runs as, may not run {}: {} is user {}'s with mode {:04o}",
            shown_path(path),
            shown_path(&step.path),
            step.uid,
            step.mode
        ))
        .mend(if step.kind == Kind::Directory {
            // Nobody is told to open a folder: more than this program may lie in it.
            format!("install the program in a folder that user {user} may enter")
        } else {
            format!("let that user run it: sudo chmod o+rx {}", quoted_path(&step.path))
        }),
    )
}

/// A program that can be run, and what was seen on the way to it.
struct Located {
    path: PathBuf,
    facts: Facts,
    way: Vec<Facts>,
}

/// A name with a slash is a path; any other is looked up in the worker's `PATH`, not in the caller's.
fn locate(name: &OsStr, resolved: &Resolved) -> Result<Located, Finding> {
    if name.is_empty() {
        return Err(not_found("the command is an empty word").mend("write the program's path after --"));
    }
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match usable(&path, &resolved.files) {
            Usable::Yes(facts, way) => Ok(Located { path, facts, way }),
            Usable::Missing => Err(not_found(format!("{} does not exist", shown_path(&path)))
                .mend(format!("install it, or correct the path: ls -l {}", quoted_path(&path)))),
            Usable::No(finding) => Err(*finding),
        };
    }
    // Exposed to be searched: it is the worker's own PATH.
    let path = resolved.variables.get("PATH");
    let search = path.map_or(&[][..], |variable| variable.value.expose());
    let mut refused = None;
    for directory in search.split(|byte| *byte == b':').filter(|directory| directory.starts_with(b"/")) {
        let path = Path::new(OsStr::from_bytes(directory)).join(name);
        match usable(&path, &resolved.files) {
            Usable::Yes(facts, way) => return Ok(Located { path, facts, way }),
            Usable::Missing => {}
            Usable::No(finding) => refused = refused.or(Some(finding)),
        }
    }
    Err(match refused {
        Some(finding) => *finding,
        None => not_found(format!(
            "{} is not in the worker's PATH{}",
            shown(&name.to_string_lossy()),
            searched(path)
        ))
        .mend("write the program's whole path, or extend path: in the config"),
    })
}

/// What was searched, for a person: a `PATH` of the config's or envgate's own, never one of an env file.
fn searched(path: Option<&Variable>) -> String {
    let is_public = |variable: &&Variable| {
        matches!(
            variable.provenance,
            Provenance::Base | Provenance::BlockEnvironment | Provenance::ModeEnvironment
        )
    };
    path.filter(is_public).map_or(String::new(), |variable| {
        format!(" ({})", shown(&String::from_utf8_lossy(variable.value.expose())))
    })
}

enum Usable {
    Yes(Facts, Vec<Facts>),
    Missing,
    No(Box<Finding>),
}

fn usable(path: &Path, files: &FileSystem) -> Usable {
    let shown = shown_path(path);
    let refusal = match files.inspect(path) {
        Ok((facts, way)) if facts.kind == Kind::Regular => match access(path, AccessFlags::X_OK) {
            Ok(()) => return Usable::Yes(facts, way),
            Err(_) => cannot_execute(format!("{shown} may not be executed"))
                .mend(format!("name a program, or make it one: chmod +x {}", quoted_path(path))),
        },
        Ok((Facts { kind: Kind::Directory, .. }, _)) | Err(OpenFault::NotAFile { .. }) => {
            cannot_execute(format!("{shown} is a directory")).mend("name a program")
        }
        Ok(_) => cannot_execute(format!("{shown} is not a regular file")).mend("name a program"),
        Err(OpenFault::Missing { .. }) => return Usable::Missing,
        Err(OpenFault::Denied { at }) => cannot_execute(format!("you may not enter {}", shown_path(&at)))
            .mend("install the program in a folder that the worker's user may enter"),
        Err(OpenFault::System { errno }) => {
            Finding::refuses(Gate::System, format!("{shown} could not be looked at: {}", errno.desc()))
                .why("whether it may be run is not known")
                .mend("see the system's log (dmesg, journalctl -k) and the limits (ulimit -a)")
        }
        Err(_) => cannot_execute(format!("the way to {shown} is a loop of links"))
            .mend(format!("correct the link: ls -l {}", quoted_path(path))),
    };
    Usable::No(Box::new(refusal))
}

/// A script is run by the program in its first line (execve(2), "Interpreter scripts"). Where that is gone, as in a
/// virtual environment that was moved, the launch would fail when it counts as started already.
fn missing_interpreter(path: &Path, files: &FileSystem) -> Option<Finding> {
    let beginning = files.beginning(path)?;
    let line = beginning.strip_prefix(b"#!")?.split(|byte| *byte == b'\n' || *byte == 0).next()?;
    let interpreter =
        line.trim_ascii_start().split(u8::is_ascii_whitespace).next().filter(|word| !word.is_empty())?;
    let interpreter = Path::new(OsStr::from_bytes(interpreter));
    match usable(interpreter, files) {
        Usable::Yes(..) => None,
        Usable::No(finding) => Some(*finding),
        Usable::Missing => Some(
            cannot_execute(format!(
                "{} is run by {}, which does not exist",
                shown_path(path),
                shown_path(interpreter)
            ))
            .mend(format!("install it, or correct the first line: head -1 {}", quoted_path(path))),
        ),
    }
}

fn not_found(what: impl Into<std::borrow::Cow<'static, str>>) -> Finding {
    Finding::refuses(Gate::Command, what).status(Status::NotFound).why("there is no worker to start")
}

fn cannot_execute(what: impl Into<std::borrow::Cow<'static, str>>) -> Finding {
    Finding::refuses(Gate::Command, what)
        .status(Status::CannotExecute)
        .why("the system would refuse to run it")
}
