//! `status`.

use clap::Args;

use super::Usage;
use super::launch::{LaunchOptions, acting_for};
use crate::load::{Confirming, Inputs};

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
    /// The mode to look at: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    #[command(flatten)]
    launch: LaunchOptions,
    /// As root: look at the files as this user's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Show what envgate and systemd set, too
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl StatusOptions {
    pub(super) fn resolved(self) -> Result<Status, Usage> {
        let acting_for = acting_for(self.user.as_deref())?;
        let inputs = self.launch.inputs(self.mode, Confirming::Look, acting_for);
        Ok(Status { inputs: Box::new(inputs), all: self.all, json: self.json })
    }
}
