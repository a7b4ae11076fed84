//! The status line that `systemctl status` shows, and readiness for workers that do not notify (`sd_notify(3)`).

use libsystemd::daemon::{NotifyState, notify};

use crate::caller::Caller;

/// Says a status, and with `ready` that the unit is started, in one message; only to the systemd that started
/// us: elsewhere the socket is whatever a shell inherited. The status stays after `execve`.
pub fn say(status: &str, ready: bool, caller: &Caller) {
    if caller.from_systemd("NOTIFY_SOCKET").is_none() {
        return;
    }
    let mut states = vec![NotifyState::Status(status.replace('\n', " "))];
    if ready {
        states.push(NotifyState::Ready);
    }
    // A manager that does not listen does not stop a launch.
    let _ = notify(false, &states);
}
