//! The launcher's block: the one part of the document that becomes a tree.

use std::borrow::Cow;

use granit_parser::{Event, ScalarStyle, Span};

use super::{Frame, Reader};
use crate::load::config::fault::{DocumentFault, FaultKind};
use crate::load::config::node::{Node, NodeKind};
use crate::load::config::splice;
use crate::load::config::{Document, Format};

impl Document {
    /// A whole document as a tree, for a file that is envgate's own; the document keeps its faults.
    pub(in crate::load) fn read_tree(text: &str) -> (Option<Node>, Self) {
        let mut reader = Reader::new(text, Format::Yaml);
        let tree = reader.tree().unwrap_or_else(|fault| {
            reader.document.faults.push(fault);
            None
        });
        (tree, reader.document)
    }
}

impl<'a> Reader<'a> {
    /// The one document of the file.
    fn tree(&mut self) -> Result<Option<Node>, DocumentFault> {
        let mut tree = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ if tree.is_some() => {
                    self.fault(FaultKind::SecondDocument, &span);
                    break;
                }
                event => tree = Some(self.node(event, span)?),
            }
        }
        Ok(tree)
    }

    /// The key `envgate` at the top: its value becomes a tree, and its bytes are marked to be left out.
    pub(super) fn block(&mut self, key: &Span) -> Result<(), DocumentFault> {
        if self.document.block.is_some() {
            self.fault(FaultKind::DuplicateKey { first_line: 0 }, key);
        }
        let before = self.leaf;
        self.leaf.end = splice::offset(key.end.byte_offset());
        let Some((event, span)) = self.next()? else { return Ok(()) };
        self.document.block = Some(self.node(event, span)?);
        let flow = matches!(self.frames.last(), Some(Frame::Mapping { flow: true, .. }));
        self.document.block_span =
            splice::block_span(self.text, key, before.end..self.leaf.end, flow, before.is_block_scalar);
        self.document.block_is_all = !flow;
        if self.document.block_span.is_none() {
            self.fault(FaultKind::BlockKeyNotOnItsOwnLine, key);
        }
        Ok(())
    }

    /// A node of the block, with all that is in it. The parser limits the depth (255).
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, DocumentFault> {
        self.leaf.advance(self.text, &event, &span);
        let anchor = event.anchor_id().filter(|id| *id != 0);
        if let Some(id) = anchor {
            self.anchors.define_in_block(id);
        }
        if let Event::Scalar(_, ScalarStyle::Plain, _, tag) = &event
            && span.is_empty()
            && (tag.is_some() || anchor.is_some() || splice::begins_its_line(self.text, &span))
        {
            self.fault(FaultKind::BlockEmptyNode, &span);
        }
        let (line, column) = (span.start.line(), span.start.col() + 1);
        let kind = match event {
            Event::Scalar(text, style, ..) => scalar_kind(text, style, &span),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                while let Some((event, span)) = self.next()? {
                    if matches!(event, Event::SequenceEnd) {
                        self.leaf.advance(self.text, &event, &span);
                        break;
                    }
                    items.push(self.node(event, span)?);
                }
                NodeKind::Sequence(items)
            }
            Event::MappingStart(..) => {
                let mut entries = Vec::new();
                while let Some((event, span)) = self.next()? {
                    if matches!(event, Event::MappingEnd) {
                        self.leaf.advance(self.text, &event, &span);
                        break;
                    }
                    let key = self.node(event, span)?;
                    let Some((event, span)) = self.next()? else { break };
                    entries.push((key, self.node(event, span)?));
                }
                NodeKind::Mapping(entries)
            }
            _ => NodeKind::Alias,
        };
        Ok(Node { kind, line, column })
    }
}

fn scalar_kind(text: Cow<'_, str>, style: ScalarStyle, span: &Span) -> NodeKind {
    let plain = style == ScalarStyle::Plain;
    if plain && (span.is_empty() || matches!(&*text, "~" | "null" | "Null" | "NULL")) {
        return NodeKind::Null;
    }
    NodeKind::Scalar { text: text.into_owned(), plain }
}

#[cfg(test)]
mod tests {
    use crate::load::config::fault::FaultKind;
    use crate::load::config::{Document, Format};

    /// What is left of a config when its block is taken out.
    fn without_block(text: &str) -> String {
        let document = Document::read(text, Format::Yaml);
        assert_eq!(document.faults, [], "{text}");
        let span = document.block_span.expect("a block");
        format!("{}{}", &text[..span.start], &text[span.end..])
    }

    #[test]
    fn the_block_is_taken_out_with_all_that_is_its_own_and_nothing_else() {
        for (text, left) in [
            ("envgate:\n  x: |\nb: 1\n", "b: 1\n"),
            ("envgate:\n  x: |+\n\n\nb: 1\n", "\n\nb: 1\n"),
            ("a: 1\nenvgate:\n  x: |\n    \t\nb: 1\n", "a: 1\nb: 1\n"),
            ("envgate:\n  x: >\n    \t\n\n# next\nb: 1\n", "\n# next\nb: 1\n"),
            ("envgate:\n  x:\n\nb: 1\n", "\nb: 1\n"),
            ("a: 1\nenvgate:\n  | ", "a: 1\n"),
            ("  envgate:\n  b: 1\n", "  b: 1\n"),
            ("a: 1\nenvgate:\n  x: y  # c\n  # own\n# next\nb: 1", "a: 1\n# next\nb: 1"),
            ("a: |+\n  x\n\nenvgate: {}\n\n# next\nb: 1", "a: |+\n  x\n\n# next\nb: 1"),
            ("a: 1\nenvgate:\n- x\nb: 1", "a: 1\nb: 1"),
            ("{envgate: , a: 1}", "{ a: 1}"),
            ("{a: 1, envgate: {b: [1, 2]}}", "{a: 1}"),
            ("{a: 1, # c\n envgate: {}}", "{a: 1, # c\n }"),
            ("{\"envgate\"  : 1 ,\"a\" : 1}", "{\"a\" : 1}"),
        ] {
            assert_eq!(without_block(text), left, "{text}");
        }
    }

    #[test]
    fn a_block_behind_a_line_break_that_is_none_is_refused_without_a_panic() {
        let faults = Document::read("{ #c \r \"envgate\": }\n", Format::Yaml).faults;
        assert_eq!(faults.first().map(|fault| &fault.kind), Some(&FaultKind::LineSeparator));
    }

    #[test]
    fn a_block_that_cannot_be_taken_out_is_refused() {
        for text in [
            "? envgate\n: {}\n",
            "&a envgate: {}\n",
            "{? envgate : 1}",
            "?\n envgate\n",
            "{!!str envgate: 1, a: 2}",
            "? a\nenvgate: 1\n: 2\n",
        ] {
            let faults = Document::read(text, Format::Yaml).faults;
            assert_eq!(
                faults.first().map(|fault| &fault.kind),
                Some(&FaultKind::BlockKeyNotOnItsOwnLine),
                "{text}"
            );
        }
        // Nothing with a tag, or after an explicit key: its place is that of the next token, outside the block.
        for text in [
            "envgate:\n  !!null\nb: 1\n",
            " \r\n  envgate:\n    \t- ?  bvgate:\n  :",
            "envgate:\n  ? a\nb: 1\n",
        ] {
            let faults = Document::read(text, Format::Yaml).faults;
            assert_eq!(faults.first().map(|fault| &fault.kind), Some(&FaultKind::BlockEmptyNode), "{text}");
        }
    }
}
