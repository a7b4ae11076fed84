//! Where in the source a scalar or the block begins and ends: the byte arithmetic of rendering.

use std::ops::Range;

use granit_parser::Span;

use super::document::Scalar;

/// A plain or quoted scalar: its span is its source text.
pub(super) fn flow_scalar(text: &str, path: String, span: &Span) -> Option<Scalar> {
    let range = span.byte_range()?;
    Some(Scalar {
        text: text.to_owned(),
        path,
        line: span.start.line(),
        column: span.start.col() + 1,
        kept: range.end..range.end,
        span: range,
        ends_line: false,
    })
}

/// A `|` or `>` scalar: the parser's span begins with the content, so the header is looked for between the end
/// of the node before and there.
pub(super) fn block_scalar(
    source: &str,
    search_from: usize,
    text: &str,
    path: String,
    span: &Span,
) -> Option<Scalar> {
    let content = span.byte_range()?.start;
    let header = find_header(source.as_bytes(), search_from, content)?;
    let line_end = header + source[header..].find('\n')?;
    let indicators = source[header..line_end].trim_start_matches(['|', '>', '+', '-']);
    let indicators = indicators
        .trim_start_matches(|indicator: char| indicator.is_ascii_digit() || matches!(indicator, '+' | '-'));
    let kept_start = line_end - indicators.len();
    let end = block_scalar_end(source, search_from, text, span);
    if ends_in_open_line(&source[end..], source[header..line_end].contains('+'), span) {
        return None;
    }
    let ends_line = source[..end].ends_with('\n');
    // Without a newline at the end of the file, the last line has none either (YAML 1.2.2, 8.1.1.2).
    let text = if ends_line { text } else { text.strip_suffix('\n').unwrap_or(text) };
    let kept = kept_start..kept_start + indicators.trim_end().len();
    let line_start = source[..header].rfind('\n').map_or(0, |newline| newline + 1);
    let lines_to_content = source[header..content].bytes().filter(|byte| *byte == b'\n').count();
    Some(Scalar {
        text: text.to_owned(),
        path,
        line: span.start.line() - lines_to_content,
        column: 1 + source[line_start..header].chars().count(),
        span: header..end,
        kept,
        ends_line,
    })
}

/// Behind the last line of a block scalar's content that is not blank; behind its header, where it has none.
pub(super) fn block_scalar_end(source: &str, search_from: usize, text: &str, span: &Span) -> usize {
    let start = offset(span.start.byte_offset());
    if text.trim_matches([' ', '\n']).is_empty() {
        // The parser knows no indentation then, and every line that follows would count.
        let header = find_header(source.as_bytes(), search_from, source.len()).unwrap_or(start);
        return source[header..].find('\n').map_or(source.len(), |newline| header + newline);
    }
    let indent = indentation(span);
    let mut at = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut end = start;
    for line in source[at..].split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let blanks = content.len() - content.trim_start_matches(' ').len();
        let is_blank = blanks == content.len();
        if !is_blank && (blanks < indent || is_document_marker(content)) {
            break;
        }
        at += line.len();
        if !is_blank {
            end = at;
        }
    }
    end
}

/// How far a block scalar's content is indented. Where it is tabs and spaces alone the parser does not say, and the
/// column of the first tab does.
fn indentation(span: &Span) -> usize {
    span.indent.unwrap_or(span.start.col())
}

/// Whether the file ends in blanks behind a block scalar, without a newline, and they count: readers disagree on
/// whether they are a line of it.
fn ends_in_open_line(rest: &str, keeps: bool, span: &Span) -> bool {
    let last = rest.rsplit('\n').next().unwrap_or(rest);
    let is_open = !last.is_empty() && rest.bytes().all(|byte| byte.is_ascii_whitespace());
    is_open && (keeps || last.len() > indentation(span))
}

fn is_document_marker(line: &str) -> bool {
    matches!(line.get(..3), Some("---" | "...")) && line[3..].chars().next().is_none_or(char::is_whitespace)
}

/// The `|` or `>` between the node before and the content: what stands between them are indicators, tags,
/// anchors and comments.
fn find_header(source: &[u8], from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    while at < to {
        match source[at] {
            b'|' | b'>' => return Some(at),
            b'#' => at += source[at..to].iter().position(|byte| *byte == b'\n')?,
            b'&' | b'!' => at += source[at..to].iter().position(u8::is_ascii_whitespace)?,
            _ => at += 1,
        }
    }
    None
}

/// The bytes of the block to leave out: whole lines in a block mapping, the entry and its comma in a flow one.
/// `leaves` runs from the end of the node before the key to the end of the block's last one. None where something
/// else stands round the entry: `? ` before the key, an anchor, a tag.
pub(super) fn block_span(
    source: &str,
    key: &Span,
    leaves: Range<usize>,
    flow: bool,
    behind_block_scalar: bool,
) -> Option<Range<usize>> {
    let key = key.byte_range()?;
    let start = key.start;
    if flow {
        return flow_entry_span(source.as_bytes(), key, leaves);
    }
    let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let lead = source[line_start..start].trim_start_matches('\u{feff}');
    if !lead.bytes().all(|byte| byte == b' ') || is_explicit(source.as_bytes(), leaves.start..start) {
        return None;
    }
    let end = leaves.end;
    let end = if source[..end].ends_with('\n') {
        end
    } else {
        source[end..].find('\n').map_or(source.len(), |newline| end + newline + 1)
    };
    let end = with_tail(source, end, lead.len(), behind_block_scalar);
    // A value without a key would become that of the key before the block.
    let lone_value = source.as_bytes().get(next_token(source.as_bytes(), end)) == Some(&b':');
    (!lone_value).then(|| start - lead.len()..end)
}

/// Whether nothing but blanks stands before a place on its line.
pub(super) fn begins_its_line(source: &str, span: &Span) -> bool {
    let start = offset(span.start.byte_offset());
    let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
    source[line_start..start].bytes().all(|byte| byte == b' ' || byte == b'\t')
}

/// The lines behind the block that are its own or would become another's: its last comments, indented as it is,
/// and the blank lines where a block scalar stands before the block and would take them in.
fn with_tail(source: &str, end: usize, indent: usize, blank_lines: bool) -> usize {
    let (mut at, mut tail) = (end, end);
    for line in source[end..].split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let is_blank = content.trim().is_empty();
        let is_own = content.starts_with('#') && line.len() - content.len() > indent;
        if !is_blank && !is_own {
            break;
        }
        at += line.len();
        if is_own || blank_lines {
            tail = at;
        }
    }
    tail
}

/// Whether a `?` stands before a key, on a line of its own.
fn is_explicit(source: &[u8], before: Range<usize>) -> bool {
    let mut at = next_token(source, before.start);
    while at < before.end {
        if source[at] == b'?' {
            return true;
        }
        at += source[at..].iter().position(u8::is_ascii_whitespace).unwrap_or(source.len() - at);
        at = next_token(source, at);
    }
    false
}

/// An entry of a flow mapping, with the comma behind it, or before it where it is the last one.
fn flow_entry_span(source: &[u8], key: Range<usize>, leaves: Range<usize>) -> Option<Range<usize>> {
    let (before, comma) = match next_token(source, leaves.start) {
        comma if source.get(comma) == Some(&b',') => (next_token(source, comma + 1), Some(comma)),
        before => (before, None),
    };
    if before != key.start {
        return None;
    }
    // An empty value has its place behind the key, and the colon is still to come.
    let mut end = leaves.end;
    if end == key.end && source.get(next_token(source, end)) == Some(&b':') {
        end = next_token(source, end) + 1;
    }
    let behind = next_token(source, end);
    match (source.get(behind)?, comma) {
        (b',', _) => Some(key.start..behind + 1),
        // JSON takes no comma before a brace; YAML does, and a comment behind the comma stays.
        (b'}', Some(comma)) if !source[comma..key.start].contains(&b'#') => Some(comma..end),
        (b'}', _) => Some(key.start..end),
        _ => None,
    }
}

/// Where the next byte is that is neither white space nor part of a comment.
fn next_token(source: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = source.get(at) {
        match byte {
            b'#' => at += source[at..].iter().position(|byte| *byte == b'\n').unwrap_or(source.len() - at),
            _ if byte.is_ascii_whitespace() => at += 1,
            _ => break,
        }
    }
    at
}

/// Spans of a parser over a string always carry byte offsets.
pub(super) fn offset(bytes: Option<usize>) -> usize {
    bytes.unwrap_or(0)
}
