//! The units of a rotation: who holds the former generation, which of them are chosen, a restart or a reload that is
//! watched, and the proof of what they run on.

pub mod choose;
pub mod fault;
mod glob;
pub mod holders;
mod judge;
pub mod proof;
pub mod reload;
pub mod restart;
pub mod watch;

pub use judge::Evidence;
