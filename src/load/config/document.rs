//! The runtime config as text: one pass over the parser's events finds the launcher's block, the scalars that
//! hold a `$`, and what makes the file unfit. Nothing is built for the rest of the document: it is the worker's.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle};

use super::fault::{DocumentFault, FaultKind};
use super::node::{Node, NodeKind};
use super::splice;

/// How the worker reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON: the same events, but only double-quoted strings.
    Json,
}

/// A scalar of the worker's part that may hold a placeholder.
#[derive(Debug)]
pub struct Scalar {
    /// Its text after YAML's own quotes, escapes and folding.
    pub text: String,
    /// Line of the first replaced byte, from 1.
    pub line: usize,
    /// Column of it in characters, from 1.
    pub column: usize,
    /// The bytes of the source that a rendered scalar replaces; for a block scalar with its header.
    pub span: Range<usize>,
    /// What of the replaced bytes stays, behind the new scalar: a comment on a block scalar's header line.
    pub kept: Range<usize>,
    /// Whether the replaced bytes end in a newline, which the new scalar needs too.
    pub ends_line: bool,
}

/// What the pass found.
#[derive(Debug)]
pub struct Document {
    /// How it is read.
    pub format: Format,
    /// The scalars outside the block that may hold a placeholder, in order.
    pub scalars: Vec<Scalar>,
    /// The value of the top-level key `envgate:`.
    pub block: Option<Node>,
    /// The bytes that the block takes, to be left out.
    pub block_span: Option<Range<usize>>,
    /// Whether a block mapping has no other key than the launcher's.
    pub block_is_all: bool,
    /// What makes the file unfit, in order.
    pub faults: Vec<DocumentFault>,
}

/// The key of the launcher's block.
const BLOCK_KEY: &str = "envgate";

impl Document {
    /// Reads a document. Where the syntax is broken, what came before is kept and the fault says where.
    #[must_use]
    pub fn read(text: &str, format: Format) -> Self {
        let mut reader = Reader {
            text,
            events: Parser::new_from_str(text),
            document: Self::unread(format),
            frames: Vec::new(),
            keys: Vec::new(),
            other_entries: 0,
            leaf_end: 0,
            leaf_is_block_scalar: false,
            key_depth: None,
            block_anchors: BTreeSet::new(),
            frozen_anchors: BTreeSet::new(),
            expanded_anchors: BTreeSet::new(),
        };
        reader.document.faults.extend(DocumentFault::of_line_breaks(text, format));
        if let Err(fault) = reader.run() {
            reader.document.faults.push(fault);
        }
        // Those of the mappings that a fault of the syntax left open.
        while let Some(frame) = reader.frames.pop() {
            if let Frame::Mapping { first_key, .. } = frame {
                reader.close_keys(first_key);
            }
        }
        reader.document.faults.sort_by_key(|fault| (fault.line, fault.column));
        reader.document.block_is_all &= reader.other_entries == 0;
        reader.document
    }

    /// What is found in a file that is no text: nothing.
    pub(super) fn unread(format: Format) -> Self {
        Self {
            format,
            scalars: Vec::new(),
            block: None,
            block_span: None,
            block_is_all: false,
            faults: Vec::new(),
        }
    }

    /// Whether the document was read to its end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.faults.iter().any(|fault| fault.kind.stops_reading())
    }
}

/// An open collection.
enum Frame {
    Sequence,
    Mapping {
        /// Whether the next node is a key.
        key_next: bool,
        /// Where among the reader's keys its own begin.
        first_key: usize,
        flow: bool,
    },
}

/// A scalar key as YAML tells keys apart: `1` and `"1"` are two.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    text: Cow<'a, str>,
    is_text: bool,
    line: usize,
    column: usize,
}

struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
    document: Document,
    frames: Vec<Frame>,
    /// The scalar keys of all open mappings, those of the innermost one last.
    keys: Vec<Key<'a>>,
    /// How many entries the root has beside the launcher's block.
    other_entries: usize,
    /// How many frames were open when a collection began that is itself a key.
    key_depth: Option<usize>,
    /// Where the last scalar, alias or flow collection ended.
    leaf_end: usize,
    /// Whether that was a block scalar.
    leaf_is_block_scalar: bool,
    /// Anchors defined in the block: nothing outside may use them, since the block is left out.
    block_anchors: BTreeSet<usize>,
    /// Anchors on keys that may hold a placeholder, which stay as they are: no alias may stand for a value.
    frozen_anchors: BTreeSet<usize>,
    /// Anchors on values that may hold a placeholder, which are expanded: no alias may stand for a key.
    expanded_anchors: BTreeSet<usize>,
}

type Step<'a> = (Event<'a>, Span);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<Step<'a>>, DocumentFault> {
        self.events.next().transpose().map_err(|error| DocumentFault::of_parser(&error, self.text))
    }

    fn run(&mut self) -> Result<(), DocumentFault> {
        let mut documents = 0;
        while let Some((event, span)) = self.next()? {
            match &event {
                Event::StreamEnd if documents == 0 => self.fault(FaultKind::Empty, &span),
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        self.fault(FaultKind::SecondDocument, &span);
                        return Ok(());
                    }
                }
                Event::Scalar(..) if self.frames.is_empty() => self.fault(FaultKind::RootScalar, &span),
                _ => self.event(&event, &span)?,
            }
            self.advance(&event, &span);
        }
        Ok(())
    }

    /// Remembers where the last leaf ended.
    fn advance(&mut self, event: &Event<'_>, span: &Span) {
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
        if is_leaf {
            // A value that is not there leaves what stands before it where it was.
            if !span.is_empty() || block_scalar.is_some() {
                self.leaf_is_block_scalar = block_scalar.is_some();
            }
            self.leaf_end = match block_scalar {
                Some(text) => splice::block_scalar_end(self.text, self.leaf_end, text, span),
                None => offset(span.end.byte_offset()),
            };
        }
    }

    fn event(&mut self, event: &Event<'a>, span: &Span) -> Result<(), DocumentFault> {
        match event {
            Event::Scalar(text, style, anchor, _) if self.at_key() => {
                return self.key(text.clone(), *style, *anchor, span);
            }
            Event::Scalar(text, style, anchor, tag) => {
                if may_hold_placeholder(text) {
                    let is_string = tag
                        .as_ref()
                        .is_none_or(|tag| tag.is_yaml_core_schema_tag("str") || tag.suffix().is_empty());
                    self.scalar(text, *style, is_string, span);
                    let in_key = self.key_depth.is_some();
                    let anchors = if in_key { &mut self.frozen_anchors } else { &mut self.expanded_anchors };
                    anchors.insert(*anchor);
                }
                self.node_done();
            }
            Event::Alias(id) => {
                self.alias(*id, span);
                self.node_done();
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => self.collection(event),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Frame::Mapping { first_key, .. }) = self.frames.pop() {
                    self.close_keys(first_key);
                }
                if self.key_depth == Some(self.frames.len()) {
                    self.key_depth = None;
                }
                self.node_done();
            }
            _ => {}
        }
        Ok(())
    }

    fn collection(&mut self, event: &Event<'a>) {
        if self.at_key() && self.key_depth.is_none() {
            self.key_depth = Some(self.frames.len());
        }
        self.frames.push(match event {
            Event::MappingStart(style, ..) => Frame::Mapping {
                key_next: true,
                first_key: self.keys.len(),
                flow: *style == StructureStyle::Flow,
            },
            _ => Frame::Sequence,
        });
    }

    fn alias(&mut self, id: usize, span: &Span) {
        if self.block_anchors.contains(&id) {
            self.fault(FaultKind::BlockAnchor, span);
        }
        let as_key = self.at_key() || self.key_depth.is_some();
        if as_key && self.expanded_anchors.contains(&id) || !as_key && self.frozen_anchors.contains(&id) {
            self.fault(FaultKind::KeyAlias, span);
        }
    }

    fn at_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame::Mapping { key_next: true, .. }))
    }

    /// A node has ended: in a mapping, a key is followed by its value and a value by the next key.
    fn node_done(&mut self) {
        self.other_entries += usize::from(self.frames.len() == 1 && self.at_key());
        if let Some(Frame::Mapping { key_next, .. }) = self.frames.last_mut() {
            *key_next = !*key_next;
        }
    }

    fn key(
        &mut self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        anchor: usize,
        span: &Span,
    ) -> Result<(), DocumentFault> {
        if self.frames.len() == 1 && text == BLOCK_KEY {
            return self.block(span);
        }
        if may_hold_placeholder(&text) {
            self.frozen_anchors.insert(anchor);
            if text.contains("${") {
                self.fault(FaultKind::KeyPlaceholder, span);
            }
        }
        let is_merge = text == "<<" && style == ScalarStyle::Plain;
        if !is_merge {
            let is_text = style != ScalarStyle::Plain || is_text_when_plain(&text);
            let (line, column) = (span.start.line(), span.start.col() + 1);
            self.keys.push(Key { text, is_text, line, column });
        }
        self.node_done();
        Ok(())
    }

    /// The mapping whose keys begin here has ended: two that are the same are next to each other once sorted.
    fn close_keys(&mut self, first_key: usize) {
        self.keys[first_key..].sort_unstable();
        for pair in self.keys[first_key..].windows(2) {
            let [first, second] = pair else { continue };
            if first.text == second.text && first.is_text == second.is_text {
                let kind = FaultKind::DuplicateKey { first_line: first.line };
                self.document.faults.push(DocumentFault { kind, line: second.line, column: second.column });
            }
        }
        self.keys.truncate(first_key);
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, is_string: bool, span: &Span) {
        if self.key_depth.is_some() {
            return self.fault(FaultKind::KeyPlaceholder, span);
        }
        if !is_string {
            return self.fault(FaultKind::TaggedPlaceholder, span);
        }
        if self.document.format == Format::Json && style != ScalarStyle::DoubleQuoted {
            return self.fault(FaultKind::NotJson, span);
        }
        let scalar = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => {
                splice::block_scalar(self.text, self.leaf_end, text, span)
            }
            _ => splice::flow_scalar(text, span),
        };
        match scalar {
            Some(scalar) => self.document.scalars.push(scalar),
            None => self.fault(FaultKind::Unspliceable, span),
        }
    }

    /// The key `envgate` at the top: its value becomes a tree, and its bytes are marked to be left out.
    fn block(&mut self, key: &Span) -> Result<(), DocumentFault> {
        if self.document.block.is_some() {
            self.fault(FaultKind::DuplicateKey { first_line: 0 }, key);
        }
        let (before, behind_block_scalar) = (self.leaf_end, self.leaf_is_block_scalar);
        self.leaf_end = offset(key.end.byte_offset());
        let Some((event, span)) = self.next()? else { return Ok(()) };
        self.document.block = Some(self.node(event, span)?);
        let flow = matches!(self.frames.last(), Some(Frame::Mapping { flow: true, .. }));
        self.document.block_span =
            splice::block_span(self.text, key, before..self.leaf_end, flow, behind_block_scalar);
        self.document.block_is_all = !flow;
        if self.document.block_span.is_none() {
            self.fault(FaultKind::BlockKeyNotOnItsOwnLine, key);
        }
        Ok(())
    }

    /// A node of the block, with all that is in it. The parser limits the depth (255).
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, DocumentFault> {
        self.advance(&event, &span);
        let anchor = event.anchor_id().filter(|id| *id != 0);
        self.block_anchors.extend(anchor);
        if let Event::Scalar(_, ScalarStyle::Plain, _, tag) = &event
            && span.is_empty()
            && (tag.is_some() || anchor.is_some())
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
                        self.advance(&event, &span);
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
                        self.advance(&event, &span);
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

    fn fault(&mut self, kind: FaultKind, span: &Span) {
        self.document.faults.push(DocumentFault {
            kind,
            line: span.start.line(),
            column: span.start.col() + 1,
        });
    }
}

/// Whether a text holds a `$` that may mean something: one that stands before nothing, a digit or a blank does not.
fn may_hold_placeholder(text: &str) -> bool {
    let is_start = |byte: &u8| matches!(byte, b'$' | b'{' | b'<' | b'_') || byte.is_ascii_alphabetic();
    text.as_bytes().windows(2).any(|pair| pair[0] == b'$' && is_start(&pair[1]))
}

fn scalar_kind(text: Cow<'_, str>, style: ScalarStyle, span: &Span) -> NodeKind {
    let plain = style == ScalarStyle::Plain;
    if plain && (span.is_empty() || matches!(&*text, "~" | "null" | "Null" | "NULL")) {
        return NodeKind::Null;
    }
    NodeKind::Scalar { text: text.into_owned(), plain }
}

/// Whether a plain key is a string to YAML 1.1 and 1.2 alike. Keys that may be a number, a date or a boolean
/// are told apart from the quoted ones of the same spelling.
fn is_text_when_plain(text: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Spans of a parser over a string always carry byte offsets.
pub(super) fn offset(bytes: Option<usize>) -> usize {
    bytes.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let faults = Document::read("envgate:\n  !!null\nb: 1\n", Format::Yaml).faults;
        assert_eq!(faults.first().map(|fault| &fault.kind), Some(&FaultKind::BlockEmptyNode));
    }
}
