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
use crate::verify::endpoints::{self, Context, Evidence, Holder};

/// So many are reported of one config; the rest is counted.
const MAX_REPORTED: usize = 200;

/// Judges every scalar of the worker's part.
pub(super) fn judge(config: &Config, variables: &Variables, mode: &Mode) -> Vec<Finding> {
    let document = &config.document;
    let literals = document.literals.iter().flat_map(|literal| judge_literal(literal, config, mode));
    let mut findings: Vec<Finding> = literals.collect();
    let mut buffer = Zeroizing::new(String::new());
    for scalar in document.scalars.iter().chain(&document.echoes) {
        let text = sole_value(scalar, variables).unwrap_or_else(|| {
            expand_into(&mut buffer, scalar, &|name| value_of(name, variables));
            buffer.as_bytes()
        });
        let mut evidence = Context::key(&scalar.path).against(mode, text);
        evidence.retain(|evidence| !comes_with_a_variable(*evidence, scalar, variables, mode));
        findings.extend(refusals(evidence, &scalar.path, &config.place(scalar), config, mode));
    }
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

fn judge_literal(literal: &Literal, config: &Config, mode: &Mode) -> Vec<Finding> {
    let evidence = Context::key(&literal.path).against(mode, literal.text.as_bytes());
    let place = Place::at(&config.opened.path, literal.line, literal.column);
    refusals(evidence, &literal.path, &place, config, mode)
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

fn refusals(
    mut evidence: Vec<Evidence>,
    path: &str,
    place: &Place,
    config: &Config,
    mode: &Mode,
) -> Vec<Finding> {
    if config.block.data_endpoints.iter().any(|data| data == path) {
        evidence.retain(|evidence| !evidence.kind.is_place());
    }
    if evidence.is_empty() {
        return Vec::new();
    }
    let holder = Holder {
        name: format!("the key {}", shown(path)),
        correction: "write a placeholder there, and the value of each mode into the mode's env file",
        declaration: format!("endpoints: {{data: [{}]}}", shown(path)),
    };
    evidence
        .into_iter()
        .map(|evidence| endpoints::finding(evidence, &holder, mode).at(place.clone()))
        .collect()
}
