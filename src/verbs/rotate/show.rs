//! `rotate show`: what is open, how far it is, and who began it.

use super::{How, Selection, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::kept::Places;
use crate::rotation::{Record, Stopped, Store};

/// Prints every open rotation that fits. Nothing is made or locked for it.
pub(super) fn show(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let open = match Store::find(&Places::of(caller)?)? {
        Some(store) => store.all()?,
        None => Vec::new(),
    };
    let fitting: Vec<&Record> = open.iter().filter(|record| selection.fits(record)).collect();
    report::print(&fitting, how, caller);
    Ok(Status::Fine)
}
