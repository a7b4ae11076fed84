//! The command line: argv to an [`Action`]. One options struct for each verb, so that flags that exclude each
//! other cannot be held together. The same definitions make the help.

mod ages;
mod audit;
mod become_user;
mod check;
mod completions;
mod exec;
mod init;
mod launch;
mod lint;
mod man;
mod render;
mod rotate;
mod status;
mod workers;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use clap_complete::Shell;

pub use audit::Audit;
pub use check::{Check, CheckSubject};
pub use lint::Lint;
pub use render::Render;
pub use status::Status;
pub use workers::Workers;

use crate::exec::run::Order;
use crate::load::Inputs;
use crate::text::{is_obeyed, shown};
use crate::verbs::init::Asked;
use ages::AgesOptions;
use audit::AuditOptions;
use become_user::BecomeOptions;
use check::CheckOptions;
use completions::CompletionsOptions;
use exec::ExecOptions;
use init::InitOptions;
use lint::LintOptions;
use man::ManOptions;
use render::RenderOptions;
use rotate::RotateOptions;
use status::StatusOptions;
use workers::WorkersOptions;

/// What envgate is asked to do.
#[derive(Debug)]
pub enum Action {
    /// Become the worker.
    Exec(Box<Inputs>),
    /// Go through the gates and launch nothing.
    Check(Check),
    /// Show every variable of a launch.
    Status(Status),
    /// Show the expanded config.
    Render(Render),
    /// Say what runs under envgate.
    Workers(Workers),
    /// Replace a credential on a running system.
    Rotate(crate::verbs::rotate::Rotate),
    /// Show or check the audit trail.
    Audit(Audit),
    /// Say how old secrets are.
    Ages(crate::verbs::ages::Options),
    /// Print the completions for a shell.
    Completions(Shell),
    /// Print a man page, or the list of them.
    Man(Option<String>),
    /// Become a command, as a step of a rotation.
    Become(Order),
    /// Say what each reader makes of env files.
    Lint(Lint),
    /// Make an env file from a template.
    Init(Asked),
}

/// Nothing wraps the help: each of its lines fits into 80 columns.
const ABOUT: &str = "Checks env files and a runtime config, refuses what is unsafe or mixes paper
and live trading, and becomes the worker";

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
        action: |matches| Ok(Action::Exec(Box::new(read::<ExecOptions>(matches)?.resolved()))),
    },
    Verb {
        name: "check",
        about: "Go through every gate and launch nothing: all findings at once",
        options: CheckOptions::augment_args,
        action: |matches| read::<CheckOptions>(matches)?.resolved().map(Action::Check),
    },
    Verb {
        name: "status",
        about: "Show every variable, masked: where it comes from, length, age",
        options: StatusOptions::augment_args,
        action: |matches| read::<StatusOptions>(matches)?.resolved().map(Action::Status),
    },
    Verb {
        name: "workers",
        about: "Show what runs under envgate, and what holds old credentials",
        options: WorkersOptions::augment_args,
        action: |matches| Ok(Action::Workers(read::<WorkersOptions>(matches)?.resolved())),
    },
    Verb {
        name: "ages",
        about: "How old each secret of the configs is against its limit",
        options: AgesOptions::augment_args,
        action: |matches| Ok(Action::Ages(read::<AgesOptions>(matches)?.resolved())),
    },
    Verb {
        name: "render",
        about: "Show the expanded config, with its secrets masked",
        options: RenderOptions::augment_args,
        action: |matches| read::<RenderOptions>(matches)?.resolved().map(Action::Render),
    },
    Verb {
        name: "lint",
        about: "Show what systemd, bash, dotenv and docker make of an env file",
        options: LintOptions::augment_args,
        action: |matches| Ok(Action::Lint(read::<LintOptions>(matches)?.resolved())),
    },
    Verb {
        name: "init",
        about: "Make a new env file, private from birth, from a template",
        options: InitOptions::augment_args,
        action: |matches| read::<InitOptions>(matches)?.resolved().map(Action::Init),
    },
    Verb {
        name: "rotate",
        about: "Replace a credential on a running system, with a way back",
        options: steps::<RotateOptions>,
        action: |matches| read::<RotateOptions>(matches)?.resolved().map(Action::Rotate),
    },
    Verb {
        name: "audit",
        about: "Show who rotated what, and check that no record was changed",
        options: AuditOptions::augment_args,
        action: |matches| read::<AuditOptions>(matches)?.resolved().map(Action::Audit),
    },
    Verb {
        name: "completions",
        about: "Print the completions for a shell",
        options: CompletionsOptions::augment_args,
        action: |matches| Ok(Action::Completions(read::<CompletionsOptions>(matches)?.resolved())),
    },
    Verb {
        name: "man",
        about: "Print a man page",
        options: |command| ManOptions::augment_args(command).hide(true),
        action: |matches| Ok(Action::Man(read::<ManOptions>(matches)?.page)),
    },
    Verb {
        name: "become",
        about: "A step of rotate, which starts it",
        options: |command| BecomeOptions::augment_args(command).hide(true),
        action: |matches| read::<BecomeOptions>(matches)?.resolved().map(Action::Become),
    },
];

fn read<T: FromArgMatches>(matches: &ArgMatches) -> Result<T, Usage> {
    T::from_arg_matches(matches).map_err(Usage)
}

impl Verb {
    fn command(&self) -> Command {
        (self.options)(Command::new(self.name)).about(self.about)
    }
}

/// The whole command line, without its hidden verbs: for help, completions and man pages, and to say what is wrong
/// with one that begins with no verb.
#[must_use]
pub fn command() -> Command {
    Command::new("envgate")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .after_help("Man pages without an installation: envgate man, envgate man PAGE | man -l -")
        .subcommand_value_name("VERB")
        .subcommand_help_heading("Verbs")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommands(VERBS.iter().map(Verb::command).filter(|verb| !verb.is_hide_set()))
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

/// A verb whose steps have options of their own.
fn steps<T: Subcommand>(command: Command) -> Command {
    T::augment_subcommands(command)
        .subcommand_value_name("STEP")
        .subcommand_help_heading("Steps")
        .subcommand_required(true)
        .disable_help_subcommand(true)
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
        Ok(Action::Exec(inputs)) => Some(*inputs),
        _ => None,
    }
}

fn usage(message: String) -> Usage {
    Usage(clap::Error::raw(clap::error::ErrorKind::ValueValidation, message))
}
