//! The runtime config: the worker's document, and the launcher's own block in it.

mod block;
mod declaration;
mod document;
mod fault;
mod fields;
mod node;
mod splice;

pub use block::{Block, Delivery, EnvFileSpec, ModeBlock, PassPattern, Ready};
pub use declaration::{Declaration, Length, Source, is_credential_name};
pub use document::{Document, Format, Scalar};
pub use fault::{DocumentFault, FaultKind};
pub use node::{Node, NodeKind};

use crate::finding::{Finding, Findings, Place, Severity};
use crate::load::secure_file::Opened;

/// The largest config that is read, in bytes.
pub const MAX_CONFIG: usize = 4 << 20;

/// A config that was read: its text, what the pass over it found, and the launcher's block.
#[derive(Debug)]
pub struct Config {
    /// The file, and what was seen on the way to it.
    pub opened: Opened,
    /// The scalars to expand and the bytes to leave out.
    pub document: Document,
    /// The launcher's block; the default where the config has none.
    pub block: Block,
}

impl Config {
    /// Reads a config from a file's contents.
    pub fn read(opened: Opened, findings: &mut Findings) -> Self {
        let format = match opened.path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("json") => Format::Json,
            _ => Format::Yaml,
        };
        let document = match text_of(&opened) {
            Ok(text) => Document::read(text, format),
            Err(finding) => {
                findings.push(finding.at(Place::file(&opened.path)));
                Document::empty(format)
            }
        };
        for fault in &document.faults {
            let (what, why, mend) = fault.kind.describe();
            let finding = match fault.kind.severity() {
                Severity::Refuses => Finding::refuses(fault.kind.gate(), what),
                Severity::Warns => Finding::warns(fault.kind.gate(), what),
            };
            findings.push(finding.at(Place::at(&opened.path, fault.line, fault.column)).why(why).mend(mend));
        }
        let block = match &document.block {
            Some(node) => Block::read(node, &opened.path, findings),
            None => Block::default(),
        };
        Self { opened, document, block }
    }

    /// The source text.
    #[must_use]
    pub fn text(&self) -> &str {
        text_of(&self.opened).unwrap_or("")
    }

    /// The folder that the block's own paths are relative to.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        self.opened.path.parent().unwrap_or(std::path::Path::new("/"))
    }

    /// Where a byte of the source is.
    #[must_use]
    pub fn place(&self, byte: usize) -> Place {
        let before = &self.text()[..byte];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        Place::at(&self.opened.path, line, 1 + before[line_start..].chars().count())
    }
}

fn text_of(opened: &Opened) -> Result<&str, Finding> {
    use crate::finding::Gate;
    let bytes = opened.contents.as_ref().map_or(&[][..], |contents| contents);
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) {
        return Err(Finding::refuses(Gate::Syntax, "the config is UTF-16")
            .why("envgate and most workers read UTF-8")
            .mend("save it as UTF-8"));
    }
    std::str::from_utf8(bytes).map_err(|_| {
        Finding::refuses(Gate::Syntax, "the config is not UTF-8 text")
            .why("no YAML reader takes it")
            .mend("name the worker's YAML or JSON file with -c, or save it as UTF-8")
    })
}
