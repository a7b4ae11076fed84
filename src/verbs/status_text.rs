//! `status` for people: the head, the table of the variables, and what is left over or missing.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use super::inventory::{Age, Inventory, Kind, Row, Since, Source};
use super::status::Emergency;
use crate::finding::Findings;
use crate::load::Inputs;
use crate::load::config::Config;
use crate::moment::{Moment, in_words};
use crate::resolve::Resolved;
use crate::screen::{Screen, Tone};
use crate::table::{Cell, Table};
use crate::text::{counted, shown, shown_path};

/// So much of a value that is no secret is shown; JSON has all of it.
const LONGEST_SHOWN: usize = 40;
/// A cell of each row.
const COLUMNS: usize = 7;

/// Everything but the last line.
pub(super) fn of(resolved: &Resolved, inventory: &Inventory, now: Moment, screen: Screen) -> String {
    let folder = resolved.config.as_ref().map(Config::directory);
    let mut text = head(resolved, now);
    if !inventory.variables.is_empty() {
        text.push('\n');
        text.push_str(&table(&inventory.variables, folder, now).lines(screen));
    }
    text.push_str(&left_over(inventory, resolved, screen));
    text
}

fn head(resolved: &Resolved, now: Moment) -> String {
    let Resolved { mode, instance, generation, .. } = resolved;
    let mut text = format!("mode        {} ({})\n", mode.name(), mode.class());
    if let Some(instance) = instance {
        let _ = writeln!(text, "instance    {}", instance.as_str());
    }
    let _ = writeln!(text, "generation  {generation}");
    if let Some(config) = &resolved.config {
        let _ = writeln!(text, "config      {}", shown_path(&config.opened.path));
    }
    for file in &resolved.env_files {
        let changed = in_words(Moment::of_nanoseconds(file.modified).until(now));
        let _ = writeln!(text, "env file    {} (changed {changed} ago)", shown_path(&file.path));
    }
    text
}

/// Workers that run past gates which would have refused them.
pub(super) fn emergencies(emergencies: &[Emergency], screen: Screen) -> String {
    let mut text = String::new();
    for Emergency { pid, since, reason } in emergencies {
        let since = since.map_or_else(String::new, |since| format!(" since {since}"));
        let line =
            format!("break-glass: PID {pid} runs{since} past gates that would refuse it: {}", shown(reason));
        let _ = writeln!(text, "\n{}", Tone::Bad.paint(&line, screen));
    }
    text
}

/// A column in which no variable has anything to say is left out: the names need its room.
fn table(rows: &[Row], folder: Option<&Path>, now: Moment) -> Table {
    let headings: [&str; COLUMNS] = ["VARIABLE", "VALUE", "LENGTH", "AGE", "EXPIRES", "FROM", "BEAT"];
    let texts: Vec<[String; COLUMNS]> = rows.iter().map(|row| texts(row, folder)).collect();
    let says = |column: &usize| texts.iter().any(|texts| !texts[*column].is_empty());
    let columns: Vec<usize> = (0..headings.len()).filter(says).collect();
    let shown: Vec<&str> = columns.iter().map(|column| headings[*column]).collect();
    let mut table = Table::new(&shown).folding(&["AGE", "BEAT"]);
    for (row, texts) in rows.iter().zip(&texts) {
        let ended = row.expires.is_some_and(|moment| moment <= now);
        let tone = |column: usize| match headings[column] {
            "VALUE" if row.secret => Tone::Faint,
            "EXPIRES" if ended => Tone::Bad,
            _ => Tone::Plain,
        };
        table.push(columns.iter().map(|column| Cell::new(&texts[*column], tone(*column))).collect());
    }
    table
}

/// A cell for each heading.
fn texts(row: &Row, folder: Option<&Path>) -> [String; COLUMNS] {
    let beat: Vec<String> = row.beat.iter().map(|source| in_short(source, folder)).collect();
    [
        row.name.clone(),
        value_in_short(row),
        row.length.to_string(),
        row.age.map_or_else(String::new, age_in_short),
        row.expires.map_or_else(String::new, day),
        in_short(&row.source, folder),
        beat.join(", "),
    ]
}

/// What is no secret is cut at its end; a secret is masked already.
fn value_in_short(row: &Row) -> String {
    match row.value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &row.value[..end]),
        None if row.value.is_empty() => "(empty)".to_owned(),
        None => row.value.clone(),
    }
}

/// A day alone is its first second.
fn day(moment: Moment) -> String {
    let text = moment.to_string();
    text.strip_suffix("T00:00:00Z").map_or_else(|| text.clone(), str::to_owned)
}

fn age_in_short(age: Age) -> String {
    let words = in_words(Duration::from_secs(age.seconds));
    match age.since {
        Since::Rotated => words,
        Since::FileChanged => format!("≥ {words}"),
    }
}

/// A source in the words of the config; a file below the config's folder without it.
fn in_short(source: &Source, folder: Option<&Path>) -> String {
    let name = source.name.as_deref().unwrap_or("");
    match source.kind {
        Kind::EnvFile => {
            let path = Path::new(source.file.as_deref().unwrap_or(""));
            let path = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
            format!("{}:{}", path.display(), source.line.unwrap_or_default())
        }
        Kind::Credential => format!("credential:{name}"),
        Kind::CallerEnvironment => "from: environment".to_owned(),
        Kind::Set => "--set".to_owned(),
        Kind::ModeEnvironment => "environment: of the mode".to_owned(),
        Kind::Environment => "environment:".to_owned(),
        Kind::Pass => "pass:".to_owned(),
        Kind::Fallback => format!("fallback: {name}"),
        Kind::Default => "default:".to_owned(),
        Kind::Base => "envgate".to_owned(),
    }
}

/// Names that do not fit together.
fn left_over(inventory: &Inventory, resolved: &Resolved, screen: Screen) -> String {
    let mut text = String::new();
    let Some(config) = &resolved.config else { return text };
    let file = config.opened.path.file_name().unwrap_or_default().to_string_lossy();
    let mut section = |heading: &str, tone: Tone, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{}", tone.paint(heading, screen));
            for line in lines {
                let _ = writeln!(text, "  {}", shown(&line));
            }
        }
    };
    let place = |line: usize, column: usize| format!("{file}:{line}:{column}");
    let unset = |optional: bool| -> Vec<String> {
        let unset = inventory.unset.iter().filter(|one| one.optional == optional);
        unset.map(|one| format!("{} ({})", one.name, place(one.line, one.column))).collect()
    };
    section("used but not configured:", Tone::Bad, unset(false));
    section("used but not configured, and empty, which the config allows:", Tone::Plain, unset(true));
    let unused = inventory.unused.iter().map(|one| format!("{} ({})", one.name, one.why));
    section("configured but never used:", Tone::Warning, unused.collect());
    let unnamed = inventory.variables.iter().filter(|row| !row.named);
    let unnamed =
        unnamed.map(|row| format!("{} ({})", row.name, in_short(&row.source, Some(config.directory()))));
    section(
        "not named by the config (the worker has them in its environment):",
        Tone::Plain,
        unnamed.collect(),
    );
    text
}

/// Whether this launch would happen, and who says why.
pub(super) fn last_line(inputs: &Inputs, findings: &Findings, screen: Screen) -> String {
    let (refusals, warnings) = (findings.refusals().count(), findings.warnings().count());
    let mode = shown(&inputs.mode);
    if refusals > 0 {
        let what =
            format!("refused: {} ({})", counted(refusals, "finding"), findings.refusing_gates().join(", "));
        return format!(
            "\n{}: envgate check -m {mode} with the same inputs says why\n",
            Tone::Bad.paint(&what, screen)
        );
    }
    if warnings > 0 {
        let what = format!("warned: {}", counted(warnings, "warning"));
        return format!(
            "\n{}: envgate check -m {mode} with the same inputs says which\n",
            Tone::Warning.paint(&what, screen)
        );
    }
    String::new()
}
