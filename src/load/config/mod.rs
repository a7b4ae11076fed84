//! The runtime config: the worker's document, and the launcher's own block in it.

mod block;
mod declaration;
mod document;
mod expectation;
mod fault;
pub(super) mod fields;
mod modes;
mod node;
mod reader;
mod rules;
mod splice;

pub use block::{Block, Delivery, PassPattern, Ready};
pub use declaration::{Declaration, Length, Source, is_credential_name};
pub use document::{Document, Format, Literal, Scalar};
pub use expectation::{Expectation, Rule};
pub use fault::{DocumentFault, FaultKind};
pub use modes::{EnvFileSpec, ModeBlock};
pub use node::{Node, NodeKind};
pub use rules::{StartedBy, Strictness};

use zeroize::Zeroizing;

use crate::finding::{Finding, Findings, Gate, Place, Severity};
use crate::load::secure_file::Opened;

/// The variable that names the config to the worker, unless an input names another.
pub const DEFAULT_CONFIG_VARIABLE: &str = "ENVGATE_CONFIG";
/// The largest config that is read, in bytes.
pub const MAX_CONFIG: usize = 4 << 20;

/// What the faults of a document are to a person.
pub(super) fn fault_finding(fault: &DocumentFault, path: &std::path::Path) -> Finding {
    let (what, why, mend) = fault.kind.describe();
    let finding = match fault.kind.severity() {
        Severity::Refuses => Finding::refuses(fault.kind.gate(), what),
        Severity::Warns => Finding::warns(fault.kind.gate(), what),
    };
    finding.at(Place::at(path, fault.line, fault.column)).why(why).mend(mend)
}

/// A config that was read: its text, what the pass over it found, and the launcher's block.
#[derive(Debug)]
pub struct Config {
    /// The file, and what was seen on the way to it.
    pub opened: Opened,
    /// What the file holds, known to be text.
    text: Zeroizing<String>,
    /// The scalars to expand and the bytes to leave out.
    pub document: Document,
    /// The launcher's block; the default where the config has none.
    pub block: Block,
}

impl Config {
    /// Reads a config from a file's contents.
    pub fn read(mut opened: Opened, findings: &mut Findings) -> Self {
        let format = match opened.path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("json") => Format::Json,
            _ => Format::Yaml,
        };
        let (text, document) = match take_text(&mut opened) {
            Ok(text) => {
                let document = Document::read(&text, format);
                (text, document)
            }
            Err(finding) => {
                findings.push(finding.at(Place::file(&opened.path)));
                (Zeroizing::default(), Document::unread(format))
            }
        };
        findings.extend(document.faults.iter().map(|fault| fault_finding(fault, &opened.path)));
        let block = match &document.block {
            Some(node) => Block::read(node, &opened.path, findings),
            None => Block::default(),
        };
        Self { opened, text, document, block }
    }

    /// The source text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folder that the block's own paths are relative to.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        self.opened.path.parent().unwrap_or(std::path::Path::new("/"))
    }

    /// Where a scalar begins.
    #[must_use]
    pub fn place(&self, scalar: &Scalar) -> Place {
        Place::at(&self.opened.path, scalar.line, scalar.column)
    }
}

/// The contents as text, looked at once and not copied.
pub(super) fn take_text(opened: &mut Opened) -> Result<Zeroizing<String>, Finding> {
    let mut bytes = opened.contents.take().unwrap_or_default();
    if matches!(bytes[..], [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return Err(Finding::refuses(Gate::Syntax, "the file is UTF-16")
            .why("envgate and most workers read UTF-8")
            .mend("save it as UTF-8"));
    }
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        Finding::refuses(Gate::Syntax, "the file is not UTF-8 text")
            .why("no YAML reader takes it")
            .mend("name the worker's YAML or JSON file with -c, or save it as UTF-8")
    })
}
