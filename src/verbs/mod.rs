//! What envgate does beside launching.

pub mod check;
pub mod check_unit;
mod drop_in;
mod fates;
pub mod move_over;
