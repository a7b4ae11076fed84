//! The launcher's block as a tree, each node with its place.

/// A node of the block.
#[derive(Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What a node is.
#[derive(Debug)]
pub enum NodeKind {
    /// Nothing, `~` or `null`.
    Null,
    /// A text, number or boolean, as it is written.
    Scalar {
        /// The text, with quotes and escapes resolved.
        text: String,
        /// Whether it stands without quotes.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, in order.
    Mapping(Vec<(Node, Node)>),
    /// `*name`, which the block does not take.
    Alias,
}

impl Node {
    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What the node is, for a person.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Scalar { .. } => "a single value",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Alias => "an alias",
        }
    }
}
