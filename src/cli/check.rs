//! `check`.

use clap::Args;

use super::Usage;
use super::launch::{LaunchOptions, acting_for};
use crate::load::{Confirming, Inputs};

/// `check`, resolved.
#[derive(Debug)]
pub struct Check {
    /// What to look at.
    pub subject: CheckSubject,
    /// Whether warnings count.
    pub strict: bool,
    /// Whether to print JSON.
    pub json: bool,
}

/// What `check` looks at.
#[derive(Debug)]
pub enum CheckSubject {
    /// The launch of these inputs.
    Inputs(Box<Inputs>),
    /// The launches of all modes of the config.
    AllModes(Box<Inputs>),
    /// A systemd unit, as it is.
    Unit {
        /// Its name.
        name: String,
        /// The mode that it runs in, where nothing of the unit says so.
        mode: Option<String>,
    },
}

#[derive(Args)]
pub(super) struct CheckOptions {
    /// The mode to look at: paper, live, …
    #[arg(short, long, value_name = "MODE", required_unless_present_any = ["unit", "all_modes"])]
    mode: Option<String>,
    #[command(flatten)]
    launch: LaunchOptions,
    /// A systemd unit to look at instead, as it is today
    #[arg(long, value_name = "UNIT", conflicts_with_all = ["config", "instance", "env_file", "dialect", "config_variable", "set", "command", "user"])]
    unit: Option<String>,
    /// Look at every mode of the config, and compare them with each other
    #[arg(long, requires = "config", conflicts_with_all = ["unit", "mode", "env_file", "command"])]
    all_modes: bool,
    /// As root: look at the files as this user's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Warnings count as findings (status 1)
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl CheckOptions {
    pub(super) fn resolved(self) -> Result<Check, Usage> {
        let subject = match self.unit {
            Some(name) => CheckSubject::Unit { name, mode: self.mode },
            None => {
                let acting_for = acting_for(self.user.as_deref())?;
                let mode = self.mode.unwrap_or_default();
                let inputs = Box::new(self.launch.inputs(&mode, Confirming::Look, acting_for));
                if self.all_modes { CheckSubject::AllModes(inputs) } else { CheckSubject::Inputs(inputs) }
            }
        };
        Ok(Check { subject, strict: self.strict, json: self.json })
    }
}
