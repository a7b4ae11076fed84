//! As whom a command runs beside the worker: its user and exactly that user's groups.

use nix::unistd::{Gid, Uid};

use crate::caller::Caller;
use crate::finding::{Finding, Gate};
use crate::load::{numbers_of_groups, user};
use crate::resolve::Resolved;

/// As whom it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunsAs {
    /// The caller, who is the worker's user.
    Caller,
    /// Another user: root started us.
    Other(OtherUser),
}

/// A user who is not root, as the kernel knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherUser {
    /// The user.
    pub uid: Uid,
    /// Its own group.
    pub gid: Gid,
    /// All its groups, its own too: as initgroups(3) sets them, from `/etc/group` alone.
    pub groups: Vec<Gid>,
}

/// Whom the command runs as; why it cannot run as the worker's user is a finding.
pub fn of(resolved: &Resolved, caller: &Caller) -> Result<RunsAs, Finding> {
    let worker = resolved.worker;
    if worker == caller.uid.as_raw() {
        return Ok(RunsAs::Caller);
    }
    if !caller.uid.is_root() {
        return Err(Finding::refuses(
            Gate::User,
            format!("the command runs as the worker's user {}, and that is not you", user::name_of(worker)),
        )
        .why("what is tried as another user says nothing of the worker")
        .mend("run this as that user, or as root"));
    }
    let Some(known) = user::find(worker) else {
        return Err(Finding::refuses(
            Gate::User,
            format!("the command runs as user {worker}, whom /etc/passwd does not know"),
        )
        .why("in which groups that user is cannot be told, and with others it is not the worker's user")
        .mend("give the env file to a user of /etc/passwd; a user of a directory service runs this itself"));
    };
    let groups = numbers_of_groups(&known).map_err(|error| {
        Finding::refuses(Gate::System, format!("/etc/group could not be read: {error}"))
            .why("in which groups the worker's user is cannot be told")
            .mend("see the system's log (dmesg, journalctl -k)")
    })?;
    Ok(RunsAs::Other(OtherUser {
        uid: Uid::from_raw(worker),
        gid: Gid::from_raw(known.group),
        groups: groups.into_iter().map(Gid::from_raw).collect(),
    }))
}
