//! The third stage: [`Verified`] to [`Resolved`]. Every variable gets its one value, and every placeholder its
//! variable.

mod age;
pub mod aging;
pub mod base;
mod endpoint;
mod expected;
pub mod placeholder;
pub mod provenance;
mod required;
mod undefined;
pub mod variables;

use std::path::PathBuf;

use crate::caller::Caller;
use crate::finding::{Finding, Findings};
use crate::generation::Generation;
use crate::load::config::Config;
use crate::load::env_file::Dialect;
use crate::load::secure_file::FileSystem;
use crate::load::{EnvFile, Inputs, Loaded, Origin};
use crate::mode::{Instance, Mode};
use crate::name::Name;
use crate::verify::Verified;
use crate::verify::break_glass::BreakGlass;
use crate::verify::confirmation::Confirmation;
use crate::verify::shared_secret;
use provenance::Provenance;
use variables::{Variable, Variables};

/// A launch whose every variable is known. Only [`resolve`] makes one.
#[derive(Debug)]
pub struct Resolved {
    /// The directories that were entered, for what is still to be opened.
    pub(crate) files: FileSystem,
    pub(crate) mode: Mode,
    pub(crate) instance: Option<Instance>,
    pub(crate) config: Option<Config>,
    pub(crate) variables: Variables,
    pub(crate) generation: Generation,
    /// The number of the user that the worker runs as.
    pub(crate) worker: u32,
    pub(crate) env_files: Vec<NamedFile>,
    pub(crate) confirmation: Confirmation,
    pub(crate) break_glass: Option<BreakGlass>,
    /// Whether something that may define variables could not be read.
    pub(crate) incomplete: bool,
    /// The variable that names the config to the worker, where an input names one.
    pub(crate) config_variable: Option<String>,
    _made_here: (),
}

/// An env file of a launch, for those who are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path, as it was named.
    pub path: PathBuf,
    /// The file itself, with all links resolved.
    pub location: PathBuf,
    /// How it was read.
    pub dialect: Dialect,
    /// Whether it was named as a path, and not as a credential.
    pub is_path: bool,
    /// Whether the command line named it in place of those of the config.
    pub replaces_configured: bool,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i128,
}

/// Secrets of the other class that somebody has in the shell. What is let through by `pass:` is none (a proxy, a
/// locale), unless a declaration says so; what `--set` gives never is.
fn shared_by_caller(variables: &Variables, loaded: &Loaded, mode: &Mode) -> Vec<Finding> {
    let block = loaded.config.as_ref().map(|config| &config.block);
    let is_declared = |name: &Name| block.and_then(|block| block.declaration(name.as_str())).is_some();
    let is_callers = |variable: &&Variable| match &variable.provenance {
        Provenance::CallerEnvironment => true,
        Provenance::Pass => is_declared(&variable.name),
        // A declared variable that takes what was let through under a name that nobody declares.
        Provenance::Fallback(other) => {
            let other = variables.get(other.as_str()).filter(|other| !is_declared(&other.name));
            other.is_some_and(|other| other.provenance == Provenance::Pass)
        }
        _ => false,
    };
    let judged = variables.iter().filter(is_callers).filter_map(|variable| {
        let finding = shared_secret::judge_given(loaded, mode, &variable.name, &variable.value)?;
        Some(Finding { what: format!("{} ({})", finding.what, variable.provenance).into(), ..finding })
    });
    judged.collect()
}

/// Settles every variable and finds the placeholders that none defines.
pub fn resolve(verified: Verified, inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Resolved {
    let Verified { mut loaded, mode, confirmation, break_glass, .. } = verified;
    let generation = Generation::of(
        loaded
            .env_files
            .iter()
            .map(|file| &file.opened)
            .chain(loaded.credentials.iter().map(|credential| &credential.opened)),
    );
    let replaces_configured =
        !inputs.env_files.is_empty() && loaded.block_of(&mode).is_some_and(|mode| !mode.env_files.is_empty());
    let named = |file: &EnvFile| NamedFile {
        replaces_configured,
        path: file.opened.path.clone(),
        location: file.opened.facts.path.clone(),
        dialect: file.dialect,
        is_path: file.origin == Origin::Path,
        modified: file.opened.identity.modified,
    };
    let env_files = loaded.env_files.iter().map(named).collect();
    let variables = variables::settle(
        &mut loaded,
        &base::Launch { mode: &mode, generation: &generation, break_glass: break_glass.as_ref() },
        inputs,
        caller,
        findings,
    );
    findings.extend(endpoint::judge(&variables, loaded.config.as_ref(), &mode));
    findings.extend(shared_by_caller(&variables, &loaded, &mode));
    if let Some(config) = &loaded.config {
        findings.extend(undefined::judge(config, &variables, loaded.incomplete));
    }
    let configured = loaded.config.as_ref().and_then(|config| config.block.config_variable.as_ref());
    let config_variable =
        inputs.config_variable.clone().or_else(|| configured.map(|name| name.as_str().to_owned()));
    Resolved {
        files: loaded.files,
        mode,
        instance: loaded.instance,
        config: loaded.config,
        variables,
        generation,
        worker: loaded.worker,
        env_files,
        confirmation,
        break_glass,
        incomplete: loaded.incomplete,
        config_variable,
        _made_here: (),
    }
}
