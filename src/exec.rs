//! The last stage: becoming the worker. Everything is decided when [`replace`] is called; what it does cannot be
//! taken back, so it takes what only [`clear`] can make.

pub mod command;
mod confirm;
pub mod delivery;
pub mod environment;
mod memory_file;
pub mod redelivery;
pub mod run;

use std::convert::Infallible;
use std::ffi::CString;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::announce::{self, Command};
use crate::caller::Caller;
use crate::error::Error;
use crate::finding::{Finding, Findings};
use crate::load::config::Ready;
use crate::load::{Confirming, Inputs};
use crate::output;
use crate::render::Rendered;
use crate::resolve::Resolved;
use crate::verify::confirmation::Confirmation;
use command::Program;
use delivery::Place;
use environment::EnvironmentBlock;
use run::RunsAs;

/// A launch with its program and the place for its config, where they were found. Only [`plan`] makes one.
#[derive(Debug)]
pub struct Planned {
    pub(crate) rendered: Rendered,
    pub(crate) program: Option<Program>,
    pub(crate) place: Option<Place>,
    runs_as: Option<RunsAs>,
    allows_second: bool,
    _made_here: (),
}

/// A launch that no gate refused. Only [`clear`] makes one.
#[derive(Debug)]
pub struct Cleared {
    rendered: Rendered,
    program: Program,
    place: Option<Place>,
    /// As whom a command is run; none for a launch and for a look at one.
    runs_as: Option<RunsAs>,
    /// `--allow-second`.
    allows_second: bool,
}

/// Finds the program and the place for the config, and foresees whether the kernel would take it all.
pub fn plan(rendered: Rendered, inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Planned {
    let program = command::find(inputs, &rendered.resolved, caller, findings);
    let place = delivery::choose(&rendered, inputs, caller, findings);
    if let Some(program) = &program {
        findings.extend(environment::foresee_too_big(program, &rendered.resolved, place.as_ref()));
    }
    let mut runs_as = None;
    if inputs.confirming == Confirming::Run {
        match run::of(&rendered.resolved, caller) {
            Ok(user) => runs_as = Some(user),
            Err(finding) => findings.push(finding),
        }
    }
    let allows_second = matches!(inputs.confirming, Confirming::Launch { allow_second: true, .. });
    Planned { rendered, program, place, runs_as, allows_second, _made_here: () }
}

/// Lets a launch through where no finding refuses it; else it is handed back, for whoever only looks at it.
pub fn clear(planned: Planned, findings: &Findings) -> Result<Cleared, Box<Planned>> {
    match planned {
        Planned { rendered, program: Some(program), place, runs_as, allows_second, .. }
            if findings.status().is_none() =>
        {
            Ok(Cleared { rendered, program, place, runs_as, allows_second })
        }
        refused => Err(Box::new(refused)),
    }
}

impl Cleared {
    /// Asks the person, where that is how this launch is confirmed; true where somebody was asked, and so time
    /// has passed.
    pub fn confirm(&self, caller: &Caller) -> Result<bool, Finding> {
        if self.rendered.resolved.confirmation == Confirmation::OnTerminal {
            confirm::ask(self, caller)?;
            return Ok(true);
        }
        if caller.stdin_is_terminal {
            output::complain(&confirm::quiet_line(self));
        }
        Ok(false)
    }

    /// Whether another look found the same launch: the same files, unchanged, and the same command.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let identity = |cleared: &Self| {
            let resolved = &cleared.rendered.resolved;
            (resolved.config.as_ref().map(|config| config.opened.identity), resolved.generation.clone())
        };
        let program = |cleared: &Self| (cleared.program.path.clone(), cleared.program.arguments.clone());
        identity(self) == identity(other) && program(self) == program(other)
    }

    /// Every variable and its one value.
    #[must_use]
    pub fn resolved(&self) -> &Resolved {
        &self.rendered.resolved
    }

    /// What will be run.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Where the config will be.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }
}

/// Becomes the worker. Returns only where the system refused at the last moment.
pub fn replace(cleared: Cleared, caller: &Caller) -> Result<Infallible, Error> {
    let Cleared { rendered, program, place, .. } = cleared;
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
    announce::launched(&rendered.resolved, &announced(&program), ready, caller);
    let Err(errno) = nix::unistd::execve(&program.path, &program.arguments, &environment.strings());
    Err(Error::Exec { program: to_path(&program.path), errno })
}

/// The program, for the rest of the host.
fn announced(program: &Program) -> Command {
    Command {
        program: program.path.to_string_lossy().into_owned(),
        replaces_configured: program.replaces_configured,
    }
}

/// Soft limit only: a worker that wants its dumps may raise it, and says so by that. What it was is returned.
fn forbid_core_dumps() -> Result<u64, Error> {
    let (soft, hard) =
        getrlimit(Resource::RLIMIT_CORE).map_err(|errno| Error::system("read the core limit", errno))?;
    if soft == 0 {
        return Ok(0);
    }
    setrlimit(Resource::RLIMIT_CORE, 0, hard).map_err(|errno| Error::system("set the core limit", errno))?;
    Ok(soft)
}

/// For whoever goes on after a command was started.
fn put_back_core_dumps(soft: u64) -> Result<(), Error> {
    let (_, hard) =
        getrlimit(Resource::RLIMIT_CORE).map_err(|errno| Error::system("read the core limit", errno))?;
    setrlimit(Resource::RLIMIT_CORE, soft, hard).map_err(|errno| Error::system("set the core limit", errno))
}

fn to_path(text: &CString) -> std::path::PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::path::PathBuf::from(std::ffi::OsStr::from_bytes(text.as_bytes()))
}
