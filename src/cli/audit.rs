//! `audit`.

use clap::{Args, ValueEnum};

use super::{Usage, usage};
use crate::moment::{Moment, parse_duration};
use crate::verbs::audit::Filters;

/// `audit`, resolved.
#[derive(Debug)]
pub enum Audit {
    /// Print records.
    Show {
        /// Which.
        filters: Filters,
        /// Whether to print JSON.
        json: bool,
    },
    /// Check all of them.
    Verify {
        /// Whether to print JSON.
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct AuditOptions {
    /// What to do with the trail
    #[arg(value_enum, value_name = "STEP")]
    step: Step,
    /// show: not older than this: 2026-11-20, 2026-11-20T09:30:00Z, or 30d
    #[arg(long, value_name = "WHEN", value_parser = since)]
    since: Option<Moment>,
    /// show: only this action, such as promote
    #[arg(long, value_name = "ACTION", value_parser = action)]
    action: Option<String>,
    /// show: only what is about this file: its path or its name, or a glob
    #[arg(long, value_name = "FILE")]
    file: Option<String>,
    /// show: only what is about this variable
    #[arg(long, value_name = "NAME")]
    variable: Option<String>,
    /// show: only what is about this unit: its name, or a glob
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Step {
    /// Print the records, oldest first
    Show,
    /// Check that no record was changed, taken out or moved
    Verify,
}

/// A point in time, or how long ago it is.
fn since(text: &str) -> Result<Moment, String> {
    let ago = || parse_duration(text).map(|span| Moment::now().before(span));
    Moment::parse(text)
        .or_else(ago)
        .ok_or_else(|| "write 2026-11-20, 2026-11-20T09:30:00Z, or 30d".to_owned())
}

/// One of the trail's: a misspelt one would find nothing, and look as if nothing had been done.
fn action(text: &str) -> Result<String, String> {
    let mut known = crate::trail::Action::ALL.iter().map(|action| action.as_str());
    if known.clone().any(|name| name == text) {
        return Ok(text.to_owned());
    }
    let first = known.next().unwrap_or_default().to_owned();
    Err(known.fold(format!("one of {first}"), |list, name| list + ", " + name))
}

impl AuditOptions {
    pub(super) fn resolved(self) -> Result<Audit, Usage> {
        let Self { step, since, action, file, variable, unit, json } = self;
        let filters = Filters { since, action, file, variable, unit };
        match step {
            Step::Show => Ok(Audit::Show { filters, json }),
            Step::Verify if filters.is_empty() => Ok(Audit::Verify { json }),
            Step::Verify => {
                Err(usage("envgate: audit verify looks at every record: it takes no filter\n".to_owned()))
            }
        }
    }
}
