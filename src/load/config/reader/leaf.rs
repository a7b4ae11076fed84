//! The last leaf that the pass went by: what stands between it and the next node belongs to neither, and the
//! parser's spans do not cover it.

use granit_parser::{Event, ScalarStyle, Span, StructureStyle};

use crate::load::config::splice;

/// A scalar, an alias, or the start or end of a flow collection.
#[derive(Clone, Copy, Default)]
pub(super) struct Leaf {
    /// Behind its last byte.
    pub(super) end: usize,
    /// Whether it was a block scalar, which would take in blank lines behind it.
    pub(super) is_block_scalar: bool,
}

impl Leaf {
    /// Takes the next event's place where the event is a leaf.
    pub(super) fn advance(&mut self, source: &str, event: &Event<'_>, span: &Span) {
        let block_scalar = match event {
            Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..) => Some(text),
            _ => None,
        };
        let is_leaf = match event {
            Event::Scalar(..) | Event::Alias(_) => true,
            Event::MappingStart(style, ..) | Event::SequenceStart(style, ..) => {
                *style == StructureStyle::Flow
            }
            Event::MappingEnd | Event::SequenceEnd => !span.is_empty(),
            _ => false,
        };
        if !is_leaf {
            return;
        }
        // A value that is not there leaves what stands before it where it was.
        if !span.is_empty() || block_scalar.is_some() {
            self.is_block_scalar = block_scalar.is_some();
        }
        self.end = match block_scalar {
            Some(text) => splice::block_scalar_end(source, self.end, text, span),
            None => splice::offset(span.end.byte_offset()),
        };
    }
}
