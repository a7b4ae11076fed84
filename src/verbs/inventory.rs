//! What the inputs of a launch come to: each variable with where it came from, and what is left over or missing.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::visible::is_public;
use crate::load::config::{Config, Scalar};
use crate::mask::masked;
use crate::moment::Moment;
use crate::name::Name;
use crate::resolve::Resolved;
use crate::resolve::aging;
use crate::resolve::placeholder::{Piece, pieces};
use crate::resolve::provenance::Provenance;
use crate::resolve::variables::Variable;

/// The variables of a launch, and the names that do not fit together.
#[derive(Debug, Default, Serialize)]
pub struct Inventory {
    /// Every variable with a value.
    pub variables: Vec<Row>,
    /// What the config declares and no worker gets.
    pub unused: Vec<Unused>,
    /// What is needed, and no input sets.
    pub unset: Vec<Unset>,
}

/// One variable.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its value, masked where it is a secret.
    pub value: String,
    /// Whether the value is a secret, and so masked.
    pub secret: bool,
    /// Its length in characters; in bytes where it is no text.
    pub length: usize,
    /// How old it is, where anything says so.
    pub age: Option<Age>,
    /// When it ends, where the env file or the config says so.
    pub expires: Option<Moment>,
    /// The input that won.
    pub source: Source,
    /// The inputs that had a value too, strongest first.
    pub beat: Vec<Source>,
    /// Whether the config names it anywhere; a worker may use it all the same.
    pub named: bool,
    /// Whether it reaches the worker through the rendered config alone.
    pub config_only: bool,
}

/// How old a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Age {
    /// In seconds.
    pub seconds: u64,
    /// What the seconds count from.
    pub since: Since,
}

/// What an age counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// What the env file records of it: the value was put there then.
    Rotated,
    /// The last change of the env file: the value may be older, and is not younger.
    FileChanged,
}

/// Where a value comes from.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Which kind of input.
    pub kind: Kind,
    /// The env file.
    pub file: Option<String>,
    /// The line in it.
    pub line: Option<usize>,
    /// The credential, or the variable that is fallen back on.
    pub name: Option<String>,
}

/// The kinds of inputs, in the words of the published schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is a kind of `Provenance`, described there")]
pub enum Kind {
    EnvFile,
    Credential,
    CallerEnvironment,
    Set,
    ModeEnvironment,
    Environment,
    Pass,
    Fallback,
    Default,
    Base,
}

/// A name that the config declares, and whose value no worker gets.
#[derive(Debug, Serialize)]
pub struct Unused {
    /// The name.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

/// A name that is used, and that nothing sets.
#[derive(Debug, Serialize)]
pub struct Unset {
    /// The name.
    pub name: String,
    /// Where in the config it is used or declared.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Whether the worker may do without: then it is empty.
    pub optional: bool,
}

impl Inventory {
    /// Of what was resolved; with `all`, envgate's base and systemd's variables too.
    #[must_use]
    pub fn of(resolved: &Resolved, all: bool, now: Moment) -> Self {
        let config = resolved.config.as_ref();
        let used = config.map(placeholders).unwrap_or_default();
        let named = config.map(|config| named(config, resolved, &used)).unwrap_or_default();
        let rows = resolved
            .variables
            .iter()
            .filter(|variable| all || variable.provenance != Provenance::Base)
            .map(|variable| row(variable, resolved, &named, now));
        let mut inventory = Self { variables: rows.collect(), ..Self::default() };
        if let Some(config) = config {
            inventory.compare_declared(config, resolved, &used);
            inventory.find_undefined(config, resolved, &used);
        }
        inventory
    }

    /// Declarations that come to nothing.
    fn compare_declared(&mut self, config: &Config, resolved: &Resolved, used: &Placeholders<'_>) {
        for declaration in &config.block.variables {
            let name = declaration.name.as_str();
            let is_used = used.contains_key(name);
            let set = resolved.variables.get(name);
            if set.is_some_and(|variable| variable.config_only) && !is_used {
                let why = "deliver: config, and no placeholder names it";
                self.unused.push(Unused { name: name.to_owned(), why });
            } else if set.is_none() && !is_used && declaration.required {
                let (line, column) = (declaration.line, declaration.column);
                self.unset.push(Unset { name: name.to_owned(), line, column, optional: false });
            } else if set.is_none() && !is_used {
                let why = "no input sets it and no placeholder names it";
                self.unused.push(Unused { name: name.to_owned(), why });
            }
        }
    }

    /// Placeholders without a value and without a default.
    fn find_undefined(&mut self, config: &Config, resolved: &Resolved, used: &Placeholders<'_>) {
        for (name, scalar) in used {
            let Some(scalar) = scalar.filter(|_| resolved.variables.get(name).is_none()) else { continue };
            let declaration = config.block.declaration(name);
            self.unset.push(Unset {
                name: (*name).to_owned(),
                line: scalar.line,
                column: scalar.column,
                optional: declaration.is_some_and(|declaration| !declaration.required),
            });
        }
    }
}

fn row(variable: &Variable, resolved: &Resolved, named: &HashSet<&str>, now: Moment) -> Row {
    // Exposed to be counted, and to be masked unless it is no secret.
    let value = variable.value.expose();
    let public = is_public(variable, resolved);
    Row {
        name: variable.name.to_string(),
        value: if public { String::from_utf8_lossy(value).into_owned() } else { masked(value) },
        secret: !public,
        length: variable.value.characters(),
        age: age(variable, now),
        expires: expires(variable, resolved),
        source: Source::of(&variable.provenance),
        beat: variable.beaten.iter().map(Source::of).collect(),
        // Only a file holds names that nobody asked for.
        named: named.contains(variable.name.as_str())
            || !matches!(variable.provenance, Provenance::EnvFile(_)),
        config_only: variable.config_only,
    }
}

/// As the gate `age` has it.
fn age(variable: &Variable, now: Moment) -> Option<Age> {
    let age = aging::Age::of(&variable.dates, now)?;
    let since = if age.is_recorded { Since::Rotated } else { Since::FileChanged };
    Some(Age { seconds: age.span.as_secs(), since })
}

/// The earliest day that the env file or the config names.
fn expires(variable: &Variable, resolved: &Resolved) -> Option<Moment> {
    let block = resolved.config.as_ref().map(|config| &config.block);
    let declaration = block.and_then(|block| block.declaration(variable.name.as_str()));
    aging::expires(&variable.dates, declaration)
}

impl Source {
    fn of(provenance: &Provenance) -> Self {
        let (kind, file, line, name) = match provenance {
            Provenance::EnvFile(place) => {
                (Kind::EnvFile, Some(place.file.to_string_lossy().into_owned()), place.line, None)
            }
            Provenance::Credential(name) => (Kind::Credential, None, None, Some(name.clone())),
            Provenance::CallerEnvironment => (Kind::CallerEnvironment, None, None, None),
            Provenance::Setting => (Kind::Set, None, None, None),
            Provenance::ModeEnvironment => (Kind::ModeEnvironment, None, None, None),
            Provenance::BlockEnvironment => (Kind::Environment, None, None, None),
            Provenance::Pass => (Kind::Pass, None, None, None),
            Provenance::Fallback(name) => (Kind::Fallback, None, None, Some(name.to_string())),
            Provenance::Default => (Kind::Default, None, None, None),
            Provenance::Base => (Kind::Base, None, None, None),
        };
        Self { kind, file, line, name }
    }
}

/// The names in placeholders, each with the first scalar that needs its value: one with a default needs none.
type Placeholders<'a> = BTreeMap<&'a str, Option<&'a Scalar>>;

fn placeholders(config: &Config) -> Placeholders<'_> {
    let mut found = Placeholders::new();
    for scalar in &config.document.scalars {
        for piece in pieces(&scalar.text) {
            if let Piece::Placeholder { name, default, .. } = piece {
                let needs = found.entry(name).or_default();
                *needs = needs.or(default.is_none().then_some(scalar));
            }
        }
    }
    found
}

/// Every name that the config mentions: by a placeholder, or anywhere in the block.
fn named<'a>(config: &'a Config, resolved: &'a Resolved, used: &Placeholders<'a>) -> HashSet<&'a str> {
    let block = &config.block;
    let mode = block.mode(resolved.mode.name());
    let declared = block.variables.iter().flat_map(|one| std::iter::once(&one.name).chain(&one.fallback));
    let together = block.sets.iter().flat_map(|(_, names)| names);
    let expected = mode.into_iter().flat_map(|mode| mode.expectations.iter().map(|one| &one.name));
    let constant = mode.into_iter().flat_map(|mode| &mode.environment).chain(&block.environment);
    declared
        .chain(together)
        .chain(expected)
        .chain(constant.map(|(name, _)| name))
        .map(Name::as_str)
        .chain(used.keys().copied())
        .collect()
}
