//! `lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::readers::Reader;
use crate::verbs::lint::Options;

/// `lint`, resolved.
#[derive(Debug)]
pub struct Lint {
    /// The files.
    pub files: Vec<PathBuf>,
    /// What is asked of them.
    pub options: Options,
}

#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct LintOptions {
    /// The env files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Show the variables that all readers read alike as well
    #[arg(long)]
    all: bool,
    /// Where docker alone reads otherwise counts as a finding (status 1)
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Rewrite the files into the form that all readers read alike
    #[arg(long)]
    fix: bool,
    /// Whose meaning a rewritten file has, where the readers differ
    #[arg(long = "as", value_name = "READER", requires = "fix")]
    meaning: Option<ReaderName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ReaderName {
    #[value(help = "EnvironmentFile= of a unit")]
    Systemd,
    #[value(help = "set -a; . FILE")]
    Bash,
    /// A dotenv library (dotenvy)
    Dotenv,
    /// docker run, with an env file
    Docker,
}

impl LintOptions {
    pub(super) fn resolved(self) -> Lint {
        let meaning = self.meaning.map(|name| match name {
            ReaderName::Systemd => Reader::Systemd,
            ReaderName::Bash => Reader::Bash,
            ReaderName::Dotenv => Reader::Dotenv,
            ReaderName::Docker => Reader::Docker,
        });
        let Self { files, all, strict, json, fix, .. } = self;
        Lint { files, options: Options { all, strict, json, fix, meaning } }
    }
}
