//! `init`: a new env file from a template, private from birth.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use nix::sys::stat::Mode as FileMode;
use nix::unistd::{Gid, Uid};

use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::env_file::{self, Dialect, Parsed};
use crate::load::secure_file::{Directory, Facts, FileSystem, Kind, Trust};
use crate::load::{ActingFor, MODE_LINE, fault_finding, not_a_file, open_finding, user};
use crate::mode::{Class, ModeName};
use crate::output;
use crate::screen::Screen;
use crate::secure_write;
use crate::text::{counted, quoted_path, shown, shown_path};
use crate::verify::{dummy, separation, way};
use crate::written::write_finding;

/// Makes the file, and says what to do with it.
#[must_use]
pub fn init(template: &Path, file: &Path, mode: Option<&str>, owner: ActingFor, caller: &Caller) -> Status {
    let mut findings = Findings::new();
    match make(template, file, mode, owner, caller, &mut findings) {
        Some(next_steps) => {
            output::print(&next_steps);
            Status::Fine
        }
        None => {
            let count = findings.refusals().count();
            let status = findings.status().unwrap_or(Status::Software);
            output::complain(&format!(
                "{}envgate: nothing was made: {} (status {})\n",
                output::findings_as_text(&findings, Screen::of_complaints(caller)),
                counted(count, "finding"),
                status.code()
            ));
            status
        }
    }
}

/// Nothing where something refuses, and then nothing is made.
fn make(
    template: &Path,
    file: &Path,
    mode: Option<&str>,
    owner: ActingFor,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<String> {
    let user = owner.worker(caller.uid.as_raw(), caller.uid.as_raw());
    let contents = read_template(template, caller, findings);
    let directory = directory_of(file, user, caller, findings);
    let owner = owner_of(user, caller, file, findings);
    let contents = contents?;
    let parsed = env_file::parse(&contents, Dialect::Portable);
    findings.extend(parsed.faults.iter().map(|fault| fault_finding(fault, template)));
    let modes = mode_of(&parsed, file, mode, findings);
    if findings.status().is_some() {
        return None;
    }
    let (directory, name) = directory?;
    let private = FileMode::S_IRUSR | FileMode::S_IWUSR;
    if let Err(fault) = secure_write::create_durably(&directory, &name, &contents, private, owner) {
        findings.push(write_finding(fault, file));
        return None;
    }
    Some(next_steps(file, &parsed, &modes))
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

/// The directory that the file goes into: nobody else may be able to put another file in its place.
fn directory_of(
    file: &Path,
    user: u32,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<(Directory, OsString)> {
    let Some(name) = file.file_name() else {
        findings.push(
            Finding::refuses(Gate::Usage, "the file to make has no name")
                .at(Place::file(file))
                .why("its name says for which mode it is")
                .mend("name it NAME.MODE.env, such as pine.paper.env"),
        );
        return None;
    };
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match FileSystem::new().open_directory_with_way(parent, &Trust::Users(vec![user])) {
        Ok((directory, steps)) => {
            let judged = way::judge_directories(file, &steps, &[0, user]);
            let led_away = led_away(file, &steps, user, caller);
            let is_sound = judged.is_empty() && led_away.is_none();
            findings.extend(judged.into_iter().chain(led_away));
            is_sound.then(|| (directory, name.to_owned()))
        }
        Err(fault) => {
            findings.push(open_finding(&fault, parent, "the folder of the new file"));
            None
        }
    }
}

/// Root follows a user's link only to where that user could have made the file as well: any other one would have root
/// put a file of the user's into a folder that the user cannot write to, such as one of `/etc`.
fn led_away(file: &Path, steps: &[Facts], user: u32, caller: &Caller) -> Option<Finding> {
    let folder = steps.last().filter(|folder| user != caller.uid.as_raw() && folder.uid != user)?;
    let link = steps.iter().find(|step| step.kind == Kind::Link && step.uid == user)?;
    let what = format!(
        "{}, a link of user {user}, leads to {}, which is not that user's",
        shown_path(&link.path),
        shown_path(&folder.path)
    );
    Some(
        Finding::refuses(Gate::ParentDirectory, what)
            .at(Place::file(file))
            .why("root would make a file of that user's where the user may make none")
            .mend("name the folder by its own path, if it is the one you mean"),
    )
}

/// The owner where it is not the caller: only root makes files for others.
fn owner_of(user: u32, caller: &Caller, file: &Path, findings: &mut Findings) -> Option<(Uid, Gid)> {
    if user == caller.uid.as_raw() {
        return None;
    }
    if !caller.uid.is_root() {
        findings.push(
            Finding::refuses(Gate::Owner, "only root makes files for another user")
                .at(Place::file(file))
                .why("the system gives a file away for root alone")
                .mend("sudo envgate init …, or leave --user out"),
        );
        return None;
    }
    let group = user::find(user).map_or(user, |user| user.group);
    Some((Uid::from_raw(user), Gid::from_raw(group)))
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
fn next_steps(file: &Path, parsed: &Parsed, modes: &[String]) -> String {
    let path = quoted_path(file);
    let mut text = format!("made {}, mode 0600\n", shown_path(file));
    // Exposed to see which values a template's author meant to be replaced.
    let is_open = |entry: &&env_file::Entry| {
        entry.name.as_str() != MODE_LINE
            && (entry.value.is_empty() || dummy::find(entry.value.expose()).is_some())
    };
    let open: Vec<_> = parsed.entries.iter().filter(is_open).collect();
    if !open.is_empty() {
        text.push_str("fill in (a launch refuses a template's leftovers):\n");
        for entry in open {
            let _ = writeln!(text, "  line {:<4} {}", entry.line, entry.name);
        }
    }
    let mode = modes.first().filter(|mode| modes.len() == 1 && *mode != "any");
    let mode = mode.map_or("MODE", String::as_str);
    let _ = write!(
        text,
        "then:\n  envgate lint {path}\n  envgate check -m {mode} -c CONFIG\n\
         where no config names the file:\n  envgate check -m {mode} -e {path} -- COMMAND\n"
    );
    text
}
