//! The launcher's block, from tree to types.

use std::collections::BTreeMap;
use std::path::Path;

use super::declaration::{Declaration, name_of};
use super::fields::Fields;
use super::modes::{ModeBlock, environment, modes};
use super::node::{Node, NodeKind};
use crate::finding::{Finding, Findings, Gate};
use crate::mode::ModeName;
use crate::name::Name;

/// How the worker gets its expanded config.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// A file where systemd gave a runtime directory, else a memfd.
    #[default]
    Auto,
    /// A file in the runtime directory.
    File,
    /// A sealed memfd, by the path of its descriptor.
    Memfd,
    /// The source's own path: the worker expands by itself.
    Source,
}

/// Who tells systemd that the worker is ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ready {
    /// The worker, or nobody.
    #[default]
    Worker,
    /// envgate, right before it becomes the worker.
    Launcher,
}

/// A name or a name's beginning (`LC_*`) of the caller's variables that are let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassPattern {
    /// The name, or its beginning.
    pub text: String,
    /// Whether `text` is only the beginning.
    pub prefix: bool,
}

impl PassPattern {
    /// Whether a variable is let through by it.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if self.prefix { name.starts_with(&self.text) } else { name == self.text }
    }
}

/// The block.
#[derive(Debug, Default)]
pub struct Block {
    /// The variable that names the config to the worker.
    pub config_variable: Option<Name>,
    /// How the worker gets it.
    pub delivery: Delivery,
    /// Program and arguments.
    pub command: Option<Vec<String>>,
    /// The worker's `PATH`.
    pub path: Option<String>,
    /// Constants of every mode.
    pub environment: Vec<(Name, String)>,
    /// Which of the caller's variables are let through.
    pub pass: Vec<PassPattern>,
    /// The modes; none where the block does not list them.
    pub modes: Option<Vec<ModeBlock>>,
    /// What is declared of variables.
    pub variables: Vec<Declaration>,
    /// Where in `variables` each one is.
    declared: BTreeMap<Name, usize>,
    /// Variables that belong together, by the set's name.
    pub sets: Vec<(String, Vec<Name>)>,
    /// Paths of config keys from whose places the worker only reads market data.
    pub data_endpoints: Vec<String>,
    /// Who says that the worker is ready.
    pub ready: Ready,
    /// Whether the worker may leave a core dump.
    pub core_dumps: bool,
}

impl Block {
    pub(super) fn read(node: &Node, file: &Path, findings: &mut Findings) -> Self {
        let mut fields = Fields::of(node, "the envgate: block", file, findings);
        let (config_variable, delivery) = config(&mut fields);
        let mut block = Self {
            config_variable,
            delivery,
            command: command(&mut fields),
            path: fields.text("path").map(str::to_owned),
            environment: environment(&mut fields),
            pass: pass(&mut fields),
            modes: modes(&mut fields),
            variables: variables(&mut fields),
            declared: BTreeMap::new(),
            sets: sets(&mut fields),
            data_endpoints: data_endpoints(&mut fields),
            ready: fields
                .word("ready", &[("worker", Ready::Worker), ("launcher", Ready::Launcher)])
                .unwrap_or_default(),
            core_dumps: fields.word("core_dumps", &[("allow", true), ("forbid", false)]).unwrap_or(false),
        };
        fields.finish();
        let names = block.variables.iter().map(|declaration| declaration.name.clone());
        block.declared = names.enumerate().map(|(at, name)| (name, at)).collect();
        block
    }

    /// What the block says of a mode.
    #[must_use]
    pub fn mode(&self, name: &ModeName) -> Option<&ModeBlock> {
        self.modes.as_ref()?.iter().find(|mode| mode.name == *name)
    }

    /// What is declared of a variable.
    #[must_use]
    pub fn declaration(&self, name: &str) -> Option<&Declaration> {
        self.declared.get(name).map(|at| &self.variables[*at])
    }
}

fn config(fields: &mut Fields<'_, '_>) -> (Option<Name>, Delivery) {
    let Some(node) = fields.take("config") else { return Default::default() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "config:", file, findings);
    let delivery = inner.word(
        "delivery",
        &[
            ("auto", Delivery::Auto),
            ("file", Delivery::File),
            ("memfd", Delivery::Memfd),
            ("source", Delivery::Source),
        ],
    );
    let variable = inner.take("variable");
    let variable = variable.and_then(|node| match node.text() {
        // The default's own spelling is allowed; it is envgate's name.
        Some(super::DEFAULT_CONFIG_VARIABLE) => None,
        Some(text) => name_of(text, node, &mut inner),
        None => {
            inner.expected("a name", node);
            None
        }
    });
    inner.finish();
    (variable, delivery.unwrap_or_default())
}

fn command(fields: &mut Fields<'_, '_>) -> Option<Vec<String>> {
    let node = fields.take("command")?;
    let words: Option<Vec<String>> = match &node.kind {
        NodeKind::Sequence(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
        _ => None,
    };
    let words = words.filter(|words| !words.is_empty() && !words.iter().any(|word| word.contains('\0')));
    if words.is_none() {
        let finding = Finding::refuses(Gate::Syntax, "command: takes a list, the program first")
            .why("no shell splits it into words")
            .mend("write it as [/path/to/program, argument, …]");
        fields.push(finding, node);
    }
    words
}

fn pass(fields: &mut Fields<'_, '_>) -> Vec<PassPattern> {
    let mut patterns = Vec::new();
    for (text, node) in fields.texts("pass").unwrap_or_default() {
        let (stem, prefix) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
        if let Some(name) = name_of(stem, node, fields) {
            patterns.push(PassPattern { text: name.as_str().to_owned(), prefix });
        }
    }
    patterns
}

fn variables(fields: &mut Fields<'_, '_>) -> Vec<Declaration> {
    let Some(node) = fields.take("variables") else { return Vec::new() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "variables:", file, findings);
    let mut declarations = Vec::new();
    for (key, value) in inner.take_all() {
        let Some(name) = name_of(key.text().unwrap_or(""), key, &mut inner) else { continue };
        let (file, findings) = inner.context();
        let mut declared = Fields::of(value, "a variable", file, findings);
        declarations.push(Declaration::read(name, key, &mut declared));
        declared.finish();
    }
    inner.finish();
    declarations
}

fn data_endpoints(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let Some(node) = fields.take("endpoints") else { return Vec::new() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "endpoints:", file, findings);
    let paths = inner.words("data").unwrap_or_default();
    inner.finish();
    paths
}

fn sets(fields: &mut Fields<'_, '_>) -> Vec<(String, Vec<Name>)> {
    let Some(node) = fields.take("sets") else { return Vec::new() };
    let (file, findings) = fields.context();
    let mut inner = Fields::of(node, "sets:", file, findings);
    let mut sets = Vec::new();
    for (key, value) in inner.take_all() {
        let names: Vec<Name> = match &value.kind {
            NodeKind::Sequence(items) => {
                items.iter().filter_map(|item| name_of(item.text().unwrap_or(""), item, &mut inner)).collect()
            }
            _ => {
                inner.expected("a list of names", value);
                Vec::new()
            }
        };
        sets.push((key.text().unwrap_or("").to_owned(), names));
    }
    inner.finish();
    sets
}
