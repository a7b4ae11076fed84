//! Asking systemd with its own tools.

use std::process::{Command, Stdio};

use crate::error::Error;

/// Runs one of systemd's tools, with an environment of its own: the caller's could point it to another bus. What it
/// prints.
pub(super) fn ask(program: &'static str, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let fault = |what: String| Error::Helper { program, what };
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
        // Seconds, and not the bus's own 25 (systemd's ENVIRONMENT.md).
        .env("SYSTEMD_BUS_TIMEOUT", "10")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fault(format!("cannot be started ({error}); it comes with systemd")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(fault(format!("systemd does not answer: {}", crate::text::shown(said.trim()))));
    }
    Ok(output.stdout)
}
