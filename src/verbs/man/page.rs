//! A man page: its parts as data, and their roff (man(7)).

use std::fmt::Write as _;

use clap_mangen::roff::{Inline, Roff, bold, roman};

/// A part of a page. What stands between backticks is set in bold: it is typed, or read, as it is.
pub(super) enum Part {
    /// A paragraph.
    Text(&'static str),
    /// A term, and what it means.
    Item(&'static str, &'static str),
    /// A heading within the section.
    Heading(&'static str),
    /// Lines as they are.
    Example(&'static str),
}

/// A section of a page.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) parts: &'static [Part],
}

/// A page on the way to its roff.
pub(super) struct Page {
    name: String,
    section: char,
    body: String,
    /// Whether a heading came last: a paragraph begins there by itself.
    at_heading: bool,
}

/// What `Roff` puts before everything that it renders: an apostrophe that stays one.
pub(super) const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

impl Page {
    /// A page with its title and its section NAME.
    pub(super) fn new(name: &str, section: char, about: &str) -> Self {
        let mut page = Self { name: name.to_owned(), section, body: String::new(), at_heading: false };
        let title = name.to_uppercase();
        let number = section.to_string();
        let source = concat!("envgate ", env!("CARGO_PKG_VERSION"));
        let mut roff = Roff::new();
        // No date: one of the build would make each build another one.
        roff.control("TH", [title.as_str(), &number, "\"\"", source, "envgate"]);
        // What is typed is not taken apart at the end of a line.
        roff.control("nh", []).control("ad", ["l"]);
        page.push(&roff);
        page.heading("SH", "NAME");
        page.inline(&format!("{name} - {about}"));
        page
    }

    /// The name of its file: `envgate-exec.1`.
    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.section)
    }

    /// The name under which it is asked for: `envgate-exec`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Another page as SEE ALSO names it.
    pub(super) fn reference(&self) -> String {
        format!("`{}`({})", self.name, self.section)
    }

    /// Begins a section.
    pub(super) fn section(&mut self, title: &str) {
        self.heading("SH", title);
    }

    /// Adds whole sections.
    pub(super) fn sections(&mut self, sections: &[Section]) {
        for section in sections {
            self.section(section.title);
            self.parts(section.parts);
        }
    }

    /// Adds parts to the section that was begun.
    pub(super) fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(text) => self.text(text),
                Part::Item(term, text) => self.item(term, text),
                Part::Heading(title) => self.heading("SS", title),
                Part::Example(lines) => self.example(lines),
            }
        }
    }

    pub(super) fn heading(&mut self, kind: &str, title: &str) {
        let mut roff = Roff::new();
        roff.control(kind, [title]);
        self.push(&roff);
        self.at_heading = true;
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        if !self.at_heading {
            self.body.push_str(".PP\n");
        }
        self.inline(text);
    }

    /// A term, and what it means.
    pub(super) fn item(&mut self, term: &str, text: &str) {
        self.body.push_str(".TP\n");
        self.inline(term);
        self.inline(text);
    }

    fn example(&mut self, lines: &str) {
        let mut roff = Roff::new();
        if !self.at_heading {
            roff.control("PP", []);
        }
        roff.control("RS", ["4"]).control("EX", []);
        for line in lines.lines() {
            roff.text([roman(line)]);
        }
        // groff hyphenates again behind them.
        roff.control("EE", []).control("RE", []).control("nh", []);
        self.push(&roff);
    }

    fn inline(&mut self, text: &str) {
        let mut roff = Roff::new();
        roff.text(inlines(text));
        self.push(&roff);
    }

    /// Adds what `Roff` or `clap_mangen` made.
    pub(super) fn push(&mut self, roff: &Roff) {
        self.push_rendered(&roff.render());
    }

    pub(super) fn push_rendered(&mut self, roff: &str) {
        self.body.push_str(&roff.replace(PREAMBLE, ""));
        self.at_heading = false;
    }

    /// The whole page.
    pub(super) fn render(&self) -> String {
        format!("{PREAMBLE}{}", escaped(&self.body))
    }
}

/// Text with what stands between backticks in bold.
pub(super) fn inlines(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate().filter(|(_, piece)| !piece.is_empty());
    pieces.map(|(at, piece)| if at % 2 == 1 { bold(piece) } else { roman(piece) }).collect()
}

/// Roff in ASCII (`\[u2026]`), so that no reader has to guess an encoding.
fn escaped(roff: &str) -> String {
    let mut escaped = String::with_capacity(roff.len());
    for character in roff.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "\\[u{:04X}]", u32::from(character));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_roff_obeys_is_escaped_and_nothing_else_is_lost() {
        let mut page = Page::new("x", '7', "…");
        page.section("S");
        page.parts(&[Part::Text(".a `-b` \\\\ 'c'"), Part::Text("'d"), Part::Example("  .e\n\n'f")]);
        assert_eq!(
            page.render(),
            format!(
                "{PREAMBLE}.TH X 7 \"\" \"envgate {}\" envgate\n.nh\n.ad l\n.SH NAME\nx \\- \\[u2026]\n.SH S\n\
                 \\&.a \\fB\\-b\\fR \\\\\\\\ \\*(Aqc\\*(Aq\n.PP\n\\*(Aqd\n.PP\n.RS 4\n.EX\n  .e\n\n\\*(Aqf\n.EE\n.RE\n.nh\n",
                env!("CARGO_PKG_VERSION")
            )
        );
    }
}
