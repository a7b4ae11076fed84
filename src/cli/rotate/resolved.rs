//! The options of a step, made what the verb is asked.

use std::path::PathBuf;

use super::{AskedOptions, DialectName, RestartOptions, RotateOptions, SelectOptions, StepOptions};
use crate::cli::launch::acting_for;
use crate::cli::{Usage, usage};
use crate::load::ActingFor;
use crate::name::Name;
use crate::rotation::Asked;
use crate::verbs::rotate::{How, Restart, Rotate, Selection, Stage};

/// A record that outlives the command needs whole paths.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

impl RotateOptions {
    pub(in crate::cli) fn resolved(self) -> Result<Rotate, Usage> {
        Ok(match self {
            Self::Run(options) => {
                let stage = options.asked.stage(options.compromised)?;
                let how = stage.how.clone();
                Rotate::Run(Box::new(stage), options.restart.resolved(how))
            }
            Self::Stage(options) => Rotate::Stage(Box::new(options.asked.stage(false)?)),
            Self::Test(options) => Rotate::Test(options.select.resolved(), options.command),
            Self::Promote(options) => {
                let (selection, how) = options.step.resolved();
                Rotate::Promote(selection, options.restart.resolved(how))
            }
            Self::Rollback(options) => with(Rotate::Rollback, options),
            Self::Resume(options) => with(Rotate::Resume, options),
            Self::Discard(options) => with(Rotate::Discard, options),
            Self::Close(options) => with(Rotate::Close, options.step),
            Self::Show(options) => {
                Rotate::Show(options.select.resolved(), How { reason: None, json: options.json })
            }
        })
    }
}

fn with(step: fn(Selection, How) -> Rotate, options: StepOptions) -> Rotate {
    let (selection, how) = options.resolved();
    step(selection, how)
}

impl StepOptions {
    fn resolved(self) -> (Selection, How) {
        (self.select.resolved(), How { reason: self.reason, json: self.json })
    }
}

impl SelectOptions {
    fn resolved(self) -> Selection {
        Selection {
            mode: self.mode,
            config: self.config.map(absolute),
            instances: self.instance,
            env_files: self.env_file.into_iter().map(absolute).collect(),
            names: self.names,
        }
    }
}

impl RestartOptions {
    fn resolved(self, how: How) -> Restart {
        let Self { restart, settle, verify, guard, reload } = self;
        Restart { units: restart, settle, verify, guard, reload, how }
    }
}

impl AskedOptions {
    fn stage(self, is_compromised: bool) -> Result<Stage, Usage> {
        let user = match self.user {
            Some(name) => match acting_for(Some(&name))? {
                ActingFor::User(number) => Some(number),
                _ => None,
            },
            None => None,
        };
        let mut names = Vec::new();
        for text in &self.names {
            match Name::parse(text.as_bytes()) {
                Ok(name) if names.contains(&name) => {
                    return Err(usage(format!("{name} is named twice\n")));
                }
                Ok(name) => names.push(name),
                // What stands there may be a value that slipped in: it is not repeated.
                Err(_) => {
                    return Err(usage(
                        "a NAME is a variable's: letters, digits and _; values are never given here\n"
                            .to_owned(),
                    ));
                }
            }
        }
        Ok(Stage {
            asked: Asked {
                mode: self.mode,
                config: self.config.map(absolute),
                instances: self.instance,
                env_files: self.env_file.into_iter().map(absolute).collect(),
                is_systemds_dialect: matches!(self.dialect, Some(DialectName::Systemd)),
                settings: self.set,
                user,
            },
            names,
            expires: self.expires,
            is_compromised,
            value_fd: self.value_fd,
            how: How { reason: self.reason, json: self.json },
        })
    }
}
