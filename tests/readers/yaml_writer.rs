//! Writes the trees of `yaml_grammar` as YAML and as JSON.

use std::fmt::Write as _;

use super::yaml_grammar::{BLOCKS, Config, HEADERS, Node};

impl Config {
    /// The config as YAML.
    pub fn yaml(&self) -> String {
        let mut writer = Writer::default();
        let indent = if self.frame.flow { 0 } else { self.frame.indent };
        if self.frame.list {
            writer.list(&self.entries, indent, self.frame.flow);
        } else if self.frame.flow {
            writer.flow_root(self);
        } else {
            writer.block_root(self, indent);
        }
        let mut text = writer.text;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let mut text = format!("{}{text}{}", self.frame.start, self.frame.end);
        if !self.frame.final_newline {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if self.frame.crlf { text.replace('\n', "\r\n") } else { text }
    }

    /// The numbered comments outside the block.
    pub fn comments(&self) -> Vec<String> {
        let yaml = self.yaml();
        let mut found: Vec<_> =
            yaml.match_indices("#K").map(|(at, _)| yaml[at..].split('\n').next()).collect();
        found.retain(Option::is_some);
        found.into_iter().flatten().map(|comment| comment.trim_end().to_owned()).collect()
    }

    /// The root's values as JSON, in one of four layouts; the block is in it where the YAML has one.
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        let (space, escape) =
            [("", false), ("\n\t", true), ("\r\n  ", false), (" ", true)][self.block.before % 4];
        let mut entries: Vec<String> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, node)| format!("\"k{index}\":{space}{}", json(node, space, escape)))
            .collect();
        if self.block.text > 0 {
            let block =
                format!("\"envgate\" :{space}{{\"path\":{space}\"/bin\", \"x\": [\"${{A}}\", \"}}\"]}}");
            entries.insert(self.block.before.min(entries.len()), block);
        }
        let _ = writeln!(text, "{space}{}{space}}}", entries.join(&format!(",{space}")));
        text
    }
}

fn json(node: &Node, space: &str, escape: bool) -> String {
    match node {
        Node::Plain(text, extra) if extra % 4 == 0 => {
            let literals = ["1", "-0.5e3", "true", "null", "false"];
            literals[text.len() % literals.len()].to_owned()
        }
        Node::Plain(text, _) => json_text(text, escape),
        Node::Single(atoms, _) | Node::Double(atoms, _) | Node::Block { lines: atoms, .. } => {
            json_text(&atoms.concat(), escape)
        }
        Node::List(items, ..) => {
            let items: Vec<_> = items.iter().map(|item| json(item, space, escape)).collect();
            format!("[{space}{}]", items.join(&format!(" ,{space}")))
        }
        Node::Mapping(items, ..) => {
            let entry = |(index, item)| format!("\"m{index}\":{}", json(item, space, escape));
            format!("{{{}{space}}}", items.iter().enumerate().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

/// A JSON string; with `escape` all beyond ASCII and every `/` as an escape, as other writers do it.
fn json_text(text: &str, escape: bool) -> String {
    let quoted = serde_json::to_string(text).expect("a text");
    if !escape {
        return quoted;
    }
    let mut escaped = String::new();
    for character in quoted.chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            ' '..='~' => escaped.push(character),
            _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(escaped, "\\u{unit:04x}");
            }),
        }
    }
    escaped
}

#[derive(Default)]
struct Writer {
    text: String,
    keys: usize,
    anchors: usize,
    /// Anchors of single values and of mappings that are complete: what an alias and a merge key may name.
    values: Vec<usize>,
    mappings: Vec<usize>,
    comments: usize,
}

/// The bits of a node's number.
fn bit(extra: u32, at: u32) -> bool {
    extra >> at & 0b111 == 1
}

impl Writer {
    fn block_root(&mut self, config: &Config, indent: usize) {
        let position = config.block.before.min(config.entries.len());
        for index in 0..=config.entries.len() {
            if index == position {
                for line in BLOCKS[config.block.text].split('\n').filter(|_| config.block.text > 0) {
                    let blanks = if line.is_empty() { 0 } else { indent };
                    let _ = writeln!(self.text, "{:blanks$}{line}", "");
                }
            }
            if let Some(node) = config.entries.get(index) {
                self.entry(node, indent);
            }
        }
        if config.entries.is_empty() && config.block.text == 0 {
            self.text.push_str("{}\n");
        }
    }

    fn flow_root(&mut self, config: &Config) {
        let position = config.block.before.min(config.entries.len());
        let trailing = config.block.before.is_multiple_of(2);
        self.text.push('{');
        let mut first = true;
        for index in 0..=config.entries.len() {
            if index == position && config.block.text > 0 {
                let block =
                    ["envgate: {a: [b, '}']}", "\"envgate\":{\"x\": 1}", "envgate: [a,\n b]", "envgate: "];
                self.separate(&mut first);
                self.text.push_str(block[config.block.text % block.len()]);
            }
            if let Some(node) = config.entries.get(index) {
                self.separate(&mut first);
                let key = self.key(0);
                let _ = write!(self.text, "{key}: ");
                self.flow(node);
            }
        }
        if trailing && !first {
            self.text.push_str(" ,");
        }
        self.text.push_str("}\n");
    }

    fn separate(&mut self, first: &mut bool) {
        if !std::mem::replace(first, false) {
            self.text.push_str([", ", ",\n  ", " , #K0\n "][self.keys % 3]);
        }
    }

    fn key(&mut self, extra: u32) -> String {
        self.keys += 1;
        let number = self.keys;
        match extra % 6 {
            1 => format!("\"k {number}\""),
            2 => format!("'k{number}'"),
            3 => format!("${number}"),
            4 => format!("{number}"),
            5 => format!("yes{number} é"),
            _ => format!("k{number}"),
        }
    }

    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("#K{} ${{A}}", self.comments)
    }

    /// An entry of a block mapping, or its value alone behind `- `.
    fn entry(&mut self, node: &Node, indent: usize) {
        let extra = node.extra();
        if bit(extra, 0) {
            let comment = self.comment();
            let _ = write!(self.text, "{:indent$}{comment}\n\n", "");
        }
        if bit(extra, 3) && !self.mappings.is_empty() {
            // A merge key stands in a mapping of its own: two in one would be a duplicate to some readers.
            let (key, anchor) = (self.key(0), self.mappings[extra as usize % self.mappings.len()]);
            let _ = writeln!(self.text, "{:indent$}{key}: {{<<: *a{anchor}, own: $B}}", "");
        }
        let key = self.key(extra >> 8);
        let explicit = bit(extra, 6);
        if explicit {
            let _ = write!(self.text, "{:indent$}? {key}\n{:indent$}:", "", "");
        } else {
            let _ = write!(self.text, "{:indent$}{key}:", "");
        }
        self.value(node, indent);
    }

    fn list(&mut self, items: &[Node], indent: usize, flow: bool) {
        if flow || items.is_empty() {
            self.flow(&Node::List(items.to_vec(), true, 0));
            self.text.push('\n');
            return;
        }
        for item in items {
            let _ = write!(self.text, "{:indent$}-", "");
            self.value(item, indent);
        }
    }

    /// A value behind `key:` or `-`, and the end of its line.
    fn value(&mut self, node: &Node, indent: usize) {
        let extra = node.extra();
        if bit(extra, 12) && !self.values.is_empty() {
            let anchor = self.values[extra as usize % self.values.len()];
            let _ = writeln!(self.text, " *a{anchor}");
            return;
        }
        let anchor = bit(extra, 15).then(|| {
            self.anchors += 1;
            let _ = write!(self.text, " &a{}", self.anchors);
            self.anchors
        });
        match node {
            Node::Block { folded, header, lines, .. } => self.block_scalar(*folded, *header, lines, indent),
            Node::List(items, false, _) if !items.is_empty() => {
                self.end_line(extra);
                self.list(items, indent + 2, false);
            }
            Node::Mapping(items, false, _) if !items.is_empty() => {
                self.end_line(extra);
                for item in items {
                    self.entry(item, indent + 2 + usize::from(extra.is_multiple_of(5)));
                }
            }
            _ => {
                self.text.push_str(if bit(extra, 18) { "\n         " } else { " " });
                self.flow_scalar(node, indent + 3);
                self.end_line(extra);
            }
        }
        let list = match node {
            Node::Mapping(..) => &mut self.mappings,
            Node::List(..) => return,
            _ => &mut self.values,
        };
        list.extend(anchor);
    }

    fn end_line(&mut self, extra: u32) {
        if bit(extra, 21) {
            let comment = self.comment();
            let _ = write!(self.text, "  {comment}");
        }
        self.text.push('\n');
    }

    fn block_scalar(&mut self, folded: bool, header: usize, lines: &[String], indent: usize) {
        let (indicators, columns) = HEADERS[header];
        let style = if folded { '>' } else { '|' };
        // Without an indicator the first line that is not blank decides: it must not be a deeper one.
        let first = lines.iter().find(|line| !line.trim().is_empty());
        let guarded = columns.is_none() && first.is_none_or(|line| line.starts_with(' '));
        let _ = writeln!(self.text, " {style}{indicators}");
        let blanks = indent + columns.unwrap_or(2);
        let guard = if guarded { Some("first $A".to_owned()) } else { None };
        for line in guard.iter().chain(lines) {
            let blanks = if line.is_empty() { 0 } else { blanks };
            let _ = writeln!(self.text, "{:blanks$}{line}", "");
        }
    }

    /// A scalar or a flow collection; lines of it that follow are indented.
    fn flow_scalar(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Plain(text, _) => {
                let text = text.replace('\n', &format!("\n{:indent$}", ""));
                self.text.push_str(&text);
            }
            Node::Single(atoms, _) => {
                let text = atoms.concat().replace('\'', "''").replace('\n', &format!("\n{:indent$}", ""));
                let _ = write!(self.text, "'{text}'");
            }
            Node::Double(atoms, extra) => {
                let text = double_quoted(&atoms.concat(), *extra, indent);
                let _ = write!(self.text, "\"{text}\"");
            }
            _ => self.flow(node),
        }
    }

    /// A node inside `[ ]` or `{ }`.
    fn flow(&mut self, node: &Node) {
        match node {
            Node::Plain(text, _)
                if text.contains(['{', '[', ',', '\n', '#', '*', '!', '?']) || text.starts_with('-') =>
            {
                let _ = write!(self.text, "{text:?}");
            }
            Node::Plain(text, _) if text.is_empty() || text.ends_with(':') => self.text.push_str("$A"),
            Node::Plain(..) | Node::Single(..) | Node::Double(..) => self.flow_scalar(node, 2),
            Node::Block { lines, .. } => self.flow_scalar(&Node::Single(lines.clone(), 0), 2),
            Node::List(items, ..) => {
                self.text.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { [", ", ",", ",\n    "][self.keys % 3] });
                    self.flow(item);
                }
                self.text.push(']');
            }
            Node::Mapping(items, ..) => {
                self.text.push('{');
                for (index, item) in items.iter().enumerate() {
                    self.text.push_str(if index == 0 { "" } else { ", " });
                    let key = self.key(0);
                    let _ = write!(self.text, "{key}: ");
                    self.flow(item);
                }
                self.text.push('}');
            }
        }
    }
}

/// Text between double quotes, with escapes of every kind, and folded lines.
fn double_quoted(text: &str, extra: u32, indent: usize) -> String {
    let mut written = String::new();
    for (index, character) in text.chars().enumerate() {
        let odd = (extra >> (index % 29)) & 3;
        match character {
            '"' | '\\' => {
                written.push('\\');
                written.push(character);
            }
            '\n' if odd == 0 => written.push_str("\\n"),
            '\n' if odd == 1 => drop(write!(written, "\\\n{:indent$}", "")),
            '\n' => drop(write!(written, "\n{:indent$}", "")),
            '\t' => written.push_str("\\t"),
            '$' if odd == 1 => written.push_str("\\x24"),
            '$' if odd == 2 => written.push_str("\\u0024"),
            'a' if odd == 1 => written.push_str("\\x07"),
            'b' if odd == 1 => written.push_str("\\N\\_\\L\\e\\0"),
            '🔑' if odd == 1 => written.push_str("\\U0001F511"),
            _ => written.push(character),
        }
    }
    written
}
