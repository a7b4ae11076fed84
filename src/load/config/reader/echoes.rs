//! What an alias brings to its place: the texts of its anchor once more, under another path, where they may mean
//! something else. A host that is declared a feed's is none where orders are sent.

use granit_parser::Span;

use super::Reader;
use crate::load::config::document::{Document, Literal, Scalar};

/// So many texts may come again: a config of aliases of aliases would fill the memory.
const MAX_ECHOES: usize = 100_000;

/// How many texts of each kind the document has so far.
#[derive(Clone, Copy)]
struct Mark {
    literals: usize,
    scalars: usize,
    echoes: usize,
}

impl Mark {
    fn of(document: &Document) -> Self {
        Self {
            literals: document.literals.len(),
            scalars: document.scalars.len(),
            echoes: document.echoes.len(),
        }
    }
}

/// A node that has an anchor.
struct Anchored {
    /// By the parser's number.
    id: usize,
    path: String,
    /// How many collections were open when it began.
    depth: usize,
    begin: Mark,
    /// None while it is open; an alias within itself brings nothing new.
    end: Option<Mark>,
}

/// Every node with an anchor, and which texts are in it.
#[derive(Default)]
pub(super) struct Echoes {
    /// In the order of their numbers.
    anchored: Vec<Anchored>,
    /// Those that are open, the innermost last.
    open: Vec<usize>,
}

impl Echoes {
    /// A node with an anchor begins.
    pub(super) fn begin(&mut self, id: usize, path: String, depth: usize, document: &Document) {
        self.open.push(self.anchored.len());
        self.anchored.push(Anchored { id, path, depth, begin: Mark::of(document), end: None });
    }

    /// A node has ended that began with so many open collections.
    pub(super) fn end(&mut self, depth: usize, document: &Document) {
        let Some(last) = self.open.last().map(|at| &mut self.anchored[*at]) else { return };
        if last.depth == depth {
            last.end = Some(Mark::of(document));
            self.open.pop();
        }
    }

    /// An alias of an anchor stands at this path, line and column. False where there are too many of them.
    pub(super) fn repeat(
        &self,
        id: usize,
        path: &str,
        place: (usize, usize),
        document: &mut Document,
    ) -> bool {
        // The parser gives each anchor a number of its own, so a name that is used again is another one.
        let at = self.anchored.binary_search_by_key(&id, |anchored| anchored.id);
        let Ok(anchored) = at.map(|at| &self.anchored[at]) else { return true };
        let Some(end) = anchored.end else { return true };
        let begin = anchored.begin;
        let count = end.literals - begin.literals + end.scalars - begin.scalars + end.echoes - begin.echoes;
        if document.literals.len() + document.echoes.len() + count > MAX_ECHOES {
            return false;
        }
        let (line, column) = place;
        let literals: Vec<Literal> = document.literals[begin.literals..end.literals]
            .iter()
            .map(|literal| Literal {
                text: literal.text.clone(),
                path: moved(&literal.path, &anchored.path, path),
                line,
                column,
            })
            .collect();
        let of_scalars = document.scalars[begin.scalars..end.scalars].iter();
        let scalars: Vec<Scalar> = of_scalars
            .chain(&document.echoes[begin.echoes..end.echoes])
            .map(|scalar| Scalar {
                path: moved(&scalar.path, &anchored.path, path),
                line,
                column,
                ..scalar.clone()
            })
            .collect();
        document.literals.extend(literals);
        document.echoes.extend(scalars);
        true
    }
}

impl Reader<'_> {
    /// An anchor is rare: without one, nothing is noted.
    pub(super) fn begin_anchored(&mut self, anchor: usize) {
        if anchor != 0 {
            self.echoes.begin(anchor, self.path(), self.frames.len(), &self.document);
        }
    }

    pub(super) fn end_anchored(&mut self, anchor: usize) {
        if anchor != 0 {
            self.echoes.end(self.frames.len(), &self.document);
        }
    }

    /// A key that is no text has a name all the same, or its value would have the path of the key before.
    pub(super) fn name_key(&mut self, span: &Span) {
        if self.at_key() {
            self.keys.add_unnamed(span);
        }
    }
}

/// A path below one node as it is below another.
fn moved(path: &str, from: &str, to: &str) -> String {
    let rest = path.strip_prefix(from).unwrap_or(path).trim_start_matches('.');
    let dot = if rest.is_empty() || to.is_empty() { "" } else { "." };
    format!("{to}{dot}{rest}")
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn a_path_moves_with_its_node() {
        for (path, from, to, expected) in [
            ("feed.url", "feed.url", "orders.url", "orders.url"),
            ("feed.url", "feed", "orders", "orders.url"),
            ("feed.a.url", "feed", "", "a.url"),
            ("url", "", "orders", "orders.url"),
            ("feed", "feed", "orders", "orders"),
        ] {
            assert_eq!(moved(path, from, to), expected, "{path}");
        }
    }
}
