//! The gates `loader-variable`, `reserved-name` and `dummy-value`, and what `--set` may not do.

use super::dummy;
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{Block, DEFAULT_CONFIG_VARIABLE, PassPattern};
use crate::load::env_file::Entry;
use crate::load::{EnvFile, Inputs, Loaded};
use crate::name::Name;

/// Judges every variable of every env file, what `pass:` lets through, and `--set`.
#[must_use]
pub fn judge(loaded: &Loaded, inputs: &Inputs) -> Vec<Finding> {
    let block = loaded.config.as_ref().map(|config| &config.block);
    let mut findings = Vec::new();
    for file in &loaded.env_files {
        for entry in &file.entries {
            findings.extend(judge_entry(file, entry, block));
        }
    }
    for credential in &loaded.credentials {
        // Exposed as an env file's value is: to be compared with the leftovers of templates.
        if let Some(leftover) = dummy::find(credential.value.expose()) {
            findings.push(dummy::finding(leftover).at(Place::file(&credential.opened.path)));
        }
    }
    findings.extend(judge_pass(loaded, block));
    findings.extend(judge_settings(loaded, inputs, block));
    findings.extend(judge_config_variable(inputs, block));
    findings
}

fn judge_entry(file: &EnvFile, entry: &Entry, block: Option<&Block>) -> Option<Finding> {
    let place = || Place::at(&file.opened.path, entry.line, entry.column);
    let declared = block.is_some_and(|block| block.declaration(entry.name.as_str()).is_some());
    let finding = if entry.name.is_reserved() {
        Finding::refuses(Gate::ReservedName, format!("{} belongs to envgate or systemd", entry.name))
            .why("the worker takes it for what they say of this launch")
            .mend("remove the line")
    } else if entry.name.is_loader_variable() && !declared {
        loader_variable(&entry.name)
    } else {
        // The value is exposed to be compared with the leftovers of templates.
        dummy::finding(dummy::find(entry.value.expose())?)
    };
    Some(finding.at(place()).variable(&entry.name))
}

fn loader_variable(name: &Name) -> Finding {
    Finding::refuses(Gate::LoaderVariable, format!("{name} makes the worker load or run something else"))
        .why("whoever writes this one line runs code with all the secrets")
        .mend(format!("remove it; if the worker needs it, name it in the config: variables: {{{name}: {{secret: false}}}}"))
}

/// A pattern that may let a loader variable through is refused whatever the caller's environment holds today.
fn judge_pass(loaded: &Loaded, block: Option<&Block>) -> Vec<Finding> {
    let (Some(config), Some(block)) = (&loaded.config, block) else { return Vec::new() };
    let refusal = |pattern: &PassPattern| {
        let opened = loader_variable_behind(pattern, block)?;
        let what = if pattern.prefix {
            format!("pass: {}* lets {opened} through", pattern.text)
        } else {
            format!("pass: lets {opened} through")
        };
        let finding = Finding::refuses(Gate::LoaderVariable, what)
            .at(Place::file(&config.opened.path))
            .why("whoever starts envgate would choose what the worker loads or runs")
            .mend("name the variables that you mean, one by one");
        Some(finding)
    };
    block.pass.iter().filter_map(refusal).collect()
}

/// A loader variable that the pattern matches and the config does not name.
fn loader_variable_behind(pattern: &PassPattern, block: &Block) -> Option<String> {
    let is_declared = |name: &str| block.declaration(name).is_some();
    if !pattern.prefix {
        let name = Name::parse(pattern.text.as_bytes()).ok()?;
        return (name.is_loader_variable() && !is_declared(name.as_str())).then(|| name.to_string());
    }
    let family = Name::LOADER_FAMILY;
    if pattern.text.starts_with(family) || family.starts_with(&pattern.text) {
        return Some(format!("{family}*"));
    }
    Name::LOADER_NAMES
        .iter()
        .find(|name| pattern.matches(name) && !is_declared(name))
        .map(|name| (*name).to_owned())
}

/// The variable that names the config to the worker, whoever chose it.
fn judge_config_variable(inputs: &Inputs, block: Option<&Block>) -> Option<Finding> {
    let of_block = block.and_then(|block| block.config_variable.as_ref()).map(Name::as_str);
    let text =
        inputs.config_variable.as_deref().or(of_block).filter(|text| *text != DEFAULT_CONFIG_VARIABLE)?;
    let gate = match Name::parse(text.as_bytes()) {
        Err(_) => {
            let finding = Finding::refuses(Gate::Usage, "--config-variable takes a variable's name")
                .why("the worker could not find its config")
                .mend("a name is letters, digits and _, and does not begin with a digit");
            return Some(finding);
        }
        Ok(name) if name.is_reserved() => Gate::ReservedName,
        Ok(name) if name.is_loader_variable() => Gate::LoaderVariable,
        Ok(_) => return None,
    };
    Some(
        Finding::refuses(gate, format!("{text} cannot name the config"))
            .why("envgate, systemd or the loader reads it as something else")
            .mend("choose another name"),
    )
}

/// `--set` is for what is no secret: argv is readable by everybody on the host.
fn judge_settings(loaded: &Loaded, inputs: &Inputs, block: Option<&Block>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (text, _) in &inputs.settings {
        let Ok(name) = Name::parse(text.as_bytes()) else {
            findings.push(
                Finding::refuses(Gate::Usage, "--set takes NAME=VALUE, and this is not a variable's name")
                    .why("no environment holds a variable of this name")
                    .mend("a name is letters, digits and _, and does not begin with a digit"),
            );
            continue;
        };
        let in_file = loaded.env_files.iter().any(|file| file.entries.iter().any(|entry| entry.name == name));
        let is_secret =
            block.and_then(|block| block.declaration(text)).is_some_and(|declaration| declaration.secret);
        let refusal = if name.is_reserved() {
            Finding::refuses(Gate::ReservedName, format!("{name} belongs to envgate or systemd"))
                .why("the worker takes it for what they say of this launch")
                .mend("choose another name")
        } else if name.is_loader_variable() && block.is_none_or(|block| block.declaration(text).is_none()) {
            loader_variable(&name)
        } else if in_file {
            Finding::refuses(Gate::Usage, format!("--set {name}: an env file sets this variable"))
                .why("the env file's value would win, and the command line is readable by everybody")
                .mend("change the env file")
        } else if is_secret {
            Finding::refuses(Gate::Usage, format!("--set {name}: this variable is a secret"))
                .why("the command line is readable by everybody on this host")
                .mend("put it into an env file, or declare it secret: false")
        } else {
            continue;
        };
        findings.push(refusal.variable(&name));
    }
    findings
}
