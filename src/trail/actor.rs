//! Who is behind a record.

use std::ffi::OsStr;

use serde::{Deserialize, Serialize};

use crate::caller::Caller;
use crate::load::secure_file;

/// The person, as far as the host knows: the login's user is what the kernel keeps through sudo and su.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The real user.
    pub uid: u32,
    /// Who asked for root, as sudo says: what the caller hands over, and no proof.
    pub sudo_user: Option<String>,
    /// The user of the login; none without one (a unit, a container).
    pub loginuid: Option<u32>,
}

impl Actor {
    /// Who runs this process.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        let login = secure_file::read_system_file("/proc/self/loginuid").unwrap_or_default();
        Self {
            uid: nix::unistd::Uid::current().as_raw(),
            sudo_user: caller.inherited("SUDO_USER").and_then(OsStr::to_str).map(str::to_owned),
            // Without a login the kernel says -1.
            loginuid: login.trim().parse().ok().filter(|uid| *uid != u32::MAX),
        }
    }
}
