//! The gate `second`: one live worker of a config, mode and instance, unless a person says otherwise.

use crate::finding::{Finding, Gate, Place};
use crate::load::Loaded;
use crate::mode::Mode;
use crate::moment::Moment;
use crate::systemd::supervisor::Supervisor;
use crate::text::shown;
use crate::workers::{Kind, Worker};

/// So many processes are named.
const MAX_NAMED: usize = 5;

/// Judges what runs already, which is looked for where this gate applies.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode) -> Vec<Finding> {
    let same = loaded.running.iter().filter(|worker| is_same(worker, loaded, mode));
    let at_config = |finding: Finding| match &loaded.config {
        Some(config) => finding.at(Place::file(&config.opened.path)),
        None => finding,
    };
    same.take(MAX_NAMED).map(|worker| at_config(refusal(worker))).collect()
}

fn is_same(worker: &Worker, loaded: &Loaded, mode: &Mode) -> bool {
    let config = loaded.config.as_ref().map(|config| &config.opened);
    worker.launch.is_of(config, &loaded.sources(), mode.name()) && worker.launch.instance == loaded.instance
}

fn refusal(worker: &Worker) -> Finding {
    let process = &worker.process;
    let what = match worker.kind {
        Kind::Orphan => "a process that the same worker left behind still runs",
        Kind::Worker | Kind::Opaque { .. } => "the same worker runs already",
    };
    let (place, end) = match &process.unit {
        Some(Supervisor::System { unit: Some(unit) }) => {
            (format!("in the unit {}", shown(unit)), format!("systemctl stop {}", shown(unit)))
        }
        Some(Supervisor::User { unit: Some(unit) }) => (
            format!("in the unit {} of the user's manager", shown(unit)),
            format!("systemctl --user stop {}", shown(unit)),
        ),
        _ => ("by hand".to_owned(), format!("kill {}", process.pid)),
    };
    let since = process
        .started
        .map_or_else(String::new, |started| format!(", since {}", Moment::of_nanoseconds(started)));
    Finding::refuses(
        Gate::Second,
        format!("{what}: PID {}, {place}, as user {}{since}", process.pid, shown(&process.user)),
    )
    .why("two workers of one config trade the same account twice")
    .mend(format!("end it first: {end}; or, where a second one is meant, launch with --allow-second"))
}
