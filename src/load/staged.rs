//! What stands for an env file in a look at a launch that a rotation has staged and not promoted yet.

use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

use zeroize::Zeroizing;

use super::secure_file::{Identity, Opened};

/// The next contents of one env file.
#[derive(Clone)]
pub struct StagedFile {
    /// The env file, with all links resolved.
    pub location: PathBuf,
    /// What it will hold.
    pub contents: Rc<Zeroizing<Vec<u8>>>,
    /// The identity that it will have; none before it was written.
    pub identity: Option<Identity>,
}

impl StagedFile {
    /// Puts these contents in the place of what was read.
    pub(super) fn replace(&self, opened: &mut Opened) {
        opened.contents = Some(Zeroizing::new(self.contents.to_vec()));
        opened.identity = self.identity.unwrap_or(opened.identity);
    }
}

/// No value is shown.
impl fmt::Debug for StagedFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "StagedFile({})", self.location.display())
    }
}
