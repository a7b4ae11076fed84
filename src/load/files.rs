//! The env files and credentials of a launch: which ones, and what is in them.

use std::path::{Path, PathBuf};

use super::config::{self, Config, EnvFileSpec, Source};
use super::env_file::{self, Dialect};
use super::secure_file::OpenFault;
use super::unopened::{not_a_file, open_finding};
use super::{Credential, EnvFile, Inputs, Loaded, MODE_LINE, Origin, UnitCredentials};
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::mode::{Instance, Mode};
use crate::name::Name;
use crate::secret::Secret;

/// So many faults of one env file are reported: a wrong file of a megabyte must not flood the journal.
const MAX_FAULTS: usize = 200;

/// The largest credential that becomes one variable.
const MAX_CREDENTIAL: usize = env_file::MAX_ASSIGNMENT;

/// An env file as it is named, before it is opened.
pub(super) struct NamedFile {
    pub(super) path: PathBuf,
    pub(super) origin: Origin,
    pub(super) dialect: Dialect,
    optional: bool,
}

pub(super) fn named_env_files(inputs: &Inputs, loaded: &Loaded, findings: &mut Findings) -> Vec<NamedFile> {
    let dialect = inputs.dialect.unwrap_or_default();
    if !inputs.env_files.is_empty() {
        let named = inputs.env_files.iter().map(|path| {
            match path.to_str().and_then(|text| text.strip_prefix("credential:")) {
                Some(name) => {
                    NamedFile { path: name.into(), origin: Origin::Credential, dialect, optional: false }
                }
                None => NamedFile { path: path.clone(), origin: Origin::Path, dialect, optional: false },
            }
        });
        return named.collect();
    }
    let (Some(config), Some(mode)) = (&loaded.config, &loaded.mode) else { return Vec::new() };
    let specs = config.block.mode(mode.name()).map_or(&[][..], |mode| &mode.env_files);
    specs
        .iter()
        .filter_map(|spec| named_by_config(spec, dialect, config, mode, loaded.instance.as_ref(), findings))
        .collect()
}

pub(super) fn named_by_config(
    spec: &EnvFileSpec,
    dialect: Dialect,
    config: &Config,
    mode: &Mode,
    instance: Option<&Instance>,
    findings: &mut Findings,
) -> Option<NamedFile> {
    let path = match fill_in(&spec.path, mode, instance) {
        Ok(path) => path,
        Err(finding) => {
            findings.push(finding.at(Place::at(&config.opened.path, spec.place.0, spec.place.1)));
            return None;
        }
    };
    let (path, origin) = match path.strip_prefix("credential:") {
        Some(name) => (PathBuf::from(name), Origin::Credential),
        None => (config.directory().join(path), Origin::Path),
    };
    Some(NamedFile { path, origin, dialect: spec.dialect.unwrap_or(dialect), optional: spec.optional })
}

/// Puts mode and instance into a path of the block.
fn fill_in(path: &str, mode: &Mode, instance: Option<&Instance>) -> Result<String, Finding> {
    let path = path.replace("{mode}", mode.name().as_str());
    if !path.contains("{instance}") {
        return Ok(path);
    }
    match instance {
        Some(instance) => Ok(path.replace("{instance}", instance.as_str())),
        None => Err(Finding::refuses(Gate::Usage, "the path of this env file needs an instance")
            .why("it contains {instance}")
            .mend("name the instance with -i (a unit's %i)")),
    }
}

pub(super) fn load_env_file(
    named: &NamedFile,
    inputs: &Inputs,
    caller: &Caller,
    loaded: &mut Loaded,
    findings: &mut Findings,
) {
    let (path, origin) = match named.origin {
        Origin::Path => (named.path.clone(), Origin::Path),
        Origin::Credential => match credential_path(&named.path.to_string_lossy(), inputs, caller) {
            Ok(Some(found)) => found,
            // Its variables are not known here, and are not called missing.
            Ok(None) => return loaded.incomplete = true,
            // Outside a unit that loads a credential there is none.
            Err(finding) if named.optional && finding.gate == Gate::Input => return,
            Err(finding) => {
                loaded.incomplete = true;
                return findings.push(finding);
            }
        },
    };
    let mut opened =
        match loaded.files.open(&path, &inputs.acting_for.trust(caller.uid.as_raw()), env_file::MAX_FILE) {
            Ok(opened) => opened,
            Err(OpenFault::Missing { .. }) if named.optional => return,
            Err(fault) => {
                loaded.incomplete = true;
                return findings.push(open_finding(&fault, &path, "the env file"));
            }
        };
    if let Some(staged) = inputs.staged.iter().find(|staged| staged.location == opened.facts.path) {
        staged.replace(&mut opened);
    }
    let Some(contents) = &opened.contents else {
        loaded.incomplete = true;
        return findings.push(not_a_file(&path, opened.facts.kind, "the env file"));
    };
    if contents.is_empty() {
        findings.push(
            Finding::refuses(Gate::Syntax, "the env file is empty")
                .at(Place::file(&path))
                .why("a disk that was full may have cut it")
                .mend("restore it; a worker without secrets needs no env file"),
        );
    }
    let parsed = env_file::parse(contents, named.dialect);
    loaded.incomplete |= parsed.cut_short;
    for fault in parsed.faults.iter().take(MAX_FAULTS) {
        findings.push(fault_finding(fault, &opened.path));
    }
    if let Some(more) = parsed.faults.len().checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
        findings.push(
            Finding::refuses(Gate::Syntax, format!("{more} more faults in this file"))
                .at(Place::file(&opened.path))
                .why("this is hardly an env file")
                .mend("name the right file"),
        );
    }
    let sets_anything = parsed.sets_anything();
    let (mode_lines, entries): (Vec<_>, Vec<_>) =
        parsed.entries.into_iter().partition(|entry| entry.name.as_str() == MODE_LINE);
    let mode_line = mode_lines.into_iter().next();
    let loaded_by_systemd = named.origin == Origin::Credential;
    loaded.env_files.push(EnvFile {
        opened,
        origin,
        dialect: named.dialect,
        loaded_by_systemd,
        entries,
        mode_line,
        sets_anything,
    });
}

/// A fault of an env file as a finding.
#[must_use]
pub fn fault_finding(fault: &env_file::Fault, path: &Path) -> Finding {
    let description = fault.kind.describe();
    let finding = Finding::refuses(fault.kind.gate(), description.what)
        .at(Place::at(path, fault.line, fault.column))
        .why(description.why)
        .mend(description.mend);
    let finding = match &fault.kind {
        env_file::FaultKind::Duplicate { first_line } => {
            Finding { what: format!("{} (first on line {first_line})", description.what).into(), ..finding }
        }
        _ => finding,
    };
    match &fault.variable {
        Some(name) => finding.variable(name),
        None => finding,
    }
}

/// Where a credential is read; none where only the unit can read it, which the verb has said. From outside the
/// unit that is the source, a file like any other.
fn credential_path(
    name: &str,
    inputs: &Inputs,
    caller: &Caller,
) -> Result<Option<(PathBuf, Origin)>, Finding> {
    if !config::is_credential_name(name) {
        return Err(Finding::refuses(Gate::Usage, "this is not the name of a credential")
            .why("a credential's name is one word without / and :")
            .mend("credential:NAME takes the NAME of LoadCredential=NAME:…"));
    }
    let UnitCredentials { sources, unreadable } = &inputs.unit_credentials;
    if let Some((_, source)) = sources.iter().find(|(credential, _)| credential == name) {
        return Ok(Some((source.clone(), Origin::Path)));
    }
    if unreadable.iter().any(|credential| credential == name) {
        return Ok(None);
    }
    let directory = caller.credentials_directory().ok_or_else(|| {
        Finding::refuses(
            Gate::Input,
            format!("there is no credential {name}: systemd gave no credentials directory"),
        )
        .why("credentials exist only inside a unit that loads them")
        .mend(format!("add LoadCredential={name}:/path to the unit"))
    })?;
    Ok(Some((directory.join(name), Origin::Credential)))
}

/// Credentials that single variables come from.
pub(super) fn load_credentials(
    inputs: &Inputs,
    caller: &Caller,
    loaded: &mut Loaded,
    findings: &mut Findings,
) {
    let Some(config) = &loaded.config else { return };
    let names: Vec<(Name, String, Place)> = config
        .block
        .variables
        .iter()
        .filter_map(|declaration| match &declaration.from {
            Some(Source::Credential(name)) => {
                let place = Place::at(&config.opened.path, declaration.line, declaration.column);
                Some((declaration.name.clone(), name.clone(), place))
            }
            _ => None,
        })
        .collect();
    for (variable, name, place) in names {
        // A variable that no credential delivers may come from an env file, or be reported as missing.
        let Ok(found) = credential_path(&name, inputs, caller) else { continue };
        let Some((path, origin)) = found else {
            loaded.incomplete = true;
            continue;
        };
        match loaded.files.open(&path, &inputs.acting_for.trust(caller.uid.as_raw()), MAX_CREDENTIAL) {
            Ok(mut opened) => {
                let contents = opened.contents.take().unwrap_or_default();
                let value = contents.strip_suffix(b"\n").unwrap_or(&contents);
                loaded.credentials.push(Credential {
                    name,
                    origin,
                    value: Secret::copied_from(value),
                    opened,
                });
            }
            Err(OpenFault::Missing { .. }) => {}
            Err(fault) => {
                loaded.incomplete = true;
                let finding = open_finding(&fault, &path, "the credential").variable(&variable);
                findings.push(if finding.place.is_none() { finding.at(place) } else { finding });
            }
        }
    }
}
