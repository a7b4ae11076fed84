//! `expect:` of a mode: what a variable's value must be there.

use std::path::Path;

use regex_lite::Regex;

use super::declaration::{Length, length, name_of};
use super::fields::Fields;
use super::node::{Node, NodeKind};
use crate::finding::{Finding, Findings, Gate};
use crate::name::Name;

/// What is expected of one variable; every rule that stands here must hold.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The variable.
    pub name: Name,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Where they are written: line, column.
    pub place: (usize, usize),
}

/// One rule for a value. What a rule itself says is no secret: it stands in the config.
#[derive(Clone, Debug)]
pub enum Rule {
    /// This text.
    Equals(String),
    /// One of these texts.
    OneOf(Vec<String>),
    /// The whole value matches. The engine takes linear time, so that no pattern can explode.
    Matches(Regex),
    /// It begins with one of these.
    Prefix(Vec<String>),
    /// It is a URL of one of these hosts.
    Host(Vec<String>),
    /// So many characters.
    Length(Length),
}

/// So long may a pattern be: a longer one is hardly meant.
const MAX_PATTERN: usize = 1000;

pub(super) fn expectations(fields: &mut Fields<'_, '_>) -> Vec<Expectation> {
    let Some(node) = fields.take("expect") else { return Vec::new() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "expect:", file, findings);
    let mut expectations = Vec::new();
    for (key, value) in inner.take_all() {
        let Some(name) = name_of(key.text().unwrap_or(""), key, &mut inner) else { continue };
        let (file, findings) = inner.context();
        let rules = rules(value, file, findings);
        expectations.push(Expectation { name, rules, place: (key.line, key.column) });
    }
    inner.finish();
    expectations
}

fn rules(node: &Node, file: &Path, findings: &mut Findings) -> Vec<Rule> {
    let mut fields = Fields::of(node, "an expectation", file, findings);
    let mut rules = Vec::new();
    rules.extend(fields.text("equals").map(|text| Rule::Equals(text.to_owned())));
    rules.extend(one_or_more("one_of", &mut fields).map(Rule::OneOf));
    rules.extend(pattern(&mut fields).map(Rule::Matches));
    rules.extend(one_or_more("prefix", &mut fields).map(Rule::Prefix));
    rules.extend(one_or_more("host", &mut fields).map(Rule::Host));
    rules.extend(length(&mut fields).map(Rule::Length));
    fields.finish();
    rules
}

fn one_or_more(key: &'static str, fields: &mut Fields<'_, '_>) -> Option<Vec<String>> {
    let node = fields.take(key)?;
    let items = match &node.kind {
        NodeKind::Sequence(items) => items.iter().collect(),
        _ => vec![node],
    };
    let texts: Option<Vec<String>> = items.iter().map(|item| item.text().map(str::to_owned)).collect();
    let texts = texts.filter(|texts| !texts.is_empty());
    if texts.is_none() {
        fields.expected("a text, or a list of texts", node);
    }
    texts
}

fn pattern(fields: &mut Fields<'_, '_>) -> Option<Regex> {
    let node = fields.take("matches")?;
    // The whole value: a part that matches proves nothing. One that may close our bracket by itself first: `a)|(?:b`
    // would be a pattern in these brackets alone, and not of the whole value.
    let whole = |text: &str| {
        if text.contains(')') {
            Regex::new(text)?;
        }
        Regex::new(&format!("^(?:{text})$"))
    };
    let fault = match node.text() {
        Some(text) if text.len() <= MAX_PATTERN => match whole(text) {
            Ok(pattern) => return Some(pattern),
            Err(error) => format!("this is none: {error}"),
        },
        Some(text) => format!("this one has {} bytes", text.len()),
        None => format!("this is {}", node.describe()),
    };
    let what = format!("matches: takes a regular expression of {MAX_PATTERN} bytes at the most, and {fault}");
    let finding = Finding::refuses(Gate::Syntax, what)
        .why("a rule that cannot be read holds for no value")
        .mend("see the syntax of Rust's regex crate; back-references and look-around do not exist there");
    fields.push(finding, node);
    None
}
