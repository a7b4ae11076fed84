//! Anchors, and what an alias of one may not carry from one part of the document into another.

use std::collections::BTreeSet;

use crate::load::config::fault::FaultKind;

/// The anchors that matter, by the parser's numbers.
#[derive(Default)]
pub(super) struct Anchors {
    /// Defined in the block: nothing outside may use them, since the block is left out.
    in_block: BTreeSet<usize>,
    /// On keys that may hold a placeholder, which stay as they are: no alias may stand for a value.
    frozen: BTreeSet<usize>,
    /// On values that may hold a placeholder, which are expanded: no alias may stand for a key.
    expanded: BTreeSet<usize>,
}

impl Anchors {
    pub(super) fn define_in_block(&mut self, id: usize) {
        self.in_block.insert(id);
    }

    /// An anchor on a text that may hold a placeholder.
    pub(super) fn define(&mut self, id: usize, in_key: bool) {
        if in_key { &mut self.frozen } else { &mut self.expanded }.insert(id);
    }

    /// What is wrong with an alias outside the block.
    pub(super) fn faults_of_alias(&self, id: usize, in_key: bool) -> impl Iterator<Item = FaultKind> {
        let opposite = if in_key { &self.expanded } else { &self.frozen };
        let from_block = self.in_block.contains(&id).then_some(FaultKind::BlockAnchor);
        let two_meanings = opposite.contains(&id).then_some(FaultKind::KeyAlias);
        from_block.into_iter().chain(two_meanings)
    }
}
