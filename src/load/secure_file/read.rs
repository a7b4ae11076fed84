//! Reading a file whole, although somebody may be writing to it.

use std::io::Read;

use nix::errno::Errno;
use nix::sys::stat::{FileStat, fstat};
use zeroize::Zeroizing;

use super::{Identity, OpenFault};

/// Times that a file is read anew because it changed under our eyes.
const MAX_READS: usize = 5;

/// Reads the whole file; reads it anew where it changed meanwhile, so that nobody gets half of an edit.
pub(super) fn read_stable(
    file: &mut std::fs::File,
    first: &FileStat,
    limit: usize,
) -> Result<(Zeroizing<Vec<u8>>, Identity), OpenFault> {
    let mut before = Identity::new(first);
    for _ in 0..MAX_READS {
        let contents = read_once(file, before.size, limit)?;
        let after = Identity::new(&fstat(&*file).map_err(|errno| OpenFault::System { errno })?);
        if after == before && contents.len() as u64 == after.size {
            return Ok((contents, after));
        }
        before = after;
        std::io::Seek::rewind(file).map_err(|error| system(&error))?;
    }
    Err(OpenFault::Unstable)
}

fn read_once(file: &mut std::fs::File, size: u64, limit: usize) -> Result<Zeroizing<Vec<u8>>, OpenFault> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > limit {
        return Err(OpenFault::TooLarge { limit });
    }
    // The size that was seen, and not to the end: no reallocation leaves a copy of the contents behind, and a
    // file that has grown meanwhile has another size afterwards, which the caller sees.
    let mut contents = Zeroizing::new(vec![0; size]);
    let mut filled = 0;
    while filled < contents.len() {
        match file.read(&mut contents[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(system(&error)),
        }
    }
    contents.truncate(filled);
    Ok(contents)
}

fn system(error: &std::io::Error) -> OpenFault {
    OpenFault::System { errno: Errno::from_raw(error.raw_os_error().unwrap_or(0)) }
}
