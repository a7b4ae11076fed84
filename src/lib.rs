//! envgate reads `chmod 600` env files and a YAML runtime config, refuses anything unsafe, ambiguous or mixed
//! between paper and live trading, expands the config's placeholders, and then execs the worker with a clean
//! environment.
//!
//! The modules are the way of a launch, from top to bottom: [`cli`] → [`launch`] → [`load`] → [`verify`] →
//! [`resolve`] → [`render`] → [`exec`]. What stands below are leaves.
#![deny(clippy::disallowed_methods, clippy::disallowed_macros)]
#![warn(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod announce;
pub mod cli;
pub mod exec;
pub mod launch;
pub mod load;
pub mod readers;
pub mod render;
pub mod resolve;
pub mod rotation;
pub mod systemd;
pub mod verbs;
pub mod verify;

pub mod caller;
pub mod error;
pub mod finding;
pub mod fingerprint;
pub mod gate;
pub mod generation;
pub mod kept;
pub mod lock;
pub mod mask;
pub mod mode;
pub mod moment;
pub mod name;
pub mod output;
pub mod screen;
pub mod secret;
pub mod secure_write;
pub mod signals;
pub mod start;
pub mod table;
pub mod text;
pub mod trail;
pub mod values;
pub mod workers;
pub mod written;
