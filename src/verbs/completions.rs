//! `completions`: what a shell offers behind `envgate`, from the definition that the command line is read by.

use clap::Command;
use clap_complete::Shell;

use crate::output;

/// Prints the script for a shell.
pub fn print(shell: Shell, mut command: Command) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "envgate", &mut script);
    output::print(&String::from_utf8_lossy(&script));
}
