//! The env files of the modes of the other class: what the gates `shared-secret` and `isolation` compare with. They
//! are another launch's: that one is absent, closed to us or broken says nothing of this one.

use std::path::PathBuf;

use super::config::Config;
use super::env_file::{self, Entry};
use super::files::{NamedFile, named_by_config};
use super::secure_file::{Facts, FileSystem, OpenFault, Trust};
use super::{Inputs, Loaded, Origin, user};
use crate::caller::Caller;
use crate::finding::Findings;
use crate::mode::{Class, Mode, ModeName};

/// A mode of the other class.
#[derive(Debug)]
pub struct OtherMode {
    /// Its name.
    pub name: ModeName,
    /// Its class.
    pub class: Class,
    /// Its `users:`, by number.
    pub users: Vec<u32>,
    /// Its `users:` that `/etc/passwd` does not know.
    pub unknown_users: Vec<String>,
    /// Its env files, as far as they are there.
    pub files: Vec<OtherFile>,
}

/// An env file of such a mode.
#[derive(Debug)]
pub struct OtherFile {
    /// As the config names it, made absolute.
    pub path: PathBuf,
    /// Where the config names it: line, column.
    pub place: (usize, usize),
    /// The file itself, with all links resolved.
    pub facts: Facts,
    /// What was seen on the way.
    pub way: Vec<Facts>,
    /// Its variables, where it may be read.
    pub entries: Vec<Entry>,
}

/// Looks at the modes of the other class than the one asked for.
pub(super) fn load(inputs: &Inputs, caller: &Caller, loaded: &Loaded) -> Vec<OtherMode> {
    let (Some(config), Some(asked)) = (&loaded.config, &loaded.mode) else { return Vec::new() };
    let modes = config.block.modes.iter().flatten();
    let others = modes.filter_map(|block| {
        let mode = Mode::new(block.name.clone(), block.class).ok()?;
        (mode.class() != asked.class()).then(|| {
            let (users, unknown_users) = numbers(block.users.as_deref().unwrap_or_default());
            let name = block.name.clone();
            let files = files(&mode, config, inputs, caller, loaded);
            OtherMode { name, class: mode.class(), users, unknown_users, files }
        })
    });
    others.collect()
}

fn numbers(users: &[String]) -> (Vec<u32>, Vec<String>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for user in users {
        match user::number_of(user) {
            Some(number) => known.push(number),
            None => unknown.push(user.clone()),
        }
    }
    (known, unknown)
}

fn files(mode: &Mode, config: &Config, inputs: &Inputs, caller: &Caller, loaded: &Loaded) -> Vec<OtherFile> {
    let specs = config.block.mode(mode.name()).map_or(&[][..], |block| &block.env_files);
    let trust = inputs.acting_for.trust(caller.uid.as_raw());
    let named = specs.iter().filter_map(|spec| {
        // What is wrong with their names is said when they are launched.
        let unheard = &mut Findings::new();
        let dialect = inputs.dialect.unwrap_or_default();
        let named = named_by_config(spec, dialect, config, mode, loaded.instance.as_ref(), unheard)?;
        Some((named, spec.place))
    });
    named
        .filter(|(named, _)| named.origin == Origin::Path)
        .filter_map(|(named, place)| look(&named, place, &loaded.files, &trust))
        .collect()
}

fn look(named: &NamedFile, place: (usize, usize), files: &FileSystem, trust: &Trust) -> Option<OtherFile> {
    let path = named.path.clone();
    match files.open(&path, trust, env_file::MAX_FILE) {
        Ok(opened) => {
            let contents = opened.contents.as_ref()?;
            let entries = env_file::parse(contents, named.dialect).entries;
            Some(OtherFile { path, place, facts: opened.facts, way: opened.way, entries })
        }
        Err(OpenFault::Denied { .. } | OpenFault::TooLarge { .. } | OpenFault::Unstable) => {
            let (facts, way) = files.inspect(&path).ok()?;
            Some(OtherFile { path, place, facts, way, entries: Vec::new() })
        }
        Err(_) => None,
    }
}
