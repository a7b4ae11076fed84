//! What envgate does beside launching.

pub mod ages;
pub mod all_modes;
pub mod audit;
mod audit_text;
pub mod check;
pub mod check_unit;
pub mod completions;
mod drop_in;
mod fates;
pub mod init;
pub mod inventory;
pub mod lint;
pub mod man;
pub mod move_over;
pub mod render;
pub mod rotate;
pub mod status;
mod status_text;
mod unit_inputs;
mod visible;
pub mod workers;
mod workers_table;

pub use unit_inputs::ReadCommandLine;
