//! `render`.

use clap::Args;

use super::Usage;
use super::launch::LookOptions;
use crate::load::Inputs;
use crate::verbs::render::Shown;

/// `render`, resolved.
#[derive(Debug)]
pub struct Render {
    /// The launch to look at.
    pub inputs: Box<Inputs>,
    /// What of it is shown.
    pub shown: Shown,
}

#[derive(Args)]
pub(super) struct RenderOptions {
    #[command(flatten)]
    look: LookOptions,
    /// Show the secrets: into a pipe alone
    #[arg(long)]
    reveal: bool,
    /// Print JSON, with the secrets masked
    #[arg(long, conflicts_with = "reveal")]
    json: bool,
}

impl RenderOptions {
    pub(super) fn resolved(self) -> Result<Render, Usage> {
        let shown = match (self.reveal, self.json) {
            (true, _) => Shown::Secrets,
            (false, true) => Shown::Report,
            (false, false) => Shown::Masked,
        };
        Ok(Render { inputs: self.look.inputs()?, shown })
    }
}
