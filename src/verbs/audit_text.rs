//! `audit` for people.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::audit::meaning;
use crate::error::Error;
use crate::moment::Moment;
use crate::screen::{Screen, Tone};
use crate::table::{Cell, Table};
use crate::text::{counted, shown, shown_path};
use crate::trail::{Compared, MESSAGE, Verdict};

/// The records as a table; the JSON has more of each.
pub(super) fn records(records: &[Value], path: &Path, screen: Screen) -> String {
    if records.is_empty() {
        return format!("no record in {}\n", shown_path(path));
    }
    let mut table = Table::new(&["TIME", "ACTION", "MODE", "FILES", "VARIABLES", "UNITS", "BY", "REASON"])
        .folding(&["FILES", "VARIABLES", "UNITS", "BY", "REASON"]);
    for record in records {
        let failed = record["outcome"] == "failed";
        let action = text(&record["action"]);
        let action = if failed { format!("{action}: failed") } else { action };
        let tone = if failed { Tone::Bad } else { Tone::Plain };
        table.push(vec![
            Cell::plain(&time(record)),
            Cell::new(&action, tone),
            Cell::plain(&mode(record)),
            Cell::plain(&list(&record["files"], text)),
            Cell::plain(&list(&record["variables"], text)),
            Cell::plain(&list(&record["units"], |unit| {
                format!("{}: {}", text(&unit["unit"]), text(&unit["outcome"]))
            })),
            Cell::plain(&person(&record["actor"])),
            Cell::plain(&text(&record["reason"])),
        ]);
    }
    table.lines(screen)
}

fn text(value: &Value) -> String {
    value.as_str().filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

fn list(values: &Value, each: impl Fn(&Value) -> String) -> String {
    let all: Vec<String> = values.as_array().into_iter().flatten().map(each).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

/// To the second; the JSON has the rest.
fn time(record: &Value) -> String {
    let text = text(&record["time"]);
    Moment::parse(&text).map_or(text, |moment| moment.to_string())
}

fn mode(record: &Value) -> String {
    let mode = text(&record["mode"]);
    let instances = list(&record["instances"], text);
    if instances == "-" { mode } else { format!("{mode} {instances}") }
}

/// The login's user, and as whom it acted.
fn person(actor: &Value) -> String {
    let number = |field: &str| actor[field].as_u64().map(|uid| format!("uid {uid}"));
    let uid = number("uid").unwrap_or_else(|| "-".to_owned());
    let login = actor["sudo_user"].as_str().map(str::to_owned).or_else(|| number("loginuid"));
    match login {
        Some(login) if login != uid => format!("{login} as {uid}"),
        _ => uid,
    }
}

/// That a look at the trail left lines out.
pub(super) fn no_records(lines: &[usize]) -> String {
    let Some(first) = lines.first() else { return String::new() };
    let count = counted(lines.len(), "line");
    format!(
        "envgate: {count} of the trail left out that can be read as no record (the first is line {first}): see envgate audit verify\n"
    )
}

/// What was found, fault by fault, and what the journal says.
pub(super) fn verdict(verdict: &Verdict, compared: &Result<Compared, Error>, path: &Path) -> String {
    let mut said = String::new();
    for fault in &verdict.faults {
        let (what, mend) = meaning(fault);
        let _ = writeln!(said, "{}:{}: {what}\n    mend: {mend}", shown_path(path), fault.line);
    }
    let lacking = compared.as_ref().map_or(&[][..], |compared| &compared.lacking);
    for time in lacking {
        let _ = writeln!(
            said,
            "{}: the journal has a record of {} that the trail lacks\n    mend: journalctl MESSAGE_ID={MESSAGE} -o verbose shows it",
            shown_path(path),
            shown(time)
        );
    }
    let _ = writeln!(
        said,
        "{}, {} in {}",
        counted(verdict.records, "record"),
        counted(verdict.faults.len() + lacking.len(), "fault"),
        shown_path(path)
    );
    match compared {
        Err(error) => {
            let _ =
                writeln!(said, "not compared with the journal, so that a cut tail would not show: {error}");
        }
        Ok(Compared { records: 0, .. }) if verdict.records > 0 => {
            said.push_str(
                "not compared with the journal, so that a cut tail would not show: it has no record of this trail \
                 (or none that this user may read)\n",
            );
        }
        Ok(compared) => {
            let _ = writeln!(
                said,
                "compared with the journal: it has {} of this trail",
                counted(compared.records, "record")
            );
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::screen::width;

    #[test]
    fn a_record_keeps_its_time_and_its_names_on_a_narrow_screen() {
        let record = json!({
            "time": "2026-11-20T17:05:43.163Z", "action": "restart", "outcome": "failed", "mode": "live",
            "instances": ["ES"], "files": ["/etc/envgate/env/pine.live.env"],
            "variables": ["DATABENTO_API_KEY", "TRADERSPOST_WEBHOOK_URL"],
            "units": [{"unit": "pine-worker-live@ES.service", "outcome": "runs on the new values"}],
            "actor": {"uid": 0, "sudo_user": "anna", "loginuid": 1000}, "reason": "monthly, as agreed",
        });
        let shown =
            |width| records(std::slice::from_ref(&record), "/x".as_ref(), Screen { width, colours: false });
        for columns in [60, 80, 120] {
            let text = shown(Some(columns));
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
            assert!(text.contains("2026-11-20T17:05:43Z  restart: failed  live ES\n"), "{text}");
            for whole in ["/etc/envgate/env/pine.live.env", "TRADERSPOST_WEBHOOK_URL", "anna as uid 0"] {
                assert!(text.contains(whole), "{columns}: {whole}: {text}");
            }
            assert!(!text.contains('…'), "{text}");
        }
        assert_eq!(shown(None).lines().count(), 2, "a pipe gets a line for each record");
    }
}
