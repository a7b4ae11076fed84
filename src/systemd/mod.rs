//! What envgate says to systemd and hears from it.

mod ask;
pub mod control;
pub mod job;
pub mod journal;
pub mod notify;
pub mod records;
pub mod services;
pub mod supervisor;
pub mod units;
