//! The identity of the env files that a worker was launched with.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

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

/// What one word of a generation stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An env file, by its whole path.
    File(PathBuf),
    /// A credential of systemd's, by its name.
    Credential(String),
}

impl Source {
    /// Sources as one text for the worker's environment: a blank between two, and in a path each blank, control and
    /// `%` as `%` and two hexadecimal digits. A path begins with `/`, a credential with `credential:`.
    #[must_use]
    pub fn as_text(sources: &[Self]) -> Vec<u8> {
        let mut text = Vec::new();
        for source in sources {
            if !text.is_empty() {
                text.push(b' ');
            }
            let bytes = match source {
                Self::File(path) => path.as_os_str().as_bytes(),
                Self::Credential(name) => {
                    text.extend_from_slice(b"credential:");
                    name.as_bytes()
                }
            };
            for byte in bytes {
                match byte {
                    0..=b' ' | b'%' | 0x7f => text.extend(format!("%{byte:02X}").bytes()),
                    _ => text.push(*byte),
                }
            }
        }
        text
    }

    /// Reads what [`Source::as_text`] wrote; nothing where it is something else.
    #[must_use]
    pub fn of_text(text: &[u8]) -> Option<Vec<Self>> {
        let words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let sources = words.map(|word| match word.strip_prefix(b"credential:") {
            Some(name) => String::from_utf8(decoded(name)?).ok().map(Self::Credential),
            None if word.starts_with(b"/") => {
                Some(Self::File(Path::new(OsStr::from_bytes(&decoded(word)?)).to_owned()))
            }
            None => None,
        });
        sources.collect()
    }
}

/// As the command line names it.
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Credential(name) => write!(formatter, "credential:{name}"),
        }
    }
}

/// Each `%` with its two digits as the byte that it stands for.
fn decoded(word: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.iter();
    while let Some(byte) = rest.next() {
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(bytes)
}

/// One word of a generation. FNV-1a over the four numbers: the same on every host and in every version, and nobody
/// gains by a collision.
#[must_use]
pub fn word(identity: &Identity) -> String {
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
    fn sources_are_read_as_they_are_written_whatever_their_names() {
        let file = |path: &[u8]| Source::File(PathBuf::from(OsStr::from_bytes(path)));
        let sources = [
            file(b"/etc/envgate/env/pine.live.env"),
            file(b"/srv/with blank/100%/new\nline:\xff.env"),
            Source::Credential("token".into()),
        ];
        let text = Source::as_text(&sources);
        assert_eq!(
            text,
            b"/etc/envgate/env/pine.live.env /srv/with%20blank/100%25/new%0Aline:\xff.env credential:token"
        );
        assert_eq!(Source::of_text(&text).unwrap(), sources);
        assert_eq!(Source::of_text(b"").unwrap(), []);
        for text in [&b"relative"[..], b"/a%", b"/a%2", b"/a%zz", b"credential:\xff"] {
            assert_eq!(Source::of_text(text), None, "{text:?}");
        }
    }

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
