//! `modes:` of the block: what each mode may use.

use std::path::Path;
use std::time::Duration;

use super::declaration::{is_credential_name, name_of};
use super::expectation::{Expectation, expectations};
use super::fields::Fields;
use super::node::{Node, NodeKind};
use super::rules::{StartedBy, Strictness};
use crate::finding::{Finding, Findings, Gate};
use crate::load::env_file::Dialect;
use crate::mode::{Class, ModeName};
use crate::name::Name;

/// One env file of a mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFileSpec {
    /// A path, or `credential:NAME`; `{mode}` and `{instance}` not yet replaced.
    pub path: String,
    /// Its dialect, where the config names one.
    pub dialect: Option<Dialect>,
    /// Whether it may be missing.
    pub optional: bool,
    /// Where it is named: line, column.
    pub place: (usize, usize),
}

/// What the block says of one mode.
#[derive(Clone, Debug)]
pub struct ModeBlock {
    /// Its name.
    pub name: ModeName,
    /// Its class, where declared.
    pub class: Option<Class>,
    /// Its env files, weakest first.
    pub env_files: Vec<EnvFileSpec>,
    /// Constants of this mode.
    pub environment: Vec<(Name, String)>,
    /// Whether it may run in CI.
    pub ci: bool,
    /// Who may launch it, by name or number; anybody where the mode does not say.
    pub users: Option<Vec<String>>,
    /// The hosts that may launch it, by name; all where the mode does not say.
    pub hosts: Option<Vec<String>>,
    /// Who may start it.
    pub started_by: StartedBy,
    /// What a missing isolation from the other class does.
    pub isolation: Strictness,
    /// How old a secret may be.
    pub max_age: Option<Duration>,
    /// What a secret that is too old does to a launch by hand.
    pub age: Strictness,
    /// What variables must be in this mode.
    pub expectations: Vec<Expectation>,
}

pub(super) fn environment(fields: &mut Fields<'_, '_>) -> Vec<(Name, String)> {
    let Some(node) = fields.take("environment") else { return Vec::new() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "environment:", file, findings);
    let mut constants = Vec::new();
    for (key, value) in inner.take_all() {
        let Some(name) = name_of(key.text().unwrap_or(""), key, &mut inner) else { continue };
        match value.text() {
            Some(text) if !text.contains('\0') => constants.push((name, text.to_owned())),
            _ => inner.expected("a single value (\"\" for an empty one)", value),
        }
    }
    inner.finish();
    constants
}

pub(super) fn modes(fields: &mut Fields<'_, '_>) -> Option<Vec<ModeBlock>> {
    let node = fields.take("modes")?;
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "modes:", file, findings);
    let mut modes = Vec::new();
    for (key, value) in inner.take_all() {
        match key.text().and_then(ModeName::parse) {
            Some(name) => {
                if let Some(other) = written_otherwise(&name, &modes) {
                    let what = format!("the modes {other} and {name} differ in their letters' case alone");
                    let finding = Finding::refuses(Gate::Duplicate, what)
                        .why("a person, and a file's name, takes the one for the other")
                        .mend("give one of the two another name");
                    inner.push(finding, key);
                }
                let (file, findings) = inner.context();
                modes.push(mode(name, value, file, findings));
            }
            None => inner.expected("a mode's name (letters, digits, _ and -)", key),
        }
    }
    inner.finish();
    Some(modes)
}

fn written_otherwise<'a>(name: &ModeName, modes: &'a [ModeBlock]) -> Option<&'a ModeName> {
    let is_alike = |other: &&ModeName| *other != name && other.as_str().eq_ignore_ascii_case(name.as_str());
    modes.iter().map(|mode| &mode.name).find(is_alike)
}

fn mode(name: ModeName, node: &Node, file: &Path, findings: &mut Findings) -> ModeBlock {
    let mut fields = Fields::of(node, "a mode", file, findings);
    let class = fields.word("class", &[("paper", Class::Paper), ("live", Class::Live)]);
    let block = ModeBlock {
        name,
        class,
        env_files: env_files(&mut fields),
        environment: environment(&mut fields),
        ci: fields.boolean("ci").unwrap_or(false),
        users: fields.words("users"),
        hosts: fields.words("hosts"),
        started_by: StartedBy::read(&mut fields),
        isolation: Strictness::read("isolation", &mut fields),
        max_age: fields.duration("max_age"),
        age: Strictness::read("age", &mut fields),
        expectations: expectations(&mut fields),
    };
    fields.finish();
    block
}

fn env_files(fields: &mut Fields<'_, '_>) -> Vec<EnvFileSpec> {
    let Some(node) = fields.take("env_files") else { return Vec::new() };
    let NodeKind::Sequence(items) = &node.kind else {
        fields.expected("a list", node);
        return Vec::new();
    };
    let mut specs = Vec::new();
    for item in items {
        let place = (item.line, item.column);
        let spec = match &item.kind {
            NodeKind::Scalar { text, .. } => {
                Some(EnvFileSpec { path: text.clone(), dialect: None, optional: false, place })
            }
            _ => {
                let (file, findings) = fields.context();
                let mut inner = Fields::of(item, "an env file", file, findings);
                let path = inner.text("path").map(str::to_owned);
                let dialect =
                    inner.word("dialect", &[("portable", Dialect::Portable), ("systemd", Dialect::Systemd)]);
                let optional = inner.boolean("optional").unwrap_or(false);
                inner.finish();
                path.map(|path| EnvFileSpec { path, dialect, optional, place })
            }
        };
        match spec {
            Some(spec) if is_usable(&spec.path) => specs.push(spec),
            _ => fields.expected("a path, credential:NAME, or {path: …}", item),
        }
    }
    specs
}

fn is_usable(path: &str) -> bool {
    match path.strip_prefix("credential:") {
        Some(name) => is_credential_name(name),
        None => !path.is_empty() && !path.contains('\0'),
    }
}
