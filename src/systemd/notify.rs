//! The status line that `systemctl status` shows, and readiness for workers that do not notify (`sd_notify(3)`).

use libsystemd::daemon::{NotifyState, notify};

use crate::caller::Caller;
use crate::finding::Findings;
use crate::resolve::Resolved;
use crate::text::shown;

/// Says what is launched; the line stays after `execve`. With `ready`, the unit counts as started.
pub fn launched(resolved: &Resolved, ready: bool, caller: &Caller) {
    let mode = resolved.mode.name();
    let instance =
        resolved.instance.as_ref().map_or(String::new(), |instance| format!(" {}", instance.as_str()));
    let status = format!(
        "launched by envgate: {mode}{instance} ({}), generation {}",
        resolved.mode.class(),
        resolved.generation
    );
    let mut states = vec![NotifyState::Status(status)];
    if ready {
        states.push(NotifyState::Ready);
    }
    say(&states, caller);
}

/// Says why nothing is launched.
pub fn refused(findings: &Findings, caller: &Caller) {
    let Some(first) = findings.refusals().next() else { return };
    let more = findings.refusals().count() - 1;
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    let reason = format!("refused by envgate: {}: {}{more}", first.gate.as_str(), shown(&first.what));
    say(&[NotifyState::Status(reason.replace('\n', " "))], caller);
}

/// Only to the systemd that started us: elsewhere the socket is whatever a shell inherited.
fn say(states: &[NotifyState], caller: &Caller) {
    if caller.from_systemd("NOTIFY_SOCKET").is_some() {
        // A manager that does not listen does not stop a launch.
        let _ = notify(false, states);
    }
}
