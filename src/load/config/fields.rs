//! Reads a mapping of the block key by key. Every key that is asked for is a known one, so that an unknown
//! key can be reported with the nearest of them, and no second list of keys exists.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::node::{Node, NodeKind};
use crate::finding::{Finding, Findings, Gate, Place};
use crate::moment;

/// The entries of one mapping that are still unread.
pub(in crate::load) struct Fields<'n, 'f> {
    entries: Vec<(&'n Node, &'n Node)>,
    asked: Vec<&'static str>,
    file: &'f Path,
    findings: &'f mut Findings,
    /// What the mapping is, for messages: "the envgate: block".
    what: &'static str,
}

impl<'n, 'f> Fields<'n, 'f> {
    /// Takes a mapping apart; where the node is none, that is a finding and there are no fields.
    pub(in crate::load) fn of(
        node: &'n Node,
        what: &'static str,
        file: &'f Path,
        findings: &'f mut Findings,
    ) -> Self {
        let mut fields = Self { entries: Vec::new(), asked: Vec::new(), file, findings, what };
        match &node.kind {
            NodeKind::Mapping(entries) => {
                let mut lines = BTreeMap::new();
                for (key, value) in entries {
                    fields.add(key, value, &mut lines);
                }
            }
            NodeKind::Null => {}
            _ => fields.expected("a mapping", node),
        }
        fields
    }

    /// Adds an entry; `lines` has the line of each key so far.
    fn add(&mut self, key: &'n Node, value: &'n Node, lines: &mut BTreeMap<&'n str, usize>) {
        let Some(text) = key.text() else { return self.expected("a plain text as key", key) };
        if let Some(first_line) = lines.get(text) {
            let what = format!("this key is already on line {first_line}");
            let finding = Finding::refuses(Gate::Duplicate, what)
                .why("which of the two holds would be a guess")
                .mend("remove one of the two");
            self.push(finding, key);
            return;
        }
        lines.insert(text, key.line);
        self.entries.push((key, value));
    }

    /// The value of a key.
    pub(in crate::load) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.asked.push(key);
        let at = self.entries.iter().position(|(name, _)| name.text() == Some(key))?;
        Some(self.entries.remove(at).1)
    }

    /// All entries, for a mapping whose keys are names.
    pub(in crate::load) fn take_all(&mut self) -> Vec<(&'n Node, &'n Node)> {
        std::mem::take(&mut self.entries)
    }

    /// A text, as written: `1`, `yes` and `"1"` are what stands there.
    pub(in crate::load) fn text(&mut self, key: &'static str) -> Option<&'n str> {
        let node = self.take(key)?;
        node.text().or_else(|| {
            self.expected("a single value", node);
            None
        })
    }

    /// `true` or `false`.
    pub(in crate::load) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.take(key)?;
        match node.text() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => {
                self.expected("true or false", node);
                None
            }
        }
    }

    /// One of several words.
    pub(in crate::load) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let node = self.take(key)?;
        let found = words.iter().find(|(word, _)| node.text() == Some(word)).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.unknown_word(key, &words, node);
        }
        found
    }

    /// A word that is none of those which the key takes.
    pub(in crate::load) fn unknown_word(&mut self, key: &str, words: &[&str], node: &Node) {
        let finding = Finding::refuses(Gate::Syntax, format!("{key}: takes one of {}", words.join(", ")))
            .why("another word would be a rule that nobody keeps")
            .mend("write one of these words");
        self.push(finding, node);
    }

    /// A list of texts, each with its place.
    pub(in crate::load) fn texts(&mut self, key: &'static str) -> Option<Vec<(&'n str, &'n Node)>> {
        let node = self.take(key)?;
        let NodeKind::Sequence(items) = &node.kind else {
            self.expected("a list", node);
            return None;
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.text() {
                Some(text) => texts.push((text, item)),
                None => self.expected("a single value", item),
            }
        }
        Some(texts)
    }

    /// A span of time.
    pub(in crate::load) fn duration(&mut self, key: &'static str) -> Option<Duration> {
        let node = self.take(key)?;
        let duration = node.text().and_then(moment::parse_duration);
        if duration.is_none() {
            let finding = Finding::refuses(Gate::Syntax, format!("{key}: takes a span of time"))
                .why("a limit that cannot be read would silently not hold")
                .mend(format!("write a number with its unit, such as {key}: 30d or {key}: 12h"));
            self.push(finding, node);
        }
        duration
    }

    /// A list of texts, as they are written.
    pub(in crate::load) fn words(&mut self, key: &'static str) -> Option<Vec<String>> {
        let texts = self.texts(key)?;
        Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect())
    }

    /// A value of the wrong shape.
    pub(in crate::load) fn expected(&mut self, shape: &str, node: &Node) {
        let what = format!("{} has {} where {shape} belongs", self.what, node.describe());
        let finding = Finding::refuses(Gate::Syntax, what)
            .why("a rule that cannot be read would silently not hold")
            .mend("write it as the README shows (man 5 envgate.yml, man 5 envgate-policy)");
        self.push(finding, node);
    }

    /// A finding at a node's place.
    pub(in crate::load) fn push(&mut self, finding: Finding, node: &Node) {
        self.findings.push(finding.at(Place::at(self.file, node.line, node.column)));
    }

    /// The file, and where its findings go: for what is nested.
    pub(in crate::load) fn context(&mut self) -> (&'f Path, &mut Findings) {
        (self.file, self.findings)
    }

    /// Reports every key that nothing asked for.
    pub(in crate::load) fn finish(mut self) {
        let asked = std::mem::take(&mut self.asked);
        for (key, _) in std::mem::take(&mut self.entries) {
            let (what, mend) = unknown(key.text().unwrap_or(""), self.what, &asked);
            let finding = Finding::refuses(Gate::Syntax, what)
                .why("a misspelt rule would silently not hold")
                .mend(mend);
            self.push(finding, key);
        }
    }
}

/// What an unknown key is called, and its mend. A misspelt key is named; any other text is not repeated, since it
/// may be a secret that slipped into the wrong line.
fn unknown(text: &str, what: &str, asked: &[&'static str]) -> (String, String) {
    let all = asked.join(", ");
    let distance = |known: &&&str| strsim::damerau_levenshtein(known, text);
    match asked.iter().min_by_key(distance) {
        Some(nearest) if distance(&nearest) <= 2.max(nearest.len() / 3) => (
            format!("{what} does not know the key {}", shown(text)),
            format!("did you mean {nearest}? Known here: {all}"),
        ),
        Some(_) => (format!("{what} does not know this key"), format!("remove it. Known here: {all}")),
        None => (format!("{what} does not know this key"), "remove it".to_owned()),
    }
}
/// A key as an error shows it: short, and without characters that a terminal obeys.
fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}
