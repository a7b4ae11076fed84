//! Whether a trail is what was written, line by line. It reads the trail once and hashes each byte once.

use std::collections::HashMap;
use std::io::{BufRead, Result};

use super::chain::{self, Link};
use super::hash::Hash;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// It is not what its hash was made of, or no record at all.
    Changed,
    /// What stood before it is not there, or is another record than it was.
    Missing,
    /// It does not stand where it was written: the one before it is elsewhere in the trail.
    Reordered,
    /// It stands there twice.
    Repeated,
    /// A write that did not end: a full disk, a power failure, a process that was killed. Its record was never
    /// confirmed.
    Torn,
}

/// A fault, where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What a trail holds.
#[derive(Debug)]
pub struct Verdict {
    /// How many lines are records.
    pub records: usize,
    /// What is wrong, in the order of the lines.
    pub faults: Vec<Fault>,
    /// Where each record is.
    lines: HashMap<Hash, usize>,
}

impl Verdict {
    /// Whether the trail has the record with this hash.
    #[must_use]
    pub fn has(&self, hash: Hash) -> bool {
        self.lines.contains_key(&hash)
    }
}

/// One line: its place, where it is a record, and whether its end is there.
struct Line {
    link: Option<Link>,
    is_ended: bool,
}

/// Reads a trail to its end.
pub fn verify(mut trail: impl BufRead) -> Result<Verdict> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    while trail.read_until(b'\n', &mut line)? > 0 {
        let is_ended = line.last() == Some(&b'\n');
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        lines.push(Line { link: chain::link(text), is_ended });
        line.clear();
    }
    Ok(judge(&lines))
}

fn judge(lines: &[Line]) -> Verdict {
    let mut first = HashMap::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        if let Some(link) = line.link {
            first.entry(link.hash).or_insert(at + 1);
        }
    }
    let followers = followers(lines);
    let mut faults = Vec::new();
    let mut before = Hash::BEGINNING;
    for (at, line) in lines.iter().enumerate() {
        let number = at + 1;
        let mut found = |kind| faults.push(Fault { line: number, kind });
        let Some(link) = line.link else {
            found(if is_torn(followers[at], before, line.is_ended) {
                FaultKind::Torn
            } else {
                FaultKind::Changed
            });
            continue;
        };
        let is_elsewhere = link.previous == Hash::BEGINNING || first.contains_key(&link.previous);
        if !link.is_sealed {
            found(FaultKind::Changed);
        } else if first.get(&link.hash) != Some(&number) {
            found(FaultKind::Repeated);
        } else if link.previous != before && is_elsewhere {
            found(FaultKind::Reordered);
        } else if link.previous != before && is_sound(lines, at) {
            found(FaultKind::Missing);
        }
        if !line.is_ended {
            found(FaultKind::Torn);
        }
        before = link.hash;
    }
    let records = lines.iter().filter(|line| line.link.is_some()).count();
    Verdict { records, faults, lines: first }
}

/// Whether the line before this one is as it was written: what is missing before this one is not that line, which
/// is named already.
fn is_sound(lines: &[Line], at: usize) -> bool {
    at == 0 || lines[at - 1].link.is_some_and(|link| link.is_sealed)
}

/// For each line, what the next record says that it follows on.
fn followers(lines: &[Line]) -> Vec<Option<Hash>> {
    let mut next = None;
    let mut followers: Vec<Option<Hash>> = Vec::with_capacity(lines.len());
    for line in lines.iter().rev() {
        followers.push(next);
        next = line.link.map(|link| link.previous).or(next);
    }
    followers.reverse();
    followers
}

/// A piece of a record is torn where it has no end, or where the next record follows on the one before it: nothing
/// was ever chained to it. Otherwise it was a record, and somebody has changed it.
fn is_torn(next: Option<Hash>, before: Hash, is_ended: bool) -> bool {
    next.map_or(!is_ended, |previous| previous == before)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many whole lines, chained.
    fn trail(count: usize) -> Vec<Vec<u8>> {
        let mut previous = Hash::BEGINNING;
        let line = |number: usize| {
            let (line, hash) = chain::seal(&format!("{{\"n\":{number},\"previous\":\"{previous}\"}}"));
            previous = hash;
            line
        };
        (0..count).map(line).collect()
    }

    fn faults(trail: &[Vec<u8>]) -> Vec<(usize, FaultKind)> {
        let verdict = verify(&*trail.concat()).unwrap();
        verdict.faults.iter().map(|fault| (fault.line, fault.kind)).collect()
    }

    #[test]
    fn a_trail_as_it_was_written_has_no_fault() {
        for count in [0, 1, 2, 50] {
            let verdict = verify(&*trail(count).concat()).unwrap();
            assert_eq!((verdict.records, verdict.faults), (count, Vec::new()));
        }
    }

    #[test]
    fn any_flipped_byte_is_found_in_its_line() {
        let whole = trail(4);
        for line in 0..4 {
            for at in 0..whole[line].len() {
                let mut changed = whole.clone();
                changed[line][at] ^= 1;
                // Without its newline, the last line has merely no end.
                let is_end = line == 3 && at + 1 == whole[3].len();
                let found = faults(&changed);
                assert_eq!(found.first().map(|(line, _)| *line), Some(line + 1), "{line}, {at}");
                assert!(is_end || found.len() == 1, "{line}, {at}: {found:?}");
            }
        }
    }

    #[test]
    fn what_is_taken_out_moved_or_repeated_is_named_where_it_shows() {
        let whole = trail(8);
        for out in 0..7 {
            let mut cut = whole.clone();
            cut.remove(out);
            assert_eq!(faults(&cut), [(out + 1, FaultKind::Missing)]);
        }
        let mut moved = whole.clone();
        moved.swap(4, 5);
        let moved = faults(&moved);
        assert_eq!(moved[0], (5, FaultKind::Reordered));
        assert!(moved.iter().all(|(_, kind)| *kind == FaultKind::Reordered), "{moved:?}");
        let mut repeated = whole.clone();
        repeated.insert(3, whole[2].clone());
        assert_eq!(faults(&repeated), [(4, FaultKind::Repeated)]);
        // The chain alone cannot see a tail that was cut off cleanly.
        assert_eq!(faults(&whole[..5]), []);
    }

    #[test]
    fn a_record_written_anew_with_a_new_hash_is_missing_behind_it() {
        let mut whole = trail(5);
        let link = chain::link(whole[2].strip_suffix(b"\n").unwrap()).unwrap();
        whole[2] = chain::seal(&format!("{{\"n\":\"forged\",\"previous\":\"{}\"}}", link.previous)).0;
        assert_eq!(faults(&whole), [(4, FaultKind::Missing)]);
    }

    #[test]
    fn a_torn_line_is_its_own_finding_at_the_end_and_behind_it() {
        let whole = trail(3);
        for length in 1..whole[2].len() - 1 {
            let mut torn = whole.clone();
            torn[2].truncate(length);
            assert_eq!(faults(&torn), [(3, FaultKind::Torn)], "{length}");
            // What the next append leaves behind: the piece, ended, and a record that follows on the one before.
            torn[2].push(b'\n');
            torn.push(whole[2].clone());
            assert_eq!(faults(&torn), [(3, FaultKind::Torn)], "{length}");
        }
    }

    /// Counts what is read.
    struct Counted<'a>(&'a [u8], usize);

    impl std::io::Read for Counted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            let read = std::io::Read::read(&mut self.0, buffer)?;
            self.1 += read;
            Ok(read)
        }
    }

    #[test]
    fn ten_thousand_records_are_read_once() {
        let trail = trail(10_000).concat();
        let mut counted = Counted(&trail, 0);
        let verdict = verify(std::io::BufReader::new(&mut counted)).unwrap();
        assert_eq!((verdict.records, verdict.faults.len(), counted.1), (10_000, 0, trail.len()));
    }
}
