//! Asking for the new values.

use std::io::Read;

use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::error::Error;
use crate::rotation::{Stopped, Targets};
use crate::secret::Secret;

/// One value for each question.
pub(super) fn values(
    targets: &Targets,
    _value_fd: Option<i32>,
    _caller: &Caller,
) -> Result<Vec<Secret>, Stopped> {
    let mut all = Zeroizing::new(Vec::with_capacity(1 << 20));
    std::io::stdin()
        .take(1 << 20)
        .read_to_end(&mut all)
        .map_err(|_| Error::system("read the new values", nix::errno::Errno::EIO))?;
    let text = all.strip_suffix(b"\n").unwrap_or(&all);
    Ok(if targets.questions.len() == 1 {
        vec![Secret::copied_from(text)]
    } else {
        text.split(|byte| *byte == b'\n').map(Secret::copied_from).collect()
    })
}
