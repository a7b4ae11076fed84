//! `ages`.

use std::path::PathBuf;

use clap::Args;

use crate::verbs::ages::Options;

#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct AgesOptions {
    /// The configs; without one, those that the host policy lists
    #[arg(value_name = "CONFIG")]
    configs: Vec<PathBuf>,
    /// For paths with {instance}; may be repeated
    #[arg(short, long = "instance", value_name = "INSTANCE")]
    instances: Vec<String>,
    /// Status 1 for what is soon over or unknown
    #[arg(long)]
    strict: bool,
    /// One journal record for each secret that is not fine
    #[arg(long)]
    journal: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write metrics as text for Prometheus
    #[arg(long, value_name = "FILE")]
    prometheus: Option<PathBuf>,
}

impl AgesOptions {
    pub(super) fn resolved(self) -> Options {
        Options {
            configs: self.configs,
            instances: self.instances,
            strict: self.strict,
            journal: self.journal,
            json: self.json,
            prometheus: self.prometheus,
        }
    }
}
