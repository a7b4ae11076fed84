//! systemd's own patterns for unit names (systemctl(1): fnmatch(3) without escapes).

/// A pattern as systemctl completes it: without a suffix it means services.
#[must_use]
pub(super) fn completed(pattern: &str) -> String {
    const SUFFIXES: [&str; 11] = [
        ".service",
        ".socket",
        ".target",
        ".device",
        ".mount",
        ".automount",
        ".swap",
        ".timer",
        ".path",
        ".slice",
        ".scope",
    ];
    let has_suffix = SUFFIXES.iter().any(|suffix| pattern.ends_with(suffix));
    if has_suffix { pattern.to_owned() } else { format!("{pattern}.service") }
}

/// Whether it stands for more than one name.
#[must_use]
pub(super) fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Whether a name is what a pattern says: `*` for any characters, `?` for one, `[a-z]` for one of these, `[!a-z]` for
/// one of the others.
#[must_use]
pub(super) fn fits(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) = (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut of_pattern) = (0, 0);
    // Behind the last `*`, and where what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        if pattern.get(of_pattern) == Some(&'*') {
            of_pattern += 1;
            star = Some((of_pattern, at));
        } else if let Some(next) = one(name[at], &pattern, of_pattern) {
            (at, of_pattern) = (at + 1, next);
        } else if let Some((behind, end)) = star {
            star = Some((behind, end + 1));
            (at, of_pattern) = (end + 1, behind);
        } else {
            return false;
        }
    }
    pattern[of_pattern..].iter().all(|rest| *rest == '*')
}

/// Whether the pattern's next part takes this character: where it goes on then.
fn one(character: char, pattern: &[char], at: usize) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => match set(&pattern[at + 1..]) {
            Some(set) => {
                let is_in = set.ranges.iter().any(|(first, last)| (*first..=*last).contains(&character));
                (is_in != set.negated).then_some(at + 1 + set.length)
            }
            // A bracket that nobody closes is itself.
            None => (character == '[').then_some(at + 1),
        },
        literal => (*literal == character).then_some(at + 1),
    }
}

/// What stands between two brackets.
struct Set {
    /// First and last characters.
    ranges: Vec<(char, char)>,
    /// Whether all but those are meant.
    negated: bool,
    /// With the closing bracket.
    length: usize,
}

fn set(pattern: &[char]) -> Option<Set> {
    let negated = matches!(pattern.first(), Some('!' | '^'));
    let begin = usize::from(negated);
    let mut ranges = Vec::new();
    let mut at = begin;
    loop {
        let first = *pattern.get(at)?;
        // The first of them may be the bracket itself.
        if first == ']' && at > begin {
            return Some(Set { ranges, negated, length: at + 1 });
        }
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some('-'), Some(last)) if *last != ']' => {
                ranges.push((first, *last));
                at += 3;
            }
            _ => {
                ranges.push((first, first));
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_for_whole_names() {
        let name = "pine@ES.service";
        for pattern in [
            "pine@ES.service",
            "pine@*",
            "*",
            "**",
            "pine@??.service",
            "pine@[EN][SQ].service",
            "pine@[A-Z]S.service",
            "pine@[!N]*",
            "pine@[^a-z]S.service",
            "*@*.service",
            "p*e@*S.ser*",
        ] {
            assert!(fits(name, pattern), "{pattern}");
        }
        for pattern in [
            "",
            "pine@ES",
            "pine@?.service",
            "pine@[a-z]S.service",
            "pine@[!E]*",
            "PINE@*",
            "pine@[ES.service",
            "*.socket",
        ] {
            assert!(!fits(name, pattern), "{pattern}");
        }
        assert!(
            fits("a]b", "a[]]b") && fits("a-b", "a[x-]b") && fits("a[b", "a[b") && !fits("axb", "a[]-]b")
        );
    }

    #[test]
    fn a_pattern_without_a_suffix_means_services() {
        assert_eq!(completed("pine@*"), "pine@*.service");
        assert_eq!(completed("pine@ES.service"), "pine@ES.service");
        assert_eq!(completed("pine.socket"), "pine.socket");
        assert!(is_glob("pine@?") && !is_glob("pine@ES"));
    }
}
