//! The gate `endpoint` over the config: what the worker will read in it, as it stands there or expanded.

use zeroize::Zeroizing;

use super::{Lookup, expand};
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{Config, Literal, Scalar};
use crate::mode::Mode;
use crate::resolve::placeholder::{Piece, pieces};
use crate::resolve::provenance::Provenance;
use crate::resolve::variables::Variables;
use crate::text::shown;
use crate::verify::endpoints::{self, Context, Evidence, Holder, Kind};

/// So many are reported of one config; the rest is counted.
const MAX_REPORTED: usize = 200;

/// What one text of the config shows, of both classes.
struct Shown<'c> {
    path: &'c str,
    place: Place,
    evidence: Vec<Evidence>,
}

/// Judges every scalar of the worker's part.
pub(super) fn judge(config: &Config, variables: &Variables, mode: &Mode) -> Vec<Finding> {
    let mut all = shown_by_literals(config);
    all.extend(shown_by_scalars(config, variables, mode));
    let numbers = numbers_of(mode, &all);
    let mut findings: Vec<Finding> =
        all.into_iter().flat_map(|shown| refusals(shown, &numbers, config, mode)).collect();
    if findings.len() > MAX_REPORTED {
        let more = findings.len() - MAX_REPORTED;
        findings.truncate(MAX_REPORTED);
        findings.push(
            Finding::refuses(Gate::Endpoint, format!("{more} more signs of the other class"))
                .at(Place::file(&config.opened.path))
                .why("a config with so many is hardly the mode's")
                .mend("mend the first ones, and check again"),
        );
    }
    findings
}

fn shown_by_literals(config: &Config) -> Vec<Shown<'_>> {
    let shown = |literal: &'_ Literal| endpoints::find(&Context::key(&literal.path), literal.text.as_bytes());
    let literals = config.document.literals.iter().map(|literal| (literal, shown(literal)));
    literals
        .filter(|(_, evidence)| !evidence.is_empty())
        .map(|(literal, evidence)| Shown {
            path: &literal.path,
            place: Place::at(&config.opened.path, literal.line, literal.column),
            evidence,
        })
        .collect()
}

fn shown_by_scalars<'c>(config: &'c Config, variables: &Variables, mode: &Mode) -> Vec<Shown<'c>> {
    let mut all = Vec::new();
    let mut buffer = Zeroizing::new(String::new());
    for scalar in config.document.scalars.iter().chain(&config.document.echoes) {
        let text = sole_value(scalar, variables).unwrap_or_else(|| {
            expand_into(&mut buffer, scalar, &|name| value_of(name, variables));
            buffer.as_bytes()
        });
        let mut evidence = endpoints::find(&Context::key(&scalar.path), text);
        evidence.retain(|evidence| {
            evidence.class == mode.class() || !comes_with_a_variable(*evidence, scalar, variables, mode)
        });
        if !evidence.is_empty() {
            all.push(Shown { path: &scalar.path, place: config.place(scalar), evidence });
        }
    }
    all
}

/// A port or an account of the mode's own class.
struct Number<'c> {
    path: &'c str,
    name: String,
    evidence: Evidence,
}

fn numbers_of<'c>(mode: &Mode, all: &[Shown<'c>]) -> Vec<Number<'c>> {
    let mut numbers = Vec::new();
    for Shown { path, evidence, .. } in all {
        let own = evidence.iter().filter(|evidence| evidence.class == mode.class());
        let own = own.filter(|evidence| is_number(**evidence));
        numbers.extend(own.map(|evidence| {
            let name = Context::key(path).without_classes();
            Number { path, name, evidence: *evidence }
        }));
    }
    numbers
}

fn is_number(evidence: Evidence) -> bool {
    matches!(evidence.kind, Kind::Port | Kind::Account)
}

/// Whether a number stands in a table of both classes, from which the worker chooses: one of the mode's own stands
/// under the same path, as in a list, or under the name that it has without its class (`live_port` and `paper_port`).
fn is_of_table(evidence: Evidence, path: &str, numbers: &[Number<'_>]) -> bool {
    let is_like = |own: &Evidence| own.broker.name == evidence.broker.name && own.kind == evidence.kind;
    let mut alike = numbers.iter().filter(|number| is_like(&number.evidence)).peekable();
    if !is_number(evidence) || alike.peek().is_none() {
        return false;
    }
    let context = Context::key(path);
    let name = context.speaks_of_class(evidence.class).then(|| context.without_classes());
    alike.any(|number| number.path == path || name.as_ref() == Some(&number.name))
}

/// The value that a scalar is, where it is a placeholder and nothing else, as most are.
fn sole_value<'t>(scalar: &'t Scalar, variables: &'t Variables) -> Option<&'t [u8]> {
    let mut all = pieces(&scalar.text);
    let (Some(Piece::Placeholder { name, default, .. }), None) = (all.next(), all.next()) else {
        return None;
    };
    // Exposed to be searched for what brokers look like; a finding names the broker, never the value.
    let value = variables.get(name).map_or(&[][..], |variable| variable.value.expose());
    Some(if value.is_empty() { default.unwrap_or_default().as_bytes() } else { value })
}

/// A variable's value, exposed as above.
fn value_of<'v>(name: &str, variables: &'v Variables) -> Option<&'v [u8]> {
    variables.get(name).map(|variable| variable.value.expose())
}

/// Expands a scalar into a buffer that is wiped when dropped, and never grows: that would leave a copy behind.
fn expand_into(buffer: &mut Zeroizing<String>, scalar: &Scalar, value_of: Lookup<'_>) {
    let mut size = 0;
    expand(&scalar.text, value_of, &mut |piece| size += piece.len());
    if size > buffer.capacity() {
        *buffer = Zeroizing::new(String::with_capacity(size.next_power_of_two()));
    }
    buffer.clear();
    expand(&scalar.text, value_of, &mut |piece| buffer.push_str(piece));
}

/// Whether a variable in the scalar holds the sign by itself: then it is reported, or declared, as the variable's. What
/// stands beside it in the scalar is not.
fn comes_with_a_variable(evidence: Evidence, scalar: &Scalar, variables: &Variables, mode: &Mode) -> bool {
    let holds_it = |name: &str| {
        let given = variables.get(name).filter(|variable| variable.provenance != Provenance::Base);
        // Exposed as above.
        given.is_some_and(|variable| {
            Context::variable(name).against(mode, variable.value.expose()).contains(&evidence)
        })
    };
    let mut names = pieces(&scalar.text).filter_map(|piece| match piece {
        Piece::Placeholder { name, .. } => Some(name),
        _ => None,
    });
    if !names.any(holds_it) {
        return false;
    }
    let mut rest = Zeroizing::new(String::new());
    // A blank in its place: nothing would be its default, or glue what stands round it together.
    let without = |name: &str| if holds_it(name) { Some(&b" "[..]) } else { value_of(name, variables) };
    expand_into(&mut rest, scalar, &without);
    !Context::key(&scalar.path).against(mode, rest.as_bytes()).contains(&evidence)
}

fn refusals(shown_here: Shown<'_>, numbers: &[Number<'_>], config: &Config, mode: &Mode) -> Vec<Finding> {
    let Shown { path, place, mut evidence } = shown_here;
    let is_data = config.block.data_endpoints.iter().any(|data| data == path);
    evidence.retain(|evidence| {
        evidence.class != mode.class()
            && !(is_data && evidence.kind.is_place())
            && !is_of_table(*evidence, path, numbers)
    });
    if evidence.is_empty() {
        return Vec::new();
    }
    let holder = Holder {
        name: format!("the key {}", shown(path)),
        correction: "write a placeholder there, and the value of each mode into the mode's env file",
        declaration: format!(
            "if this worker only reads market data there, declare it: endpoints: {{data: [{}]}}",
            shown(path)
        ),
    };
    evidence
        .into_iter()
        .map(|evidence| endpoints::finding(evidence, &holder, mode).at(place.clone()))
        .collect()
}
