//! The placeholder language: `${NAME}`, `$NAME`, `$<NAME>`, `${NAME:-default}`, and `$$` for a literal `$`.
//!
//! A `$` that starts none of these is literal. There is one pass: what a value contains is never expanded again.

use crate::name::is_name_byte;

/// A piece of a text with placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it is.
    Literal(&'a str),
    /// `$$`.
    Dollar,
    /// A placeholder.
    Placeholder {
        /// The variable's name.
        name: &'a str,
        /// The text for an unset or empty variable.
        default: Option<&'a str>,
        /// The whole spelling.
        spelling: &'a str,
    },
    /// `${` that begins no placeholder: literal, but hardly meant.
    Malformed(&'a str),
}

/// Takes a text apart.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    // Behind the last brace nothing is searched for one: a row of `${` would be searched to its end each time.
    let braces_end = text.rfind('}').map_or(0, |brace| brace + 1);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, length) = match rest.find('$') {
            Some(0) => at_dollar(rest, text.len() - rest.len() < braces_end),
            Some(dollar) => (Piece::Literal(&rest[..dollar]), dollar),
            None => (Piece::Literal(rest), rest.len()),
        };
        rest = &rest[length..];
        Some(piece)
    })
}

/// The piece that a `$` begins. `closes`: whether a `}` stands anywhere behind it.
fn at_dollar(text: &str, closes: bool) -> (Piece<'_>, usize) {
    let after = &text[1..];
    if after.starts_with('$') {
        return (Piece::Dollar, 2);
    }
    let braced = after.strip_prefix('{').filter(|_| closes).and_then(|inner| braced(text, inner));
    let angled = after.strip_prefix('<').and_then(|inner| {
        let name = leading_name(inner)?;
        let length = name.len() + 3;
        (inner[name.len()..].starts_with('>'))
            .then(|| (Piece::Placeholder { name, default: None, spelling: &text[..length] }, length))
    });
    let bare = leading_name(after).map(|name| {
        let length = name.len() + 1;
        (Piece::Placeholder { name, default: None, spelling: &text[..length] }, length)
    });
    if let Some(found) = braced.or(angled).or(bare) {
        return found;
    }
    if after.starts_with('{') {
        let close = if closes { text.find('}') } else { None };
        let length = close.map_or(2, |close| close + 1);
        return (Piece::Malformed(&text[..length]), length);
    }
    (Piece::Literal(&text[..1]), 1)
}

fn braced<'a>(text: &'a str, inner: &'a str) -> Option<(Piece<'a>, usize)> {
    let name = leading_name(inner)?;
    let behind = &inner[name.len()..];
    if behind.starts_with('}') {
        let length = name.len() + 3;
        return Some((Piece::Placeholder { name, default: None, spelling: &text[..length] }, length));
    }
    let default = behind.strip_prefix(":-")?;
    let default = &default[..default.find('}')?];
    let length = 2 + name.len() + 2 + default.len() + 1;
    // A default is literal; one with a placeholder in it would end at the wrong brace.
    (!default.contains("${"))
        .then_some((Piece::Placeholder { name, default: Some(default), spelling: &text[..length] }, length))
}

fn leading_name(text: &str) -> Option<&str> {
    let length = text.bytes().position(|byte| !is_name_byte(byte)).unwrap_or(text.len());
    let name = &text[..length];
    (!name.is_empty() && !name.as_bytes()[0].is_ascii_digit()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholder<'a>(name: &'a str, default: Option<&'a str>, spelling: &'a str) -> Piece<'a> {
        Piece::Placeholder { name, default, spelling }
    }

    #[test]
    fn each_spelling_is_read() {
        for (text, expected) in [
            ("${A}", placeholder("A", None, "${A}")),
            ("$A_1", placeholder("A_1", None, "$A_1")),
            ("$<A>", placeholder("A", None, "$<A>")),
            ("${A:-b c}", placeholder("A", Some("b c"), "${A:-b c}")),
            ("${A:-}", placeholder("A", Some(""), "${A:-}")),
            ("$$", Piece::Dollar),
            ("$", Piece::Literal("$")),
            ("$4", Piece::Literal("$")),
            ("${}", Piece::Malformed("${}")),
            ("${A", Piece::Malformed("${")),
            ("${1A}", Piece::Malformed("${1A}")),
            ("${A:?x}", Piece::Malformed("${A:?x}")),
            ("${A:-${B}}", Piece::Malformed("${A:-${B}")),
        ] {
            assert_eq!(pieces(text).next(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_row_of_open_braces_is_passed_over_once() {
        // Of the processor: on a busy machine a clock says nothing.
        let spent = || nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID.now().expect("a clock").tv_sec();
        let before = spent();
        assert_eq!(pieces(&"${".repeat(1 << 19)).count(), 1 << 19);
        assert_eq!(pieces(&("$A}".to_owned() + &"${".repeat(1 << 19))).count(), 2 + (1 << 19));
        // In one pass some milliseconds; with a search to the end from each, minutes.
        assert!(spent() - before < 10);
    }

    #[test]
    fn text_between_placeholders_is_kept() {
        let found: Vec<_> = pieces("a$B-$4,044é$<C>$$D").collect();
        assert_eq!(
            found,
            [
                Piece::Literal("a"),
                placeholder("B", None, "$B"),
                Piece::Literal("-"),
                Piece::Literal("$"),
                Piece::Literal("4,044é"),
                placeholder("C", None, "$<C>"),
                Piece::Dollar,
                Piece::Literal("D"),
            ]
        );
    }
}
