//! A new credential in the place of an old one: who holds the former generation, how units come to the next one, and
//! the proof that they have.

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
