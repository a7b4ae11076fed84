//! `status`.

use clap::Args;

use super::Usage;
use super::launch::LookOptions;
use crate::load::Inputs;

/// `status`, resolved.
#[derive(Debug)]
pub struct Status {
    /// The launch to look at.
    pub inputs: Box<Inputs>,
    /// Whether envgate's base and systemd's own variables are shown too.
    pub all: bool,
    /// Whether to print JSON.
    pub json: bool,
}

#[derive(Args)]
pub(super) struct StatusOptions {
    #[command(flatten)]
    look: LookOptions,
    /// Show what envgate and systemd set, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StatusOptions {
    pub(super) fn resolved(self) -> Result<Status, Usage> {
        Ok(Status { inputs: self.look.inputs()?, all: self.all, json: self.json })
    }
}
