//! The rendering on any text: no panic; what is rendered parses, and its events are the source's, but for the
//! block and the text of the scalars that hold a placeholder.
#![no_main]

use envgate::finding::Severity;
use envgate::load::config::{Document, Format};
use envgate::render::expanded;
use granit_parser::{Event, Parser, ScalarStyle};
use libfuzzer_sys::fuzz_target;

/// What a secret may hold at its worst.
const VALUE: &str = "a\": '${A}' #\n---\n- {[&*!|>%@`\\\t\r\u{7}\u{85}\u{2028}\u{feff}é🔑";

fuzz_target!(|input: &[u8]| {
    let Ok(source) = std::str::from_utf8(input) else { return };
    for format in [Format::Yaml, Format::Json] {
        check(source, format);
    }
});

fn check(source: &str, format: Format) {
    let document = Document::read(source, format);
    for fault in &document.faults {
        assert!(fault.line >= 1 && fault.column >= 1);
        let _ = fault.kind.describe();
    }
    if document.faults.iter().any(|fault| fault.kind.severity() == Severity::Refuses) {
        return;
    }
    let rendered = expanded(source, &document, &|_| Some(VALUE.as_bytes()));
    let rendered = std::str::from_utf8(rendered.expose()).expect("text");
    if document.scalars.is_empty() && document.block.is_none() {
        assert_eq!(rendered, source);
    }
    let wanted = without_block(events(source).expect("it was read before"));
    let found = events(rendered).unwrap_or_else(|| panic!("not YAML any more: {rendered:?} of {source:?}"));
    assert_eq!(wanted, found, "{rendered:?} of {source:?}");
}

/// The events as a reader counts them: texts without quotes, and nothing of a text that holds a `$` or came of one.
fn events(text: &str) -> Option<Vec<String>> {
    let mut events = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        events.push(match &event {
            Event::Scalar(text, style, _, tag) => {
                let text = if text.contains('$') { "$".into() } else { text.clone() };
                let empty = *style == ScalarStyle::Plain && span.is_empty();
                format!("scalar {text:?} {} {tag:?}", if empty { "nothing" } else { "" })
            }
            Event::Alias(_) => "alias".to_owned(),
            Event::MappingStart(..) => "{".to_owned(),
            Event::SequenceStart(..) => "[".to_owned(),
            Event::MappingEnd => "}".to_owned(),
            Event::SequenceEnd => "]".to_owned(),
            _ => continue,
        });
    }
    Some(events)
}

/// Without the entry `envgate` of the root.
fn without_block(events: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let (mut depth, mut key_next, mut leaving) = (0_usize, true, false);
    let is_mapping = events.first().is_some_and(|event| event == "{");
    for event in events {
        let opens = event == "{" || event == "[";
        depth -= usize::from(event == "}" || event == "]");
        let at_root = depth == 1 && is_mapping;
        let is_key = at_root && key_next && event.starts_with("scalar \"envgate\" ");
        if is_key {
            leaving = true;
        }
        if !leaving {
            kept.push(event);
        }
        if at_root && !opens {
            if !key_next {
                leaving = false;
            }
            key_next = !key_next;
        }
        depth += usize::from(opens);
    }
    kept
}
