//! Launches that were refused in a row: for each unit, how often envgate refused it since it launched it last, as the
//! journal has it.

use std::collections::BTreeMap;

use crate::announce::{LAUNCH, REFUSAL};
use crate::systemd::records::{JournalRecord, newest_of_messages};

/// So many records are read: a host that is launched on every minute has them for a week.
const MOST: usize = 10_000;

/// What is asked of each record. All fields but envgate's own are the journal's word (systemd.journal-fields(7)).
const FIELDS: [&str; 6] = ["MESSAGE_ID", "ENVGATE_UNIT", "_UID", "_PID", "_BOOT_ID", "_SYSTEMD_UNIT"];

/// A launch or a refusal of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    unit: String,
    is_refusal: bool,
    /// Who sent it: anybody can name any unit.
    sender: String,
    /// The process, with its boot.
    process: (String, String),
    /// Whether the journal itself says that the sender is of this unit.
    is_of_unit: bool,
}

/// Each unit of which the journal knows; none where the journal may not be read.
pub(super) fn in_a_row() -> BTreeMap<String, u64> {
    let records = newest_of_messages(&[LAUNCH, REFUSAL], MOST, &FIELDS).unwrap_or_default();
    count(&records.iter().filter_map(event).collect::<Vec<_>>())
}

fn event(record: &JournalRecord) -> Option<Event> {
    let text = |name| record.field(name).unwrap_or_default().to_owned();
    let unit = record.field("ENVGATE_UNIT")?.to_owned();
    Some(Event {
        is_refusal: record.field("MESSAGE_ID")? == REFUSAL,
        sender: text("_UID"),
        process: (text("_BOOT_ID"), text("_PID")),
        is_of_unit: record.field("_SYSTEMD_UNIT") == Some(unit.as_str()),
        unit,
    })
}

/// How far a unit is.
#[derive(Default)]
struct State {
    /// The refusals of each sender.
    refused: BTreeMap<String, u64>,
    /// The launch that came last, and what it has ended: the system may refuse it after all.
    launch: Option<((String, String), BTreeMap<String, u64>)>,
}

/// The refusals since the last launch, for each unit. A launch ends those of its own sender, and of all where the
/// journal says that it is the unit's: so nobody hides the refusals of another user's unit with a record in its name.
fn count(events: &[Event]) -> BTreeMap<String, u64> {
    let mut units: BTreeMap<&str, State> = BTreeMap::new();
    for event in events {
        let state = units.entry(&event.unit).or_default();
        if !event.is_refusal {
            state.launch = Some((event.process.clone(), state.refused.clone()));
            if event.is_of_unit {
                state.refused.clear();
            } else {
                state.refused.remove(&event.sender);
            }
            continue;
        }
        // The same process was to be launched a moment ago, and the system would not have it.
        if let Some((process, before)) = state.launch.take()
            && process == event.process
        {
            state.refused = before;
        }
        *state.refused.entry(event.sender.clone()).or_default() += 1;
    }
    let most = |state: &State| state.refused.values().copied().max().unwrap_or(0);
    units.into_iter().map(|(unit, state)| (unit.to_owned(), most(&state))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SENDER PROCESS`, and `!` before a refusal, `?` before a launch whose unit the journal does not know.
    fn counted(events: &[&str]) -> u64 {
        let events: Vec<Event> = events
            .iter()
            .map(|text| {
                let (sender, process) = text.trim_start_matches(['!', '?']).split_once(' ').unwrap();
                Event {
                    unit: "pine@ES.service".to_owned(),
                    is_refusal: text.starts_with('!'),
                    sender: sender.to_owned(),
                    process: ("boot".to_owned(), process.to_owned()),
                    is_of_unit: !text.starts_with(['!', '?']),
                }
            })
            .collect();
        count(&events)["pine@ES.service"]
    }

    #[test]
    fn refusals_count_since_the_last_launch() {
        for (events, expected) in [
            (&["pine 1"][..], 0),
            (&["!pine 1", "!pine 2"], 2),
            (&["!pine 1", "pine 2", "!pine 3"], 1),
            (&["!pine 1", "!pine 2", "pine 3"], 0),
            (&["!pine 1", "?pine 2"], 0),
        ] {
            assert_eq!(counted(events), expected, "{events:?}");
        }
    }

    #[test]
    fn a_launch_that_the_system_refused_at_the_last_moment_was_none() {
        assert_eq!(counted(&["!pine 1", "!pine 2", "pine 3", "!pine 3"]), 3);
        assert_eq!(counted(&["!pine 1", "pine 3", "!pine 4"]), 1);
        assert_eq!(counted(&["pine 3", "!pine 3", "!pine 3"]), 2);
    }

    #[test]
    fn a_neighbours_record_hides_no_refusal() {
        assert_eq!(counted(&["!pine 1", "!pine 2", "?mallory 3"]), 2);
        assert_eq!(counted(&["!pine 1", "?mallory 3", "!mallory 3"]), 1);
        // Its user was changed: the unit's own launch ends all of them.
        assert_eq!(counted(&["!pine 1", "desk 2"]), 0);
    }

    #[test]
    fn each_unit_has_its_own() {
        let event = |unit: &str, is_refusal| Event {
            unit: unit.to_owned(),
            is_refusal,
            sender: "1".to_owned(),
            process: (String::new(), String::new()),
            is_of_unit: true,
        };
        let counts = count(&[event("a", true), event("b", true), event("a", false), event("b", true)]);
        assert_eq!(counts, BTreeMap::from([("a".to_owned(), 0), ("b".to_owned(), 2)]));
    }
}
