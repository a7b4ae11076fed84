//! Running a command in exactly the environment that the worker would get, and hearing how it ended: what `rotate`
//! asks (`test`, `--verify`, `--guard`). No shell is in between, and nothing of the caller's environment.
//!
//! It has `/dev/null` for its input, our output and errors, and of all descriptors beside these only the one that
//! delivers the config. As root it runs as the worker's user. It is a session of its own, without our terminal.

mod letter;
mod orphans;
mod runs_as;
mod stand_in;
mod start;
mod wait;
mod words;

use std::time::Duration;

use nix::sys::signal::Signal;

use super::command::Program;
use super::delivery::{self, Place};
use super::environment::EnvironmentBlock;
use super::{Cleared, forbid_core_dumps, put_back_core_dumps};
use crate::error::Error;
use crate::render::Rendered;
use letter::Letter;
use orphans::Orphans;
pub use runs_as::{OtherUser, RunsAs, of};
pub use stand_in::{Order, stand_in};
pub use words::words;

/// So long a command may take where nobody says otherwise.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(5 * 60);

/// A command that no gate refused, with the user that it runs as. Only [`Runnable::of`] makes one, of what was asked
/// for as [`crate::load::Confirming::Run`].
#[derive(Debug)]
pub struct Runnable {
    rendered: Rendered,
    program: Program,
    place: Option<Place>,
    runs_as: RunsAs,
}

impl Runnable {
    /// None where a launch or a look was asked for: the gate `command` judges those more leniently.
    #[must_use]
    pub fn of(cleared: Cleared) -> Option<Self> {
        let Cleared { rendered, program, place, runs_as, .. } = cleared;
        runs_as.map(|runs_as| Self { rendered, program, place, runs_as })
    }

    /// What will be run.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }
}

/// How a command is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// After so long it is ended ([`DEFAULT_LIMIT`]).
    pub limit: Duration,
    /// Its standard output goes to our standard error: where ours carries JSON.
    pub output_to_errors: bool,
}

/// How a command ended. Whatever it left running is ended with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this status.
    Exited(i32),
    /// By a signal that was not ours.
    Killed(Signal),
    /// By us, after so long.
    OutOfTime(Duration),
    /// By us, because this signal told us to end; it is taken, and whoever called decides what becomes of us.
    Interrupted(Signal),
}

impl Ended {
    /// Whether it ended by itself with status 0.
    #[must_use]
    pub fn is_fine(self) -> bool {
        self == Self::Exited(0)
    }

    /// The end of the sentence "the command …".
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Exited(status) => format!("ended with status {status}"),
            Self::Killed(signal) => format!("was ended by {signal}"),
            Self::OutOfTime(limit) => format!("was ended after {}", humantime::format_duration(limit)),
            Self::Interrupted(signal) => format!("was ended, because {signal} interrupted envgate"),
        }
    }
}

/// Runs it, and waits for its end. An error is that it could not be started: then nothing of it ran.
pub fn run(runnable: &Runnable, options: Options) -> Result<Ended, Error> {
    let Runnable { rendered, program, place, runs_as } = runnable;
    let signals = wait::hold_back()?;
    let delivered = match place {
        Some(place) => Some(delivery::deliver_to_child(place, rendered.text.as_ref(), runs_as)?),
        None => None,
    };
    let (delivered, config) = delivered.map_or((None, None), |(delivered, config)| (Some(delivered), config));
    let environment = EnvironmentBlock::build(&rendered.resolved, delivered.as_ref());
    let letter = Letter::write(&environment)?;
    let keeps_cores = rendered.resolved.config.as_ref().is_some_and(|config| config.block.core_dumps);
    let core_limit = if keeps_cores { None } else { Some(forbid_core_dumps()?) };
    let order = Order::new(runs_as, program);
    let orphans = Orphans::adopt()?;
    let child = start::start(&order, &letter, config.as_ref(), options.output_to_errors);
    if let Some(limit) = core_limit {
        put_back_core_dumps(limit)?;
    }
    let ended = wait::wait(child?, options.limit, &signals);
    orphans.end();
    let ended = ended?;
    match letter.failure(program)? {
        Some(error) => Err(error),
        None => Ok(ended),
    }
}
