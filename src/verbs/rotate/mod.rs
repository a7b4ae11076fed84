//! `rotate`: a new value, staged beside the current one, tested, promoted, proven to run, or taken back.

mod ahead;
mod down;
mod masked_values;
mod promote;
mod reload;
mod remaining;
mod report;
mod run;
mod select;
mod show;
mod stage;
mod steps;

use std::time::Duration;

pub use select::Selection;

use crate::caller::Caller;
use crate::error::Status;
use crate::moment::Moment;
use crate::name::Name;
use crate::output;
use crate::rotation::{Asked, Stopped};
use crate::screen::Screen;
use crate::verbs::ReadCommandLine;

/// What is asked of the verb.
#[derive(Debug)]
pub enum Rotate {
    /// Prompt, stage, test, promote, restart, prove.
    Run(Box<Stage>, Restart),
    /// Put new values beside the current ones.
    Stage(Box<Stage>),
    /// Run a command with the staged values.
    Test(Selection, Vec<std::ffi::OsString>),
    /// Swap the staged files in.
    Promote(Selection, Restart),
    /// Swap the former files back.
    Rollback(Selection, How),
    /// End a step that was interrupted.
    Resume(Selection, How),
    /// Throw the staged files away.
    Discard(Selection, How),
    /// The old values are revoked: delete the former files.
    Close(Selection, How),
    /// Show what is open.
    Show(Selection, How),
}

/// What is staged.
#[derive(Debug)]
pub struct Stage {
    /// The launch.
    pub asked: Asked,
    /// The variables.
    pub names: Vec<Name>,
    /// When the new values end.
    pub expires: Option<Moment>,
    /// Whether the old values are revoked already.
    pub is_compromised: bool,
    /// The descriptor to read the new values from.
    pub value_fd: Option<i32>,
    /// How it is done and said.
    pub how: How,
}

/// How a step is done and said.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// Why.
    pub reason: Option<String>,
    /// Whether to print JSON.
    pub json: bool,
}

/// What happens to the units when the files are swapped.
#[derive(Clone, Debug)]
pub struct Restart {
    /// The units to restart: those that hold the old values where the list is empty; none at all without a list.
    pub units: Option<Vec<String>>,
    /// How long a unit has to stay up.
    pub settle: Duration,
    /// What is run in the new environment.
    pub verify: Option<String>,
    /// What is asked first.
    pub guard: Option<String>,
    /// Whether the units re-read their config and are not restarted.
    pub reload: bool,
    /// How it is done and said.
    pub how: How,
}

/// Does what is asked, and says how it ended.
#[must_use]
pub fn rotate(rotate: Rotate, caller: &Caller, read: ReadCommandLine) -> Status {
    let done = match rotate {
        Rotate::Stage(stage) => stage::stage(*stage, caller),
        Rotate::Promote(selection, restart) => promote::promote(&selection, &restart, caller, read),
        Rotate::Rollback(selection, how) => steps::rollback(&selection, &how, caller, read),
        Rotate::Resume(selection, how) => steps::resume(&selection, &how, caller, read),
        Rotate::Discard(selection, how) => steps::discard(&selection, &how, caller),
        Rotate::Close(selection, how) => steps::close(&selection, &how, caller),
        Rotate::Show(selection, how) => show::show(&selection, &how, caller),
        Rotate::Run(stage, restart) => run::run(*stage, &restart, caller, read),
        Rotate::Test(selection, command) => run::test(&selection, &command, caller),
    };
    match done {
        Ok(status) => status,
        Err(stopped) => {
            complain(&stopped, caller);
            stopped.status()
        }
    }
}

fn complain(stopped: &Stopped, caller: &Caller) {
    match stopped {
        Stopped::Refused(findings) => {
            output::complain(&output::findings_as_text(findings, Screen::of_complaints(caller)));
            let status = stopped.status().code();
            output::complain(&format!("envgate: the rotation did not go on (status {status})\n"));
        }
        Stopped::Failed(error) => output::complain(&format!("envgate: {error}\n")),
    }
}
