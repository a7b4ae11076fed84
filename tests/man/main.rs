//! The man pages and completions: complete, compared with the program itself, and read by the programs that read
//! them in the field. Where one of those is not installed, its tests are counted as ignored, with the reason.

mod completions;
mod examples;
mod install;
mod keys;
mod pages;
mod readers;
mod roff;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/trial.rs"]
mod trial;

use std::path::Path;

use libtest_mimic::{Arguments, Trial};
use trial::{requires_root, trial};

/// One test. Its name is a sentence.
pub struct Sentence {
    name: &'static str,
    needs: Needs,
    run: fn(),
}

/// What the machine must have.
#[derive(Clone, Copy)]
enum Needs {
    Nothing,
    /// A mount namespace of its own, and so root.
    Namespace,
    /// A program of this name.
    Program(&'static str),
}

impl Sentence {
    pub fn anywhere(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Nothing, run }
    }

    pub fn in_a_namespace(name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Namespace, run }
    }

    pub fn with_program(program: &'static str, name: &'static str, run: fn()) -> Self {
        Self { name, needs: Needs::Program(program), run }
    }

    fn into_trial(self) -> Trial {
        let is_required = matches!(self.needs, Needs::Namespace) && requires_root();
        trial(self.name, self.needs.missing(), is_required, self.run)
    }
}

impl Needs {
    fn missing(self) -> Option<String> {
        let is_installed = |program: &str| {
            ["/usr/local/bin", "/usr/bin", "/bin"]
                .iter()
                .any(|folder| Path::new(folder).join(program).exists())
        };
        match self {
            Self::Namespace if !keys::has_namespaces() => {
                Some("it needs root and a mount namespace".to_owned())
            }
            Self::Program(program) if !is_installed(program) => Some(format!("there is no {program} here")),
            Self::Nothing | Self::Namespace | Self::Program(_) => None,
        }
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let sentences = [
        pages::sentences(),
        keys::sentences(),
        examples::sentences(),
        readers::sentences(),
        completions::sentences(),
        install::sentences(),
    ];
    let trials = sentences.into_iter().flatten().map(Sentence::into_trial).collect();
    libtest_mimic::run(&arguments, trials).exit();
}
