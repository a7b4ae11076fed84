//! The commands of a rotation, run in the environment of each of its workers.

use std::ffi::OsString;

use super::asked::Asked;
use super::session::{Session, Stopped};
use crate::exec::run::{DEFAULT_LIMIT, Ended, Options, run};
use crate::launch;
use crate::load::StagedFile;

/// Runs a command once for each worker, and stops at the first that does not end well. Nothing is run where a gate
/// refuses one of them. It gets the values of the files as they are, but for those that are staged.
pub fn run_command(
    asked: &Asked,
    staged: &[StagedFile],
    command: &[OsString],
    session: &Session<'_>,
) -> Result<Ended, Stopped> {
    let mut prepared = Vec::new();
    for mut inputs in asked.inputs(session.caller) {
        inputs.staged = staged.to_vec();
        let (runnable, _) =
            launch::prepare_run(&inputs, command.to_vec(), session.caller).map_err(Stopped::Refused)?;
        prepared.push(runnable);
    }
    // Our own standard output is for the report.
    let options = Options { limit: DEFAULT_LIMIT, output_to_errors: true };
    let mut ended = Ended::Exited(0);
    for runnable in &prepared {
        ended = run(runnable, options)?;
        if !ended.is_fine() {
            break;
        }
    }
    Ok(ended)
}
