//! How the worker gets its expanded config: a file in the runtime directory, a sealed memfd, or the source.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl, readlink};
use nix::sys::stat::Mode;

use super::memory_file::{fits_the_limit, sealed};
use super::run::RunsAs;
use crate::caller::Caller;
use crate::error::Error;
use crate::finding::{Finding, Findings, Gate, Place as FilePlace};
use crate::load::config::{Config, DEFAULT_CONFIG_VARIABLE, Delivery};
use crate::load::secure_file::{Directory, FileSystem, Trust};
use crate::load::{ActingFor, Confirming, Inputs};
use crate::render::{Rendered, RenderedText};
use crate::resolve::Resolved;
use crate::secure_write;
use crate::text::shown_path;

/// The variable that names the folder of the source, for a worker's relative paths.
const DIRECTORY_VARIABLE: &str = "ENVGATE_CONFIG_DIR";

/// Its number in a command that is run beside the worker: the first behind the standard streams.
pub(super) const CHILDS_DESCRIPTOR: i32 = 3;

/// Where the config goes, decided before anything is written.
#[derive(Debug)]
pub struct Place {
    target: Target,
    variable: String,
    source_directory: PathBuf,
}

#[derive(Debug)]
enum Target {
    /// Into this directory, under the source's name.
    File { directory: Directory, path: PathBuf },
    /// A memfd, its descriptor at least this number.
    Memfd { least_descriptor: i32 },
    /// Nowhere: the worker reads the source.
    Source { path: PathBuf },
}

impl Place {
    /// An upper bound of the bytes that telling the worker takes.
    pub(super) fn size_of_variables(&self) -> usize {
        let path = match &self.target {
            Target::File { path, .. } | Target::Source { path } => path.as_os_str().len(),
            Target::Memfd { .. } => 32,
        };
        self.variable.len() + path + DIRECTORY_VARIABLE.len() + self.source_directory.as_os_str().len() + 4
    }

    /// How the config is delivered, for a person.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.target {
            Target::File { path, .. } => format!("file {}", shown_path(path)),
            Target::Memfd { .. } => "memfd".to_owned(),
            Target::Source { path } => format!("source {}", shown_path(path)),
        }
    }

    /// The variable that will name it.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

/// Where the config is now.
#[derive(Debug)]
pub struct Delivered {
    path: PathBuf,
    variable: String,
    source_directory: PathBuf,
}

impl Delivered {
    /// What the worker is told.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, &[u8])> {
        vec![
            (self.variable.as_str(), self.path.as_os_str().as_bytes()),
            (DIRECTORY_VARIABLE, self.source_directory.as_os_str().as_bytes()),
        ]
    }
}

/// Decides where the config goes; nothing is written yet.
pub fn choose(
    rendered: &Rendered,
    inputs: &Inputs,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<Place> {
    let config = rendered.resolved.config.as_ref()?;
    let variable =
        rendered.resolved.config_variable.clone().unwrap_or_else(|| DEFAULT_CONFIG_VARIABLE.to_owned());
    if let Some(beaten) = rendered.resolved.variables.get(&variable) {
        findings.push(
            Finding::warns(
                Gate::Delivery,
                format!("{variable} is set by {}, and names the delivered config instead", beaten.provenance),
            )
            .variable(&beaten.name)
            .why("two inputs mean the same variable, and only one can be what its writer expects")
            .mend("remove the line, or choose another config: {variable: …}"),
        );
    }
    let target = match config.block.delivery {
        Delivery::Source => Target::Source { path: config.opened.path.clone() },
        // Outside its unit there is no runtime directory, and a command must be able to run all the same.
        Delivery::File | Delivery::Auto | Delivery::Memfd if inputs.confirming == Confirming::Run => {
            Target::Memfd { least_descriptor: CHILDS_DESCRIPTOR }
        }
        // A look from outside the unit: its runtime directory is not there yet.
        Delivery::File | Delivery::Auto if has_runtime_directory(inputs.acting_for) => return None,
        Delivery::File => file(config, &rendered.resolved, caller, findings)?,
        Delivery::Auto if caller.from_systemd("RUNTIME_DIRECTORY").is_some() => {
            file(config, &rendered.resolved, caller, findings)?
        }
        Delivery::Memfd | Delivery::Auto => memfd(caller),
    };
    Some(Place { target, variable, source_directory: config.directory().to_owned() })
}

fn has_runtime_directory(acting_for: ActingFor) -> bool {
    matches!(acting_for, ActingFor::Unit { has_runtime_directory: true, .. })
}

/// Above the descriptors that systemd passed, which the worker counts from 3.
fn memfd(caller: &Caller) -> Target {
    let passed =
        caller.from_systemd("LISTEN_FDS").and_then(|count| count.to_str()?.parse().ok()).unwrap_or(0);
    Target::Memfd { least_descriptor: 3 + i32::clamp(passed, 0, 1 << 16) }
}

fn file(config: &Config, resolved: &Resolved, caller: &Caller, findings: &mut Findings) -> Option<Target> {
    let Some(directories) = caller.from_systemd("RUNTIME_DIRECTORY") else {
        findings.push(
            Finding::refuses(
                Gate::Delivery,
                "delivery: file needs a runtime directory, and systemd gave none",
            )
            .at(FilePlace::file(&config.opened.path))
            .why("the expanded config holds secrets and goes only where systemd removes it again")
            .mend("add RuntimeDirectory= to the unit; by hand, use delivery: auto"),
        );
        return None;
    };
    let first = directories.as_bytes().split(|byte| *byte == b':').next().unwrap_or_default();
    let path = PathBuf::from(OsStr::from_bytes(first));
    let inputs: Vec<&Path> = resolved
        .env_files
        .iter()
        .map(|file| file.location.as_path())
        .chain([config.opened.facts.path.as_path()])
        .collect();
    match open_runtime_directory(&path, caller.uid.as_raw(), &resolved.files) {
        Ok(directory) => {
            let name = config.opened.path.file_name()?;
            let location = directory.facts().path.join(name);
            if inputs.contains(&location.as_path()) {
                findings.push(own_output(&location));
                return None;
            }
            Some(Target::File { directory, path: path.join(name) })
        }
        Err(what) => {
            findings.push(
                Finding::refuses(
                    Gate::Delivery,
                    format!("the runtime directory {} {what}", shown_path(&path)),
                )
                .why("the expanded config holds secrets")
                .mend("let systemd make it (RuntimeDirectory=), with RuntimeDirectoryMode=0700"),
            );
            None
        }
    }
}

fn own_output(location: &Path) -> Finding {
    Finding::refuses(Gate::Delivery, "an input of the launch is where its rendered config would be written")
        .at(FilePlace::file(location))
        .why("the input would be overwritten with its own output, secrets and all")
        .mend("move the input out of the runtime directory, to /etc/envgate for instance")
}

pub(super) fn open_runtime_directory(
    path: &Path,
    user: u32,
    files: &FileSystem,
) -> Result<Directory, String> {
    let directory =
        files.open_directory(path, &Trust::Users(vec![user])).map_err(|_| "cannot be opened".to_owned())?;
    let facts = directory.facts();
    if facts.uid != user && facts.uid != 0 {
        return Err(format!("belongs to user {}", facts.uid));
    }
    if facts.mode & 0o022 != 0 {
        return Err(format!("has mode {:04o}: group or others can write to it", facts.mode));
    }
    if !directory.is_in_memory() {
        return Err("is not on a tmpfs, and would keep the secrets on a disk".to_owned());
    }
    Ok(directory)
}

/// Writes the config to its place.
pub fn deliver(place: &Place, text: Option<&RenderedText>) -> Result<Delivered, Error> {
    let contents = text.map_or(&[][..], RenderedText::expose);
    if !matches!(place.target, Target::Source { .. }) {
        fits_the_limit(contents.len())?;
    }
    let path = match &place.target {
        Target::Source { path } => path.clone(),
        Target::File { directory, path } => {
            let name = path.file_name().unwrap_or_default();
            secure_write::replace(directory, name, contents, Mode::S_IRUSR, None)
                .map_err(|errno| Error::system_at("write the expanded config", path, errno))?;
            path.clone()
        }
        Target::Memfd { least_descriptor } => {
            let descriptor = sealed(contents, None)
                // The worker inherits it: this descriptor, and no other of ours.
                .and_then(|file| fcntl(&file, FcntlArg::F_DUPFD(*least_descriptor)))
                .map_err(|errno| Error::system("create the memfd for the config", errno))?;
            let path = PathBuf::from(format!("/proc/self/fd/{descriptor}"));
            // The path leads somewhere only where /proc is mounted and knows our process. To walk it to its end would make
            // the kernel build what it shows of us, a thirtieth of a launch.
            readlink("/proc/self")
                .map_err(|errno| Error::system_at("name the expanded config to the worker", &path, errno))?;
            path
        }
    };
    Ok(Delivered { path, variable: place.variable.clone(), source_directory: place.source_directory.clone() })
}

/// The same for a command that is run beside the worker: the descriptor, which is to have the number
/// [`CHILDS_DESCRIPTOR`] there, and none where the source itself is named.
pub(super) fn deliver_to_child(
    place: &Place,
    text: Option<&RenderedText>,
    runs_as: &RunsAs,
) -> Result<(Delivered, Option<OwnedFd>), Error> {
    let (path, descriptor) = match &place.target {
        Target::Source { path } => (path.clone(), None),
        Target::Memfd { .. } | Target::File { .. } => {
            let contents = text.map_or(&[][..], RenderedText::expose);
            fits_the_limit(contents.len())?;
            let file = sealed(contents, Some(runs_as))
                .map_err(|errno| Error::system("create the memfd for the config", errno))?;
            (PathBuf::from(format!("/proc/self/fd/{CHILDS_DESCRIPTOR}")), Some(file.into()))
        }
    };
    let Place { variable, source_directory, .. } = place;
    let (variable, source_directory) = (variable.clone(), source_directory.clone());
    Ok((Delivered { path, variable, source_directory }, descriptor))
}
