//! The spellings that envgate shares with shellexpand (`$NAME`, `${NAME}`, `${NAME:-default}`) mean the same to both.

use envgate::resolve::placeholder::{Piece, pieces};
use libtest_mimic::Trial;
use proptest::collection::vec;
use proptest::prelude::*;

use super::bulk::{self, Verdict};

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("shellexpand_expands_the_shared_spellings_alike", || {
        Ok(bulk::hold(&template(), 4000, |texts| texts.iter().map(|text| alike(text)).collect())?
            .at_least(100)?)
    })]
}

fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(&["$A", "${A}", "$LONG_name2", "${LONG_name2}", "$_", "${_x}", "${A:-default}",
            "${UNSET:-a b}", "${UNSET:-}", "${UNSET:-it's \"x\"}", "${A:-:-}", "${UNSET:-$}"]).prop_map(str::to_owned),
        // No letter beyond ASCII: shellexpand alone takes one for a part of a name.
        2 => "[a-z ./:{}<>-]{1,5}",
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// What both know: every other name would be an error here and is left alone there.
fn value(name: &str) -> Option<String> {
    (!name.starts_with("UNSET")).then(|| format!("<{name} $A ${{A}}>"))
}

fn alike(text: &str) -> Verdict {
    let theirs = shellexpand::env_with_context_no_errors(text, value);
    let piece = |piece: Piece<'_>| match piece {
        Piece::Literal(text) | Piece::Malformed(text) => text.to_owned(),
        Piece::Dollar => "$".to_owned(),
        Piece::Placeholder { name, default, .. } => {
            value(name).or_else(|| default.map(str::to_owned)).unwrap_or_default()
        }
    };
    let ours: String = pieces(text).map(piece).collect();
    if ours == theirs {
        Verdict::Alike
    } else {
        Verdict::Differs(format!("{ours:?} and {theirs:?} of {text:?}"))
    }
}
