//! One or several variables of an env file with new values, and every other byte as it was.
//!
//! Above each goes its record (`# rotated: … by …`), in the place of the one that is there; what the old value's
//! `# expires:` said is not true of the new one, and goes.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::load::env_file::{self, Dialect, Entry, portable_form};
use crate::moment::Moment;
use crate::name::Name;
use crate::secret::Secret;

/// One variable's next value.
#[derive(Debug)]
pub struct Change<'a> {
    /// The variable.
    pub name: &'a Name,
    /// Its next value.
    pub value: &'a Secret,
    /// When that one ends.
    pub expires: Option<Moment>,
}

/// Who writes, and when: what the records say.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// When.
    pub at: Moment,
    /// By whom: one word.
    pub by: String,
}

/// Why a file cannot be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditFault {
    /// The file is not what its dialect takes.
    Unreadable,
    /// It does not set this variable.
    Missing,
    /// The readers of the file would not agree on the value.
    NotPortable,
    /// What would be written does not read back as it should.
    DoesNotReadBack,
}

/// The whole next file.
pub fn edit(
    contents: &[u8],
    dialect: Dialect,
    changes: &[Change<'_>],
    stamp: &Stamp,
) -> Result<Zeroizing<Vec<u8>>, EditFault> {
    let parsed = env_file::parse(contents, dialect);
    if !parsed.faults.is_empty() {
        return Err(EditFault::Unreadable);
    }
    let mut replacements = Vec::new();
    for change in changes {
        let at =
            parsed.entries.iter().position(|entry| entry.name == *change.name).ok_or(EditFault::Missing)?;
        let entry = &parsed.entries[at];
        let before = parsed.entries[..at].last().map_or(0, |before| before.value_span.end);
        // Exposed to be written.
        let text = std::str::from_utf8(change.value.expose()).map_err(|_| EditFault::NotPortable)?;
        let written = portable_form(text).ok_or(EditFault::NotPortable)?;
        replacements.extend(record_lines(contents, before, entry, change, stamp));
        replacements.push((entry.value_span.clone(), Zeroizing::new(written.as_bytes().to_vec())));
    }
    let edited = splice(contents, replacements);
    if reads_back(&edited, dialect, &parsed.entries, changes) {
        Ok(edited)
    } else {
        Err(EditFault::DoesNotReadBack)
    }
}

type Replacement = (Range<usize>, Zeroizing<Vec<u8>>);

/// The lines of the record, each in the place of the last of its kind right above the variable, else as a new line
/// there. An older one of the same kind goes. `before`: where the value of the variable above ends.
fn record_lines(
    contents: &[u8],
    before: usize,
    entry: &Entry,
    change: &Change<'_>,
    stamp: &Stamp,
) -> Vec<Replacement> {
    let start = line_start(contents, entry.value_span.start);
    let above = comments_above(contents, before, start);
    let rotated = format!("# rotated: {} by {}\n", stamp.at, stamp.by);
    let expires = change.expires.map(|day| format!("# expires: {day}\n"));
    let mut replacements = Vec::new();
    for (key, line) in [("rotated:", Some(rotated)), ("expires:", expires)] {
        let mut line = line.map(String::into_bytes);
        for found in above.iter().rev().filter(|range| is_record(&contents[(*range).clone()], key)) {
            replacements.push((found.clone(), Zeroizing::new(line.take().unwrap_or_default())));
        }
        if let Some(line) = line {
            replacements.push((start..start, Zeroizing::new(line)));
        }
    }
    replacements
}

fn line_start(contents: &[u8], at: usize) -> usize {
    contents[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

/// The comment lines that end where this line begins, newlines included, from top to bottom. A line of the value above,
/// which ends at `before`, is none of them, whatever it looks like.
fn comments_above(contents: &[u8], before: usize, mut start: usize) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    while start > 0 {
        let above = line_start(contents, start - 1);
        if above < before || contents[above..start].trim_ascii_start().first() != Some(&b'#') {
            break;
        }
        lines.push(above..start);
        start = above;
    }
    lines.reverse();
    lines
}

fn is_record(line: &[u8], key: &str) -> bool {
    let text = line.trim_ascii().strip_prefix(b"#").unwrap_or_default();
    text.trim_ascii().starts_with(key.as_bytes())
}

/// Into a buffer of the right size at once: a reallocation would leave a part of the secrets behind in freed memory.
fn splice(contents: &[u8], mut replacements: Vec<Replacement>) -> Zeroizing<Vec<u8>> {
    // Stable: what goes in at one place keeps its order.
    replacements.sort_by_key(|(range, _)| (range.start, range.end));
    let added: usize = replacements.iter().map(|(_, new)| new.len()).sum();
    let mut edited = Zeroizing::new(Vec::with_capacity(contents.len() + added));
    let mut done = 0;
    for (range, new) in &replacements {
        edited.extend_from_slice(&contents[done..range.start]);
        edited.extend_from_slice(new);
        done = range.end;
    }
    edited.extend_from_slice(&contents[done..]);
    edited
}

/// The same variables in the same order, the changed ones with their new values, and all others with their own.
fn reads_back(edited: &[u8], dialect: Dialect, before: &[Entry], changes: &[Change<'_>]) -> bool {
    let after = env_file::parse(edited, dialect);
    // Exposed to be compared with what was to be written.
    let is_as_it_should = |(old, new): (&Entry, &Entry)| {
        let change = changes.iter().find(|change| *change.name == old.name);
        let value = change.map_or(&old.value, |change| change.value);
        let dates = match change {
            Some(change) => new.record.rotated.is_some() && new.record.expires == change.expires,
            None => new.record == old.record,
        };
        old.name == new.name && value.expose() == new.value.expose() && dates
    };
    after.faults.is_empty()
        && after.entries.len() == before.len()
        && before.iter().zip(&after.entries).all(is_as_it_should)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited_in(dialect: Dialect, text: &str, changes: &[(&str, &str)]) -> Result<String, EditFault> {
        let stamp = Stamp { at: Moment::parse("2026-11-20T09:30:00Z").unwrap(), by: "ops".into() };
        let owned: Vec<(Name, Secret)> = changes
            .iter()
            .map(|(name, value)| {
                (Name::parse(name.as_bytes()).unwrap(), Secret::copied_from(value.as_bytes()))
            })
            .collect();
        let changes: Vec<Change> =
            owned.iter().map(|(name, value)| Change { name, value, expires: None }).collect();
        let edited = edit(text.as_bytes(), dialect, &changes, &stamp)?;
        Ok(String::from_utf8(edited.to_vec()).unwrap())
    }

    fn edited(text: &str, changes: &[(&str, &str)]) -> Result<String, EditFault> {
        edited_in(Dialect::Portable, text, changes)
    }

    const RECORD: &str = "# rotated: 2026-11-20T09:30:00Z by ops\n";

    #[test]
    fn every_other_byte_stays() {
        let text = "# head\n\nA='one'\n  # about B\nB=\"two words\"\n\n#C=3\nC=3";
        assert_eq!(
            edited(text, &[("B", "new"), ("C", "it's $5")]).unwrap(),
            format!("# head\n\nA='one'\n  # about B\n{RECORD}B=new\n\n#C=3\n{RECORD}C='it'\"'\"'s $5'")
        );
    }

    #[test]
    fn a_record_is_replaced_and_what_the_old_value_expired_on_goes() {
        let text =
            "# rotated: 2026-01-01 by a\n# why\n# rotated: 2026-02-01 by b\n# expires: 2026-12-31\nA=1\n";
        assert_eq!(edited(text, &[("A", "2")]).unwrap(), format!("# why\n{RECORD}A=2\n"));
        let far = "# rotated: 2026-01-01 by a\n\nA=1\n";
        assert_eq!(
            edited(far, &[("A", "2")]).unwrap(),
            format!("# rotated: 2026-01-01 by a\n\n{RECORD}A=2\n")
        );
    }

    #[test]
    fn a_new_expiry_is_written_in_the_place_of_the_old_one() {
        let stamp = Stamp { at: Moment::parse("2026-11-20").unwrap(), by: "ops".into() };
        let (name, value) = (Name::parse(b"A").unwrap(), Secret::copied_from(b"2"));
        let change = Change { name: &name, value: &value, expires: Moment::parse("2027-01-01") };
        let text = b"# expires: 2026-12-31\nA=1\n";
        let edited = edit(text, Dialect::Portable, &[change], &stamp).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&edited),
            "# expires: 2027-01-01T00:00:00Z\n# rotated: 2026-11-20T00:00:00Z by ops\nA=2\n"
        );
    }

    #[test]
    fn a_value_over_several_lines_is_replaced_whole() {
        let text = "A='one\ntwo # no comment\n'\nB=1\n";
        assert_eq!(edited(text, &[("A", "x")]).unwrap(), format!("{RECORD}A=x\nB=1\n"));
        assert_eq!(edited("A=1\n", &[("A", "p\nq")]).unwrap(), format!("{RECORD}A='p\nq'\n"));
    }

    #[test]
    fn a_value_whose_last_line_looks_like_a_record_is_no_comment() {
        let text = "A=\"one\n# rotated: 2026-01-01 by x\"\nB=1\n";
        assert_eq!(
            edited(text, &[("B", "2")]).unwrap(),
            format!("A=\"one\n# rotated: 2026-01-01 by x\"\n{RECORD}B=2\n")
        );
    }

    #[test]
    fn systemds_dialect_is_edited_too() {
        let text = "; note\nA = one two  \nB=x\\\ny\n";
        assert_eq!(
            edited_in(Dialect::Systemd, text, &[("A", "new one")]).unwrap(),
            format!("; note\n{RECORD}A ='new one'\nB=x\\\ny\n")
        );
    }

    #[test]
    fn blanks_in_the_place_of_a_value_go_with_it() {
        assert_eq!(
            edited("A= \nB=1 \n", &[("A", "x"), ("B", "two words")]).unwrap(),
            format!("{RECORD}A=x\n{RECORD}B='two words' \n")
        );
    }

    #[test]
    fn what_cannot_be_edited_is_said() {
        assert_eq!(edited("A=1\n", &[("B", "2")]), Err(EditFault::Missing));
        assert_eq!(edited("A=$x\n", &[("A", "2")]), Err(EditFault::Unreadable));
        assert_eq!(edited("A=1\nA=2\n", &[("A", "3")]), Err(EditFault::Unreadable));
        assert_eq!(edited("A=1\n", &[("A", "a\rb")]), Err(EditFault::NotPortable));
    }
}
