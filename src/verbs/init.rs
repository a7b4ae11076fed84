//! `init`: a new env file from a template, private from birth.

mod place;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode as FileMode;
use serde::Serialize;

use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::env_file::{self, Dialect, Parsed};
use crate::load::secure_file::{FileSystem, Trust};
use crate::load::{ActingFor, MODE_LINE, fault_finding, not_a_file, open_finding};
use crate::mode::{Class, ModeName};
use crate::output;
use crate::screen::Screen;
use crate::secure_write;
use crate::text::{counted, quoted_path, shown, shown_path};
use crate::verify::{dummy, separation};
use crate::written::write_finding;
use place::{directory_of, owner_of};

/// What is asked for.
#[derive(Debug)]
pub struct Asked {
    /// The template.
    pub template: PathBuf,
    /// The file to make.
    pub file: PathBuf,
    /// `-m`: its mode.
    pub mode: Option<String>,
    /// Whose it will be.
    pub owner: ActingFor,
    /// Whether JSON is printed.
    pub json: bool,
}

/// What was made.
#[derive(Default)]
struct Made {
    /// The modes that the file is for.
    modes: Vec<String>,
    /// The variables that are to be filled in.
    unfilled: Vec<Unfilled>,
}

/// A variable that the template has no value for.
#[derive(Serialize)]
struct Unfilled {
    variable: String,
    line: usize,
}

/// What `init --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    status: u8,
    template: String,
    file: String,
    made: bool,
    modes: &'a [String],
    unfilled: &'a [Unfilled],
    findings: Vec<&'a Finding>,
}

/// Makes the file, and says what to do with it.
#[must_use]
pub fn init(asked: &Asked, caller: &Caller) -> Status {
    let mut findings = Findings::new();
    let made = make(asked, caller, &mut findings);
    let status = match &made {
        Some(_) => Status::Fine,
        None => findings.status().unwrap_or(Status::Software),
    };
    match made {
        made if asked.json => {
            let is_made = made.is_some();
            let Made { modes, unfilled } = &made.unwrap_or_default();
            output::print(&output::json(&Report {
                schema: 1,
                status: status.code(),
                template: asked.template.to_string_lossy().into_owned(),
                file: asked.file.to_string_lossy().into_owned(),
                made: is_made,
                modes,
                unfilled,
                findings: findings.iter().collect(),
            }));
        }
        Some(made) => output::print(&next_steps(&asked.file, &made)),
        None => output::complain(&format!(
            "{}envgate: nothing was made: {} (status {})\n",
            output::findings_as_text(&findings, Screen::of_complaints(caller)),
            counted(findings.refusals().count(), "finding"),
            status.code()
        )),
    }
    status
}

/// Nothing where something refuses, and then nothing is made.
fn make(asked: &Asked, caller: &Caller, findings: &mut Findings) -> Option<Made> {
    let Asked { template, file, .. } = asked;
    let user = asked.owner.worker(caller.uid.as_raw(), caller.uid.as_raw());
    let contents = read_template(template, caller, findings);
    let directory = directory_of(file, user, caller, findings);
    let owner = owner_of(user, caller, file, findings);
    let contents = contents?;
    let parsed = env_file::parse(&contents, Dialect::Portable);
    findings.extend(parsed.faults.iter().map(|fault| fault_finding(fault, template)));
    let modes = mode_of(&parsed, file, asked.mode.as_deref(), findings);
    if findings.status().is_some() {
        return None;
    }
    let (directory, name) = directory?;
    let private = FileMode::S_IRUSR | FileMode::S_IWUSR;
    if let Err(fault) = secure_write::create_durably(&directory, &name, &contents, private, owner) {
        findings.push(write_finding(fault, file));
        return None;
    }
    Some(Made { modes, unfilled: unfilled(&parsed) })
}

/// What a launch refuses as the template has it.
fn unfilled(parsed: &Parsed) -> Vec<Unfilled> {
    // Exposed to see which values a template's author meant to be replaced.
    let is_open = |entry: &&env_file::Entry| {
        entry.name.as_str() != MODE_LINE
            && (entry.value.is_empty() || dummy::find(entry.value.expose()).is_some())
    };
    let open = parsed.entries.iter().filter(is_open);
    open.map(|entry| Unfilled { variable: entry.name.to_string(), line: entry.line }).collect()
}

/// A template holds no secret: it may be anybody's, and everybody may read it.
fn read_template(
    template: &Path,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    // Whose links lead to it does not matter: what is in it is shown to the person who fills it in.
    let files = FileSystem::new();
    let trust = match files.inspect(template) {
        Ok((facts, way)) => {
            let links = way.iter().map(|step| step.uid);
            Trust::Users(links.chain([facts.uid, caller.uid.as_raw()]).collect())
        }
        Err(_) => Trust::Users(vec![caller.uid.as_raw()]),
    };
    match files.open(template, &trust, env_file::MAX_FILE) {
        Ok(opened) if opened.contents.is_some() => opened.contents,
        Ok(opened) => {
            findings.push(not_a_file(template, opened.facts.kind, "the template"));
            None
        }
        Err(fault) => {
            findings.push(open_finding(&fault, template, "the template"));
            None
        }
    }
}

/// The mode that file and template are for. Name and line must agree now, since a launch will refuse them otherwise.
fn mode_of(parsed: &Parsed, file: &Path, asked: Option<&str>, findings: &mut Findings) -> Vec<String> {
    let line = parsed.entries.iter().find(|entry| entry.name.as_str() == MODE_LINE);
    // A mode's name is no secret; the value is exposed to be read as one.
    let text = line.and_then(|line| std::str::from_utf8(line.value.expose()).ok());
    let of_line: Option<Vec<&str>> = text.map(|text| text.split(',').map(str::trim).collect());
    let mut wanted = separation::modes_in_name(&file.file_name().unwrap_or_default().to_string_lossy(), None);
    wanted.extend(asked.map(str::to_owned));
    let refuse = |what: String, mend: String| {
        Finding::refuses(Gate::FileMode, what)
            .at(Place::file(file))
            .why("credentials of one mode must never start another, and a launch would refuse the file")
            .mend(mend)
    };
    match &of_line {
        Some(modes) if modes.iter().any(|mode| *mode != "any" && ModeName::parse(mode).is_none()) => {
            findings.push(refuse(
                format!("{MODE_LINE}= of the template does not hold a mode"),
                format!("write one mode into the template, or several with commas ({MODE_LINE}=dev,shadow)"),
            ));
        }
        Some(modes) => {
            let other = wanted.iter().find(|mode| !modes.contains(&mode.as_str()) && !modes.contains(&"any"));
            findings.extend(other.map(|mode| {
                refuse(
                    format!("this would be a file of the mode {}, and the template is not", shown(mode)),
                    "choose the template of that mode, or another name for the file".to_owned(),
                )
            }));
        }
        None if wanted.is_empty() => findings.push(refuse(
            "neither the template nor the file's name says for which mode it is".to_owned(),
            format!("name the file NAME.MODE.env, or add the line {MODE_LINE}=MODE to the template"),
        )),
        None if wanted.iter().any(|mode| Class::of_known(mode) != Some(Class::Paper)) => {
            findings.push(refuse(
                format!("a file of a live mode must say so in itself, and the template has no {MODE_LINE}="),
                format!("add the line {MODE_LINE}=MODE to the template"),
            ));
        }
        None => {}
    }
    match of_line {
        Some(modes) => modes.into_iter().map(str::to_owned).collect(),
        None => wanted,
    }
}

/// What a person does next: which lines to fill in, and how to see that it is right.
fn next_steps(file: &Path, made: &Made) -> String {
    let path = quoted_path(file);
    let mut text = format!("made {}, mode 0600\n", shown_path(file));
    if !made.unfilled.is_empty() {
        text.push_str("fill in (a launch refuses a template's leftovers):\n");
        for Unfilled { variable, line } in &made.unfilled {
            let _ = writeln!(text, "  line {line:<4} {variable}");
        }
    }
    let mode = made.modes.first().filter(|mode| made.modes.len() == 1 && *mode != "any");
    let mode = mode.map_or("MODE", String::as_str);
    let _ = write!(
        text,
        "then:\n  envgate lint {path}\n  envgate check -m {mode} -c CONFIG\n\
         where no config names the file:\n  envgate check -m {mode} -e {path} -- COMMAND\n"
    );
    text
}
