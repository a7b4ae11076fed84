//! The config of a worker that runs and reads it again: expanded anew, where it was delivered at its launch.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid};

use super::delivery::open_runtime_directory;
use super::memory_file::fits_the_limit;
use crate::error::Error;
use crate::load::secure_file::Identity;
use crate::load::user;
use crate::render::{Rendered, RenderedText};
use crate::secure_write;

/// Writes it into the directory where it was delivered, in the place of the
/// former one, and the worker's from the start. Where it is, and which content it is.
pub fn deliver_anew(rendered: &Rendered, directory: &Path) -> Result<(PathBuf, Identity), Error> {
    let resolved = &rendered.resolved;
    let name = resolved.config.as_ref().and_then(|config| config.opened.path.file_name());
    let Some(name) = name else {
        return Err(Error::system_at("deliver a config anew where there is none", directory, Errno::ENOENT));
    };
    let path = directory.join(name);
    let opened = open_runtime_directory(directory, resolved.worker, &resolved.files);
    let opened = opened.map_err(|_| Error::Unsafe {
        path: directory.to_owned(),
        what: "is not the private runtime directory of the worker",
        mend: "restart the unit in place of a reload",
    })?;
    let failed = |errno| Error::system_at("write the expanded config", &path, errno);
    // A file that was never there would be read by nobody.
    opened.look_at(name).map_err(failed)?;
    let contents = rendered.text.as_ref().map_or(&[][..], RenderedText::expose);
    fits_the_limit(contents.len())?;
    let group = user::find(resolved.worker).map_or(Gid::effective(), |user| Gid::from_raw(user.group));
    let owner = (Uid::from_raw(resolved.worker), group);
    secure_write::replace(&opened, name, contents, Mode::S_IRUSR, Some(owner)).map_err(failed)?;
    let seen = opened.look_at(name).map_err(failed)?;
    Ok((path, seen.identity))
}
