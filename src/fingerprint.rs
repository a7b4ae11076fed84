//! Fingerprints of secrets, keyed with a key of the host's: they say whether two values are the same, and whoever
//! reads them without the key can try no guess.

use std::fmt::{self, Write as _};
use std::path::Path;

use hmac::{Hmac, Mac};
use nix::errno::Errno;
use nix::sys::stat::Mode;
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::kept::{Places, open_error};
use crate::load::secure_file::{Directory, FileSystem, Kind, OpenFault, Trust};
use crate::secret::Secret;
use crate::secure_write::{WriteFault, create_durably};
use crate::written::write_error;

const NAME: &str = "host.key";
const LENGTH: usize = 32;
/// Bytes of a fingerprint: 128 bits, so that no two values of a host share one.
const SHOWN: usize = 16;
/// What the key is used for here, so that another use of it never makes the same bytes.
const PURPOSE: &[u8] = b"envgate fingerprint 1\0";

/// What a value is recognised by: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The host's key, or the user's; wiped when dropped.
pub struct HostKey(Zeroizing<Vec<u8>>);

impl HostKey {
    /// Reads `host.key` of the state folder, and makes it at first use.
    pub fn open(places: &Places) -> Result<Self, Error> {
        let directory = places.open_state()?;
        let path = places.state().join(NAME);
        if let Some(key) = read(&path, places.uid())? {
            return Ok(key);
        }
        make(&directory, &path)?;
        // Whoever was first has made the one that is there.
        read(&path, places.uid())?.ok_or_else(|| Error::system_at("open", path, Errno::ENOENT))
    }

    /// The fingerprint of a value: HMAC-SHA256 (RFC 2104), its first half.
    #[must_use]
    #[allow(clippy::expect_used, clippy::missing_panics_doc, reason = "an HMAC takes a key of any length")]
    pub fn fingerprint(&self, value: &Secret) -> Fingerprint {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key");
        mac.update(PURPOSE);
        // The value goes into the keyed hash alone.
        mac.update(value.expose());
        let bytes = mac.finalize().into_bytes();
        let mut digits = String::with_capacity(2 * SHOWN);
        for byte in &bytes[..SHOWN] {
            // Writing to memory does not fail.
            let _ = write!(digits, "{byte:02x}");
        }
        Fingerprint(digits)
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HostKey(…)")
    }
}

fn read(path: &Path, uid: u32) -> Result<Option<HostKey>, Error> {
    let opened = match FileSystem::new().open(path, &Trust::Users(vec![uid]), LENGTH) {
        Ok(opened) => opened,
        Err(OpenFault::Missing { .. }) => return Ok(None),
        Err(OpenFault::TooLarge { .. }) => return Err(wrong_length(path)),
        Err(fault) => return Err(open_error(fault, path)),
    };
    let refused = |what, mend| Err(Error::Unsafe { path: path.to_owned(), what, mend });
    if opened.facts.kind != Kind::Regular || opened.facts.uid != uid {
        return refused("is no file of the user who runs envgate", "move it aside; envgate makes a new key");
    }
    if opened.facts.mode & 0o077 != 0 {
        let mend = "whoever read it can try guesses against the fingerprints; move it aside, and envgate makes a new key";
        return refused("can be read by others", mend);
    }
    let key = opened.contents.filter(|key| key.len() == LENGTH).ok_or_else(|| wrong_length(path))?;
    Ok(Some(HostKey(key)))
}

fn wrong_length(path: &Path) -> Error {
    Error::Unsafe {
        path: path.to_owned(),
        what: "is not 32 bytes long",
        mend: "restore it from a backup, or move it aside: with a new key, earlier fingerprints compare with nothing",
    }
}

fn make(directory: &Directory, path: &Path) -> Result<(), Error> {
    let mut key = Zeroizing::new([0; LENGTH]);
    // So few bytes come whole, once the kernel's pool is ready (getrandom(2)).
    getrandom(&mut key[..], GetRandomFlags::empty())
        .map_err(|errno| Error::system("get random bytes", Errno::from_raw(errno.raw_os_error())))?;
    let made = create_durably(directory, NAME.as_ref(), &key[..], Mode::S_IRUSR | Mode::S_IWUSR, None);
    match made {
        Ok(()) | Err(WriteFault::Exists) => Ok(()),
        Err(fault) => Err(write_error(fault, path)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    fn places(folder: &Path) -> Places {
        Places::below(&folder.join("envgate"), nix::unistd::Uid::effective().as_raw())
    }

    #[test]
    fn the_key_is_made_once_and_private_and_tells_values_apart() {
        let folder = tempfile::tempdir().unwrap();
        let key = HostKey::open(&places(folder.path())).unwrap();
        let again = HostKey::open(&places(folder.path())).unwrap();
        let one = key.fingerprint(&secret("abc"));
        assert_eq!(one, again.fingerprint(&secret("abc")));
        assert_ne!(one, key.fingerprint(&secret("abd")));
        assert_eq!(one.to_string().len(), 2 * SHOWN);
        let facts = std::fs::metadata(folder.path().join("envgate/host.key")).unwrap();
        assert_eq!((facts.len(), facts.permissions().mode() & 0o7777), (32, 0o600));
        let other = tempfile::tempdir().unwrap();
        assert_ne!(one, HostKey::open(&places(other.path())).unwrap().fingerprint(&secret("abc")));
        assert_eq!(format!("{key:?}"), "HostKey(…)");
    }

    #[test]
    fn many_at_first_use_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let open = || HostKey::open(&places(folder.path())).unwrap().fingerprint(&secret("abc"));
        let prints: Vec<Fingerprint> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
    }

    #[test]
    fn a_fingerprint_is_the_hmac_of_its_purpose_and_the_value() {
        // By Python's hmac: hmac.new(b"k" * 32, b"envgate fingerprint 1\0" + b"abc", "sha256").hexdigest()[:32]
        let key = HostKey(Zeroizing::new(vec![b'k'; 32]));
        assert_eq!(key.fingerprint(&secret("abc")).to_string(), "e9e6ce426784edc2365f22a2e6bfb7b1");
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "what is tested is a file that another program wrote")]
    fn a_key_that_others_can_read_or_that_is_cut_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        HostKey::open(&places(folder.path())).unwrap();
        let path = folder.path().join("envgate/host.key");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(HostKey::open(&places(folder.path())), Err(Error::Unsafe { .. })));
        for contents in ["short", "long, longer than thirty-two bytes"] {
            std::fs::write(&path, contents).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            let refused = HostKey::open(&places(folder.path())).unwrap_err();
            assert!(refused.to_string().contains("32 bytes"), "{refused}");
        }
    }
}
