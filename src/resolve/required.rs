//! The gates `required` and `length`, and the sets: what must be there, and how long.

use std::fmt;

use super::provenance::Provenance;
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
            Some(variable) if variable.is_hidden => None,
            Some(variable) if variable.value.is_empty() => declaration.required.then(|| empty(variable)),
            Some(variable) => wrong_length(declaration, variable),
        };
        findings.extend(finding.map(|finding| finding.variable(&declaration.name).at(place())));
    }
    if !incomplete {
        for (set, names) in &config.block.sets {
            let of_set = judge_set(set, names, variables).or_else(|| mixed(set, names, config, variables));
            findings.extend(of_set.map(|finding| finding.at(Place::file(&config.opened.path))));
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
    let is_there = |variable: &Variable| variable.is_hidden || !variable.value.is_empty();
    let has = |name: &&Name| variables.get(name.as_str()).is_some_and(is_there);
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

/// Halves of two pairs: of the members that have other names, one comes under its own name and one under another's, or
/// each under one of another place in its list. What is no secret is a half of no pair: one region serves them all.
fn mixed(set: &str, names: &[Name], config: &Config, variables: &Variables) -> Option<Finding> {
    let members: Vec<Member<'_>> = names
        .iter()
        .filter_map(|name| Member::of(config.block.declaration(name.as_str())?, variables))
        .collect();
    let mut pairs = members.iter().flat_map(|one| members.iter().map(move |other| (one, other)));
    let (one, other) = pairs.find(|(one, other)| one.differs(other))?;
    let what = format!("the set {} is mixed: {one}, and {other}", crate::text::shown(set));
    Some(
        Finding::refuses(Gate::Required, what)
            .variable(one.name)
            .why("a key of one pair and a secret of another belong to nobody")
            .mend(
                "give all of the set under its own names, or all under the other ones, and remove the rest",
            ),
    )
}

/// A member of a set that may have other names, and the one that its value came under.
struct Member<'a> {
    name: &'a Name,
    fallback: &'a [Name],
    /// Where in `fallback`; none for its own name.
    at: Option<usize>,
}

impl<'a> Member<'a> {
    fn of(declaration: &'a Declaration, variables: &Variables) -> Option<Self> {
        let (name, fallback) = (&declaration.name, declaration.fallback.as_slice());
        let variable = variables.get(name.as_str()).filter(|variable| !variable.value.is_empty())?;
        let at = match &variable.provenance {
            // Nobody gave it, or openly: no secret comes from there.
            Provenance::ModeEnvironment
            | Provenance::BlockEnvironment
            | Provenance::Default
            | Provenance::Pass
            | Provenance::Setting => return None,
            Provenance::Fallback(other) => fallback.iter().position(|name| name == other),
            Provenance::EnvFile(_)
            | Provenance::Credential(_)
            | Provenance::CallerEnvironment
            | Provenance::Base => None,
        };
        (declaration.secret && !fallback.is_empty()).then_some(Self { name, fallback, at })
    }

    /// Lists of one length stand for each other, place by place.
    fn differs(&self, other: &Self) -> bool {
        self.at.is_some() != other.at.is_some()
            || (self.fallback.len() == other.fallback.len() && self.at != other.at)
    }
}

impl fmt::Display for Member<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            None => write!(formatter, "{} has its own name", self.name),
            Some(at) => write!(formatter, "{} comes from {}", self.name, self.fallback[at]),
        }
    }
}
