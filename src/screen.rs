//! Where text for people goes: how wide it is, and whether it shows colours.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::os::fd::AsFd;

use crate::caller::Caller;

/// Where text goes: how wide it may be, and whether it may have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Columns of the terminal; none for a file or a pipe, which are as wide as need be.
    pub width: Option<usize>,
    /// Whether colours show.
    pub colours: bool,
}

impl Screen {
    /// A file or a pipe.
    pub const NONE: Self = Self { width: None, colours: false };

    /// Standard output.
    #[must_use]
    pub fn of_output(caller: &Caller) -> Self {
        Self::of(&std::io::stdout(), caller)
    }

    /// Standard error.
    #[must_use]
    pub fn of_complaints(caller: &Caller) -> Self {
        Self::of(&std::io::stderr(), caller)
    }

    fn of(stream: &(impl IsTerminal + AsFd), caller: &Caller) -> Self {
        if !stream.is_terminal() {
            return Self::NONE;
        }
        // A terminal that was never told its size says 0.
        let width = rustix::termios::tcgetwinsize(stream).map_or(0, |size| usize::from(size.ws_col));
        // Whatever it says, where it is not empty (https://no-color.org).
        let colours = caller.inherited("NO_COLOR").is_none_or(OsStr::is_empty);
        Self { width: (width > 0).then_some(width), colours }
    }

    /// A paragraph behind its first word; where it is wider than the screen, it goes on below its beginning.
    #[must_use]
    pub fn paragraph(self, lead: &str, text: &str) -> String {
        let indent = width(lead);
        let mut lines = lead.to_owned();
        let mut used = indent;
        for (at, word) in text.split(' ').enumerate() {
            let is_full = self.width.is_some_and(|available| used + 1 + width(word) > available);
            if at > 0 && is_full {
                lines.push('\n');
                lines.push_str(&" ".repeat(indent));
                used = indent;
            } else if at > 0 {
                lines.push(' ');
                used += 1;
            }
            lines.push_str(word);
            used += width(word);
        }
        lines.push('\n');
        lines
    }
}

/// What a text says beside its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    Plain,
    /// As it should be: green.
    Good,
    /// Somebody should look: yellow.
    Warning,
    /// Something is wrong: red.
    Bad,
    /// Beside the point: faint.
    Faint,
    /// A heading: bold.
    Heading,
}

impl Tone {
    /// A text in this tone, on this screen.
    #[must_use]
    pub fn paint(self, text: &str, screen: Screen) -> String {
        let code = match self {
            Self::Plain => return text.to_owned(),
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31",
            Self::Faint => "2",
            Self::Heading => "1",
        };
        if screen.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// How many columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// East Asian characters and pictures take two columns, what is set onto the character before takes none (the
/// broad ranges of UAX #11): a path may hold any of them.
#[must_use]
pub fn columns_of(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' | '\u{FE00}'..='\u{FE0F}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_goes_on_below_its_beginning_and_no_word_is_torn() {
        let screen = Screen { width: Some(20), colours: false };
        let text = "its group can read /etc/envgate/pine.env today";
        let expected = "  why: its group can\n       read\n       /etc/envgate/pine.env\n       today\n";
        assert_eq!(screen.paragraph("  why: ", text), expected);
        assert_eq!(Screen::NONE.paragraph("  why: ", text), format!("  why: {text}\n"));
    }
}
