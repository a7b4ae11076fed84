//! The gates `required` and `length`, and the sets: what must be there, and how long.

use super::variables::{Variable, Variables};
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{Config, Declaration, Source};
use crate::mode::Mode;
use crate::name::Name;

/// The gates `required` and `length`, and the sets.
pub(super) fn judge(config: &Config, variables: &Variables, mode: &Mode, incomplete: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for declaration in &config.block.variables {
        let place = || Place::at(&config.opened.path, declaration.line, declaration.column);
        let finding = match variables.get(declaration.name.as_str()) {
            None if declaration.required && !incomplete => Some(missing(declaration, mode)),
            None => None,
            Some(variable) if variable.value.is_empty() => declaration.required.then(|| empty(variable)),
            Some(variable) => wrong_length(declaration, variable),
        };
        findings.extend(finding.map(|finding| finding.variable(&declaration.name).at(place())));
    }
    if !incomplete {
        for (set, names) in &config.block.sets {
            findings.extend(
                judge_set(set, names, variables).map(|finding| finding.at(Place::file(&config.opened.path))),
            );
        }
    }
    findings
}

fn missing(declaration: &Declaration, mode: &Mode) -> Finding {
    let name = &declaration.name;
    let environment = declaration.from == Some(Source::Environment) && mode.is_live();
    let what = if environment {
        format!(
            "{name} is missing: the caller's environment is not read for the mode {}, which is live",
            mode.name()
        )
    } else {
        format!("{name} is missing: no input sets it")
    };
    Finding::refuses(Gate::Required, what).why("the worker was declared to need it").mend(format!(
        "add the line {name}=… to an env file of the mode {}, or declare it required: false",
        mode.name()
    ))
}

fn empty(variable: &Variable) -> Finding {
    Finding::refuses(Gate::Required, format!("{} is empty ({})", variable.name, variable.provenance))
        .why("the worker was declared to need it")
        .mend("give it a value; to let a fallback or a default in, remove the empty line")
}

/// The gate `length`: characters, or bytes where a value is no text.
fn wrong_length(declaration: &Declaration, variable: &Variable) -> Option<Finding> {
    let length = declaration.length?;
    let found = variable.value.characters();
    if (length.min..=length.max).contains(&found) {
        return None;
    }
    let wanted = if length.min == length.max {
        length.min.to_string()
    } else {
        format!("{} to {}", length.min, length.max)
    };
    let what =
        format!("{} has {found} characters and must have {wanted} ({})", variable.name, variable.provenance);
    Some(
        Finding::refuses(Gate::Length, what)
            .why("a key that was cut, doubled or mistaken for another has another length")
            .mend("copy the value anew; if the length is wrong in the config, correct it there"),
    )
}

fn judge_set(set: &str, names: &[Name], variables: &Variables) -> Option<Finding> {
    let has = |name: &&Name| variables.get(name.as_str()).is_some_and(|variable| !variable.value.is_empty());
    let (there, missing): (Vec<&Name>, Vec<&Name>) = names.iter().partition(has);
    if there.is_empty() || missing.is_empty() {
        return None;
    }
    let list = |names: &[&Name]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let what = format!(
        "the set {} is incomplete: {} without {}",
        crate::text::shown(set),
        list(&there),
        list(&missing)
    );
    Some(
        Finding::refuses(Gate::Required, what)
            .variable(missing[0])
            .why("the variables of a set belong together: one of them alone is a mistake")
            .mend(format!("set {} as well, or none of the set", list(&missing))),
    )
}
