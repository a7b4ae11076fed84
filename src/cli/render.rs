//! `render`.

use clap::Args;

use super::Usage;
use super::launch::{LaunchOptions, acting_for};
use crate::load::{Confirming, Inputs};

/// `render`, resolved.
#[derive(Debug)]
pub struct Render {
    /// The launch to look at.
    pub inputs: Box<Inputs>,
    /// Whether the secrets are shown.
    pub reveal: bool,
}

#[derive(Args)]
pub(super) struct RenderOptions {
    /// The mode to look at: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    #[command(flatten)]
    launch: LaunchOptions,
    /// As root: look at the files as this user's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Show the secrets: into a pipe alone
    #[arg(long)]
    reveal: bool,
}

impl RenderOptions {
    pub(super) fn resolved(self) -> Result<Render, Usage> {
        let acting_for = acting_for(self.user.as_deref())?;
        let inputs = self.launch.inputs(self.mode, Confirming::Look, acting_for);
        Ok(Render { inputs: Box::new(inputs), reveal: self.reveal })
    }
}
