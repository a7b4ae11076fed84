//! The commands of a rotation, run in the environment of each of its workers.

use std::ffi::OsString;

use super::files::staged_files;
use super::record::Record;
use super::session::{Session, Stopped};
use crate::exec::run::{DEFAULT_LIMIT, Ended, Options, run};
use crate::launch;
use crate::load::StagedFile;

/// Which values a command gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Those of the files as they are.
    Current,
    /// The staged ones.
    Staged,
}

/// Runs a command once for each worker, and stops at the first that does not end well. Nothing is run where a gate
/// refuses one of them.
pub fn run_command(
    record: &Record,
    values: Values,
    command: &[OsString],
    session: &Session<'_>,
) -> Result<Ended, Stopped> {
    let staged: Vec<StagedFile> = match values {
        Values::Current => Vec::new(),
        Values::Staged => staged_files(record, session)?,
    };
    let mut prepared = Vec::new();
    for mut inputs in record.asked.inputs(session.caller) {
        inputs.staged.clone_from(&staged);
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
