//! The gate `placeholder`: what in the config nothing defines, or the worker would read otherwise than envgate.

use super::placeholder::{Piece, pieces};
use super::variables::Variables;
use crate::finding::{Finding, Gate, Place, Severity};
use crate::load::config::{Config, Delivery, Scalar};
use crate::name::Name;

/// So many refusals, and as many warnings, are reported of one config; the rest is counted.
const MAX_REPORTED: usize = 200;

/// Every placeholder that nothing defines, each with its place in the config.
pub(super) fn judge(config: &Config, variables: &Variables, incomplete: bool) -> Vec<Finding> {
    let mut reported = Vec::new();
    let (mut refusals, mut warnings) = (0, 0);
    for finding in
        config.document.scalars.iter().flat_map(|scalar| judge_scalar(scalar, config, variables, incomplete))
    {
        let count = if finding.severity == Severity::Refuses { &mut refusals } else { &mut warnings };
        *count += 1;
        if *count <= MAX_REPORTED {
            reported.push(finding);
        }
    }
    for (count, finding) in
        [(refusals, Finding::refuses as fn(Gate, String) -> Finding), (warnings, Finding::warns)]
    {
        if count > MAX_REPORTED {
            let what = format!("{} more placeholders of this kind", count - MAX_REPORTED);
            let finding = finding(Gate::Placeholder, what)
                .at(Place::file(&config.opened.path))
                .why("a file with so many is hardly the worker's config")
                .mend("mend the first ones, and check again");
            reported.push(finding);
        }
    }
    reported
}

fn judge_scalar(scalar: &Scalar, config: &Config, variables: &Variables, incomplete: bool) -> Vec<Finding> {
    let source_expands = config.block.delivery == Delivery::Source;
    let mut findings = Vec::new();
    let mut locate = Locator::new(scalar, config);
    for piece in pieces(&scalar.text) {
        let finding = match piece {
            Piece::Dollar if source_expands => not_for_source(locate.next("$$"), "$$"),
            Piece::Dollar | Piece::Literal(_) => continue,
            Piece::Malformed(spelling) => malformed(locate.next(spelling)),
            Piece::Placeholder { spelling, .. } if source_expands && !is_plain_spelling(spelling) => {
                not_for_source(
                    locate.next(spelling),
                    if spelling.starts_with("$<") { "$<NAME>" } else { "${NAME:-default}" },
                )
            }
            Piece::Placeholder { name, default, spelling } => {
                let found = judge_placeholder(name, default.is_some(), config, variables, incomplete);
                let found = found.or_else(|| absent_from_source(name, config, variables, incomplete));
                match found {
                    Some(finding) => finding.at(locate.next(spelling)),
                    None => continue,
                }
            }
        };
        findings.push(finding);
    }
    findings
}

/// With `delivery: source` the worker expands, and knows only these two.
fn is_plain_spelling(spelling: &str) -> bool {
    !spelling.starts_with("$<") && !spelling.contains(":-")
}

fn judge_placeholder(
    text: &str,
    has_default: bool,
    config: &Config,
    variables: &Variables,
    incomplete: bool,
) -> Option<Finding> {
    let declaration = config.block.declaration(text);
    let may_be_missing = has_default || declaration.is_some_and(|declaration| !declaration.required);
    let name = Name::parse(text.as_bytes()).ok()?;
    let finding = match variables.get(text) {
        Some(variable) if variable.is_hidden => return None,
        // Exposed to be looked at as text; the message names the variable alone.
        Some(variable) if std::str::from_utf8(variable.value.expose()).is_err() => {
            Finding::refuses(Gate::Placeholder, format!("the value of {text} is not UTF-8 text"))
                .why("a config holds text alone")
                .mend("put the value into a file and its path into the variable")
        }
        Some(variable) if variable.value.is_empty() && !may_be_missing && declaration.is_none() => {
            Finding::refuses(Gate::Required, format!("{text} is empty ({})", variable.provenance))
                .why("the config has a placeholder for it")
                .mend(format!("give it a value, or write ${{{text}:-default}}"))
        }
        Some(_) => return None,
        None if may_be_missing || incomplete => return None,
        // A declared one is reported once, by its declaration.
        None if declaration.is_some() => return None,
        None => Finding::refuses(Gate::Placeholder, format!("{text} is not defined by any input"))
            .why("the worker would read the placeholder's own text as a value")
            .mend(format!("add the line {text}=… to the mode's env file, or write ${{{text}:-default}}, or $$ for a literal $")),
    };
    Some(finding.variable(&name))
}

/// With `delivery: source` a worker expands its own environment: what is not in there stays as the placeholder's text.
fn absent_from_source(
    text: &str,
    config: &Config,
    variables: &Variables,
    incomplete: bool,
) -> Option<Finding> {
    if config.block.delivery != Delivery::Source {
        return None;
    }
    let name = Name::parse(text.as_bytes()).ok()?;
    let finding = match variables.get(text) {
        Some(variable) if variable.config_only => Finding::refuses(
            Gate::Placeholder,
            format!("{text} has deliver: config, and with delivery: source no config is rendered"),
        )
        .mend("choose another delivery, or let the variable into the environment"),
        None if !incomplete
            && config.block.declaration(text).is_some_and(|declaration| !declaration.required) =>
        {
            Finding::refuses(
                Gate::Placeholder,
                format!("{text} is not set, and with delivery: source it stays as it is"),
            )
            .mend(format!("declare {text} with default: \"\" for an empty text, or choose another delivery"))
        }
        _ => return None,
    };
    Some(finding.variable(&name).why("the worker would read the placeholder's own text as a value"))
}

fn malformed(place: Place) -> Finding {
    Finding::warns(Gate::Placeholder, "a ${ that begins no placeholder: it stays as it is")
        .at(place)
        .why("envgate knows ${NAME} and ${NAME:-default}; a default holds no placeholder")
        .mend("write $${ for a literal ${")
}

fn not_for_source(place: Place, spelling: &str) -> Finding {
    Finding::refuses(Gate::Placeholder, format!("{spelling} with delivery: source"))
        .at(place)
        .why("the worker expands by itself and knows only $NAME and ${NAME}")
        .mend("write ${NAME}, or choose another delivery")
}

/// Finds the places of placeholders in the source, in their order: from one to the next, so that a scalar with
/// thousands of them is passed over once.
struct Locator<'a> {
    config: &'a Config,
    scalar: &'a Scalar,
    /// What of the scalar's source is still to be searched.
    rest: &'a str,
    line: usize,
    column: usize,
}

impl<'a> Locator<'a> {
    fn new(scalar: &'a Scalar, config: &'a Config) -> Self {
        let rest = config.text().get(scalar.span.clone()).unwrap_or("");
        Self { config, scalar, rest, line: scalar.line, column: scalar.column }
    }

    /// The place of the next occurrence; the scalar's own where escapes hide it, or hid one before.
    fn next(&mut self, spelling: &str) -> Place {
        let Some(found) = self.rest.find(spelling) else {
            self.rest = "";
            return self.config.place(self.scalar);
        };
        self.advance(found);
        let place = Place::at(&self.config.opened.path, self.line, self.column);
        self.advance(spelling.len());
        place
    }

    fn advance(&mut self, length: usize) {
        let (passed, rest) = self.rest.split_at(length);
        if let Some(newline) = passed.rfind('\n') {
            self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
            self.column = passed[newline..].chars().count();
        } else {
            self.column += passed.chars().count();
        }
        self.rest = rest;
    }
}
