//! The options that name a launch: the same for every verb that looks at one.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Usage, usage};
use crate::load::env_file::Dialect;
use crate::load::{ActingFor, Confirming, Inputs, user};
use crate::text::shown;

/// What names a launch.
#[derive(Args)]
pub(super) struct LaunchOptions {
    /// The runtime config: YAML, or JSON by its name
    #[arg(short, long, value_name = "CONFIG")]
    config: Option<PathBuf>,
    /// The worker's instance (a unit's %i)
    #[arg(short, long, value_name = "INSTANCE")]
    instance: Option<String>,
    /// An env file instead of the config's; may be repeated, later ones win
    #[arg(short, long = "env-file", value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// How the env files are read
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<DialectName>,
    /// The variable that names the expanded config to the worker
    #[arg(long, value_name = "NAME")]
    config_variable: Option<String>,
    /// A variable that is not a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// The worker's command, in place of the config's
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// What names a look at a launch.
#[derive(Args)]
pub(super) struct LookOptions {
    /// The mode to look at: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    #[command(flatten)]
    launch: LaunchOptions,
    /// As root: look at the files as this user's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

impl LookOptions {
    /// What these options ask for.
    pub(super) fn inputs(self) -> Result<Box<Inputs>, Usage> {
        let acting_for = acting_for(self.user.as_deref())?;
        Ok(Box::new(self.launch.inputs(&self.mode, Confirming::Look, acting_for)))
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    /// What systemd, bash, dash and dotenvy read alike
    Portable,
    #[value(help = "What systemd reads from EnvironmentFile=")]
    Systemd,
}

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("write NAME=VALUE".to_owned()),
    }
}

/// Root looks for the files' owner, or for a user that is named; anybody else for itself.
pub(super) fn acting_for(name: Option<&str>) -> Result<ActingFor, Usage> {
    let is_root = nix::unistd::Uid::effective().is_root();
    match name {
        None if is_root => Ok(ActingFor::FileOwner),
        None => Ok(ActingFor::Caller),
        Some(name) => match user::number_of(name) {
            Some(number) => Ok(ActingFor::User(number)),
            None => Err(usage(format!("--user: there is no user {} in /etc/passwd\n", shown(name)))),
        },
    }
}

impl LaunchOptions {
    /// What these options ask for in this mode.
    pub(super) fn inputs(self, mode: &str, confirming: Confirming, acting_for: ActingFor) -> Inputs {
        Inputs {
            config: self.config,
            instance: self.instance,
            env_files: self.env_file,
            dialect: self.dialect.map(|dialect| match dialect {
                DialectName::Portable => Dialect::Portable,
                DialectName::Systemd => Dialect::Systemd,
            }),
            config_variable: self.config_variable,
            settings: self.set,
            command: self.command,
            confirming,
            ..Inputs::look(mode, acting_for)
        }
    }
}
