//! The launch as its users see it: real files, the real program, a real worker. No root needed.

#[path = "../support/mod.rs"]
mod support;

mod ages;
mod ages_of_configs;
mod all_modes;
mod check;
mod config_faults;
mod confirmation;
mod delivery;
mod descriptors;
mod endpoints;
mod environment;
mod expectations;
mod init;
mod interlock;
mod lint;
mod mends;
mod process;
mod questions;
mod render;
mod second;
mod separation;
mod shared_secrets;
mod status;
mod status_dates;
mod two_modes;
mod values;
mod where_and_who;
mod worker;
mod workers;
