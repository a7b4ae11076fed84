//! `rotate show`: what is open, how far it is, who began it, and who still holds the old values.

use super::remaining::remaining;
use super::report::Found;
use super::{How, Selection, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::kept::Places;
use crate::rotation::{Phase, Record, Stopped, Store, plan};

/// Prints every open rotation that fits. Nothing is made for it, and nothing stays locked.
pub(super) fn show(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let Some(store) = Store::find(&Places::of(caller)?)? else {
        report::print_all(&[], how, caller);
        return Ok(Status::Fine);
    };
    let open = store.all()?;
    let fitting = open.iter().filter(|record| selection.fits(record));
    let found = fitting.map(|record| find_out(record, &store)).collect::<Result<Vec<_>, Stopped>>()?;
    report::print_all(&found, how, caller);
    Ok(Status::Fine)
}

fn find_out<'a>(record: &'a Record, store: &Store) -> Result<Found<'a>, Stopped> {
    let is_busy = store.is_busy(&record.id)?;
    let remaining = match record.phase {
        Phase::Promoted => Some(remaining(record, &plan::holdings(record)?)),
        _ => None,
    };
    Ok(Found { record, remaining, is_busy, is_over: false })
}
