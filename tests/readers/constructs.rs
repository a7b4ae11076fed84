//! The constructs on which readers of env files disagree, one by one: what each dialect makes of it. What is
//! accepted here is also given to every reader that the dialect speaks of.

use envgate::load::env_file::{Dialect, FaultKind, parse};
use libtest_mimic::{Failed, Trial};

use super::bulk::Verdict;
use super::env_files::{compare, trial};
use super::reader::Reader;

/// What a dialect makes of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Makes {
    /// `K` gets this value, and there is no fault.
    K(&'static str),
    /// The first fault is this one.
    Fault(FaultKind),
    /// No variable and no fault.
    Nothing,
}

#[allow(clippy::enum_glob_use, reason = "the table names nearly all of them")]
use FaultKind::*;
use Makes::{Fault, K, Nothing};

/// A file, and what the portable and the systemd dialect make of it.
pub const CONSTRUCTS: &[(&str, Makes, Makes)] = &[
    // What is portable.
    ("K=v", K("v"), K("v")),
    ("  K=v", K("v"), K("v")),
    ("\tK=v\n", K("v"), K("v")),
    ("K=v  \n", K("v"), K("v")),
    ("K=v\t\n", K("v"), K("v")),
    ("K=", K(""), K("")),
    ("K=''", K(""), K("")),
    ("K=\"\"", K(""), K("")),
    ("K=  \n", K(""), K("")),
    ("K=aZ0_./:@%+,=^*?![]{}-~", K("aZ0_./:@%+,=^*?![]{}-~"), K("aZ0_./:@%+,=^*?![]{}-~")),
    (
        "K='a b # $c & ; | \" < > ( ) `d` é'",
        K("a b # $c & ; | \" < > ( ) `d` é"),
        K("a b # $c & ; | \" < > ( ) `d` é"),
    ),
    ("K='a\n# b\nX=1\n'\n", K("a\n# b\nX=1\n"), K("a\n# b\nX=1\n")),
    ("K=\"it's\nhere\"", K("it's\nhere"), K("it's\nhere")),
    ("K=\"a\\\\b\\\"c\"", K("a\\b\"c"), K("a\\b\"c")),
    ("K='it'\"'\"'s'", K("it's"), K("it's")),
    ("K='C:\\dir'\"\\\\\"", K("C:\\dir\\"), K("C:\\dir\\")),
    ("K='a\\\\'", K("a\\\\"), K("a\\\\")),
    ("# it's a \"comment\" with K=1", Nothing, Nothing),
    ("\n \n\t\n", Nothing, Nothing),
    ("", Nothing, Nothing),
    // Expansion.
    ("K=a$b", Fault(Dollar), K("a$b")),
    ("K=$API_KEY", Fault(Dollar), K("$API_KEY")),
    ("K=pa$$word", Fault(Dollar), K("pa$$word")),
    ("K=$2b$12$x", Fault(Dollar), K("$2b$12$x")),
    ("K=abc$", Fault(Dollar), K("abc$")),
    ("K=${A:-d}", Fault(Dollar), K("${A:-d}")),
    ("K='${A}'", K("${A}"), K("${A}")),
    ("K=$(id)", Fault(Dollar), K("$(id)")),
    ("K=`id`", Fault(Backtick), K("`id`")),
    ("K=\"$A\"", Fault(DollarInQuotes), K("$A")),
    ("K=\"a$\"", Fault(DollarInQuotes), K("a$")),
    ("K=\"\\$A\"", Fault(EscapeInQuotes), K("$A")),
    ("K=\"`id`\"", Fault(BacktickInQuotes), K("`id`")),
    ("K=~/x", Fault(Tilde), K("~/x")),
    ("K=/a:~/b", Fault(Tilde), K("/a:~/b")),
    // Comments.
    ("K=v # c", Fault(CommentAfterValue), K("v # c")),
    ("K=\"v\" # c", Fault(CommentAfterValue), K("v# c")),
    ("K=v  # don't\n", Fault(CommentAfterValue), K("v  # don't")),
    ("K=#x", Fault(HashInValue), K("#x")),
    ("K=a#b", Fault(HashInValue), K("a#b")),
    ("; c", Fault(Semicolon), Nothing),
    ("# c \\\nK=v\n", Fault(CommentBackslash), Fault(CommentBackslash)),
    ("; c \\\n", Fault(Semicolon), Fault(CommentBackslash)),
    // Names and assignments.
    ("export K=v", Fault(Export), Fault(Export)),
    ("export\tK=v", Fault(Export), Fault(Export)),
    ("K = v", Fault(BlankBeforeEquals), K("v")),
    ("K= v", Fault(BlankAfterEquals), K("v")),
    ("K", Fault(NoEquals), Fault(NoEquals)),
    ("K: v", Fault(NoEquals), Fault(NoEquals)),
    ("K: a=b", Fault(InvalidName), Fault(InvalidName)),
    ("app.key=v", Fault(InvalidName), Fault(InvalidName)),
    ("app-key=v", Fault(InvalidName), Fault(InvalidName)),
    ("1K=v", Fault(InvalidName), Fault(InvalidName)),
    ("=v", Fault(InvalidName), Fault(InvalidName)),
    ("Ké=v", Fault(InvalidName), Fault(InvalidName)),
    ("UID=1", Fault(ShellName), Nothing),
    ("RANDOM=1", Fault(ShellName), Nothing),
    ("_=1", Fault(ShellName), Nothing),
    ("BASH_ENV=/x", Fault(ShellName), Nothing),
    ("K=1\nK=2\n", Fault(Duplicate { first_line: 1 }), Fault(Duplicate { first_line: 1 })),
    // Words and operators.
    ("K=two words", Fault(Words), K("two words")),
    ("K=a&b", Fault(Operator), K("a&b")),
    ("K=a;b", Fault(Operator), K("a;b")),
    ("K=a|b", Fault(Operator), K("a|b")),
    ("K=a>b", Fault(Operator), K("a>b")),
    ("K=a(b", Fault(Operator), K("a(b")),
    ("K=?token=t&x=2", Fault(Operator), K("?token=t&x=2")),
    // Quotes and backslashes.
    ("K=a'b'c", Fault(QuoteInValue), K("a'b'c")),
    ("K={\"a\":1}", Fault(QuoteInValue), K("{\"a\":1}")),
    ("K=it's", Fault(QuoteInValue), K("it's")),
    ("K='a'b", Fault(Glued), K("ab")),
    ("K='it'\\''s'", Fault(Glued), K("it''s'")),
    ("K='it\\'s'", Fault(BackslashBeforeQuote), K("it\\s'")),
    ("K='C:\\dir\\'", Fault(BackslashBeforeQuote), K("C:\\dir\\")),
    ("K=\"a\\nb\"", Fault(EscapeInQuotes), K("a\\nb")),
    ("K=\"C:\\Users\"", Fault(EscapeInQuotes), K("C:\\Users")),
    ("K=\"a\\!b\"", Fault(EscapeInQuotes), K("a\\!b")),
    ("K=\"abc\\\ndef\"", Fault(EscapeInQuotes), K("abcdef")),
    ("K=a\\nb", Fault(Backslash), K("anb")),
    ("K=abc\\\ndef\n", Fault(Backslash), K("abcdef")),
    ("K='a", Fault(UnclosedQuote), Fault(UnclosedQuote)),
    ("K=\"a\nX=1\n", Fault(UnclosedQuote), Fault(UnclosedQuote)),
    // Characters.
    ("K=v\r\n", Fault(CarriageReturn), Fault(CarriageReturn)),
    ("K=a\rb\n", Fault(CarriageReturn), Fault(CarriageReturn)),
    ("\u{feff}K=v\n", Fault(ByteOrderMark), Fault(ByteOrderMark)),
    ("K=a\0b", Fault(Nul), Fault(Nul)),
    ("K=a\u{a0}\n", Fault(Invisible), Fault(Invisible)),
    ("K='a\n#\u{a0}b'\n", Fault(Invisible), Fault(Invisible)),
    ("K=a\u{c}\n", Fault(Control), Fault(Control)),
    ("K=é", Fault(NotAscii), K("é")),
    ("# an emoji \u{26a0}\u{fe0f} in a comment\n", Nothing, Nothing),
    ("# \u{202e}reversed\n", Fault(Invisible), Fault(Invisible)),
    // The end of the file.
    ("K=v ", Fault(BlankAtEnd), K("v")),
    ("K=v\n ", Fault(BlankAtEnd), K("v")),
    ("K= ", Fault(BlankAtEnd), K("")),
];

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("each_disputed_construct_has_its_verdict_in_each_dialect", verdicts),
        Trial::test("bytes_that_are_no_text_are_named_with_their_place", || {
            bytes();
            Ok(())
        }),
        Trial::test("every_fault_says_what_who_reads_it_how_and_how_to_write_it", || {
            descriptions();
            Ok(())
        }),
        Trial::test("one_fault_does_not_hide_the_next", || {
            all_at_once();
            Ok(())
        }),
    ];
    for (name, reader) in [
        ("bash_reads_the_accepted_constructs_alike", Reader::Bash),
        ("dash_reads_the_accepted_constructs_alike", Reader::Dash),
        ("dotenvy_reads_the_accepted_constructs_alike", Reader::Dotenvy),
        ("systemd_reads_the_accepted_constructs_alike", Reader::Systemd),
    ] {
        trials.push(trial(name, reader, move || {
            read_alike(reader, Dialect::Portable)?;
            if matches!(reader, Reader::Systemd) { read_alike(reader, Dialect::Systemd) } else { Ok(()) }
        }));
    }
    trials
}

fn makes(file: &[u8], dialect: Dialect) -> Makes {
    let parsed = parse(file, dialect);
    match (parsed.faults.first(), parsed.entries.iter().find(|entry| entry.name.as_str() == "K")) {
        (Some(fault), _) => Fault(fault.kind),
        (None, Some(entry)) => {
            // Leaked for the comparison with the table's constants.
            K(String::leak(String::from_utf8_lossy(entry.value.expose()).into_owned()))
        }
        (None, None) => Nothing,
    }
}

fn verdicts() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (file, portable, systemd) in CONSTRUCTS {
        for (dialect, expected) in [(Dialect::Portable, portable), (Dialect::Systemd, systemd)] {
            let found = makes(file.as_bytes(), dialect);
            if found != *expected {
                wrong.push(format!("{file:?} in {dialect:?}: {found:?}, not {expected:?}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn bytes() {
    for (file, kind, place) in [
        (&b"K=v\nX=\xff\n"[..], NotUtf8, (2, 3)),
        (b"# caf\xe9\n", NotUtf8, (1, 6)),
        (b"\xff\xfeK\0=\0", Utf16, (1, 1)),
        ("# é\n  K=é\u{7}\n".as_bytes(), Control, (2, 6)),
    ] {
        for dialect in [Dialect::Portable, Dialect::Systemd] {
            let parsed = parse(file, dialect);
            let fault = parsed.faults.iter().find(|fault| fault.kind == kind);
            assert_eq!(fault.map(|fault| (fault.line, fault.column)), Some(place), "{:?}", parsed.faults);
        }
    }
}

fn descriptions() {
    for (file, _, _) in CONSTRUCTS {
        for fault in parse(file.as_bytes(), Dialect::Portable).faults {
            let description = fault.kind.describe();
            assert!(
                !description.what.is_empty() && !description.why.is_empty() && !description.mend.is_empty(),
                "{:?}",
                fault.kind
            );
        }
    }
}

fn all_at_once() {
    let file = "A=two words\nexport B=1\nC='x'y\nD=\"$A\n$B\"\n1E='a\nb'\nF=ok\nG=v # don't\nF=again\nH=x'y z\nI=fine'\n";
    let found: Vec<_> = parse(file.as_bytes(), Dialect::Portable)
        .faults
        .iter()
        .map(|fault| (fault.kind, fault.line))
        .collect();
    let expected = [
        (Words, 1),
        (Export, 2),
        (Glued, 3),
        (DollarInQuotes, 4),
        (InvalidName, 6),
        (CommentAfterValue, 9),
        (Duplicate { first_line: 8 }, 10),
        (QuoteInValue, 11),
    ];
    assert_eq!(found, expected);
}

fn read_alike(reader: Reader, dialect: Dialect) -> Result<(), Failed> {
    let files: Vec<String> = CONSTRUCTS.iter().map(|(file, ..)| (*file).to_owned()).collect();
    let differing: Vec<String> = compare(reader, dialect, &files)
        .into_iter()
        .zip(&files)
        .filter_map(|(verdict, file)| match verdict {
            Verdict::Differs(how) => Some(format!("{file:?}: {how}")),
            _ => None,
        })
        .collect();
    if differing.is_empty() { Ok(()) } else { Err(differing.join("\n").into()) }
}
