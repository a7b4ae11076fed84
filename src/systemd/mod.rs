//! What envgate says to systemd and hears from it.

pub mod journal;
pub mod notify;
pub mod supervisor;
pub mod units;
