//! Tables for people: aligned columns, no wider than the terminal.

use crate::screen::{Screen, Tone, columns_of, width};
use crate::text::shown;

/// Between two columns.
const GAP: usize = 2;

/// One cell: its text, without what a terminal obeys, and its tone.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell of this tone.
    #[must_use]
    pub fn new(text: &str, tone: Tone) -> Self {
        Self { text: shown(text).into_owned(), tone }
    }

    /// A cell of no tone.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// Rows under headings.
#[derive(Clone, Debug)]
pub struct Table {
    headings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|text| Cell::new(text, Tone::Heading)).collect();
        Self { headings, rows: Vec::new() }
    }

    /// One more row, a cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.headings.len(), "a cell for each column");
        self.rows.push(row);
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines. Where it is wider than the screen, the widest columns give way first, and what is left
    /// out of a text is left out of its middle: names differ at their ends.
    #[must_use]
    pub fn lines(&self, screen: Screen) -> String {
        let widths = self.widths(screen.width);
        let all = std::iter::once(&self.headings).chain(&self.rows);
        all.map(|row| line(row, &widths, screen)).collect()
    }

    fn widths(&self, available: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|cell| width(&cell.text)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(&cell.text));
            }
        }
        let Some(available) = available else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > available {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 1 => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

fn line(row: &[Cell], widths: &[usize], screen: Screen) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (at, (cell, columns)) in row.iter().zip(widths).enumerate() {
        let gap = if at == 0 { 0 } else { GAP };
        // A screen too narrow for one character a column shows the first ones.
        if screen.width.is_some_and(|available| used + gap + columns > available) {
            break;
        }
        let text = shortened(&cell.text, *columns);
        line.push_str(&" ".repeat(gap));
        line.push_str(&cell.tone.paint(&text, screen));
        line.push_str(&" ".repeat(columns.saturating_sub(width(&text))));
        used += gap + columns;
    }
    line.truncate(line.trim_end_matches(' ').len());
    line.push('\n');
    line
}

/// A text of so many columns at the most: its beginning, `…`, its end.
fn shortened(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let taken = |characters: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut used = 0;
        let fits = |character: &char| {
            used += columns_of(*character);
            used <= room
        };
        characters.take_while(fits).collect()
    };
    let end: Vec<char> = taken(&mut text.chars().rev(), room / 2);
    let used: usize = end.iter().copied().map(columns_of).sum();
    let beginning = taken(&mut text.chars(), room - used);
    beginning.into_iter().chain(std::iter::once('…')).chain(end.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["UNIT", "PID", "STATE"]);
        table.push(vec![
            Cell::plain("pine-worker-live@ES.service"),
            Cell::plain("1"),
            Cell::new("stale", Tone::Bad),
        ]);
        table.push(vec![Cell::plain("-"), Cell::plain("4194304"), Cell::plain("current")]);
        table
    }

    fn narrow(width: usize) -> Screen {
        Screen { width: Some(width), colours: false }
    }

    #[test]
    fn columns_are_aligned_and_lines_do_not_end_in_blanks() {
        let expected = "UNIT                         PID      STATE\n\
                        pine-worker-live@ES.service  1        stale\n\
                        -                            4194304  current\n";
        assert_eq!(table().lines(Screen::NONE), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_a_names_end_stays() {
        for available in 1..60 {
            for text in table().lines(narrow(available)).lines() {
                assert!(width(text) <= available, "{available}: {text}");
            }
        }
        let lines = table().lines(narrow(30));
        assert!(lines.contains("pine-w…rvice  1        stale"), "{lines}");
    }

    #[test]
    fn colours_take_no_columns_and_only_show_where_there_are_colours() {
        let coloured = table().lines(Screen { width: None, colours: true });
        assert!(coloured.contains("1        \u{1b}[31mstale\u{1b}[0m\n"), "{coloured:?}");
        assert!(!table().lines(Screen::NONE).contains('\u{1b}'));
    }

    #[test]
    fn a_wide_character_takes_two_columns_and_a_control_none_of_its_own() {
        let mut table = Table::new(&["FILE", "X"]);
        table.push(vec![Cell::plain("東京.env"), Cell::plain("1")]);
        table.push(vec![Cell::plain("\u{1b}[2J"), Cell::plain("1")]);
        assert_eq!(table.lines(Screen::NONE), "FILE      X\n東京.env  1\n\u{fffd}[2J      1\n");
        assert_eq!(shortened("東京東京", 4), "東…");
    }
}
