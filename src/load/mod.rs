//! The first stage: bytes to [`Loaded`]. Everything that the launch reads is read here, once; what cannot be
//! read is a finding, and the rest is read all the same, so that a person hears of everything at once.

mod asked;
pub mod config;
pub mod env_file;
mod files;
mod group;
mod inputs;
pub mod others;
pub mod policy;
mod running;
pub mod secure_file;
mod staged;
mod unopened;
pub mod user;

use config::{Config, ModeBlock};
use env_file::{Dialect, Entry};
pub use files::fault_finding;
pub use group::{Groups, numbers_of_groups};
pub use inputs::{ActingFor, Confirming, Inputs, UnitCredentials};
use others::OtherMode;
use policy::HostPolicy;
use secure_file::{FileSystem, Opened, Trust};
pub use staged::StagedFile;
pub use unopened::{not_a_file, open_finding};
use user::User;

use crate::caller::Caller;
use crate::finding::Findings;
use crate::generation;
use crate::mode::{Instance, Mode, ModeName};
use crate::secret::Secret;
use crate::workers::Worker;

/// The line in an env file that says for which modes it is.
pub const MODE_LINE: &str = "ENVGATE_MODE";

/// Where an env file was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A path.
    Path,
    /// A credential of systemd's.
    Credential,
}

/// An env file that was read.
#[derive(Debug)]
pub struct EnvFile {
    /// The file, and what was seen on the way to it.
    pub opened: Opened,
    /// How it was named.
    pub origin: Origin,
    /// How it was read.
    pub dialect: Dialect,
    /// Whether it is the source of a credential, which systemd reads and not the worker's user.
    pub loaded_by_systemd: bool,
    /// Its variables, without the line that declares its mode.
    pub entries: Vec<Entry>,
    /// The line that declares its mode.
    pub mode_line: Option<Entry>,
    /// Whether it is an env file by its looks ([`env_file::Parsed::sets_anything`]).
    pub sets_anything: bool,
}

impl EnvFile {
    /// Whether its line says that it is for any mode: it holds no secret then, or a launch refuses it.
    #[must_use]
    pub fn is_for_any_mode(&self) -> bool {
        // A mode's name is no secret; the value is exposed to be read as one.
        self.mode_line.as_ref().is_some_and(|line| line.value.expose() == b"any")
    }
}

/// A credential that is one variable's value.
#[derive(Debug)]
pub struct Credential {
    /// Its name.
    pub name: String,
    /// The file, and what was seen on the way to it.
    pub opened: Opened,
    /// How it was named: a path where a unit's source stands for the credential.
    pub origin: Origin,
    /// What it holds, without a final newline.
    pub value: Secret,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The directories that were entered, for what is still to be opened.
    pub(crate) files: FileSystem,
    pub(crate) policy: HostPolicy,
    pub(crate) mode: Option<Mode>,
    pub(crate) instance: Option<Instance>,
    pub(crate) config: Option<Config>,
    pub(crate) env_files: Vec<EnvFile>,
    pub(crate) credentials: Vec<Credential>,
    /// The modes of the other class.
    pub(crate) others: Vec<OtherMode>,
    /// The number of the user that the worker runs as.
    pub(crate) worker: u32,
    /// That user's line in the database.
    pub(crate) user: Option<User>,
    /// That user's groups, where the host policy asks for them.
    pub(crate) groups: Groups,
    /// The host's name, where the mode names hosts.
    pub(crate) host: String,
    /// Whether something that may define variables could not be read: then no variable is called missing.
    pub(crate) incomplete: bool,
    /// What runs under envgate already, where that decides about this launch.
    pub(crate) running: Vec<Worker>,
}

impl Loaded {
    /// What the words of the generation stand for, in their order.
    #[must_use]
    pub fn sources(&self) -> Vec<generation::Source> {
        let file = |file: &EnvFile| match file.origin {
            Origin::Path => generation::Source::File(file.opened.path.clone()),
            Origin::Credential => generation::Source::Credential(
                file.opened.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            ),
        };
        let credential = |credential: &Credential| generation::Source::Credential(credential.name.clone());
        self.env_files.iter().map(file).chain(self.credentials.iter().map(credential)).collect()
    }

    /// What the config says of a mode.
    #[must_use]
    pub fn block_of(&self, mode: &Mode) -> Option<&ModeBlock> {
        self.config.as_ref()?.block.mode(mode.name())
    }
}

/// The modes that the config lists, for a look at all of them; none where it lists none, and the findings say why it
/// could not be read.
pub fn declared_modes(inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Vec<ModeName> {
    let config = load_config(inputs, caller, &FileSystem::new(), findings);
    let modes = config.and_then(|config| config.block.modes).unwrap_or_default();
    modes.into_iter().map(|mode| mode.name).collect()
}

/// The host policy alone, for a verb that looks at no launch; the findings say why it could not be read.
pub fn host_policy(findings: &mut Findings) -> HostPolicy {
    HostPolicy::load(&FileSystem::new(), findings)
}

/// Reads everything that the inputs name.
pub fn load(inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Loaded {
    let files = FileSystem::new();
    let policy = HostPolicy::load(&files, findings);
    let config = load_config(inputs, caller, &files, findings);
    let mode = asked::mode(inputs, config.as_ref(), findings);
    let instance = asked::instance(inputs, findings);
    let mut loaded = Loaded {
        files,
        policy,
        incomplete: inputs.config.is_some()
            && config.as_ref().is_none_or(|config| !config.document.is_whole()),
        mode,
        instance,
        config,
        env_files: Vec::new(),
        credentials: Vec::new(),
        others: Vec::new(),
        worker: caller.uid.as_raw(),
        user: None,
        groups: Groups::default(),
        host: String::new(),
        running: Vec::new(),
    };
    for named in files::named_env_files(inputs, &loaded, findings) {
        files::load_env_file(&named, inputs, caller, &mut loaded, findings);
    }
    files::load_credentials(inputs, caller, &mut loaded, findings);
    loaded.others = others::load(inputs, caller, &loaded);
    loaded.running = running::look(inputs, caller, loaded.mode.as_ref(), findings);
    let caller = caller.uid.as_raw();
    let file_owner = loaded.env_files.first().map_or(caller, |file| file.opened.facts.uid);
    loaded.worker = inputs.acting_for.worker(caller, file_owner);
    loaded.user = user::find(loaded.worker);
    let block = loaded.mode.as_ref().and_then(|mode| loaded.block_of(mode));
    if block.is_some_and(|block| block.hosts.is_some()) {
        loaded.host = nix::unistd::gethostname().unwrap_or_default().to_string_lossy().into_owned();
    }
    let class = loaded.mode.as_ref().map(Mode::class);
    if class.is_some_and(|class| loaded.policy.rules(class).groups.is_some()) {
        loaded.groups = Groups::of(loaded.user.as_ref(), loaded.worker == caller);
    }
    loaded
}

fn load_config(
    inputs: &Inputs,
    caller: &Caller,
    files: &FileSystem,
    findings: &mut Findings,
) -> Option<Config> {
    let path = inputs.config.as_deref()?;
    let trust = match inputs.acting_for.named() {
        Some(user) => Trust::Users(vec![caller.uid.as_raw(), user]),
        None => inputs.acting_for.trust(caller.uid.as_raw()),
    };
    match files.open(path, &trust, config::MAX_CONFIG) {
        Ok(opened) if opened.contents.is_some() => Some(Config::read(opened, findings)),
        Ok(opened) => {
            findings.push(unopened::not_a_file(path, opened.facts.kind, "the config"));
            None
        }
        Err(fault) => {
            findings.push(unopened::open_finding(&fault, path, "the config"));
            None
        }
    }
}
