//! What envgate does beside launching.

pub mod check;
pub mod check_unit;
mod drop_in;
pub mod move_over;
