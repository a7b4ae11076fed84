//! The identity of the env files that a worker was launched with.

use std::fmt;

use crate::load::secure_file::{Identity, Opened};

/// Device, inode, mtime and size of each env file, folded into a short word. Nothing in it is derived from a
/// value, so it may be logged; a file that was renamed keeps its part, one that was written anew does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation(String);

impl Generation {
    /// The generation of these files, in their order: one word of 12 hexadecimal digits a file, joined with
    /// dots; `none` without files.
    pub fn of<'a>(files: impl Iterator<Item = &'a Opened>) -> Self {
        let words: Vec<String> = files.map(|opened| word(&opened.identity)).collect();
        Self(if words.is_empty() { "none".to_owned() } else { words.join(".") })
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// FNV-1a over the four numbers: the same on every host and in every version, and nobody gains by a collision.
fn word(identity: &Identity) -> String {
    let numbers = [
        identity.device.to_le_bytes().to_vec(),
        identity.inode.to_le_bytes().to_vec(),
        identity.modified.to_le_bytes().to_vec(),
        identity.size.to_le_bytes().to_vec(),
    ];
    let hash = numbers.iter().flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:012x}", hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_four_numbers_makes_another_generation() {
        let identity = Identity { device: 1, inode: 2, modified: 3, size: 4 };
        let words = [
            word(&identity),
            word(&Identity { device: 9, ..identity }),
            word(&Identity { inode: 9, ..identity }),
            word(&Identity { modified: 9, ..identity }),
            word(&Identity { size: 9, ..identity }),
        ];
        for (index, one) in words.iter().enumerate() {
            assert!(!words[index + 1..].contains(one) && one.len() == 12);
        }
    }
}
