//! A rendered config loads to what its source loads to, with every string expanded and without the block; and
//! every byte outside the expanded scalars and the block is the source's.

use envgate::load::config::{Document, Format};
use envgate::render::expanded;
use libtest_mimic::{Completion, Failed, Trial};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::bulk::{self, Verdict};
use super::python::{self, Judgement, Python};
use super::yaml_grammar::{Config, config};

pub fn trials() -> Vec<Trial> {
    vec![
        with_python("python_loads_every_rendered_yaml_as_the_expanded_source", || {
            let mut python = Python::start();
            Ok(hold(1500, |case| {
                python_agrees(&mut python, &case.config.yaml(), &case.values, Format::Yaml)
            })?
            .at_least(60)?)
        }),
        with_python("python_loads_every_rendered_json_as_the_expanded_source", || {
            let mut python = Python::start();
            Ok(hold(600, |case| python_agrees(&mut python, &case.config.json(), &case.values, Format::Json))?
                .at_least(95)?)
        }),
        Trial::test("a_second_reader_loads_the_rendering_as_the_expanded_source", || {
            Ok(hold(1500, |case| second_reader_agrees(&case.config.yaml(), &case.values))?.at_least(40)?)
        }),
        Trial::test("what_is_not_expanded_stays_byte_for_byte_comments_and_all", || {
            Ok(hold(3000, bytes_stay)?.at_least(60)?)
        }),
        Trial::test("a_json_config_stays_json_for_the_strictest_reader", || {
            Ok(hold(1500, |case| strict_json(&case.config.json(), &case.values))?.at_least(95)?)
        }),
    ]
}

/// A config and the values of its variables.
#[derive(Clone, Debug)]
struct Case {
    config: Config,
    values: Vec<(&'static str, String)>,
}

fn hold(cases: usize, judge: impl FnMut(&Case) -> Verdict) -> Result<bulk::Share, String> {
    let strategy = (config(), prop::collection::vec(value(), 5)).prop_map(|(config, values)| {
        let values = ["A", "B", "C", "D", "E"].into_iter().zip(values).collect();
        Case { config, values }
    });
    let judge = std::cell::RefCell::new(judge);
    bulk::hold(&strategy, cases, |cases| cases.iter().map(|case| judge.borrow_mut()(case)).collect())
}

fn with_python(name: &str, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::ignorable_test(name, || match python::missing() {
        None => test().map(|()| Completion::Completed),
        Some(reason) => Ok(Completion::ignored_with(reason)),
    })
}

/// Secrets that would change the document if they were spliced in before parsing, or expanded twice.
fn value() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(&[
        "",
        "it's",
        "a\"b",
        "line\nbreak",
        "\n---\nx: 1",
        "$B",
        "${A}",
        "$$",
        ": ",
        "a: b",
        "# c",
        " #",
        "- a",
        "{}",
        "[",
        "null",
        "yes",
        "014",
        "\\",
        "\\n",
        "\t",
        "\r\n",
        "\r",
        " lead",
        "trail ",
        "é日🔑",
        "\u{7}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{fffe}",
        "\u{a0}",
        "\u{ad}",
        "\u{10ffff}",
        "&a",
        "*a",
        "!t",
        "%",
        "@",
        "`",
        "\"",
        "'",
        "|",
        ">-\n  x",
        "<<",
    ]);
    prop_oneof![
        3 => odd.prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        1 => "[a-z0-9]{200,1500}",
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

/// The rendering, where the document has no fault that refuses it.
fn rendering(source: &str, values: &[(&str, String)], format: Format) -> Option<String> {
    let document = Document::read(source, format);
    let refused =
        document.faults.iter().any(|fault| fault.kind.severity() == envgate::finding::Severity::Refuses);
    let value_of =
        |name: &str| values.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_bytes());
    let rendered = || String::from_utf8(expanded(source, &document, &value_of).expose().to_vec());
    (!refused).then(|| rendered().expect("text"))
}

fn python_agrees(python: &mut Python, source: &str, values: &[(&str, String)], format: Format) -> Verdict {
    let Some(rendered) = rendering(source, values, format) else { return Verdict::Refused };
    let named: Map<String, Value> =
        values.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    match python.judge(source, &rendered, &Value::Object(named), format == Format::Json) {
        Judgement::Same => Verdict::Alike,
        Judgement::Unreadable(_) => Verdict::Refused,
        Judgement::Differs(how) => Verdict::Differs(format!("{how}\n{source}\n=>\n{rendered}")),
    }
}

/// The bytes between the expanded scalars are the source's, in order, and every comment outside the block is there.
fn bytes_stay(case: &Case) -> Verdict {
    let source = case.config.yaml();
    let Some(rendered) = rendering(&source, &case.values, Format::Yaml) else { return Verdict::Refused };
    let lost = case.config.comments().into_iter().find(|comment| !rendered.contains(comment.as_str()));
    if let Some(comment) = lost {
        return Verdict::Differs(format!("{comment} is lost\n{source}\n=>\n{rendered}"));
    }
    match unchanged(&source, &rendered) {
        Ok(()) => Verdict::Alike,
        Err(at) => {
            Verdict::Differs(format!("changed from byte {at} of the source\n{source}\n=>\n{rendered}"))
        }
    }
}

/// Walks over both texts: outside the edits they are the same, and each edit is one quoted string or nothing.
fn unchanged(source: &str, rendered: &str) -> Result<(), usize> {
    let document = Document::read(source, Format::Yaml);
    let mut edits: Vec<_> =
        document.scalars.iter().map(|scalar| (scalar.span.clone(), Some(scalar))).collect();
    edits.extend(document.block_span.clone().map(|span| (span, None)));
    edits.sort_by_key(|(span, _)| span.start);
    let (mut at, mut rest) = (0, rendered);
    for (span, scalar) in edits {
        rest = rest.strip_prefix(&source[at..span.start]).ok_or(at)?;
        at = span.end;
        let Some(scalar) = scalar else {
            rest = if document.block_is_all { rest.strip_prefix("{}\n").ok_or(at)? } else { rest };
            continue;
        };
        let kept = &source[scalar.kept.clone()];
        rest = match quoted(rest) {
            Some(behind) => behind.strip_prefix(kept).ok_or(at)?,
            // A scalar that no placeholder changes keeps even its quotes.
            None => rest.strip_prefix(&source[span]).ok_or(at)?,
        };
        if rest.len() < rendered.len() && scalar.ends_line && rest.starts_with('\n') {
            rest = &rest[1..];
        }
    }
    if rest == &source[at..] { Ok(()) } else { Err(at) }
}

/// What stands behind a double-quoted string.
fn quoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inner.find(|character| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends
    })?;
    Some(&inner[end + 1..])
}

fn strict_json(source: &str, values: &[(&str, String)]) -> Verdict {
    let Some(rendered) = rendering(source, values, Format::Json) else { return Verdict::Refused };
    let wanted: Value = serde_json::from_str(source).expect("the grammar makes JSON");
    match serde_json::from_str::<Value>(&rendered) {
        Ok(found) if found == expand(without_block(wanted), values) => Verdict::Alike,
        Ok(_) => Verdict::Differs(format!("other values\n{source}\n=>\n{rendered}")),
        Err(error) => Verdict::Differs(format!("{error}\n{source}\n=>\n{rendered}")),
    }
}

fn second_reader_agrees(source: &str, values: &[(&str, String)]) -> Verdict {
    // It adds a newline to a block scalar that ends with the file and has none; PyYAML, which envgate follows,
    // does not. And whether it takes a tab at the start of a quoted line depends on what stands before.
    if !source.ends_with('\n') || source.contains("\n  \t") {
        return Verdict::Refused;
    }
    let Some(rendered) = rendering(source, values, Format::Yaml) else { return Verdict::Refused };
    let Ok(wanted) = serde_saphyr::from_str::<Value>(source) else { return Verdict::Refused };
    match serde_saphyr::from_str::<Value>(&rendered) {
        Ok(found) if found == expand(without_block(wanted), values) => Verdict::Alike,
        Ok(found) => Verdict::Differs(format!("reads {found}\n{source}\n=>\n{rendered}")),
        Err(error) => Verdict::Differs(format!("{error}\n{source}\n=>\n{rendered}")),
    }
}

fn without_block(mut document: Value) -> Value {
    if let Value::Object(entries) = &mut document {
        entries.remove("envgate");
    }
    document
}

/// Expands every string by envgate's own pieces: Python's judgement is the independent one.
fn expand(value: Value, values: &[(&str, String)]) -> Value {
    use envgate::resolve::placeholder::{Piece, pieces};
    match value {
        Value::String(text) => {
            let piece = |piece: Piece<'_>| match piece {
                Piece::Literal(text) | Piece::Malformed(text) => text.to_owned(),
                Piece::Dollar => "$".to_owned(),
                Piece::Placeholder { name, default, .. } => {
                    let value =
                        values.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value);
                    default.filter(|_| value.is_empty()).unwrap_or(value).to_owned()
                }
            };
            Value::String(pieces(&text).map(piece).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| expand(item, values)).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, expand(value, values))).collect()
        }
        other => other,
    }
}
