//! A page as it is printed, taken apart.

use std::process::Command;

use crate::support::ENVGATE;

/// What the program prints, where it ends well.
pub fn printed(arguments: &[&str]) -> String {
    let output = Command::new(ENVGATE).args(arguments).env_clear().output().expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The names of all pages, such as `envgate-exec.1`.
pub fn names() -> Vec<String> {
    let names: Vec<String> = printed(&["man"]).lines().map(str::to_owned).collect();
    assert!(names.len() > 5, "{names:?}");
    names
}

pub fn page(name: &str) -> String {
    printed(&["man", name])
}

/// A page's text, without its macros and escapes.
pub fn plain(roff: &str) -> String {
    let mut text = String::new();
    // The definition of an apostrophe, at the start of a whole page.
    let mut rest = roff.split_once(".TH ").map_or(roff, |(_, page)| page);
    while let Some(backslash) = rest.find('\\') {
        text.push_str(&rest[..backslash]);
        rest = &rest[backslash..];
        let escapes = [
            ("\\fB", ""),
            ("\\fI", ""),
            ("\\fR", ""),
            ("\\&", ""),
            ("\\-", "-"),
            ("\\\\", "\\"),
            ("\\(bu", "*"),
            ("\\*(Aq", "'"),
        ];
        if let Some((escape, meant)) = escapes.iter().find(|(escape, _)| rest.starts_with(escape)) {
            text.push_str(meant);
            rest = &rest[escape.len()..];
        } else if let Some(code) = rest.strip_prefix("\\[u") {
            let (code, after) = code.split_once(']').expect("a code point");
            text.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
            rest = after;
        } else {
            panic!("an escape that no page should have: {:?}", rest.get(..20).unwrap_or(rest));
        }
    }
    text + rest
}

/// What stands below a heading of this kind (`SH`, `SS`), up to the next one.
pub fn below<'a>(page: &'a str, kind: &str, title: &str) -> Option<&'a str> {
    let heading = |title: &str| format!("\n.{kind} {title}\n");
    let (_, rest) =
        page.split_once(&heading(title)).or_else(|| page.split_once(&heading(&format!("\"{title}\""))))?;
    let ends = ["\n.SH ", if kind == "SS" { "\n.SS " } else { "\n.SH " }];
    let end = ends.iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
    Some(&rest[..end])
}

/// The terms of a section, each with its text.
pub fn items(section: &str) -> Vec<(String, String)> {
    section
        .split(".TP\n")
        .skip(1)
        .map(|item| {
            let (term, text) = item.split_once('\n').expect("a term and its text");
            (plain(term), plain(text.split("\n.").next().expect("a text")).trim().to_owned())
        })
        .collect()
}

/// The examples of a page, as a person would copy them.
pub fn examples(page: &str) -> Vec<String> {
    let parts = page.split(".EX\n").skip(1);
    parts.map(|part| plain(part.split(".EE\n").next().expect("an end"))).collect()
}
