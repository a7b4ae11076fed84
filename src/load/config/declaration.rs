//! `variables:` of the block: what is declared of one variable.

use std::time::Duration;

use super::fields::Fields;
use super::node::{Node, NodeKind};
use crate::finding::{Finding, Gate};
use crate::moment::Moment;
use crate::name::Name;

/// Where a variable's value may come from beside the env files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The caller's environment, for paper classes and modes with `ci: true`.
    Environment,
    /// A credential of systemd's, by its name.
    Credential(String),
}

/// How long a value must be, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// At least.
    pub min: usize,
    /// At the most.
    pub max: usize,
}

/// What is declared of one variable.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Declaration {
    /// Its name.
    pub name: Name,
    /// Whether its value is a secret: it is unless declared otherwise.
    pub secret: bool,
    /// Whether it must have a value.
    pub required: bool,
    /// The value where no input has one.
    pub default: Option<String>,
    /// Other names under which the inputs may have it, the first one first.
    pub fallback: Vec<Name>,
    /// Where it may come from beside the env files.
    pub from: Option<Source>,
    /// The length that it must have.
    pub length: Option<Length>,
    /// Whether it reaches the worker through the rendered config alone.
    pub config_only: bool,
    /// Whether one value may serve modes with and without real money.
    pub shared: bool,
    /// Whether the worker only reads market data from the place that it names.
    pub data_endpoint: bool,
    /// How old it may be, where that differs from the mode's.
    pub max_age: Option<Duration>,
    /// When it ends, as its provider says.
    pub expires: Option<Moment>,
    /// Where it is declared, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
}

impl Declaration {
    pub(super) fn read(name: Name, key: &Node, fields: &mut Fields<'_, '_>) -> Self {
        let fallback = fields.texts("fallback").unwrap_or_default();
        let fallback = fallback.into_iter().filter_map(|(text, node)| name_of(text, node, fields)).collect();
        let default = fields.text("default").map(str::to_owned);
        let required = fields.boolean("required").unwrap_or(default.is_none());
        let config_only =
            fields.word("deliver", &[("config", true), ("environment", false)]).unwrap_or(false);
        Self {
            name,
            secret: fields.boolean("secret").unwrap_or(true),
            required,
            default,
            fallback,
            from: source(fields),
            length: length(fields),
            config_only,
            shared: fields.boolean("shared").unwrap_or(false),
            data_endpoint: fields.word("endpoint", &[("data", true)]).unwrap_or(false),
            max_age: fields.duration("max_age"),
            expires: expires(fields),
            line: key.line,
            column: key.column,
        }
    }
}

fn expires(fields: &mut Fields<'_, '_>) -> Option<Moment> {
    let node = fields.take("expires")?;
    let moment = node.text().and_then(Moment::parse);
    if moment.is_none() {
        let finding = Finding::refuses(Gate::Syntax, "expires: takes a day or a moment in UTC")
            .why("a limit that cannot be read would silently not hold")
            .mend("write expires: 2026-12-31, or expires: 2026-12-31T12:00:00Z");
        fields.push(finding, node);
    }
    moment
}

fn source(fields: &mut Fields<'_, '_>) -> Option<Source> {
    let node = fields.take("from")?;
    match node.text() {
        Some("environment") => return Some(Source::Environment),
        Some(text) => {
            if let Some(credential) = text.strip_prefix("credential:").filter(|name| is_credential_name(name))
            {
                return Some(Source::Credential(credential.to_owned()));
            }
        }
        None => {}
    }
    let finding = Finding::refuses(Gate::Syntax, "from: takes environment or credential:NAME")
        .why("a value comes from nowhere else beside the env files")
        .mend("write from: environment, or from: credential:NAME with the NAME of LoadCredential=");
    fields.push(finding, node);
    None
}

/// A credential's name is one path component (systemd.exec(5), `LoadCredential=`).
#[must_use]
pub fn is_credential_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && name != "."
        && name != ".."
        && !name.contains(['/', ':'])
        && name.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn length(fields: &mut Fields<'_, '_>) -> Option<Length> {
    let node = fields.take("length")?;
    let parsed = match &node.kind {
        NodeKind::Scalar { text, .. } => text.parse().ok().map(|exact| Length { min: exact, max: exact }),
        NodeKind::Sequence(items) => match items.as_slice() {
            [min, max] => bounds(min, max),
            _ => None,
        },
        _ => None,
    };
    let parsed = parsed.filter(|length| length.min <= length.max);
    if parsed.is_none() {
        fields.push(
            Finding::refuses(Gate::Syntax, "length: takes a number of characters, or [least, most]")
                .why("a value of the wrong length would not be noticed")
                .mend("write length: 32, or length: [20, 64]"),
            node,
        );
    }
    parsed
}

fn bounds(min: &Node, max: &Node) -> Option<Length> {
    Some(Length { min: min.text()?.parse().ok()?, max: max.text()?.parse().ok()? })
}

/// A variable's name; anything else is a finding.
pub(super) fn name_of(text: &str, node: &Node, fields: &mut Fields<'_, '_>) -> Option<Name> {
    let finding = match Name::parse(text.as_bytes()) {
        Ok(name) if !name.is_reserved() => return Some(name),
        Ok(name) => Finding::refuses(Gate::ReservedName, format!("{name} belongs to envgate or systemd"))
            .variable(&name)
            .why("the worker reads it as theirs")
            .mend("choose another name"),
        Err(_) => Finding::refuses(Gate::Syntax, "this is not a variable's name")
            .why("no environment holds a variable of this name")
            .mend("a name is letters, digits and _, and does not begin with a digit"),
    };
    fields.push(finding, node);
    None
}
