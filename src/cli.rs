//! The command line: argv to an [`Action`]. One options struct for each verb, so that flags that exclude each
//! other cannot be held together. The same definitions make the help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use crate::load::env_file::Dialect;
use crate::load::{ActingFor, Confirming, Inputs, UnitCredentials, user};
use crate::text::{is_obeyed, shown};

/// What envgate is asked to do.
#[derive(Debug)]
pub enum Action {
    /// Become the worker.
    Exec(Inputs),
    /// Go through the gates and launch nothing.
    Check(Check),
}

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
    /// A systemd unit, as it is.
    Unit {
        /// Its name.
        name: String,
        /// The mode that it runs in, where nothing of the unit says so.
        mode: Option<String>,
    },
}

/// A verb of the command line.
struct Verb {
    name: &'static str,
    about: &'static str,
    /// Adds its options to a command.
    options: fn(Command) -> Command,
    /// What its options ask for.
    action: fn(&ArgMatches) -> Result<Action, Usage>,
}

/// All verbs, in the order of the help.
const VERBS: &[Verb] = &[
    Verb {
        name: "exec",
        about: "Go through every gate, then become the worker",
        options: ExecOptions::augment_args,
        action: |matches| {
            let options = ExecOptions::from_arg_matches(matches).map_err(Usage)?;
            let confirming = Confirming::Launch { confirm: options.confirm };
            Ok(Action::Exec(inputs(options.mode, options.launch, confirming, ActingFor::Caller)))
        },
    },
    Verb {
        name: "check",
        about: "Go through every gate and launch nothing: all findings at once",
        options: CheckOptions::augment_args,
        action: |matches| check(CheckOptions::from_arg_matches(matches).map_err(Usage)?).map(Action::Check),
    },
];

impl Verb {
    fn command(&self) -> Command {
        (self.options)(Command::new(self.name)).about(self.about).max_term_width(100)
    }
}

/// The whole command line: for help, and to say what is wrong with one that begins with no verb.
fn command() -> Command {
    Command::new("envgate")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .max_term_width(100)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommands(VERBS.iter().map(Verb::command))
}

/// What names a launch.
#[derive(Args)]
struct LaunchOptions {
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

#[derive(Args)]
struct ExecOptions {
    /// The mode to launch: paper, live, …
    #[arg(short, long, value_name = "MODE")]
    mode: String,
    /// The mode once more, for a live launch with neither a terminal nor a system unit
    #[arg(long, value_name = "MODE")]
    confirm: Option<String>,
    #[command(flatten)]
    launch: LaunchOptions,
}

#[derive(Args)]
struct CheckOptions {
    /// The mode to look at: paper, live, …
    #[arg(short, long, value_name = "MODE", required_unless_present = "unit")]
    mode: Option<String>,
    #[command(flatten)]
    launch: LaunchOptions,
    /// A systemd unit to look at instead, as it is today
    #[arg(long, value_name = "UNIT", conflicts_with_all = ["config", "instance", "env_file", "dialect", "config_variable", "set", "command", "user"])]
    unit: Option<String>,
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

#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    /// What systemd, bash, dash and dotenvy read alike
    Portable,
    /// What systemd reads from an `EnvironmentFile`
    Systemd,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("write NAME=VALUE".to_owned()),
    }
}

/// Why there is no action: a wrong command line, or a request for help.
#[derive(Debug)]
pub struct Usage(clap::Error);

impl Usage {
    /// Whether a person asked for help or the version.
    #[must_use]
    pub fn is_request(&self) -> bool {
        !self.0.use_stderr()
    }

    /// What to print. A value is not repeated: it may be a secret that slipped in, and the log would keep it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.0.render().to_string();
        if self.is_request() {
            return text;
        }
        for (kind, value) in self.0.context() {
            let ContextValue::String(word) = value else { continue };
            let harmless = match kind {
                ContextKind::InvalidSubcommand => shown(word),
                ContextKind::InvalidArg if word.starts_with('-') => shown(word),
                ContextKind::InvalidArg | ContextKind::InvalidValue => "…".into(),
                _ => continue,
            };
            for (before, after) in [("'", "'"), ("'-- ", "'")] {
                let quoted = format!("{before}{word}{after}");
                text = text.replace(&quoted, &format!("{before}{harmless}{after}"));
            }
        }
        if matches!(self.0.get(ContextKind::InvalidArg), Some(ContextValue::String(word)) if !word.starts_with('-'))
        {
            text.push_str("\nThe worker's command comes after --: envgate exec -m MODE … -- COMMAND\n");
        }
        text.chars().map(|one| if is_obeyed(one) && one != '\n' { '\u{fffd}' } else { one }).collect()
    }
}

/// Reads the command line. Where it begins with a verb, as it nearly always does, only that one's options are
/// built: a launch does not pay for the verbs that it does not use.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Action, Usage> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let [_, word, options @ ..] = arguments.as_slice()
        && let Some(verb) = VERBS.iter().find(|verb| word == verb.name)
    {
        let command = verb.command().no_binary_name(true).bin_name(format!("envgate {}", verb.name));
        return (verb.action)(&command.try_get_matches_from(options).map_err(Usage)?);
    }
    match command().try_get_matches_from(arguments) {
        Err(error) => Err(Usage(error)),
        Ok(_) => Err(usage("envgate: begin with a verb, such as exec or check\n".to_owned())),
    }
}

/// The launch that a unit's `ExecStart=` names, where it is one of envgate's.
#[must_use]
pub fn launch_of(words: &[String]) -> Option<Inputs> {
    match parse(words.iter().map(Into::into)) {
        Ok(Action::Exec(inputs)) => Some(inputs),
        _ => None,
    }
}

fn check(options: CheckOptions) -> Result<Check, Usage> {
    let subject = match (options.unit, options.mode) {
        (Some(name), mode) => CheckSubject::Unit { name, mode },
        (None, mode) => {
            let acting_for = acting_for(options.user.as_deref())?;
            CheckSubject::Inputs(Box::new(inputs(
                mode.unwrap_or_default(),
                options.launch,
                Confirming::Look,
                acting_for,
            )))
        }
    };
    Ok(Check { subject, strict: options.strict, json: options.json })
}

/// Root looks for the files' owner, or for a user that is named; anybody else for itself.
fn acting_for(name: Option<&str>) -> Result<ActingFor, Usage> {
    let is_root = nix::unistd::Uid::effective().is_root();
    match name {
        None if is_root => Ok(ActingFor::FileOwner),
        None => Ok(ActingFor::Caller),
        Some(name) => match name.parse().ok().or_else(|| user::number_of(name)) {
            Some(number) => Ok(ActingFor::User(number)),
            None => Err(usage(format!("--user: there is no user {} in /etc/passwd\n", shown(name)))),
        },
    }
}

fn usage(message: String) -> Usage {
    Usage(clap::Error::raw(clap::error::ErrorKind::ValueValidation, message))
}

fn inputs(mode: String, options: LaunchOptions, confirming: Confirming, acting_for: ActingFor) -> Inputs {
    Inputs {
        mode,
        config: options.config,
        instance: options.instance,
        env_files: options.env_file,
        dialect: options.dialect.map(|dialect| match dialect {
            DialectName::Portable => Dialect::Portable,
            DialectName::Systemd => Dialect::Systemd,
        }),
        config_variable: options.config_variable,
        settings: options.set,
        command: options.command,
        confirming,
        acting_for,
        unit_credentials: UnitCredentials::default(),
    }
}
