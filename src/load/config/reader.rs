//! The pass over the runtime config: the parser's events, one by one, give the launcher's block, the scalars that
//! hold a `$`, and what makes the file unfit. Nothing is built for the rest of the document: it is the worker's.

mod anchors;
mod echoes;
mod keys;
mod leaf;
mod tree;

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle};

use super::document::{Document, Format, Literal};
use super::fault::{DocumentFault, FaultKind};
use super::splice;
use crate::verify::endpoints;
use anchors::Anchors;
use echoes::Echoes;
use keys::Keys;
use leaf::Leaf;

/// The key of the launcher's block.
const BLOCK_KEY: &str = "envgate";

impl Document {
    /// Reads a document. Where the syntax is broken, what came before is kept and the fault says where.
    #[must_use]
    pub fn read(text: &str, format: Format) -> Self {
        // The YAML parser takes much that is not JSON, and the worker's reader would not.
        if format == Format::Json
            && let Some(fault) = DocumentFault::of_json(text)
        {
            return Self { faults: vec![fault], ..Self::unread(format) };
        }
        let mut reader = Reader::new(text, format);
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

struct Reader<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
    document: Document,
    frames: Vec<Frame>,
    keys: Keys<'a>,
    anchors: Anchors,
    echoes: Echoes,
    leaf: Leaf,
    /// How many entries the root has beside the launcher's block.
    other_entries: usize,
    /// How many frames were open when a collection began that is itself a key.
    key_depth: Option<usize>,
}

type Step<'a> = (Event<'a>, Span);

impl<'a> Reader<'a> {
    fn new(text: &'a str, format: Format) -> Self {
        Self {
            text,
            events: Parser::new_from_str(text),
            document: Document::unread(format),
            frames: Vec::new(),
            keys: Keys::default(),
            anchors: Anchors::default(),
            echoes: Echoes::default(),
            leaf: Leaf::default(),
            other_entries: 0,
            key_depth: None,
        }
    }

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
            self.leaf.advance(self.text, &event, &span);
        }
        Ok(())
    }

    fn event(&mut self, event: &Event<'a>, span: &Span) -> Result<(), DocumentFault> {
        match event {
            Event::Scalar(text, style, anchor, _) if self.at_key() => {
                return self.key(text.clone(), *style, *anchor, span);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.begin_anchored(*anchor);
                if may_hold_placeholder(text) {
                    let is_string = tag
                        .as_ref()
                        .is_none_or(|tag| tag.is_yaml_core_schema_tag("str") || tag.suffix().is_empty());
                    self.scalar(text, *style, is_string, span);
                    self.anchors.define(*anchor, self.key_depth.is_some());
                } else if endpoints::may_hold(text.as_bytes()) {
                    self.literal(text, self.path(), span);
                }
                self.end_anchored(*anchor);
                self.node_done();
            }
            Event::Alias(id) => {
                self.alias(*id, span);
                self.node_done();
            }
            Event::MappingStart(_, anchor, _) | Event::SequenceStart(_, anchor, _) => {
                self.collection(event, *anchor);
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Frame::Mapping { first_key, .. }) = self.frames.pop() {
                    self.close_keys(first_key);
                }
                if self.key_depth == Some(self.frames.len()) {
                    self.key_depth = None;
                }
                self.echoes.end(self.frames.len(), &self.document);
                self.name_key(span);
                self.node_done();
            }
            _ => {}
        }
        Ok(())
    }

    fn collection(&mut self, event: &Event<'a>, anchor: usize) {
        self.begin_anchored(anchor);
        if self.at_key() && self.key_depth.is_none() {
            self.key_depth = Some(self.frames.len());
        }
        self.frames.push(match event {
            Event::MappingStart(style, ..) => Frame::Mapping {
                key_next: true,
                first_key: self.keys.open(),
                flow: *style == StructureStyle::Flow,
            },
            _ => Frame::Sequence,
        });
    }

    fn alias(&mut self, id: usize, span: &Span) {
        let in_key = self.at_key() || self.key_depth.is_some();
        for kind in self.anchors.faults_of_alias(id, in_key) {
            self.document.faults.push(DocumentFault::at(kind, span));
        }
        self.name_key(span);
        let place = (span.start.line(), span.start.col() + 1);
        let path = self.path();
        if !self.echoes.repeat(id, &path, place, &mut self.document) {
            self.fault(FaultKind::TooManyAliases, span);
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
            self.anchors.define(anchor, true);
            if text.contains("${") {
                self.fault(FaultKind::KeyPlaceholder, span);
            }
        }
        // A key may be a host, as in a list of what each one is for. Its path is the list's: no finding repeats it.
        let suspect = (text.contains('.') || anchor != 0) && endpoints::may_hold(text.as_bytes());
        let suspect = suspect.then(|| text.clone());
        self.keys.add(text, style, span);
        if let Some(text) = suspect {
            let path = self.path().strip_suffix(&*text).unwrap_or_default().trim_end_matches('.').to_owned();
            if anchor != 0 {
                self.echoes.begin(anchor, path.clone(), self.frames.len(), &self.document);
            }
            self.literal(&text, path, span);
            self.end_anchored(anchor);
        }
        self.node_done();
        Ok(())
    }

    fn close_keys(&mut self, first_key: usize) {
        self.document.faults.extend(self.keys.close(first_key));
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
                splice::block_scalar(self.text, self.leaf.end, text, self.path(), span)
            }
            _ => splice::flow_scalar(text, self.path(), span),
        };
        match scalar {
            Some(scalar) => self.document.scalars.push(scalar),
            None => self.fault(FaultKind::Unspliceable, span),
        }
    }

    /// Keeps a text that is not expanded and looks like a broker's.
    fn literal(&mut self, text: &str, path: String, span: &Span) {
        let (line, column) = (span.start.line(), span.start.col() + 1);
        let literal = Literal { text: text.to_owned(), path, line, column };
        self.document.literals.push(literal);
    }

    /// The keys that lead to the current node: the last one of each open mapping.
    fn path(&self) -> String {
        let mappings = self.frames.iter().filter_map(|frame| match frame {
            Frame::Mapping { first_key, .. } => Some(*first_key),
            Frame::Sequence => None,
        });
        self.keys.path(mappings)
    }

    fn fault(&mut self, kind: FaultKind, span: &Span) {
        self.document.faults.push(DocumentFault::at(kind, span));
    }
}

/// Whether a text holds a `$` that may mean something: one that stands before nothing, a digit or a blank does not.
fn may_hold_placeholder(text: &str) -> bool {
    let is_start = |byte: &u8| matches!(byte, b'$' | b'{' | b'<' | b'_') || byte.is_ascii_alphabetic();
    text.as_bytes().windows(2).any(|pair| pair[0] == b'$' && is_start(&pair[1]))
}
