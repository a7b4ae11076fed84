//! Configs as people and programs write them, hostile in every way that YAML allows: a tree is generated and
//! written out in all styles, with comments, anchors, aliases, merge keys and the launcher's block.
//!
//! Every comment outside the block is numbered (`#K1`), so that a test can see that each of them survives.

use proptest::collection::vec;
use proptest::prelude::*;

/// A config: its root's entries, where the block stands, and what is odd about the file.
#[derive(Clone, Debug)]
pub struct Config {
    pub entries: Vec<Node>,
    pub block: Block,
    pub frame: Frame,
}

/// Where the launcher's block stands, and which one of [`BLOCKS`] it is.
#[derive(Clone, Debug)]
pub struct Block {
    pub text: usize,
    pub before: usize,
}

/// What stands round the document.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent oddities, each drawn by itself")]
pub struct Frame {
    pub start: &'static str,
    pub end: &'static str,
    pub indent: usize,
    pub final_newline: bool,
    pub crlf: bool,
    pub flow: bool,
    pub list: bool,
}

/// A value, with a number that decides on its comments, its anchor and its key.
#[derive(Clone, Debug)]
pub enum Node {
    Plain(&'static str, u32),
    Single(Vec<String>, u32),
    Double(Vec<String>, u32),
    Block { folded: bool, header: usize, lines: Vec<String>, extra: u32 },
    List(Vec<Node>, bool, u32),
    Mapping(Vec<Node>, bool, u32),
}

pub fn config() -> impl Strategy<Value = Config> {
    let frame = (
        prop::sample::select(&[
            "",
            "",
            "",
            "---\n",
            "# head ${A}\n---\n",
            "%YAML 1.1\n---\n",
            "\u{feff}",
            "\n\n",
        ]),
        prop::sample::select(&["", "", "", "...\n", "# the end $A\n", "\n\n"]),
        prop::sample::select(&[0_usize, 0, 0, 2]),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.1),
    );
    let frame = frame.prop_map(|(start, end, indent, final_newline, crlf, flow, list)| Frame {
        start,
        end,
        indent,
        final_newline,
        crlf,
        flow,
        list,
    });
    let block = (0..BLOCKS.len(), 0..9_usize).prop_map(|(text, before)| Block { text, before });
    (vec(node(), 0..6), block, frame).prop_map(|(entries, block, frame)| Config { entries, block, frame })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        6 => (prop::sample::select(PLAIN), any::<u32>()).prop_map(|(text, extra)| Node::Plain(text, extra)),
        3 => (vec(atom(), 0..4), any::<u32>()).prop_map(|(atoms, extra)| Node::Single(atoms, extra)),
        4 => (vec(atom(), 0..4), any::<u32>()).prop_map(|(atoms, extra)| Node::Double(atoms, extra)),
        4 => (any::<bool>(), 0..HEADERS.len(), vec(line(), 1..5), any::<u32>())
            .prop_map(|(folded, header, lines, extra)| Node::Block { folded, header, lines, extra }),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..4), prop::bool::weighted(0.3), any::<u32>())
                .prop_map(|(items, flow, extra)| Node::List(items, flow, extra)),
            (vec(inner, 0..4), prop::bool::weighted(0.3), any::<u32>())
                .prop_map(|(items, flow, extra)| Node::Mapping(items, flow, extra)),
        ]
    })
}

/// What may stand without quotes: placeholders, and words that YAML 1.1 readers take for something else.
const PLAIN: &[&str] = &[
    "$A",
    "$B",
    "$C",
    "$D",
    "$<E>",
    "pre-$A.post",
    "$$5",
    "a $$B $C",
    "$5",
    "cash $",
    "x$A$B",
    "${A}",
    "${B}",
    "${A:-d e}",
    "${C:-}",
    "${UNSET:-de#fault}",
    "${A}/${B}",
    "${A:?x}",
    "${A:-${B}}",
    "23:00",
    "yes",
    "No",
    "014",
    "0x1F",
    "1e3",
    "1_000",
    "null",
    "~",
    "2026-01-02",
    ".inf",
    "-1",
    "12:30:45",
    "plain text",
    "a#b",
    "a:b",
    "<x",
    "é日本🔑",
    "http://h:1/$A?b=c",
    "- $A",
    "multi ${A}\nline $B",
    "*star",
    "!t $A",
    "!!str $A",
    "! $A",
    "!!str 5",
    "$A:",
    "",
];

fn atom() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => prop::sample::select(&["${A}", "$B", "$<C>", "${D:-d 'q' \"r\"}", "${UNSET:-x}", "$$", "$$$A", "$A$B", "$5", "$",
            "${", "${}", "${A", "${ A }", "${A:-${B}}"]).prop_map(str::to_owned),
        3 => "[a-z0-9 ]{0,6}",
        2 => prop::sample::select(&[": ", " #", "'", "\"", "\\", "- ", "{", "}", "[", "]", ",", "&a", "*a", "|", ">", "%",
            "@", "`", "é", "日", "🔑", "\t", "\n", "\n\n", " \n ", "\n\t"]).prop_map(str::to_owned),
    ]
}

/// The headers of block scalars, with the number of columns that they fix, if they do.
pub const HEADERS: &[(&str, Option<usize>)] = &[
    ("", None),
    ("-", None),
    ("+", None),
    ("2", Some(2)),
    ("4-", Some(4)),
    ("+3", Some(3)),
    ("  # c $A | >", None),
    ("-  # $B", None),
    (" ", None),
];

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,4} \\$\\{A\\}[ a-z#:|>]{0,6}",
        3 => prop::sample::select(&["$A", "${B}", "# no comment $C", "$<D>: x", "- $A", "  more $A", "   ${B}", "$$", "tab\t$A",
            "--- $A", "... ", "end $A ", "\"$A\"", "&a $B", "{$A}"]).prop_map(str::to_owned),
        2 => Just(String::new()),
        1 => Just("  ".to_owned()),
        1 => "[a-z é🔑]{1,8}",
    ]
}

/// The launcher's block, as its lines; what is in it is no matter of rendering. `{}` where it is in flow style.
pub const BLOCKS: &[&str] = &[
    "",
    "envgate:\n  path: /bin",
    "envgate:\n  modes:\n    paper:\n      env_files: [a.env]  # $A\n    live:",
    "envgate:",
    "envgate: {}",
    "envgate: {path: /bin,\n  pass: [TZ,\n    LANG]}  # not #x",
    "\"envgate\":\n  # a comment\n\n  command:\n  - /bin/x\n  - |\n    a | b ${A}\n\n  # last",
    "envgate:  # comment\n    command: [\"|\", \">\"]\n    environment:\n        X: &x1 \"${A}\"\n        Y: *x1",
    "envgate:\n- a\n- b",
    "envgate: >-\n  folded\n\n  text",
    "envgate:\n  x: |\n    text\n\n\n     ",
    "envgate:\n  x: |\n\n",
    "envgate:\n  x: >+2\n  # x\n\n",
    "envgate:\n  x: y\n\n  # inside\n\n# outside #K\n\n",
    "'envgate': \"multi\n  line\"",
];

impl Node {
    pub fn extra(&self) -> u32 {
        match self {
            Self::Plain(_, extra)
            | Self::Single(_, extra)
            | Self::Double(_, extra)
            | Self::Block { extra, .. }
            | Self::List(_, _, extra)
            | Self::Mapping(_, _, extra) => *extra,
        }
    }
}
