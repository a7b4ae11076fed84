//! The last stage: becoming the worker. Everything is decided when [`replace`] is called; what it does cannot be
//! taken back, so it takes what only [`clear`] can make.

pub mod command;
mod confirm;
pub mod delivery;
pub mod environment;

use std::convert::Infallible;
use std::ffi::CString;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::announce;
use crate::caller::Caller;
use crate::error::Error;
use crate::finding::{Finding, Findings};
use crate::load::Inputs;
use crate::load::config::Ready;
use crate::output;
use crate::render::Rendered;
use crate::verify::confirmation::Confirmation;
use command::Program;
use delivery::Place;
use environment::EnvironmentBlock;

/// A launch that has a program and a place for its config. Only [`plan`] makes one.
#[derive(Debug)]
pub struct Planned {
    pub(crate) rendered: Rendered,
    pub(crate) program: Program,
    pub(crate) place: Option<Place>,
    _made_here: (),
}

/// A launch that no gate refused. Only [`clear`] makes one.
#[derive(Debug)]
pub struct Cleared(Planned);

/// Finds the program and the place for the config, and foresees whether the kernel would take it all.
pub fn plan(
    rendered: Rendered,
    inputs: &Inputs,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<Planned> {
    let program = command::find(inputs, &rendered.resolved, findings);
    let place = delivery::choose(&rendered, inputs.acting_for, caller, findings);
    let program = program?;
    findings.extend(environment::foresee_too_big(&program, &rendered.resolved, place.as_ref()));
    Some(Planned { rendered, program, place, _made_here: () })
}

/// Lets a launch through where no finding refuses it.
#[must_use]
pub fn clear(planned: Option<Planned>, findings: &Findings) -> Option<Cleared> {
    planned.filter(|_| findings.status().is_none()).map(Cleared)
}

impl Cleared {
    /// Asks the person, where that is how this launch is confirmed; true where somebody was asked, and so time
    /// has passed.
    pub fn confirm(&self, caller: &Caller) -> Result<bool, Finding> {
        if self.0.rendered.resolved.confirmation == Confirmation::OnTerminal {
            confirm::ask(&self.0, caller)?;
            return Ok(true);
        }
        if caller.stdin_is_terminal {
            output::complain(&confirm::quiet_line(&self.0));
        }
        Ok(false)
    }

    /// Whether another look found the same launch: the same files, unchanged, and the same command.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let identity = |cleared: &Self| {
            let resolved = &cleared.0.rendered.resolved;
            (resolved.config.as_ref().map(|config| config.opened.identity), resolved.generation.clone())
        };
        let program = |cleared: &Self| (cleared.0.program.path.clone(), cleared.0.program.arguments.clone());
        identity(self) == identity(other) && program(self) == program(other)
    }

    /// What will be launched, for a verb that only shows it.
    #[must_use]
    pub fn planned(&self) -> &Planned {
        &self.0
    }
}

/// Becomes the worker. Returns only where the system refused at the last moment.
pub fn replace(cleared: Cleared, caller: &Caller) -> Result<Infallible, Error> {
    let Planned { rendered, program, place, .. } = cleared.0;
    let delivered = match &place {
        Some(place) => Some(delivery::deliver(place, rendered.text.as_ref())?),
        None => None,
    };
    let environment = EnvironmentBlock::build(&rendered.resolved, delivered.as_ref());
    let block = rendered.resolved.config.as_ref().map(|config| &config.block);
    if !block.is_some_and(|block| block.core_dumps) {
        forbid_core_dumps()?;
    }
    let ready = block.is_some_and(|block| block.ready == Ready::Launcher);
    announce::launched(&rendered.resolved, &program.path.to_string_lossy(), ready, caller);
    let Err(errno) = nix::unistd::execve(&program.path, &program.arguments, &environment.strings());
    Err(Error::Exec { program: to_path(&program.path), errno })
}

/// Soft limit only: a worker that wants its dumps may raise it, and says so by that.
fn forbid_core_dumps() -> Result<(), Error> {
    let (soft, hard) =
        getrlimit(Resource::RLIMIT_CORE).map_err(|errno| Error::system("read the core limit", errno))?;
    if soft == 0 {
        return Ok(());
    }
    setrlimit(Resource::RLIMIT_CORE, 0, hard).map_err(|errno| Error::system("set the core limit", errno))
}

fn to_path(text: &CString) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::path::PathBuf::from(std::ffi::OsStr::from_bytes(text.as_bytes()))
}
