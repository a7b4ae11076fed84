//! What envgate does beside launching.

pub mod check;
pub mod check_unit;
pub mod move_over;
