//! `render`.

use clap::Args;

use super::Usage;
use super::launch::LookOptions;
use crate::load::Inputs;

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
    #[command(flatten)]
    look: LookOptions,
    /// Show the secrets: into a pipe alone
    #[arg(long)]
    reveal: bool,
}

impl RenderOptions {
    pub(super) fn resolved(self) -> Result<Render, Usage> {
        Ok(Render { inputs: self.look.inputs()?, reveal: self.reveal })
    }
}
