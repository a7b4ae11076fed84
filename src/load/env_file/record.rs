//! What the comments right above a variable record of it: `# rotated: 2026-11-20T09:30:00Z by ops` and
//! `# expires: 2026-12-31`. The writer keeps them; a person may write them too.

use crate::moment::Moment;

/// The dates of one variable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When its value was put there.
    pub rotated: Option<Moment>,
    /// When it ends.
    pub expires: Option<Moment>,
    /// Whether a record is there that cannot be read.
    pub is_unreadable: bool,
}

impl Record {
    /// Takes a comment line, from its `#` on, where it is a record.
    pub(super) fn take(&mut self, comment: &[u8]) {
        let text = comment[1..].trim_ascii();
        let word = |key: &[u8]| {
            let value = text.strip_prefix(key)?.trim_ascii_start();
            Some(value.split(u8::is_ascii_whitespace).next().unwrap_or_default())
        };
        if let Some(word) = word(b"rotated:") {
            self.rotated = self.read(word);
        } else if let Some(word) = word(b"expires:") {
            self.expires = self.read(word);
        }
    }

    fn read(&mut self, word: &[u8]) -> Option<Moment> {
        let moment = std::str::from_utf8(word).ok().and_then(Moment::parse);
        self.is_unreadable |= moment.is_none();
        moment
    }
}

#[cfg(test)]
mod tests {
    use crate::load::env_file::{Dialect, parse};

    #[test]
    fn the_comments_right_above_a_variable_are_its_record_and_no_others() {
        let text = "# rotated: 2026-01-01T00:00:00Z by ops\n# expires: 2026-12-31\nA=1\nB=2\n\
                    #rotated: 2026-02-01\n\nC=3\n# rotated: last week\nD=4\n# was rotated: 2026-01-01\nE=5\n";
        for dialect in [Dialect::Portable, Dialect::Systemd] {
            let parsed = parse(text.as_bytes(), dialect);
            let dates: Vec<_> = parsed
                .entries
                .iter()
                .map(|entry| {
                    let shown =
                        |moment: Option<crate::moment::Moment>| moment.map(|moment| moment.to_string());
                    (shown(entry.record.rotated), shown(entry.record.expires), entry.record.is_unreadable)
                })
                .collect();
            let day = |text: &str| Some(format!("{text}T00:00:00Z"));
            assert_eq!(
                dates,
                [
                    (day("2026-01-01"), day("2026-12-31"), false),
                    (None, None, false),
                    (None, None, false),
                    (None, None, true),
                    (None, None, false),
                ],
                "{dialect:?}"
            );
        }
    }
}
