//! What a rotation is asked for: the launches whose credential it replaces. Kept in its record, so that every later step
//! looks at the same ones.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::load::env_file::Dialect;
use crate::load::{ActingFor, Inputs};

/// The launch whose credential is rotated, as the command line named it; paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `-m`.
    pub mode: String,
    /// `-c`.
    pub config: Option<PathBuf>,
    /// `-i`, each of which is a worker of its own.
    pub instances: Vec<String>,
    /// `-e`.
    pub env_files: Vec<PathBuf>,
    /// Whether `--dialect` says that the files are systemd's.
    pub is_systemds_dialect: bool,
    /// `--set`.
    pub settings: Vec<(String, String)>,
    /// `--user`, as its number.
    pub user: Option<u32>,
}

impl Asked {
    /// The look at each worker's launch.
    #[must_use]
    pub fn inputs(&self, caller: &Caller) -> Vec<Inputs> {
        let acting_for = match self.user {
            Some(user) => ActingFor::User(user),
            None if caller.uid.is_root() => ActingFor::FileOwner,
            None => ActingFor::Caller,
        };
        let of = |instance: Option<&String>| Inputs {
            config: self.config.clone(),
            instance: instance.cloned(),
            env_files: self.env_files.clone(),
            dialect: self.is_systemds_dialect.then_some(Dialect::Systemd),
            settings: self.settings.clone(),
            ..Inputs::look(&self.mode, acting_for)
        };
        if self.instances.is_empty() {
            return vec![of(None)];
        }
        self.instances.iter().map(|instance| of(Some(instance))).collect()
    }
}
