//! What a service launches, by its `ExecStart=`: for a worker that does not say so itself.

use std::path::{Path, PathBuf};

use super::Launch;
use crate::generation::Source;
use crate::mode::{Class, Instance, ModeName};
use crate::systemd::units::Unit;

/// What the unit's command line names; nothing of it where systemd does not say.
pub(super) fn of_unit(unit: &str) -> Launch {
    let unit = Unit::read(unit).ok().flatten().unwrap_or_default();
    of_command(&unit.command, &unit.working_directory)
}

/// What the words of an `envgate exec` name; `directory` is where it runs.
#[must_use]
pub fn of_command(command: &[String], directory: &Path) -> Launch {
    let command = read(command);
    let mode = command.last("-m", "--mode").and_then(ModeName::parse);
    let files = command.all("-e", "--env-file");
    let sources = files.iter().map(|file| match file.strip_prefix("credential:") {
        Some(name) => Source::Credential(name.to_owned()),
        None => Source::File(directory.join(file)),
    });
    Launch {
        class: mode.as_ref().and_then(|mode| Class::of_known(mode.as_str())),
        mode,
        instance: command.last("-i", "--instance").and_then(Instance::parse),
        config: command.last("-c", "--config").map(|path| canonical(&directory.join(path))),
        generation: None,
        sources: (!files.is_empty()).then(|| sources.collect()),
        break_glass: None,
    }
}

/// The path with all links resolved, as a launch says it; as it is where we may not look.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The words of an `envgate exec` before the worker's own.
struct Words<'a>(&'a [String]);

fn read(command: &[String]) -> Words<'_> {
    match command {
        [_, verb, words @ ..] if verb == "exec" => {
            let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
            Words(&words[..end])
        }
        _ => Words(&[]),
    }
}

impl<'a> Words<'a> {
    /// The values of an option. All of `exec`'s short options take one, so none are run together.
    fn all(&self, short: &str, long: &str) -> Vec<&'a str> {
        let mut values = Vec::new();
        let mut words = self.0.iter();
        while let Some(word) = words.next() {
            if word == short || word == long {
                values.extend(words.next().map(String::as_str));
            } else if let Some(value) = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
                values.push(value);
            } else if let Some(value) = word.strip_prefix(short) {
                values.push(value.strip_prefix('=').unwrap_or(value));
            }
        }
        values
    }

    fn last(&self, short: &str, long: &str) -> Option<&'a str> {
        self.all(short, long).pop()
    }
}
