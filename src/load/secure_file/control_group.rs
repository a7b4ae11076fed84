//! The processes of a control group (cgroups(7)).

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use super::read_system_file;

const ROOT: &str = "/sys/fs/cgroup";

/// The numbers of all processes in a control group and in the groups below it, as we count them; nothing where there is
/// no such group any more. The name is systemd's (`ControlGroup=`), from the root of the one hierarchy; with the
/// hierarchies of version 1 nobody says.
pub fn processes_of(group: &str) -> Result<Vec<u32>> {
    if !Path::new(ROOT).join("cgroup.controllers").exists() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "this host has no unified hierarchy of control groups",
        ));
    }
    let mut pending: Vec<PathBuf> = vec![Path::new(ROOT).join(group.trim_start_matches('/'))];
    let mut numbers = Vec::new();
    while let Some(folder) = pending.pop() {
        match read_group(&folder, &mut numbers) {
            // A group that went away meanwhile had no processes any more.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound)
                    || error.raw_os_error() == Some(nix::errno::Errno::ENODEV as i32) => {}
            below => pending.extend(below?),
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn read_group(folder: &Path, numbers: &mut Vec<u32>) -> Result<Vec<PathBuf>> {
    let procs = folder.join("cgroup.procs");
    let list = read_system_file(procs.to_str().ok_or(ErrorKind::InvalidInput)?)?;
    for line in list.lines() {
        // 0 stands for a process that our namespace does not show.
        let number = line.parse().ok().filter(|number| *number != 0);
        numbers.push(
            number.ok_or_else(|| {
                Error::new(ErrorKind::PermissionDenied, "a process in it is not shown to us")
            })?,
        );
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            below.push(entry.path());
        }
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_is_not_there_has_no_processes_and_our_own_has_us() {
        if !Path::new(ROOT).join("cgroup.controllers").exists() {
            assert_eq!(processes_of("/nowhere").unwrap_err().kind(), ErrorKind::Unsupported);
            return;
        }
        assert!(processes_of("/nowhere.slice").unwrap().is_empty());
        let own = read_system_file("/proc/self/cgroup").unwrap();
        let group = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap();
        assert!(processes_of(group).unwrap().contains(&std::process::id()));
    }
}
