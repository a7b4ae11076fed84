//! The fourth stage: the expanded config. The source text byte for byte, but for the scalars that hold a
//! placeholder, each written anew as one double-quoted scalar, and without the launcher's block.

mod endpoint;

use zeroize::Zeroizing;

use crate::finding::{Finding, Findings, Gate};
use crate::load::config::{Config, Delivery, Document, Scalar};
use crate::resolve::Resolved;
use crate::resolve::placeholder::{Piece, pieces};
use crate::resolve::variables::Variables;

/// A launch with its expanded config. Only [`render`] makes one.
#[derive(Debug)]
pub struct Rendered {
    pub(crate) resolved: Resolved,
    /// The expanded config; none without a config, or where the worker expands the source by itself.
    pub(crate) text: Option<RenderedText>,
    _made_here: (),
}

/// The expanded config: full of secrets, so wiped when dropped and not shown.
pub struct RenderedText(Zeroizing<String>);

impl RenderedText {
    /// The text, for the worker alone.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for RenderedText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RenderedText(…)")
    }
}

/// Renders the config, and warns of values that a worker which expands once more would change.
pub fn render(resolved: Resolved, findings: &mut Findings) -> Rendered {
    if let Some(config) = &resolved.config {
        findings.extend(endpoint::judge(config, &resolved.variables, &resolved.mode));
    }
    let text =
        resolved.config.as_ref().filter(|config| config.block.delivery != Delivery::Source).map(|config| {
            findings.extend(expanded_twice(config, &resolved.variables));
            for_worker(config, &resolved.variables)
        });
    Rendered { resolved, text, _made_here: () }
}

/// The config as the worker gets it, or would by another delivery than `source`.
#[must_use]
pub fn for_worker(config: &Config, variables: &Variables) -> RenderedText {
    // Exposed to be rendered: this is what the worker asked for.
    let value_of = |name: &str| variables.get(name).map(|variable| variable.value.expose());
    expanded(config.text(), &config.document, &value_of)
}

/// What is replaced in the source: a scalar, or the block.
enum Edit<'a> {
    Scalar(&'a Scalar),
    Block,
}

/// The value of a variable by its name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<&'a [u8]>;

/// The source of a document without faults, expanded. What is not set and need not be is empty.
#[must_use]
pub fn expanded(source: &str, document: &Document, value_of: Lookup<'_>) -> RenderedText {
    expanded_where_set(source, document, &|name| Some(value_of(name).unwrap_or_default()))
}

/// The same for a look at a launch that may be refused: a placeholder with neither a value nor a default stays as
/// it is.
#[must_use]
pub fn expanded_where_set(source: &str, document: &Document, value_of: Lookup<'_>) -> RenderedText {
    let scalars = document.scalars.iter().filter(|scalar| is_changed(&scalar.text));
    let mut edits: Vec<(std::ops::Range<usize>, Edit<'_>)> =
        scalars.map(|scalar| (scalar.span.clone(), Edit::Scalar(scalar))).collect();
    edits.extend(document.block_span.clone().map(|span| (span, Edit::Block)));
    edits.sort_by_key(|(span, _)| span.start);

    // The buffer never grows: a reallocation would leave secrets behind in freed memory.
    let capacity = source.len()
        + NOTHING_LEFT.len()
        + document.scalars.iter().map(|scalar| written_size(scalar, value_of)).sum::<usize>();
    let mut rendered = Zeroizing::new(String::with_capacity(capacity));
    let mut at = 0;
    for (span, edit) in edits {
        rendered.push_str(&source[at..span.start]);
        match edit {
            Edit::Scalar(scalar) => {
                rendered.push('"');
                expand(&scalar.text, value_of, &mut |text| push_escaped(text, &mut rendered));
                rendered.push('"');
                rendered.push_str(&source[scalar.kept.clone()]);
                if scalar.ends_line {
                    rendered.push('\n');
                }
            }
            Edit::Block if document.block_is_all => rendered.push_str(NOTHING_LEFT),
            Edit::Block => {}
        }
        at = span.end;
    }
    rendered.push_str(&source[at..]);
    debug_assert!(rendered.len() <= capacity, "the rendered config was larger than foreseen");
    RenderedText(rendered)
}

/// What a block mapping is without its only key: still a mapping, and not nothing.
const NOTHING_LEFT: &str = "{}\n";

/// Whether expanding a text makes another one of it; `$5` stays as it is, and so do its quotes in the source.
fn is_changed(text: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Placeholder { .. } | Piece::Dollar))
}

/// An upper bound of what a scalar takes when it is written: a character takes six bytes at the most (`\u0007`).
fn written_size(scalar: &Scalar, value_of: Lookup<'_>) -> usize {
    let mut size = 3 + scalar.kept.len();
    expand(&scalar.text, value_of, &mut |text| size += 6 * text.len());
    size
}

/// Expands a scalar's text piece by piece: the literal ones, and the values.
fn expand(text: &str, value_of: Lookup<'_>, push: &mut dyn FnMut(&str)) {
    for piece in pieces(text) {
        match piece {
            Piece::Literal(text) | Piece::Malformed(text) => push(text),
            Piece::Dollar => push("$"),
            Piece::Placeholder { name, default, spelling } => {
                let value = value_of(name).map(|value| std::str::from_utf8(value).unwrap_or_default());
                push(match (value, default) {
                    (None | Some(""), Some(default)) => default,
                    (None, None) => spelling,
                    (Some(value), _) => value,
                });
            }
        }
    }
}

/// Text inside a double-quoted scalar, in the escapes that JSON and YAML 1.1 and 1.2 share. What YAML 1.1 does
/// not take for printable is escaped, so that older readers take it too.
fn push_escaped(text: &str, rendered: &mut String) {
    for character in text.chars() {
        match character {
            '"' => rendered.push_str("\\\""),
            '\\' => rendered.push_str("\\\\"),
            '\n' => rendered.push_str("\\n"),
            '\r' => rendered.push_str("\\r"),
            '\t' => rendered.push_str("\\t"),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                rendered.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    rendered.push(char::from_digit((character as u32 >> shift) & 0xf, 16).unwrap_or('0'));
                }
            }
            _ => rendered.push(character),
        }
    }
}

/// A worker that expands once more by itself (`os.path.expandvars`) would change a value that holds `$NAME`.
fn expanded_twice(config: &Config, variables: &Variables) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Exposed to be searched for a placeholder.
    let value_of = |name: &str| Some(variables.get(name).map_or(&[][..], |variable| variable.value.expose()));
    for scalar in &config.document.scalars {
        let (mut size, mut holds_dollar) = (0, false);
        expand(&scalar.text, &value_of, &mut |text| {
            size += text.len();
            holds_dollar |= text.contains('$');
        });
        if !holds_dollar {
            continue;
        }
        let mut expanded = Zeroizing::new(String::with_capacity(size));
        expand(&scalar.text, &value_of, &mut |text| expanded.push_str(text));
        if !holds_placeholder(&expanded) {
            continue;
        }
        let culprit = pieces(&scalar.text).find_map(|piece| match piece {
            // Exposed to be searched for a placeholder; the finding names the variable alone.
            Piece::Placeholder { name, .. } => variables
                .get(name)
                .filter(|variable| std::str::from_utf8(variable.value.expose()).is_ok_and(holds_placeholder)),
            _ => None,
        });
        let what = match culprit {
            Some(variable) => {
                format!("the value of {} holds a $ that looks like a placeholder", variable.name)
            }
            None => "the expanded value holds a $ that looks like a placeholder".to_owned(),
        };
        let finding = Finding::warns(Gate::Placeholder, what)
            .at(config.place(scalar))
            .why("a worker that expands its config once more by itself would change it; envgate does not")
            .mend("if this worker does, let it: config: {delivery: source}");
        findings.push(match culprit {
            Some(variable) => finding.variable(&variable.name),
            None => finding,
        });
    }
    findings
}

fn holds_placeholder(text: &str) -> bool {
    pieces(text).any(|piece| matches!(piece, Piece::Placeholder { .. }))
}
