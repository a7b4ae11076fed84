//! What envgate does beside launching.

pub mod check;
