//! `rotate`: a step, each with options of its own.

mod resolved;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::launch::setting;
use crate::moment::{Moment, parse_duration};

/// The steps, in the order in which they are taken.
#[derive(Subcommand)]
pub(super) enum RotateOptions {
    /// Everything in one: ask, stage, test, promote, restart, prove
    Run(RunOptions),
    /// Put new values beside the current ones, checked by every gate
    Stage(StageOptions),
    /// Run a command as the worker would run with the staged values
    Test(TestOptions),
    /// Swap the staged file in; the former one becomes .previous
    Promote(PromoteOptions),
    /// Swap the former file back
    Rollback(StepOptions),
    /// End a step that was interrupted
    Resume(StepOptions),
    /// Throw the staged file away
    Discard(StepOptions),
    /// End a rotation once the old key is revoked: delete .previous
    Close(CloseOptions),
    /// Show what is open: how far, who, when, why
    Show(ShowOptions),
}

/// The launch whose credential is rotated.
#[derive(Args)]
struct AskedOptions {
    /// The variables that get new values
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// The mode: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    /// The runtime config: YAML, or JSON by its name
    #[arg(short, long, value_name = "CONFIG")]
    config: Option<PathBuf>,
    /// A worker's instance; repeated, all of them are one rotation
    #[arg(short, long, value_name = "INSTANCE")]
    instance: Vec<String>,
    /// The env file, in place of the config's; may be repeated
    #[arg(short, long = "env-file", value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// How the env files are read
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<DialectName>,
    /// A variable that is not a secret
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
    /// As root: look at the files as this user's
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// When the new values end: 2027-01-31
    #[arg(long, value_name = "DATE", value_parser = moment)]
    expires: Option<Moment>,
    /// Read the values from this open descriptor, one a line
    #[arg(long, value_name = "N")]
    value_fd: Option<i32>,
    /// Why: for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Which of the open rotations is meant: not needed where one is open.
#[derive(Args)]
struct SelectOptions {
    /// The variables that it is about
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Its mode
    #[arg(short, long, value_name = "MODE")]
    mode: Option<String>,
    /// Its config
    #[arg(short, long, value_name = "CONFIG")]
    config: Option<PathBuf>,
    /// Its instance
    #[arg(short, long, value_name = "INSTANCE")]
    instance: Vec<String>,
    /// Its env file
    #[arg(short, long = "env-file", value_name = "FILE")]
    env_file: Vec<PathBuf>,
}

/// What happens to the units.
#[derive(Args)]
struct RestartOptions {
    /// Restart what holds the old values, or these units
    #[arg(long, value_name = "UNIT", num_args = 0..)]
    restart: Option<Vec<String>>,
    /// How long a unit has to stay up
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "30s", requires = "restart")]
    settle: Duration,
    /// Run this with the new values: a failure goes back
    #[arg(long, value_name = "COMMAND")]
    verify: Option<String>,
    /// Run this first: a failure means not now
    #[arg(long, value_name = "COMMAND")]
    guard: Option<String>,
    /// Reload the units in place of a restart
    #[arg(long, requires = "restart")]
    reload: bool,
}

#[derive(Args)]
pub(super) struct RunOptions {
    #[command(flatten)]
    asked: AskedOptions,
    #[command(flatten)]
    restart: RestartOptions,
    /// The old key is out and revoked: no way back, all units at once
    #[arg(long, conflicts_with = "reload")]
    compromised: bool,
}

#[derive(Args)]
pub(super) struct StageOptions {
    #[command(flatten)]
    asked: AskedOptions,
}

#[derive(Args)]
pub(super) struct TestOptions {
    #[command(flatten)]
    select: SelectOptions,
    /// The command
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Args)]
pub(super) struct PromoteOptions {
    #[command(flatten)]
    step: StepOptions,
    #[command(flatten)]
    restart: RestartOptions,
}

#[derive(Args)]
pub(super) struct StepOptions {
    #[command(flatten)]
    select: SelectOptions,
    /// Why: for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct CloseOptions {
    #[command(flatten)]
    step: StepOptions,
    /// The old key is revoked at the provider
    #[arg(long, required = true)]
    revoked: bool,
}

#[derive(Args)]
pub(super) struct ShowOptions {
    #[command(flatten)]
    select: SelectOptions,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    /// What systemd, bash, dash and dotenvy read alike
    Portable,
    #[value(help = "What systemd reads from EnvironmentFile=")]
    Systemd,
}

/// The trail takes a line of so much and more; a step that it cannot take would be left halfway.
const MAX_REASON: usize = 4096;

fn reason(text: &str) -> Result<String, String> {
    if text.len() > MAX_REASON {
        return Err(format!("write at most {MAX_REASON} bytes: the trail keeps it with each step"));
    }
    Ok(text.to_owned())
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| "write 2027-01-31 or 2027-01-31T09:30:00Z".to_owned())
}

fn span(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write 30s or 5min".to_owned())
}
