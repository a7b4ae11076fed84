//! The first stage: bytes to [`Loaded`]. Everything that the launch reads is read here, once; what cannot be
//! read is a finding, and the rest is read all the same, so that a person hears of everything at once.

pub mod config;
pub mod env_file;
pub mod secure_file;
pub mod user;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{Config, EnvFileSpec, Source};
use env_file::{Dialect, Entry};
use secure_file::{OpenFault, Opened, Trust};
use user::User;

use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::mode::{Class, Instance, Mode, ModeFault, ModeName};
use crate::name::Name;
use crate::secret::Secret;
use crate::text::{quoted_path, shown_path};

/// The line in an env file that says for which modes it is.
pub const MODE_LINE: &str = "ENVGATE_MODE";
/// So many faults of one env file are reported: a wrong file of a megabyte must not flood the journal.
const MAX_FAULTS: usize = 200;
/// The largest credential that becomes one variable.
const MAX_CREDENTIAL: usize = env_file::MAX_ASSIGNMENT;

/// What the command line asks for, the same for every verb that looks at a launch.
#[derive(Debug)]
pub struct Inputs {
    /// `-m`.
    pub mode: String,
    /// `-c`.
    pub config: Option<PathBuf>,
    /// `-i`.
    pub instance: Option<String>,
    /// `-e`, in order: paths, or `credential:NAME`.
    pub env_files: Vec<PathBuf>,
    /// `--dialect`, for files whose dialect the config does not name.
    pub dialect: Option<Dialect>,
    /// `--config-variable`.
    pub config_variable: Option<String>,
    /// `--set NAME=VALUE`, in order.
    pub settings: Vec<(String, String)>,
    /// What stands behind `--`.
    pub command: Vec<OsString>,
    /// For whom the verb looks.
    pub acting_for: ActingFor,
}

/// Whose files the inputs may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActingFor {
    /// The caller's own, or root's: every launch.
    Caller,
    /// Root looks for this user.
    User(u32),
    /// A look at a unit of this user, from outside it.
    Unit {
        /// `User=` of the unit.
        user: u32,
        /// Whether the unit has `RuntimeDirectory=`, for the rendered config.
        has_runtime_directory: bool,
    },
    /// Root looks for whoever owns the env files.
    FileOwner,
}

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
    /// Its variables, without the line that declares its mode.
    pub entries: Vec<Entry>,
    /// The line that declares its mode.
    pub mode_line: Option<Entry>,
}

/// A credential that is one variable's value.
#[derive(Debug)]
pub struct Credential {
    /// Its name.
    pub name: String,
    /// The file, and what was seen on the way to it.
    pub opened: Opened,
    /// What it holds, without a final newline.
    pub value: Secret,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Loaded {
    pub(crate) mode: Option<Mode>,
    pub(crate) instance: Option<Instance>,
    pub(crate) config: Option<Config>,
    pub(crate) env_files: Vec<EnvFile>,
    pub(crate) credentials: Vec<Credential>,
    /// The number of the user that the worker runs as.
    pub(crate) worker: u32,
    /// That user's line in the database.
    pub(crate) user: Option<User>,
    /// Whether something that may define variables could not be read: then no variable is called missing.
    pub(crate) incomplete: bool,
}

/// Reads everything that the inputs name.
pub fn load(inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Loaded {
    let config = load_config(inputs, caller, findings);
    let mode = mode(inputs, config.as_ref(), findings);
    let instance = instance(inputs, findings);
    let mut loaded = Loaded {
        incomplete: inputs.config.is_some()
            && config.as_ref().is_none_or(|config| !config.document.is_whole()),
        mode,
        instance,
        config,
        env_files: Vec::new(),
        credentials: Vec::new(),
        worker: caller.uid.as_raw(),
        user: None,
    };
    for named in named_env_files(inputs, &loaded, findings) {
        load_env_file(&named, inputs, caller, &mut loaded, findings);
    }
    load_credentials(inputs, caller, &mut loaded, findings);
    loaded.worker = worker(inputs.acting_for, caller, &loaded.env_files);
    loaded.user = user::find(loaded.worker);
    loaded
}

/// As whom the worker runs: the caller, or whoever is looked for.
fn worker(acting_for: ActingFor, caller: &Caller, env_files: &[EnvFile]) -> u32 {
    match acting_for {
        ActingFor::Caller => caller.uid.as_raw(),
        ActingFor::User(user) | ActingFor::Unit { user, .. } => user,
        ActingFor::FileOwner => env_files.first().map_or(caller.uid.as_raw(), |file| file.opened.facts.uid),
    }
}

fn load_config(inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Option<Config> {
    let path = inputs.config.as_deref()?;
    let trust = match inputs.acting_for {
        ActingFor::Caller => Trust::Users(vec![caller.uid.as_raw()]),
        ActingFor::User(user) | ActingFor::Unit { user, .. } => Trust::Users(vec![caller.uid.as_raw(), user]),
        ActingFor::FileOwner => Trust::FileOwner,
    };
    match secure_file::open(path, &trust, config::MAX_CONFIG) {
        Ok(opened) if opened.contents.is_some() => Some(Config::read(opened, findings)),
        Ok(opened) => {
            findings.push(not_a_file(path, opened.facts.kind, "the config"));
            None
        }
        Err(fault) => {
            findings.push(open_finding(&fault, path, "the config"));
            None
        }
    }
}

/// The mode asked for, where its class is known and the config has it.
fn mode(inputs: &Inputs, config: Option<&Config>, findings: &mut Findings) -> Option<Mode> {
    let block = config.map(|config| &config.block);
    let at = |finding: Finding| match config {
        Some(config) => finding.at(Place::file(&config.opened.path)),
        None => finding,
    };
    let declared: Vec<&str> = block
        .and_then(|block| block.modes.as_ref())
        .into_iter()
        .flatten()
        .map(|mode| mode.name.as_str())
        .collect();
    let Some(name) = ModeName::parse(&inputs.mode) else {
        findings.push(at(Finding::refuses(Gate::Mode, "-m is not a mode's name")
            .mend("a mode's name is letters, digits, _ and -, such as paper or live")));
        return None;
    };
    let of_config = block.and_then(|block| block.mode(&name));
    if of_config.is_none() && block.is_some_and(|block| block.modes.is_some()) {
        findings.push(at(Finding::refuses(Gate::Mode, format!("the config has no mode {name}"))
            .why("what the mode may use is not said anywhere")
            .mend(format!("use one of its modes ({}), or add it under modes:", declared.join(", ")))));
        return None;
    }
    match Mode::new(name.clone(), of_config.and_then(|mode| mode.class)) {
        Ok(mode) => Some(mode),
        Err(ModeFault::ClassUnknown) => {
            findings.push(at(Finding::refuses(
                Gate::Mode,
                format!("nothing says whether the mode {name} risks real money"),
            )
            .why("paper and live are kept apart by the class of a mode")
            .mend(format!("declare it in the config: modes: {{{name}: {{class: paper}}}} or class: live"))));
            None
        }
        Err(ModeFault::ClassContradicted { declared, known }) => {
            findings.push(at(Finding::refuses(
                Gate::Mode,
                format!("the mode {name} is {known} everywhere, and the config declares it {declared}"),
            )
            .why("a name that means real money on one host must not mean play on another")
            .mend("remove the class: line, or give the mode a name of its own")));
            None
        }
    }
}

fn instance(inputs: &Inputs, findings: &mut Findings) -> Option<Instance> {
    let text = inputs.instance.as_deref()?;
    let instance = Instance::parse(text);
    if instance.is_none() {
        findings.push(
            Finding::refuses(Gate::Usage, "-i is not an instance")
                .why("an instance may stand in paths")
                .mend("an instance is letters, digits, and : _ . @ - behind the first, without .. (ES, bybit-BTC)"),
        );
    }
    instance
}

/// An env file as it is named, before it is opened.
struct NamedFile {
    path: PathBuf,
    origin: Origin,
    dialect: Dialect,
    optional: bool,
}

fn named_env_files(inputs: &Inputs, loaded: &Loaded, findings: &mut Findings) -> Vec<NamedFile> {
    let dialect = inputs.dialect.unwrap_or_default();
    if !inputs.env_files.is_empty() {
        let named = inputs.env_files.iter().map(|path| {
            match path.to_str().and_then(|text| text.strip_prefix("credential:")) {
                Some(name) => {
                    NamedFile { path: name.into(), origin: Origin::Credential, dialect, optional: false }
                }
                None => NamedFile { path: path.clone(), origin: Origin::Path, dialect, optional: false },
            }
        });
        return named.collect();
    }
    let (Some(config), Some(mode)) = (&loaded.config, &loaded.mode) else { return Vec::new() };
    let specs = config.block.mode(mode.name()).map_or(&[][..], |mode| &mode.env_files);
    specs
        .iter()
        .filter_map(|spec| named_by_config(spec, dialect, config, mode, loaded.instance.as_ref(), findings))
        .collect()
}

fn named_by_config(
    spec: &EnvFileSpec,
    dialect: Dialect,
    config: &Config,
    mode: &Mode,
    instance: Option<&Instance>,
    findings: &mut Findings,
) -> Option<NamedFile> {
    let path = match fill_in(&spec.path, mode, instance) {
        Ok(path) => path,
        Err(finding) => {
            findings.push(finding.at(Place::at(&config.opened.path, spec.place.0, spec.place.1)));
            return None;
        }
    };
    let (path, origin) = match path.strip_prefix("credential:") {
        Some(name) => (PathBuf::from(name), Origin::Credential),
        None => (config.directory().join(path), Origin::Path),
    };
    Some(NamedFile { path, origin, dialect: spec.dialect.unwrap_or(dialect), optional: spec.optional })
}

/// Puts mode and instance into a path of the block.
fn fill_in(path: &str, mode: &Mode, instance: Option<&Instance>) -> Result<String, Finding> {
    let path = path.replace("{mode}", mode.name().as_str());
    if !path.contains("{instance}") {
        return Ok(path);
    }
    match instance {
        Some(instance) => Ok(path.replace("{instance}", instance.as_str())),
        None => Err(Finding::refuses(Gate::Usage, "the path of this env file needs an instance")
            .mend("name the instance with -i (a unit's %i)")),
    }
}

fn load_env_file(
    named: &NamedFile,
    inputs: &Inputs,
    caller: &Caller,
    loaded: &mut Loaded,
    findings: &mut Findings,
) {
    let path = match named.origin {
        Origin::Path => named.path.clone(),
        Origin::Credential => match credential_path(&named.path.to_string_lossy(), caller) {
            Ok(path) => path,
            Err(finding) => {
                loaded.incomplete = true;
                return findings.push(finding);
            }
        },
    };
    let opened = match secure_file::open(&path, &trust(inputs, caller), env_file::MAX_FILE) {
        Ok(opened) => opened,
        Err(OpenFault::Missing { .. }) if named.optional => return,
        Err(fault) => {
            loaded.incomplete = true;
            return findings.push(open_finding(&fault, &path, "the env file"));
        }
    };
    let Some(contents) = &opened.contents else {
        loaded.incomplete = true;
        return findings.push(not_a_file(&path, opened.facts.kind, "the env file"));
    };
    if contents.is_empty() {
        findings.push(
            Finding::refuses(Gate::Syntax, "the env file is empty")
                .at(Place::file(&path))
                .why("a disk that was full may have cut it")
                .mend("restore it; a worker without secrets needs no env file"),
        );
    }
    let parsed = env_file::parse(contents, named.dialect);
    loaded.incomplete |= parsed.cut_short;
    for fault in parsed.faults.iter().take(MAX_FAULTS) {
        findings.push(fault_finding(fault, &opened.path));
    }
    if let Some(more) = parsed.faults.len().checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
        findings.push(
            Finding::refuses(Gate::Syntax, format!("{more} more faults in this file"))
                .at(Place::file(&opened.path))
                .why("this is hardly an env file")
                .mend("name the right file"),
        );
    }
    let (mode_lines, entries): (Vec<_>, Vec<_>) =
        parsed.entries.into_iter().partition(|entry| entry.name.as_str() == MODE_LINE);
    let mode_line = mode_lines.into_iter().next();
    loaded.env_files.push(EnvFile { opened, origin: named.origin.clone(), entries, mode_line });
}

fn fault_finding(fault: &env_file::Fault, path: &Path) -> Finding {
    let description = fault.kind.describe();
    let finding = Finding::refuses(fault.kind.gate(), description.what)
        .at(Place::at(path, fault.line, fault.column))
        .why(description.why)
        .mend(description.mend);
    let finding = match &fault.kind {
        env_file::FaultKind::Duplicate { first_line } => {
            Finding { what: format!("{} (first in line {first_line})", description.what).into(), ..finding }
        }
        _ => finding,
    };
    match &fault.variable {
        Some(name) => finding.variable(name),
        None => finding,
    }
}

fn trust(inputs: &Inputs, caller: &Caller) -> Trust {
    match inputs.acting_for {
        ActingFor::Caller => Trust::Users(vec![caller.uid.as_raw()]),
        ActingFor::User(user) | ActingFor::Unit { user, .. } => Trust::Users(vec![user]),
        ActingFor::FileOwner => Trust::FileOwner,
    }
}

fn credential_path(name: &str, caller: &Caller) -> Result<PathBuf, Finding> {
    if !config::is_credential_name(name) {
        return Err(Finding::refuses(Gate::Usage, "not the name of a credential")
            .mend("credential:NAME takes the NAME of LoadCredential=NAME:…"));
    }
    let directory = caller.credentials_directory().ok_or_else(|| {
        Finding::refuses(
            Gate::Input,
            format!("there is no credential {name}: systemd gave no credentials directory"),
        )
        .why("credentials exist only inside a unit that loads them")
        .mend(format!("add LoadCredential={name}:/path to the unit"))
    })?;
    Ok(directory.join(name))
}

/// Credentials that single variables come from.
fn load_credentials(inputs: &Inputs, caller: &Caller, loaded: &mut Loaded, findings: &mut Findings) {
    let Some(config) = &loaded.config else { return };
    let names: Vec<(Name, String, Place)> = config
        .block
        .variables
        .iter()
        .filter_map(|declaration| match &declaration.from {
            Some(Source::Credential(name)) => {
                let place = Place::at(&config.opened.path, declaration.line, declaration.column);
                Some((declaration.name.clone(), name.clone(), place))
            }
            _ => None,
        })
        .collect();
    for (variable, name, place) in names {
        // A variable that no credential delivers may come from an env file, or be reported as missing.
        let Ok(path) = credential_path(&name, caller) else { continue };
        match secure_file::open(&path, &trust(inputs, caller), MAX_CREDENTIAL) {
            Ok(mut opened) => {
                let contents = opened.contents.take().unwrap_or_default();
                let value = contents.strip_suffix(b"\n").unwrap_or(&contents);
                loaded.credentials.push(Credential { name, value: Secret::copied_from(value), opened });
            }
            Err(OpenFault::Missing { .. }) => {}
            Err(fault) => {
                loaded.incomplete = true;
                let finding = open_finding(&fault, &path, "the credential").variable(&variable);
                findings.push(if finding.place.is_none() { finding.at(place) } else { finding });
            }
        }
    }
}

/// A file that could not be opened, as a finding.
fn open_finding(fault: &OpenFault, path: &Path, what: &str) -> Finding {
    let finding = match fault {
        OpenFault::Missing { at } if at == path => {
            Finding::refuses(Gate::Input, format!("{what} does not exist"))
                .why("a worker must not start without what it names")
                .mend(format!("create it, or correct its path: ls -l {}", quoted_path(path)))
        }
        OpenFault::Missing { at } => {
            Finding::refuses(Gate::Input, format!("{what} does not exist: there is no {}", shown_path(at)))
                .why("a worker must not start without what it names")
                .mend("create it, or correct its path")
        }
        OpenFault::Denied { at } => Finding::refuses(
            Gate::Permission,
            format!("you may not read {what}: the system denies {}", shown_path(at)),
        )
        .why("a launch runs as the worker's user and reads as that user")
        .mend(format!(
            "run as the user who owns it, or: chown $USER {0} && chmod 600 {0}",
            quoted_path(path)
        )),
        OpenFault::ForeignLink { link } => Finding::refuses(
            Gate::ParentDirectory,
            format!("the way to {what} goes through {}, a link of user {}", shown_path(&link.path), link.uid),
        )
        .why("whoever owns the link chooses the file")
        .mend("name the file by its own path"),
        OpenFault::LinkLoop => {
            Finding::refuses(Gate::FileKind, format!("the way to {what} is a loop of links"))
                .mend(format!("correct the link: ls -l {}", quoted_path(path)))
        }
        OpenFault::TooLarge { limit } => {
            Finding::refuses(Gate::Size, format!("{what} is larger than {limit} bytes"))
                .why("nothing of this kind is that large; it is not read at all")
                .mend("name the right file")
        }
        OpenFault::Unstable => {
            Finding::refuses(Gate::System, format!("{what} changed each time it was read"))
                .why("half of an edit may be in it")
                .mend("wait until whoever writes it is done")
        }
        OpenFault::NotAFile { kind } => return not_a_file(path, *kind, what),
        OpenFault::System { errno } => {
            Finding::refuses(Gate::System, format!("{what} could not be read: {}", errno.desc()))
                .mend("see the system's log (dmesg, journalctl -k)")
        }
    };
    finding.at(Place::file(path))
}

fn not_a_file(path: &Path, kind: secure_file::Kind, what: &str) -> Finding {
    use secure_file::Kind;
    let kind = match kind {
        Kind::Directory => "a directory",
        Kind::Fifo => "a named pipe",
        Kind::Socket => "a socket",
        Kind::Device => "a device",
        Kind::Link | Kind::Regular => "no regular file",
    };
    Finding::refuses(Gate::FileKind, format!("{what} is {kind}"))
        .at(Place::file(path))
        .why("only a regular file holds the same bytes for everybody who reads it")
        .mend("name a regular file")
}

impl Loaded {
    /// The class, where the mode is known.
    #[must_use]
    pub fn class(&self) -> Option<Class> {
        self.mode.as_ref().map(Mode::class)
    }
}
