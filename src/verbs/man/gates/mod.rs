//! `envgate-gates(7)`: for each gate what it refuses, why, and how to mend it.

mod content;
mod files;
mod launch;
mod separation;

use super::page::{Page, Part};
use crate::error::Status;
use crate::finding::Gate;

/// What a person reads of a gate.
struct Text {
    /// What it refuses, and where it only warns.
    what: &'static str,
    /// What would happen without it.
    why: &'static str,
    /// What to do.
    mend: &'static str,
}

/// The page.
pub(super) fn page() -> Page {
    let mut page =
        Page::new("envgate-gates", '7', "the checks of envgate: what each refuses, why, and how to mend it");
    page.section("DESCRIPTION");
    page.parts(INTRODUCTION);
    page.section("GATES");
    for gate in Gate::ALL {
        let Text { what, why, mend } = text(*gate);
        page.heading("SS", gate.as_str());
        page.text(what);
        page.item("Why", why);
        page.item("How to mend", mend);
        page.item("Exit status", &statuses(*gate));
    }
    page
}

const INTRODUCTION: &[Part] = &[
    Part::Text(
        "A gate is one named check. It refuses, and nothing is started, or it warns. Every launch goes through all of \
         them, and everything that they find is said at once: `refused` or `warning`, the gate in brackets, the file \
         with line and column, the variable, what is wrong, why it matters and how to mend it. No message holds a \
         value or the text of a line.",
    ),
    Part::Text(
        "`envgate check` goes through the gates and starts nothing; `envgate check --json` prints the findings for a \
         program. A refusal is in the journal too: `journalctl ENVGATE_GATE=NAME` finds those of a gate.",
    ),
];

/// All the statuses that a refusal by this gate can have.
fn statuses(gate: Gate) -> String {
    let others: &[Status] = match gate {
        Gate::Command => &[Status::CannotExecute, Status::NotFound, Status::Config],
        Gate::Confirmation => &[Status::TryAgain, Status::Interrupted],
        Gate::System => &[Status::TryAgain],
        Gate::Rotation => &[Status::NoInput, Status::SystemFault, Status::TryAgain, Status::Interrupted],
        _ => &[],
    };
    let all: Vec<String> =
        [gate.status()].iter().chain(others).map(|status| status.code().to_string()).collect();
    match gate {
        Gate::Command => {
            format!("{} (unsafe, cannot be executed, not found, several commands)", all.join(", "))
        }
        Gate::System => format!("{} (somebody else is writing it)", all.join(", ")),
        Gate::Rotation => format!(
            "{} (refused, none is open or no such unit, systemd does not answer, another is open or not now, interrupted)",
            all.join(", ")
        ),
        Gate::Confirmation => format!("{} (an input changed meanwhile, interrupted)", all.join(", ")),
        _ => all.join(", "),
    }
}

fn text(gate: Gate) -> &'static Text {
    match gate {
        Gate::Usage => &launch::USAGE,
        Gate::Input => &files::INPUT,
        Gate::System => &files::SYSTEM,
        Gate::Permission => &files::PERMISSION,
        Gate::Owner => &files::OWNER,
        Gate::ParentDirectory => &files::PARENT_DIRECTORY,
        Gate::FileKind => &files::FILE_KIND,
        Gate::Syntax => &content::SYNTAX,
        Gate::Duplicate => &content::DUPLICATE,
        Gate::Size => &content::SIZE,
        Gate::LoaderVariable => &content::LOADER_VARIABLE,
        Gate::ReservedName => &content::RESERVED_NAME,
        Gate::Placeholder => &content::PLACEHOLDER,
        Gate::Required => &content::REQUIRED,
        Gate::DummyValue => &content::DUMMY_VALUE,
        Gate::Length => &content::LENGTH,
        Gate::Expect => &content::EXPECT,
        Gate::Mode => &separation::MODE,
        Gate::FileMode => &separation::FILE_MODE,
        Gate::Endpoint => &separation::ENDPOINT,
        Gate::SharedSecret => &separation::SHARED_SECRET,
        Gate::Isolation => &separation::ISOLATION,
        Gate::Host => &launch::HOST,
        Gate::User => &launch::USER,
        Gate::Supervisor => &launch::SUPERVISOR,
        Gate::Second => &launch::SECOND,
        Gate::Confirmation => &launch::CONFIRMATION,
        Gate::Age => &launch::AGE,
        Gate::Command => &launch::COMMAND,
        Gate::Delivery => &launch::DELIVERY,
        Gate::Rotation => &launch::ROTATION,
    }
}
