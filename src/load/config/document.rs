//! What one pass over the runtime config finds in it; `reader` makes that pass.

use std::ops::Range;

use super::fault::DocumentFault;
use super::node::Node;

/// How the worker reads the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// YAML.
    Yaml,
    /// JSON: the same events, but only double-quoted strings.
    Json,
}

/// A scalar of the worker's part that may hold a placeholder.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Its text after YAML's own quotes, escapes and folding.
    pub text: String,
    /// The keys that lead to it, with dots between them; the items of a list have the list's.
    pub path: String,
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

/// A scalar of the worker's part that stays as it is, and looks as if it named a broker's host, port, key or account.
#[derive(Debug)]
pub struct Literal {
    /// Its text.
    pub text: String,
    /// The keys that lead to it, as a scalar's; a key has its mapping's.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What the pass found.
#[derive(Debug)]
pub struct Document {
    /// How it is read.
    pub format: Format,
    /// The scalars outside the block that may hold a placeholder, in order.
    pub scalars: Vec<Scalar>,
    /// Scalars that an alias brings to another place: they are judged there and written where they stand.
    pub echoes: Vec<Scalar>,
    /// Those that may not hold one, and look like a broker's sign; keys and what an alias brings too.
    pub literals: Vec<Literal>,
    /// The value of the top-level key `envgate:`.
    pub block: Option<Node>,
    /// The bytes that the block takes, to be left out.
    pub block_span: Option<Range<usize>>,
    /// Whether a block mapping has no other key than the launcher's.
    pub block_is_all: bool,
    /// What makes the file unfit, in order.
    pub faults: Vec<DocumentFault>,
}

impl Document {
    /// What is found in a file that is no text: nothing.
    pub(super) fn unread(format: Format) -> Self {
        Self {
            format,
            scalars: Vec::new(),
            echoes: Vec::new(),
            literals: Vec::new(),
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
