//! Files in memory, for what must never reach a disk.

use std::ffi::CStr;
use std::fs::File;
use std::os::unix::fs::FileExt;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::fchown;

use super::run::RunsAs;
use crate::error::Error;

/// Whether so many bytes may be written: else the kernel would end this process with SIGXFSZ, without a word.
pub(super) fn fits_the_limit(size: usize) -> Result<(), Error> {
    let limit = getrlimit(Resource::RLIMIT_FSIZE).map_or(u64::MAX, |(soft, _)| soft);
    if size as u64 > limit {
        return Err(Error::system(
            "write as much as the worker is to get (RLIMIT_FSIZE, LimitFSIZE=)",
            Errno::EFBIG,
        ));
    }
    Ok(())
}

/// A file in memory that nobody changes any more, and that only its owner opens: another user, where one runs as it.
pub(super) fn sealed(contents: &[u8], runs_as: Option<&RunsAs>) -> Result<File, Errno> {
    let file = unsealed(c"envgate-config")?;
    // The position stays at the start, for a worker that reads from the descriptor itself.
    file.write_all_at(contents, 0).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    fchmod(&file, Mode::S_IRUSR)?;
    if let Some(RunsAs::Other(user)) = runs_as {
        fchown(&file, Some(user.uid), Some(user.gid))?;
    }
    let seals =
        SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_SEAL;
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(file)
}

/// An empty file in memory, which nobody can execute.
pub(super) fn unsealed(name: &CStr) -> Result<File, Errno> {
    let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
    // Before Linux 6.3 there is no MFD_NOEXEC_SEAL.
    let noexec = MFdFlags::from_bits_retain(MFD_NOEXEC_SEAL);
    Ok(memfd_create(name, flags | noexec).or_else(|_| memfd_create(name, flags))?.into())
}

/// linux/memfd.h, since 6.3: no execution, and no change of that.
const MFD_NOEXEC_SEAL: u32 = 0x0008;
