//! `ages`.

use std::path::PathBuf;

use clap::Args;

/// `ages`, resolved.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Ages {
    /// The configs; none for those that the host policy lists.
    pub configs: Vec<PathBuf>,
    /// The instances, for paths that hold `{instance}`.
    pub instances: Vec<String>,
    /// Whether what is soon over or not known counts.
    pub strict: bool,
    /// Whether the journal hears of it.
    pub journal: bool,
    /// Whether to print JSON.
    pub json: bool,
    /// Where the metrics go.
    pub prometheus: Option<PathBuf>,
}

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
    pub(super) fn resolved(self) -> Ages {
        Ages {
            configs: self.configs,
            instances: self.instances,
            strict: self.strict,
            journal: self.journal,
            json: self.json,
            prometheus: self.prometheus,
        }
    }
}
