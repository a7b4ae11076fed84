//! Every variable and its one value: which input won, and what it beat.

use std::os::unix::ffi::OsStrExt;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::provenance::Provenance;
use super::{age, base, expected, required};
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::config::{Block, Config, Declaration, Source};
use crate::load::env_file::Record;
use crate::load::{EnvFile, Inputs, Loaded, Origin};
use crate::mode::{Class, Mode};
use crate::moment::Moment;
use crate::name::Name;
use crate::secret::Secret;
use crate::verify::dummy;

/// One variable of the launch.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Secret,
    /// Where the value comes from.
    pub provenance: Provenance,
    /// The inputs that had a value too.
    pub beaten: Vec<Provenance>,
    /// Whether it reaches the worker through the rendered config alone.
    pub config_only: bool,
    /// Since when, and until when.
    pub dates: Dates,
    /// Whether a fault of the env file hides the value: it says nothing, and nothing is said of it.
    pub is_hidden: bool,
}

/// What is known of a value's age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// What the env file records of it.
    pub record: Record,
    /// When the env file was changed: the value is as old as that at least.
    pub file_changed: Option<Moment>,
}

impl Dates {
    /// Of an entry with this record in an env file.
    #[must_use]
    pub fn of_entry(record: Record, file: &EnvFile) -> Self {
        // What systemd put there is as old as the unit's start.
        let is_file = file.origin == Origin::Path;
        let file_changed = is_file.then(|| Moment::of_nanoseconds(file.opened.identity.modified));
        Self { record, file_changed }
    }
}

/// All variables of a launch.
#[derive(Debug, Default)]
pub struct Variables {
    list: Vec<Variable>,
    index: FxHashMap<Name, usize>,
}

impl Variables {
    /// A variable by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.index.get(name).map(|at| &self.list[*at])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.list.iter()
    }

    /// Offers a value. The first offer for a name wins, so offers come strongest first.
    fn offer(&mut self, name: Name, value: Secret, provenance: Provenance) {
        self.offer_dated(name, value, provenance, Dates::default(), false);
    }

    fn offer_dated(
        &mut self,
        name: Name,
        value: Secret,
        provenance: Provenance,
        dates: Dates,
        is_hidden: bool,
    ) {
        if let Some(at) = self.index.get(&name) {
            self.list[*at].beaten.push(provenance);
            return;
        }
        self.index.insert(name.clone(), self.list.len());
        let (beaten, config_only) = (Vec::new(), false);
        self.list.push(Variable { name, value, provenance, beaten, config_only, dates, is_hidden });
    }
}

/// Collects all offers, strongest first, and checks what must be there.
pub(super) fn settle(
    loaded: &mut Loaded,
    launch: &base::Launch<'_>,
    inputs: &Inputs,
    caller: &Caller,
    findings: &mut Findings,
) -> Variables {
    let mode = launch.mode;
    let expected = loaded.env_files.iter().map(|file| file.entries.len()).sum::<usize>() + 32;
    let mut variables = Variables {
        list: Vec::with_capacity(expected),
        index: FxHashMap::with_capacity_and_hasher(expected, FxBuildHasher),
    };
    offer_env_files(loaded, &mut variables);
    if let Some(config) = &loaded.config {
        offer_sources(config, loaded, mode, caller, &mut variables);
    }
    offer_settings(inputs, &mut variables);
    if let Some(config) = &loaded.config {
        offer_constants(&config.block, mode, &mut variables);
        offer_passed(&config.block, caller, &mut variables);
        offer_fallbacks_and_defaults(&config.block, &mut variables);
    }
    for (name, value) in base::environment(caller, launch, loaded) {
        variables.offer(name, value, Provenance::Base);
    }
    // Exposed to be searched. An env file is never read with a NUL; a credential or the config may hold one.
    let cut = variables.iter().filter(|variable| variable.value.expose().contains(&0));
    findings.extend(cut.map(holds_nul));
    findings.extend(variables.iter().filter_map(leftover));
    if let Some(config) = &loaded.config {
        for declaration in config.block.variables.iter().filter(|declaration| declaration.config_only) {
            if let Some(at) = variables.index.get(&declaration.name) {
                variables.list[*at].config_only = true;
            }
        }
        findings.extend(required::judge(config, &variables, mode, loaded.incomplete));
        findings.extend(expected::judge(config, &variables, mode, loaded.incomplete));
    }
    findings.extend(age::judge(loaded, &variables, mode, inputs, caller));
    if loaded.user.is_none() && caller.supervisor.is_none() {
        findings.push(no_user(loaded.worker));
    }
    variables
}

/// A template's leftover in what is no file: those are judged where they are read.
fn leftover(variable: &Variable) -> Option<Finding> {
    if !matches!(variable.provenance, Provenance::CallerEnvironment | Provenance::Setting) {
        return None;
    }
    // Exposed to be compared with the leftovers of templates.
    let leftover = dummy::find(variable.value.expose())?;
    let finding = dummy::finding(leftover).variable(&variable.name);
    Some(Finding { what: format!("{} ({})", finding.what, variable.provenance).into(), ..finding })
}

fn holds_nul(variable: &Variable) -> Finding {
    let what = format!("the value of {} holds a NUL byte ({})", variable.name, variable.provenance);
    Finding::refuses(Gate::Syntax, what)
        .variable(&variable.name)
        .why("a variable of the environment ends there: the worker would have a part of the value")
        .mend("put the value into a file and its path into the variable")
}

fn offer_env_files(loaded: &mut Loaded, variables: &mut Variables) {
    for file in loaded.env_files.iter_mut().rev() {
        let whole = Place::file(&file.opened.path);
        for entry in std::mem::take(&mut file.entries) {
            let place = whole.line(entry.line, entry.column);
            let dates = Dates::of_entry(entry.record, file);
            let provenance = Provenance::EnvFile(place);
            variables.offer_dated(entry.name, entry.value, provenance, dates, !entry.is_read);
        }
    }
}

/// Credentials, and the caller's environment where the config asks for it and no real money is at stake.
fn offer_sources(config: &Config, loaded: &Loaded, mode: &Mode, caller: &Caller, variables: &mut Variables) {
    for declaration in &config.block.variables {
        match &declaration.from {
            Some(Source::Credential(name)) => {
                if let Some(credential) =
                    loaded.credentials.iter().find(|credential| credential.name == *name)
                {
                    // Exposed to be copied into the variable: two variables may share a credential.
                    let value = Secret::copied_from(credential.value.expose());
                    variables.offer(declaration.name.clone(), value, Provenance::Credential(name.clone()));
                }
            }
            Some(Source::Environment) if takes_environment(config, mode) => {
                if let Some(value) = caller.inherited(declaration.name.as_str()) {
                    let value = Secret::copied_from(value.as_bytes());
                    variables.offer(declaration.name.clone(), value, Provenance::CallerEnvironment);
                }
            }
            Some(Source::Environment) | None => {}
        }
    }
}

fn takes_environment(config: &Config, mode: &Mode) -> bool {
    mode.class() == Class::Paper || config.block.mode(mode.name()).is_some_and(|mode| mode.ci)
}

fn offer_settings(inputs: &Inputs, variables: &mut Variables) {
    // The last --set of a name wins, as a later env file does.
    for (name, value) in inputs.settings.iter().rev() {
        if let Ok(name) = Name::parse(name.as_bytes()) {
            variables.offer(name, Secret::copied_from(value.as_bytes()), Provenance::Setting);
        }
    }
}

fn offer_constants(block: &Block, mode: &Mode, variables: &mut Variables) {
    let of_mode = block.mode(mode.name()).map_or(&[][..], |mode| &mode.environment);
    for (constants, provenance) in
        [(of_mode, Provenance::ModeEnvironment), (&block.environment, Provenance::BlockEnvironment)]
    {
        for (name, value) in constants {
            variables.offer(name.clone(), Secret::copied_from(value.as_bytes()), provenance.clone());
        }
    }
}

fn offer_passed(block: &Block, caller: &Caller, variables: &mut Variables) {
    if block.pass.is_empty() {
        return;
    }
    for (name, value) in caller.environment() {
        let Ok(name) = Name::parse(name.as_bytes()) else { continue };
        if !name.is_reserved() && block.pass.iter().any(|pattern| pattern.matches(name.as_str())) {
            variables.offer(name, Secret::copied_from(value.as_bytes()), Provenance::Pass);
        }
    }
}

/// In whatever order the config declares them: what another variable falls back on is settled before it.
fn offer_fallbacks_and_defaults(block: &Block, variables: &mut Variables) {
    let has_fallback = block.variables.iter().any(|declaration| !declaration.fallback.is_empty());
    let names = block.variables.iter().enumerate().filter(|_| has_fallback);
    let index: FxHashMap<&Name, usize> = names.map(|(at, declaration)| (&declaration.name, at)).collect();
    let mut entered = vec![false; block.variables.len()];
    let mut settled = entered.clone();
    for first in 0..block.variables.len() {
        let mut waiting = vec![first];
        while let Some(at) = waiting.pop() {
            let declaration = &block.variables[at];
            if !std::mem::replace(&mut entered[at], true) {
                waiting.push(at);
                let others = declaration.fallback.iter().filter_map(|name| index.get(name).copied());
                waiting.extend(others.filter(|other| !entered[*other]));
            } else if !std::mem::replace(&mut settled[at], true) {
                offer_fallback_and_default(declaration, variables);
            }
        }
    }
}

fn offer_fallback_and_default(declaration: &Declaration, variables: &mut Variables) {
    let others = || declaration.fallback.iter().filter_map(|name| variables.get(name.as_str()));
    // The first that has a value, if a hidden one; an empty one only where all are.
    let has_value = |other: &&Variable| other.is_hidden || !other.value.is_empty();
    let fallback = others().find(has_value).or_else(|| others().next());
    if let Some(fallback) = fallback {
        // Exposed to be copied under the declared name; the other name keeps its own value.
        let (value, name) = (Secret::copied_from(fallback.value.expose()), fallback.name.clone());
        let (dates, is_hidden) = (fallback.dates, fallback.is_hidden);
        let provenance = Provenance::Fallback(name);
        variables.offer_dated(declaration.name.clone(), value, provenance, dates, is_hidden);
    }
    if let Some(default) = &declaration.default {
        let value = Secret::copied_from(default.as_bytes());
        variables.offer(declaration.name.clone(), value, Provenance::Default);
    }
}

fn no_user(worker: u32) -> Finding {
    Finding::warns(
        Gate::Required,
        format!("user {worker} has no line in /etc/passwd: the worker gets no HOME, USER, LOGNAME and SHELL"),
    )
    .why("envgate reads the file itself, not a directory service")
    .mend("where the worker needs them, set them under environment: in the config")
}
