//! `ages` for people: the worst first, and what the table has no room for below it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::row::Row;
use super::state::State;
use crate::finding::Findings;
use crate::moment::in_words;
use crate::name::Name;
use crate::output;
use crate::resolve::aging::{Age, Limit, LimitSource};
use crate::screen::{Screen, Tone};
use crate::table::{Cell, Table};
use crate::text::{counted, shown, shown_path};

/// The table, why what is unknown is, what kept a config from being looked at, and one line that sums it up.
pub(super) fn text(rows: &[Row], findings: &Findings, screen: Screen) -> String {
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(&table(rows).lines(screen));
        text.push('\n');
    }
    text.push_str(&reasons(rows));
    text.push_str(&output::findings_as_text(findings, screen));
    text.push_str(&summary(rows, findings, screen));
    text
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["STATE", "VARIABLE", "AGE", "LIMIT", "LEFT", "EXPIRES", "MODE", "FILE"])
        .folding(&["LIMIT", "FILE"]);
    for row in rows {
        table.push(vec![
            Cell::new(row.state.as_str(), tone(row.state)),
            Cell::plain(row.variable.as_ref().map_or("-", Name::as_str)),
            Cell::plain(&row.age.map_or_else(|| "-".to_owned(), age)),
            Cell::plain(&row.limit.map_or_else(|| "-".to_owned(), limit)),
            Cell::plain(&row.left.map_or_else(|| "-".to_owned(), left)),
            Cell::plain(&row.expires.map_or_else(|| "-".to_owned(), |end| end.to_string())),
            Cell::plain(row.mode.name().as_str()),
            Cell::plain(&place(row)),
        ]);
    }
    table
}

fn tone(state: State) -> Tone {
    match state {
        State::Ended | State::Over => Tone::Bad,
        State::Soon | State::Unknown => Tone::Warning,
        State::Fine => Tone::Good,
    }
}

fn age(age: Age) -> String {
    let words = in_words(age.span);
    if age.is_recorded { words } else { format!("≥ {words}") }
}

fn limit(limit: Limit) -> String {
    let words = in_words(limit.span);
    if limit.source == LimitSource::Default { format!("{words} (default)") } else { words }
}

fn left(seconds: i64) -> String {
    let words = in_words(Duration::from_secs(seconds.unsigned_abs()));
    if seconds < 0 { format!("{words} over") } else { words }
}

fn place(row: &Row) -> String {
    let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}", row.file.display())
}

/// One secret in a sentence, for the journal.
pub(super) fn sentence(row: &Row) -> String {
    let what = row.variable.as_ref().map_or("the variables", Name::as_str);
    let subject = format!("{what} of {} (mode {})", shown_path(&row.file), row.mode.name());
    let days = row.left.map(left).unwrap_or_default();
    match row.state {
        State::Ended => {
            format!("{subject}: ended on {}", row.expires.map(|end| end.to_string()).unwrap_or_default())
        }
        State::Over => {
            let at_least = if row.age.is_some_and(|age| age.is_recorded) { "" } else { "at least " };
            let age = row.age.map(|age| in_words(age.span)).unwrap_or_default();
            let limit = row.limit.map(|limit| in_words(limit.span)).unwrap_or_default();
            format!("{subject}: {at_least}{age} old, and may be {limit} old")
        }
        State::Soon => format!("{subject}: {days} left"),
        State::Unknown => {
            format!("{subject}: age unknown: {}", shown(row.reason.as_deref().unwrap_or_default()))
        }
        State::Fine => format!("{subject}: fine, {days} left"),
    }
}

/// Why secrets are unknown, by file.
fn reasons(rows: &[Row]) -> String {
    let mut reasons: BTreeMap<(&Path, &str), Vec<&str>> = BTreeMap::new();
    for row in rows {
        if let Some(reason) = &row.reason {
            let names = reasons.entry((&row.file, reason)).or_default();
            let name = row.variable.as_ref().map(Name::as_str);
            names.extend(name.filter(|name| !names.contains(name)));
        }
    }
    let mut text = String::new();
    for ((file, reason), names) in &reasons {
        let names = if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) };
        let _ = writeln!(text, "unknown: {}: {}{names}", shown_path(file), shown(reason));
    }
    if rows.iter().any(|row| row.reason.is_some() && row.variable.is_some()) {
        text.push_str(
            "    mend: write above each variable when it was made: # rotated: 2026-11-20T09:30:00Z\n",
        );
    }
    text
}

fn summary(rows: &[Row], findings: &Findings, screen: Screen) -> String {
    let count = |state: State| rows.iter().filter(|row| row.state == state).count();
    let is_unread = |row: &&Row| row.variable.is_none();
    let unread = rows.iter().filter(is_unread).count();
    let secrets = rows.len() - unread;
    let worst = rows.iter().map(|row| row.state).min().unwrap_or(State::Fine);
    let states = [State::Ended, State::Over, State::Soon, State::Unknown, State::Fine];
    let parts: Vec<String> = states
        .into_iter()
        .map(|state| (count(state) - if state == State::Unknown { unread } else { 0 }, state))
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {}", state.as_str()))
        .collect();
    let mut line = counted(secrets, "secret");
    if !parts.is_empty() {
        let _ = write!(line, ": {}", parts.join(", "));
    }
    if unread > 0 {
        let _ = write!(line, "; {} not read", counted(unread, "file"));
    }
    let refused = findings.refusals().count();
    if refused > 0 {
        let _ = write!(line, "; {}", counted(refused, "finding"));
    }
    let tone = if refused > 0 { Tone::Bad } else { tone(worst) };
    format!("{}\n", tone.paint(&line, screen))
}
