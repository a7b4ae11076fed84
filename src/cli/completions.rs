//! `completions`.

use clap::{Args, ValueEnum};
use clap_complete::Shell;

#[derive(Args)]
pub(super) struct CompletionsOptions {
    /// The shell that reads them
    #[arg(value_name = "SHELL")]
    shell: ShellName,
}

#[derive(Clone, Copy, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
}

impl CompletionsOptions {
    pub(super) fn resolved(&self) -> Shell {
        match self.shell {
            ShellName::Bash => Shell::Bash,
            ShellName::Zsh => Shell::Zsh,
            ShellName::Fish => Shell::Fish,
        }
    }
}
