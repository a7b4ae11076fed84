//! What the journal hears: one record for each secret that somebody should look at, with names and no value.

use super::row::Row;
use super::state::State;
use super::text;
use crate::caller::Caller;
use crate::systemd::journal::{self, Event, Priority};
use crate::text::shown_path;

/// `MESSAGE_ID=` of a secret that is too old, soon will be, or whose age is not known.
pub const AGE: &str = "c27c0b9d5e4f4f0f9a3b8f6de1a4c713";

/// Sends the record of a secret; none of one that is fine.
pub(super) fn send(row: &Row, caller: &Caller) {
    let priority = match row.state {
        State::Ended | State::Over => Priority::Alert,
        State::Soon | State::Unknown => Priority::Warning,
        State::Fine => return,
    };
    let mut event = Event::new(AGE, priority, &text::sentence(row));
    event.add("ENVGATE_VERSION", env!("CARGO_PKG_VERSION"));
    event.add("ENVGATE_STATE", row.state.as_str());
    event.add("ENVGATE_MODE", row.mode.name().as_str());
    event.add("ENVGATE_CLASS", row.mode.class().as_str());
    event.add("ENVGATE_CONFIG", &shown_path(&row.config));
    event.add("ENVGATE_ENV_FILE", &shown_path(&row.file));
    if let Some(variable) = &row.variable {
        event.add("ENVGATE_VARIABLE", variable.as_str());
    }
    if let Some(unit) = caller.supervisor.as_ref().and_then(|supervisor| supervisor.unit()) {
        event.add("ENVGATE_UNIT", unit);
    }
    journal::send(&event);
}
