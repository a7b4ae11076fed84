//! The launch as its users see it: real files, the real program, a real worker. No root needed.

#[path = "../support/mod.rs"]
mod support;

mod config_faults;
mod environment;
