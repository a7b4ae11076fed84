//! `workers`.

use clap::Args;

/// `workers`, resolved.
#[derive(Debug)]
pub struct Workers {
    /// Names or globs of units; none for all that runs.
    pub units: Vec<String>,
    /// Whether to print JSON.
    pub json: bool,
}

#[derive(Args)]
pub(super) struct WorkersOptions {
    /// Only these units: names, or globs such as 'pine-*'
    #[arg(value_name = "UNIT")]
    units: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl WorkersOptions {
    pub(super) fn resolved(self) -> Workers {
        Workers { units: self.units, json: self.json }
    }
}
