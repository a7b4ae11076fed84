//! `exec`.

use clap::Args;

use super::launch::LaunchOptions;
use crate::load::{ActingFor, Confirming, Inputs};

#[derive(Args)]
pub(super) struct ExecOptions {
    /// The mode to launch: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    /// The mode once more, for live with neither a terminal nor a unit
    #[arg(long, value_name = "MODE")]
    confirm: Option<String>,
    /// In an emergency: past the gates isolation, supervisor and age
    #[arg(long, value_name = "REASON")]
    break_glass: Option<String>,
    /// Launch it although the same live worker runs already
    #[arg(long)]
    allow_second: bool,
    #[command(flatten)]
    launch: LaunchOptions,
}

impl ExecOptions {
    pub(super) fn resolved(self) -> Inputs {
        let confirming = Confirming::Launch {
            confirm: self.confirm,
            break_glass: self.break_glass,
            allow_second: self.allow_second,
        };
        self.launch.inputs(&self.mode, confirming, ActingFor::Caller)
    }
}
