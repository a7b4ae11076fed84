//! A secret value: bytes that are wiped when dropped and never printed.
//!
//! There is no `Display`, no `Clone` and no comparison with `==`; what needs the bytes says
//! [`Secret::expose`], which is short to grep for and long enough to notice in a review.

use std::fmt;

use zeroize::Zeroizing;

/// Bytes that never show in a log, an error or a debug print.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership; the caller's buffer becomes the secret's, nothing is copied.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A secret copy of bytes that live in a buffer which is itself wiped.
    #[must_use]
    pub fn copied_from(bytes: &[u8]) -> Self {
        Self::new(bytes.to_vec())
    }

    /// The value itself. Each call has its reason in sight: rendering, the worker's environment, a rule.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Length in characters; in bytes where the value is no text.
    #[must_use]
    pub fn characters(&self) -> usize {
        std::str::from_utf8(&self.0).map_or(self.0.len(), |text| text.chars().count())
    }

    /// Whether the value is the empty string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_print_shows_neither_the_value_nor_its_length() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "Secret(…)");
    }
}
