//! "Under systemd" is what cannot be inherited by accident.
//!
//! `SYSTEMD_EXEC_PID` must be our own process (the caller of [`detect`] checks that; shells hand the variable
//! down, but not the process id), and our cgroup must be a service's. Services that `PAMName=` moves into a
//! session scope, or that `PrivatePIDs=` gives another process id, count as launched by hand.

use nix::unistd::getppid;

use crate::load::secure_file;

/// Which systemd started us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supervisor {
    /// The system's manager, PID 1.
    System {
        /// The unit, where the cgroup names it.
        unit: Option<String>,
    },
    /// A user's own manager (`systemd --user`).
    User {
        /// The unit, where the cgroup names it.
        unit: Option<String>,
    },
}

impl Supervisor {
    /// The unit that we run in, where the cgroup names it.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::System { unit } | Self::User { unit } => unit.as_deref(),
        }
    }
}

/// Looks at our own cgroup.
#[must_use]
pub fn detect() -> Option<Supervisor> {
    let cgroup = secure_file::read_system_file("/proc/self/cgroup").ok()?;
    judge(&cgroup, getppid().as_raw())
}

/// Decides over the text of `/proc/self/cgroup` (cgroups(7)) and the parent's process id.
#[must_use]
pub fn judge(cgroup: &str, parent: i32) -> Option<Supervisor> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    if path == "/" {
        // A cgroup namespace hides the path; then only PID 1 itself (or nobody we can see) may be the parent.
        return matches!(parent, 0 | 1).then_some(Supervisor::System { unit: None });
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let boundary = parts.iter().position(|part| part.starts_with("user@") && part.ends_with(".service"));
    let service = |parts: &[&str]| {
        parts.iter().rev().find(|part| part.ends_with(".service")).map(|part| (*part).to_owned())
    };
    match boundary {
        Some(at) => service(&parts[at + 1..]).map(|unit| Supervisor::User { unit: Some(unit) }),
        None => service(&parts).map(|unit| Supervisor::System { unit: Some(unit) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(cgroup: &str) -> Option<String> {
        judge(cgroup, 4711).and_then(|supervisor| supervisor.unit().map(str::to_owned))
    }

    #[test]
    fn a_services_cgroup_names_its_unit() {
        assert_eq!(unit("0::/system.slice/pine@ES.service\n").as_deref(), Some("pine@ES.service"));
        assert_eq!(
            unit("1:name=systemd:/x\n0::/system.slice/a.service/worker\n").as_deref(),
            Some("a.service")
        );
    }

    #[test]
    fn a_shell_is_not_a_service() {
        assert_eq!(judge("0::/user.slice/user-1000.slice/session-3.scope\n", 4711), None);
        assert_eq!(judge("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n", 4711), None);
        assert_eq!(judge("12:pids:/a.service\n", 4711), None);
        assert_eq!(judge("", 1), None);
    }

    #[test]
    fn a_user_managers_service_is_told_apart() {
        let cgroup = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/pine.service\n";
        assert_eq!(judge(cgroup, 900), Some(Supervisor::User { unit: Some("pine.service".into()) }));
    }

    #[test]
    fn a_cgroup_namespace_counts_only_below_pid_1() {
        assert_eq!(judge("0::/\n", 1), Some(Supervisor::System { unit: None }));
        assert_eq!(judge("0::/\n", 77), None);
    }
}
