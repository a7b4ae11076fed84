//! How a line is sealed. It ends in `,"previous":"…","hash":"…"}`, and its hash is that of the line as it is without
//! `,"hash":"…"`: no byte of it can change unseen, and nothing has to be written anew to check it.

use super::hash::Hash;

/// A line's length at the most, with its end: a tail of the file that is this long and as much again holds a record.
pub(super) const MAX_LINE: usize = 128 << 10;

const PREVIOUS: &[u8] = b",\"previous\":\"";
const HASH: &[u8] = b"\",\"hash\":\"";
const END: &[u8] = b"\"}";

/// A line's place in the chain, as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) previous: Hash,
    pub(super) hash: Hash,
    /// Whether the hash is that of the line.
    pub(super) is_sealed: bool,
}

/// Closes a record, which is an object that ends in `previous`: the line with its end, and the hash.
pub(super) fn seal(json: &str) -> (Vec<u8>, Hash) {
    let hash = Hash::of(&[json.as_bytes()]);
    let open = json.strip_suffix('}').unwrap_or(json);
    debug_assert!(open.len() < json.len());
    (format!("{open},\"hash\":\"{hash}\"}}\n").into_bytes(), hash)
}

/// The place of a line, without its end; none where it is no record.
pub(super) fn link(line: &[u8]) -> Option<Link> {
    let rest = line.strip_suffix(END)?;
    let (rest, hash) = rest.split_at_checked(rest.len().checked_sub(Hash::LENGTH)?)?;
    // The hashed text goes on to the quote behind `previous`.
    let hashed = &rest[..(rest.len() + 1).checked_sub(HASH.len())?];
    let rest = rest.strip_suffix(HASH)?;
    let (rest, previous) = rest.split_at_checked(rest.len().checked_sub(Hash::LENGTH)?)?;
    if !rest.starts_with(b"{") || !rest.ends_with(PREVIOUS) {
        return None;
    }
    let (previous, hash) = (Hash::parse(previous)?, Hash::parse(hash)?);
    Some(Link { previous, hash, is_sealed: Hash::of(&[hashed, b"}"]) == hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Vec<u8> {
        let json = format!("{{\"a\":\"x\",\"previous\":\"{}\"}}", Hash::BEGINNING);
        let (mut line, hash) = seal(&json);
        assert_eq!(line.pop(), Some(b'\n'));
        assert_eq!(link(&line), Some(Link { previous: Hash::BEGINNING, hash, is_sealed: true }));
        line
    }

    #[test]
    fn no_bit_of_a_line_can_be_another() {
        let line = line();
        for at in 0..line.len() {
            for bit in 0..8 {
                let mut changed = line.clone();
                changed[at] ^= 1 << bit;
                assert!(link(&changed).is_none_or(|link| !link.is_sealed), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_part_of_a_line_is_no_record() {
        let line = line();
        for length in 0..line.len() {
            assert_eq!(link(&line[..length]), None);
        }
        assert_eq!(link(b"\",\"hash\":\"\"}"), None);
    }
}
