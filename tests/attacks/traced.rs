//! The program under strace, which fails, delays or ends a system call of it.

use std::process::Command;

/// This command under strace, which does to it what `inject` says (`CALLS:WHAT`, strace(1)).
pub fn traced(command: &Command, inject: &str) -> Command {
    let calls = inject.split(':').next().unwrap_or_default();
    let mut traced = Command::new("strace");
    traced.args([
        "-qq",
        "-o",
        "/dev/null",
        "-e",
        &format!("trace={calls}"),
        "-e",
        &format!("inject={inject}"),
    ]);
    traced.arg(command.get_program()).args(command.get_args());
    traced
}
