//! Env files made of hostile pieces. Most are near the border of what the portable dialect accepts, on both sides.
//!
//! `@` in a name stands for a number that makes it unique among all files of a run, so that one systemd unit
//! can read hundreds of files; `@@` for one that is the same in the whole file, for duplicates.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::*;

/// For which dialect a file is meant to be near the border.
#[derive(Clone, Copy, PartialEq)]
pub enum Aim {
    Portable,
    Systemd,
}

/// A file, with its names still to be numbered.
pub fn file(aim: Aim) -> impl Strategy<Value = String> {
    (vec(line(aim), 1..7), prop::bool::weighted(0.8), 0..60_u8).prop_map(|(lines, final_newline, oddity)| {
        let mut file = lines.join("\n");
        if final_newline {
            file.push('\n');
        }
        match oddity {
            1 => format!("\u{feff}{file}"),
            2 => file.replace('\n', "\r\n"),
            3 => format!("{file}K@=a\rb\n"),
            4 => format!("{file}\0"),
            _ => file,
        }
    })
}

/// Numbers the names of a file: `index` is the file's own.
pub fn numbered(template: &str, index: usize) -> String {
    let template = template.replace("@@", &format!("{index}_0"));
    let mut parts = template.split('@');
    let mut file = parts.next().unwrap_or_default().to_owned();
    for (count, part) in parts.enumerate() {
        let _ = write!(file, "{index}_{}", count + 1);
        file.push_str(part);
    }
    file
}

fn line(aim: Aim) -> BoxedStrategy<String> {
    let comment = prop_oneof![
        20 => "[ \t]{0,2}#[ #a-z'\"$=`;é\u{a0}\\\\]{0,12}[a-z']",
        1 => Just("# ends in a backslash \\".to_owned()),
        1 => Just("; systemd's own".to_owned()),
    ];
    let odd = prop_oneof![
        Just("no equals sign".to_owned()),
        Just("K: v".to_owned()),
        Just("]".to_owned()),
        Just("=v".to_owned()),
        Just("K@ = v".to_owned()),
        Just("K@= v".to_owned()),
        Just("export K@=v".to_owned()),
        Just("exportK@=v".to_owned()),
        Just("1K@=v".to_owned()),
        Just("app.key@=v".to_owned()),
        Just("Ké@=v".to_owned()),
    ];
    prop_oneof![
        30 => (indentation(), name(), value(aim), trail(aim)).prop_map(|(a, b, c, d)| format!("{a}{b}={c}{d}")),
        6 => comment,
        4 => "[ \t]{0,3}",
        1 => odd,
    ]
    .boxed()
}

fn indentation() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(""), 1 => Just("  "), 1 => Just("\t")]
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        120 => prop_oneof![Just("K@"), Just("_k@"), Just("API_KEY_@"), Just("K@_x")],
        2 => Just("K@@"),
        2 => prop::sample::select(MAGIC_NAMES),
    ]
}

/// Names that bash or dash computes, resets or forbids.
pub const MAGIC_NAMES: &[&str] =
    &["UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO", "GROUPS", "BASH_ENV", "OPTIND", "SHELLOPTS", "_"];

fn trail(aim: Aim) -> BoxedStrategy<&'static str> {
    let rare = if aim == Aim::Systemd { 2 } else { 1 };
    prop_oneof![
        60 => Just(""),
        6 => Just(" "),
        3 => Just("  "),
        3 => Just("\t"),
        rare => Just(" # comment"),
        rare => Just("  # don't"),
        rare => Just("#glued"),
        rare => Just("\\"),
        rare => Just("\u{a0}"),
    ]
    .boxed()
}

fn value(aim: Aim) -> BoxedStrategy<String> {
    match aim {
        Aim::Portable => prop_oneof![
            8 => bare(),
            8 => vec(prop_oneof![3 => single_quoted(), 3 => double_quoted(), 2 => Just("\"'\"".to_owned())], 1..4)
                .prop_map(|pieces| pieces.concat()),
            1 => Just(String::new()),
            1 => long(),
            1 => hostile(),
        ]
        .boxed(),
        Aim::Systemd => prop_oneof![
            3 => bare(),
            3 => single_quoted(),
            3 => double_quoted(),
            8 => hostile(),
            3 => (single_quoted(), hostile()).prop_map(|(quoted, rest)| quoted + &rest),
            1 => long(),
        ]
        .boxed(),
    }
}

fn bare() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[A-Za-z0-9_./:@%+,=^*?!\\[\\]{}-]{1,16}".prop_map(|text| text.replace('@', "a")),
        4 => "[a-z0-9:~/=]{1,8}",
        1 => "[a-z0-9#$`\\\\&;|<>()'\"éñ\u{3000} ~-]{1,5}",
        3 => prop::sample::select(&["https://api.example.com/v2?x=1", "postgres://u:p%40w@db:5432/x",
            "-----BEGIN", "*", "?", "[a-z]", "{a,b}", "!x", "a=b=c", "^", "~x", "a~", "a:~/b", "-n", "--", "%41", "=",
        ]).prop_map(|text| text.replace('@', "a")),
    ]
}

fn single_quoted() -> impl Strategy<Value = String> {
    let inside = prop_oneof![
        10 => "[ -&(-?A-~]{0,12}",
        4 => prop::sample::select(INSIDE_QUOTES).prop_map(str::to_owned),
        1 => Just("ends in one\\".to_owned()),
        1 => Just("ends in two\\\\".to_owned()),
        1 => Just("it\\'s".to_owned()),
    ];
    inside.prop_map(|inside| format!("'{inside}'"))
}

const INSIDE_QUOTES: &[&str] = &[
    "",
    " ",
    "$HOME ${A:-b} $(date) `date`",
    "pa$$word",
    "$2b$12$abc",
    "-----BEGIN KEY-----\nMIIE+/=\n-----END KEY-----\n",
    "{\"a\": [1, \"b\"],\n \"c\": null}",
    "a\n# no comment\nX=1\nexport Y=2\n",
    "a\n\n\n b",
    "tab\there",
    " lead and trail ",
    "ünïcödé 日本語 🔑",
    "C:\\new\\table",
    "a\\\nb",
    "; rm -rf ~ & | < > ( )",
    "\"",
    "#",
    "\\\\",
];

fn double_quoted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        12 => "[ !#%-\\[\\]-_a-~]{1,6}",
        4 => Just("\\\\".to_owned()),
        4 => Just("\\\"".to_owned()),
        2 => Just("it's".to_owned()),
        2 => Just("\n".to_owned()),
        2 => Just("\n# x='1'\nK=".to_owned()),
        1 => Just("é日".to_owned()),
        1 => prop_oneof![Just("$"), Just("$A"), Just("`"), Just("\\n"), Just("\\$"), Just("\\\n"), Just("\\'")]
            .prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// Anything on one line or over several, quotes and backslashes first.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => "[a-z0-9]{1,3}",
        3 => "[ \t]{1,2}",
        3 => Just("\\".to_owned()),
        2 => Just("\\\\".to_owned()),
        2 => Just("''".to_owned()),
        2 => Just("\"\"".to_owned()),
        1 => Just("'".to_owned()),
        1 => Just("\"".to_owned()),
        2 => Just("\\\n".to_owned()),
        2 => prop::sample::select(&["$", "$A", "${A}", "$(id)", "`id`", "#", " #", ";", "&", "|", "=", "~", "é", "\\n",
            "\\'", "\\\"", "\\ ", "\\#"]).prop_map(str::to_owned),
    ];
    vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

fn long() -> impl Strategy<Value = String> {
    (1000..9000_usize, prop::bool::ANY).prop_map(|(length, quoted)| {
        if quoted { format!("'{}'", "a $b ".repeat(length / 5)) } else { "x".repeat(length) }
    })
}
