//! `init`.

use std::path::PathBuf;

use clap::Args;

use super::Usage;
use super::launch::acting_for;
use crate::load::ActingFor;

/// `init`, resolved.
#[derive(Debug)]
pub struct Init {
    /// The template.
    pub template: PathBuf,
    /// The file to make.
    pub file: PathBuf,
    /// `-m`: its mode.
    pub mode: Option<String>,
    /// Whose it will be.
    pub owner: ActingFor,
}

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
}

impl InitOptions {
    pub(super) fn resolved(self) -> Result<Init, Usage> {
        let owner = match &self.user {
            None => ActingFor::Caller,
            Some(name) => acting_for(Some(name))?,
        };
        Ok(Init { template: self.template, file: self.file, mode: self.mode, owner })
    }
}
