//! Asking systemd with its own tools.

use std::process::{Command, Output, Stdio};

use crate::error::Error;

/// Runs one of systemd's tools; what it prints. Where it ends in failure, systemd does not answer.
pub(super) fn ask(program: &'static str, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = run(program, arguments)?;
    if !output.status.success() {
        return Err(silent(program, &said(&output.stderr)));
    }
    Ok(output.stdout)
}

/// Runs one of systemd's tools to its end, however it ends.
pub(super) fn run(program: &'static str, arguments: &[&str]) -> Result<Output, Error> {
    command(program, arguments).output().map_err(|error| not_started(program, &error))
}

/// One of systemd's tools, with an environment of its own: the caller's could point it to another bus, and would have
/// it speak another language.
pub(super) fn command(program: &'static str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        // Seconds, and not the bus's own 25 (systemd's ENVIRONMENT.md). It ends a question, and no wait for a job.
        .env("SYSTEMD_BUS_TIMEOUT", "10")
        .stdin(Stdio::null());
    command
}

/// What a tool printed as its complaint, line by line, in a form that a terminal can bear.
pub(super) fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text.trim().lines().map(crate::text::shown).collect();
    lines.join("\n")
}

pub(super) fn not_started(program: &'static str, error: &std::io::Error) -> Error {
    Error::Helper { program, what: format!("cannot be started ({error}); it comes with systemd") }
}

pub(super) fn silent(program: &'static str, said: &str) -> Error {
    Error::Helper { program, what: format!("systemd does not answer: {}", said.replace('\n', " ")) }
}
