//! Tables for people: aligned columns, no wider than the terminal.

use crate::screen::{Screen, Tone, columns_of, width};
use crate::text::shown;

/// Between two columns.
const GAP: usize = 2;
/// Below so many columns a text that was shortened says little: a table that may fold does so before.
const LEAST: usize = 20;
/// Before what stands below its row.
const BELOW: &str = "    ";

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
    folding: Vec<bool>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let folding = vec![false; headings.len()];
        let headings = headings.iter().map(|text| Cell::new(text, Tone::Heading)).collect();
        Self { headings, rows: Vec::new(), folding }
    }

    /// On a screen that is much too narrow these columns stand below their row, whole.
    #[must_use]
    pub fn folding(mut self, headings: &[&str]) -> Self {
        self.folding = self.headings.iter().map(|cell| headings.contains(&cell.text.as_str())).collect();
        self
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
        let whole = self.widths();
        let widths = narrowed(whole.clone(), screen.width);
        let is_cut = |(whole, left): (&usize, &usize)| left < whole && *left < LEAST;
        if self.folding.contains(&true) && whole.iter().zip(&widths).any(is_cut) {
            return self.folded(&whole, screen);
        }
        let all = std::iter::once(&self.headings).chain(&self.rows);
        all.map(|row| line(row.iter(), &widths, screen)).collect()
    }

    /// Each row, and below it what it has in the columns that fold.
    fn folded(&self, whole: &[usize], screen: Screen) -> String {
        let stays = |at: &usize| !self.folding[*at];
        let staying: Vec<usize> = (0..whole.len()).filter(stays).collect();
        let widths = narrowed(staying.iter().map(|at| whole[*at]).collect(), screen.width);
        let in_row = |row: &Vec<Cell>| line(staying.iter().map(|at| &row[*at]), &widths, screen);
        let rows = self.rows.iter().map(|row| in_row(row) + &self.below(row, screen));
        std::iter::once(in_row(&self.headings)).chain(rows).collect()
    }

    /// On one line where there is room for it, else each on its own; what says nothing is left out.
    fn below(&self, row: &[Cell], screen: Screen) -> String {
        let folded = self.headings.iter().zip(row).zip(&self.folding).filter(|(_, folds)| **folds);
        let said: Vec<(String, &str)> = folded
            .map(|((heading, cell), _)| (heading.text.to_lowercase(), cell.text.as_str()))
            .filter(|(_, text)| !matches!(*text, "" | "-"))
            .collect();
        let parts: Vec<String> = said.iter().map(|(heading, text)| format!("{heading} {text}")).collect();
        let one_line = format!("{BELOW}{}\n", parts.join(", "));
        if said.is_empty() {
            return String::new();
        }
        if screen.width.is_none_or(|available| width(one_line.trim_end()) <= available) {
            return one_line;
        }
        let widest = said.iter().map(|(heading, _)| width(heading)).max().unwrap_or_default();
        let line = |(heading, text): &(String, &str)| {
            let beginning = format!("{BELOW}{heading:<widest$}  ");
            let room = screen.width.map(|available| available.saturating_sub(width(&beginning)).max(1));
            screen.paragraph(&beginning, &room.map_or_else(|| (*text).to_owned(), |room| torn(text, room)))
        };
        said.iter().map(line).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.headings.iter().map(|cell| width(&cell.text)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(&cell.text));
            }
        }
        widths
    }
}

/// A text whose words fit into a line: a path is torn rather than cut, since all of it counts.
fn torn(text: &str, room: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut used = 0;
    for character in text.chars() {
        let columns = columns_of(character);
        if character == ' ' {
            used = 0;
        } else if used + columns > room && used > 0 {
            lines.push(' ');
            used = columns;
        } else {
            used += columns;
        }
        lines.push(character);
    }
    lines
}

/// The widest columns give way first.
fn narrowed(mut widths: Vec<usize>, available: Option<usize>) -> Vec<usize> {
    if let Some(available) = available {
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > available {
            match widths.iter_mut().max() {
                Some(widest) if *widest > 1 => *widest -= 1,
                _ => break,
            }
        }
    }
    widths
}

fn line<'a>(row: impl Iterator<Item = &'a Cell>, widths: &[usize], screen: Screen) -> String {
    let mut line = String::new();
    let mut used = 0;
    for (at, (cell, columns)) in row.zip(widths).enumerate() {
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
    fn columns_that_fold_stand_whole_below_their_row_where_the_screen_is_much_too_narrow() {
        let mut table = Table::new(&["TIME", "ACTION", "FILES", "REASON"]).folding(&["FILES", "REASON"]);
        let rows = [["2026-11-20", "stage", "/etc/envgate/env/pine.live.env", "monthly, as agreed"]];
        let rows = rows.into_iter().chain([["2026-11-21", "close", "-", ""]]);
        rows.for_each(|row| table.push(row.into_iter().map(Cell::plain).collect()));
        let whole = "TIME        ACTION  FILES                           REASON\n";
        assert!(table.lines(Screen::NONE).starts_with(whole) && table.lines(narrow(70)).starts_with(whole));
        // A little too narrow: the widest column gives way, and still says something.
        assert!(table.lines(narrow(64)).contains("…"));
        let below = "    files /etc/envgate/env/pine.live.env, reason monthly, as agreed\n";
        let mut two_lines = table.clone();
        two_lines.rows[0][0] = Cell::plain(&"2026-11-20".repeat(3));
        let expected = format!("{}  close\n", "2026-11-21".to_owned() + &" ".repeat(20));
        let lines = two_lines.lines(narrow(68));
        assert!(lines.contains(below) && lines.ends_with(&expected), "{lines}");
        let expected = "TIME        ACTION\n2026-11-20  stage\n    files   /etc/envgate/env/pine.live.env\n    \
                        reason  monthly, as\n            agreed\n2026-11-21  close\n";
        assert_eq!(table.lines(narrow(26)), expected.replace("/etc/envgate/env/pine.live.env", TORN));
        for available in 13..60 {
            for text in table.lines(narrow(available)).lines() {
                assert!(width(text) <= available, "{available}: {text}");
            }
        }
    }

    const TORN: &str = "/etc/envgate/e\n            nv/pine.live.e\n            nv";

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
