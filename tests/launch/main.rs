//! The launch as its users see it: real files, the real program, a real worker. No root needed.

#[path = "../support/mod.rs"]
mod support;

mod check;
mod config_faults;
mod delivery;
mod environment;
mod separation;
mod values;
