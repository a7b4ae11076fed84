//! `rotate show`: what is open, how far it is, and who began it.

use super::{How, Selection, report};
use crate::caller::Caller;
use crate::error::Status;
use crate::rotation::{Record, Session, Stopped};

/// Prints every open rotation that fits.
pub(super) fn show(selection: &Selection, how: &How, caller: &Caller) -> Result<Status, Stopped> {
    let session = Session::open(caller)?;
    let open = session.store.all()?;
    let fitting: Vec<&Record> = open.iter().filter(|record| selection.fits(record)).collect();
    report::print(&fitting, how, &session);
    Ok(Status::Fine)
}
