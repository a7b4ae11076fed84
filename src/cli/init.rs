//! `init`.

use std::path::PathBuf;

use clap::Args;

use super::Usage;
use super::launch::acting_for;
use crate::load::ActingFor;
use crate::verbs::init::Asked;

#[derive(Args)]
pub(super) struct InitOptions {
    /// The template: NAME.MODE.env.example
    template: PathBuf,
    /// The env file to make: NAME.MODE.env
    file: PathBuf,
    /// The mode that it is for, where its name does not say it
    #[arg(short, long, value_name = "MODE")]
    mode: Option<String>,
    /// As root: the user whose file it will be
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl InitOptions {
    pub(super) fn resolved(self) -> Result<Asked, Usage> {
        let owner = match &self.user {
            None => ActingFor::Caller,
            Some(name) => acting_for(Some(name))?,
        };
        Ok(Asked { template: self.template, file: self.file, mode: self.mode, owner, json: self.json })
    }
}
