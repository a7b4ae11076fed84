//! Which env files hold the variables that are to be rotated, for each of the workers that are named.

use std::path::{Path, PathBuf};

use super::asked::Asked;
use super::session::Stopped;
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate};
use crate::launch;
use crate::load::Inputs;
use crate::load::env_file::Dialect;
use crate::mode::Class;
use crate::name::Name;
use crate::resolve::Resolved;
use crate::resolve::provenance::Provenance;
use crate::secret::Secret;

/// An env file that gets new values.
#[derive(Debug)]
pub struct Target {
    /// Where it is, all links resolved.
    pub path: PathBuf,
    /// How it is read.
    pub dialect: Dialect,
    /// What is asked for it: a value for each variable.
    pub values: Vec<Wanted>,
}

/// One variable of one file, and which value it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The variable.
    pub name: Name,
    /// Which of the new values, in the order of [`Targets::questions`].
    pub question: usize,
}

/// A value that somebody has to give: where several files hold one value today, they get one value again.
#[derive(Debug)]
pub struct Question {
    /// The variable.
    pub name: Name,
    /// The files that get the value.
    pub files: Vec<PathBuf>,
    /// Whether the config declares that it is no secret.
    pub is_plain: bool,
    /// Whether the config declares that it may serve both classes.
    pub is_shared: bool,
    /// What they hold today, to be compared.
    today: Secret,
}

/// Everything that is to be written.
#[derive(Debug)]
pub struct Targets {
    /// The files.
    pub files: Vec<Target>,
    /// The values that are asked for, in the order of the names on the command line.
    pub questions: Vec<Question>,
    /// What the mode risks.
    pub class: Class,
}

/// Finds the files. What else is wrong with the launch is for the gates, once the new values are there.
pub fn find(asked: &Asked, names: &[Name], caller: &Caller) -> Result<Targets, Stopped> {
    let mut targets = Targets { files: Vec::new(), questions: Vec::new(), class: Class::Live };
    let mut refused = Findings::new();
    let mut launches = Vec::new();
    for inputs in asked.inputs(caller) {
        let mut findings = Findings::new();
        match launch::judge(&inputs, caller, &mut findings) {
            Some(rendered) => launches.push((inputs, rendered.resolved)),
            None => return Err(Stopped::Refused(findings)),
        }
        // Without these it is not known which file holds what.
        let of_reading = |finding: &Finding| {
            matches!(
                finding.gate,
                Gate::Usage
                    | Gate::Input
                    | Gate::System
                    | Gate::Permission
                    | Gate::Owner
                    | Gate::ParentDirectory
                    | Gate::FileKind
                    | Gate::Syntax
                    | Gate::Duplicate
                    | Gate::Size
            )
        };
        let refusals = findings.refusals().filter(|finding| of_reading(finding)).cloned();
        refusals.for_each(|finding| refused.push_once(finding));
    }
    let mut refused = Stopped::unless_fine(refused)?;
    for name in names {
        for (inputs, resolved) in &launches {
            targets.class = resolved.mode.class();
            if let Err(finding) = targets.add(name, inputs, resolved) {
                refused.push(finding);
            }
        }
    }
    Stopped::unless_fine(refused)?;
    Ok(targets)
}

impl Targets {
    fn add(&mut self, name: &Name, inputs: &Inputs, resolved: &Resolved) -> Result<(), Finding> {
        let Some(variable) = resolved.variables.get(name.as_str()) else {
            return Err(not_in_a_file(name, inputs, "nothing sets it"));
        };
        let Provenance::EnvFile(place) = &variable.provenance else {
            return Err(not_in_a_file(name, inputs, &format!("it is set by {}", variable.provenance)));
        };
        let file = resolved.env_files.iter().find(|file| *file.path == *place.file && file.is_path);
        let Some(file) = file else {
            return Err(not_in_a_file(name, inputs, "it comes from a credential of systemd's"));
        };
        let at = self.files.iter().position(|target| target.path == file.location);
        let at = at.unwrap_or_else(|| {
            self.files.push(Target {
                path: file.location.clone(),
                dialect: file.dialect,
                values: Vec::new(),
            });
            self.files.len() - 1
        });
        if self.files[at].values.iter().any(|wanted| wanted.name == *name) {
            return Ok(());
        }
        let question = self.question(name, &variable.value, &file.location, resolved);
        self.files[at].values.push(Wanted { name: name.clone(), question });
        Ok(())
    }

    /// The variables of a file that are no secrets.
    #[must_use]
    pub fn plain(&self, target: &Target) -> Vec<String> {
        let is_plain = |wanted: &&Wanted| self.questions[wanted.question].is_plain;
        target.values.iter().filter(is_plain).map(|wanted| wanted.name.to_string()).collect()
    }

    /// The question whose answer this file gets too, or a new one.
    fn question(&mut self, name: &Name, today: &Secret, path: &Path, resolved: &Resolved) -> usize {
        // Exposed to be compared: one credential in several files stays one.
        let same = |question: &Question| question.name == *name && question.today.expose() == today.expose();
        if let Some(at) = self.questions.iter().position(same) {
            self.questions[at].files.push(path.to_owned());
            return at;
        }
        let today = Secret::copied_from(today.expose());
        let declaration = resolved.config.as_ref().and_then(|config| config.block.declaration(name.as_str()));
        self.questions.push(Question {
            name: name.clone(),
            files: vec![path.to_owned()],
            is_plain: declaration.is_some_and(|declaration| !declaration.secret),
            is_shared: declaration.is_some_and(|declaration| declaration.shared),
            today,
        });
        self.questions.len() - 1
    }
}

fn not_in_a_file(name: &Name, inputs: &Inputs, what: &str) -> Finding {
    let of = inputs.instance.as_ref().map_or(String::new(), |instance| format!(" of {instance}"));
    Finding::refuses(Gate::Required, format!("no env file{of} holds {name}: {what}"))
        .variable(name)
        .why("a rotation replaces a value that an env file holds; it adds none")
        .mend(
            "correct the name, or name the file with -e; a new variable is added to the file with an editor",
        )
}
