//! What each exit status means.

use super::page::Page;
use crate::error::Status;

/// The items of a section EXIT STATUS, and the order in which refusals decide.
pub(super) fn write(page: &mut Page) {
    page.text(
        "Where `envgate exec` succeeds, it has become the worker, and the status is the worker's own. Else:",
    );
    let mut statuses = Status::ALL.to_vec();
    statuses.sort_by_key(|status| status.code());
    for status in &statuses {
        let name = name(*status).map_or(String::new(), |name| format!(" (systemd prints {name})"));
        page.item(&format!("`{}`{name}", status.code()), meaning(*status));
    }
    statuses.sort_by_key(|status| status.precedence());
    let refusals = statuses.iter().filter(|status| decides(**status));
    let order: Vec<String> = refusals.map(|status| status.code().to_string()).collect();
    page.text(&format!(
        "Where several findings meet, the first of {} decides; a fault of the system before all. A unit carries \
         `RestartPreventExitStatus=64 65 66 70 77 78 126 127 243`, so that a refusal never becomes a restart loop: a \
         worker that itself ends with one of these is not restarted either (243 is systemd's own, for a credential).",
        order.join(", ")
    ));
}

/// Whether a refusal can have it, beside others that have another.
fn decides(status: Status) -> bool {
    !matches!(
        status,
        Status::Fine | Status::Findings | Status::Software | Status::SystemFault | Status::Interrupted
    )
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::Fine => "A verb other than `exec` ended well.",
        Status::Findings => {
            "A verb other than `exec` found something: warnings under `check --strict`, a refusal in `status`, nothing in \
             a unit that `workers` was asked for, readers that differ in `lint`, a secret that is over or ended in `ages`, a trail \
             that was changed in `audit`. A rotation was rolled back or not proven, or a command that it ran has failed."
        }
        Status::Usage => "The command line is wrong, or contradicts the inputs.",
        Status::DataError => {
            "An env file, the config or the host policy cannot be read as what it claims to be: syntax, encoding, size."
        }
        Status::NoInput => {
            "A named file does not exist; in `rotate`, a unit that does not, or no rotation is open."
        }
        Status::Software => "A fault of envgate's own.",
        Status::SystemFault => "A fault of the system: no memory, no descriptors, a failing disk.",
        Status::TryAgain => {
            "Try again: an input changed while a person was asked, or somebody else is writing a file; in `rotate`, \
             another rotation of the file is open, or `--guard` says not now. Without a person `exec` never ends with it."
        }
        Status::NoPermission => {
            "A gate refused: permission, owner, separation of paper and live, policy, confirmation."
        }
        Status::Config => {
            "The inputs are well formed, but incomplete or contradictory: a placeholder that nothing defines, a \
             variable that is missing, a mode that is not known."
        }
        Status::CannotExecute => {
            "The command was found and cannot be executed, or its environment is too big for the kernel (E2BIG)."
        }
        Status::NotFound => "The command was not found.",
        Status::Interrupted => "Interrupted at a question, or in a step of `rotate`.",
    }
}

/// How systemctl status prints it: the names of sysexits.h.
fn name(status: Status) -> Option<&'static str> {
    match status {
        Status::Usage => Some("USAGE"),
        Status::DataError => Some("DATAERR"),
        Status::NoInput => Some("NOINPUT"),
        Status::Software => Some("SOFTWARE"),
        Status::SystemFault => Some("OSERR"),
        Status::TryAgain => Some("TEMPFAIL"),
        Status::NoPermission => Some("NOPERM"),
        Status::Config => Some("CONFIG"),
        Status::Fine | Status::Findings | Status::CannotExecute | Status::NotFound | Status::Interrupted => {
            None
        }
    }
}
