//! What units do now, by `systemctl show`: as many as are asked for, in one question.

use nix::time::{ClockId, clock_gettime};

use super::ask::ask;
use crate::error::Error;

/// What is asked. The times are those of the kernel's clock, in microseconds: systemd prints the others in local time
/// and, before 248, in whole seconds.
const PROPERTIES: &str = "--property=Id,LoadState,ActiveState,SubState,Result,Type,RemainAfterExit,InvocationID,\
                          MainPID,NRestarts,ControlGroup,InactiveExitTimestampMonotonic,\
                          ExecMainStartTimestampMonotonic,ReloadResult,CanReload,NeedDaemonReload,EnvironmentFiles";

/// A service as systemd has it at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitState {
    /// Its full name, whatever alias it was asked for by.
    pub name: String,
    /// `LoadState`: `loaded`, `masked`, `bad-setting`, …
    pub load: String,
    /// `ActiveState`: `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`, …
    pub active: String,
    /// `SubState`: `running`, `exited`, `auto-restart`, …
    pub sub: String,
    /// `Result`: `success`, or how it failed.
    pub result: String,
    /// `Type`.
    pub kind: String,
    /// `RemainAfterExit`.
    pub remains: bool,
    /// `InvocationID`: another one at each start.
    pub invocation: Option<String>,
    /// `MainPID`, where it has one.
    pub main_pid: Option<u32>,
    /// `NRestarts`: how often systemd has brought it back by itself.
    pub restarts: Option<u64>,
    /// `ControlGroup`, where it has one.
    pub control_group: Option<String>,
    /// When systemd began to start it, or its main process where that was earlier: in nanoseconds since 1970, by
    /// today's clock. A time in which the host slept shows as so much later.
    pub activated: Option<i128>,
    /// `ReloadResult`.
    pub reload_result: String,
    /// `CanReload`.
    pub can_reload: bool,
    /// `NeedDaemonReload`: its files were changed, and systemd has not read them yet.
    pub needs_daemon_reload: bool,
    /// The paths of `EnvironmentFile=`.
    pub environment_files: Vec<String>,
}

impl UnitState {
    /// Whether it runs, or counts as if it did.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self.active.as_str(), "active" | "reloading" | "refreshing")
    }

    /// The two words that `systemctl` shows.
    #[must_use]
    pub fn in_words(&self) -> String {
        let result = if matches!(self.result.as_str(), "" | "success") {
            String::new()
        } else {
            format!(", {}", self.result)
        };
        format!("{} ({}{result})", self.active, self.sub)
    }
}

/// One unit; none where there is none of this name.
pub fn state(unit: &str) -> Result<Option<UnitState>, Error> {
    // A name that systemctl would take for a glob is no unit's.
    if unit.is_empty() || unit.contains(['*', '?', '[']) {
        return Ok(None);
    }
    Ok(states(&[unit])?.pop())
}

/// These units, in their order; without those that do not exist.
pub fn states(units: &[&str]) -> Result<Vec<UnitState>, Error> {
    // Without a name the manager itself would be shown.
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let shown = ask("systemctl", &[&["show", PROPERTIES, "--"], units].concat())?;
    Ok(parse(&String::from_utf8_lossy(&shown), started_counting()))
}

/// Every service that systemd has loaded: what runs, what failed, and what those need. None on a host that was not
/// booted with systemd (`sd_booted(3)`).
pub fn services() -> Result<Vec<UnitState>, Error> {
    if !std::path::Path::new("/run/systemd/system").exists() {
        return Ok(Vec::new());
    }
    states(&["*.service"])
}

/// When systemd's clock began, in nanoseconds since 1970 by today's.
fn started_counting() -> Option<i128> {
    let now = |clock| {
        let time = clock_gettime(clock).ok()?;
        Some(i128::from(time.tv_sec()) * 1_000_000_000 + i128::from(time.tv_nsec()))
    };
    Some(now(ClockId::CLOCK_REALTIME)? - now(ClockId::CLOCK_MONOTONIC)?)
}

/// A block of `NAME=value` lines for each unit, with an empty line between two.
fn parse(shown: &str, zero: Option<i128>) -> Vec<UnitState> {
    let unit = |block: &str| {
        let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let text = |name: &str| value(name).unwrap_or_default().to_owned();
        let some = |name: &str| value(name).filter(|value| !value.is_empty()).map(str::to_owned);
        let moment = |name: &str| {
            let microseconds = value(name)?.parse::<i128>().ok().filter(|time| *time != 0)?;
            Some(zero? + microseconds * 1_000)
        };
        let is_there = |state: &UnitState| !state.name.is_empty() && state.load != "not-found";
        let began = [moment("InactiveExitTimestampMonotonic"), moment("ExecMainStartTimestampMonotonic")];
        let state = UnitState {
            name: text("Id"),
            load: text("LoadState"),
            active: text("ActiveState"),
            sub: text("SubState"),
            result: text("Result"),
            kind: text("Type"),
            remains: value("RemainAfterExit") == Some("yes"),
            invocation: some("InvocationID"),
            main_pid: value("MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0),
            restarts: value("NRestarts").and_then(|count| count.parse().ok()),
            control_group: some("ControlGroup"),
            activated: began.into_iter().flatten().min(),
            reload_result: text("ReloadResult"),
            can_reload: value("CanReload") == Some("yes"),
            needs_daemon_reload: value("NeedDaemonReload") == Some("yes"),
            environment_files: block.lines().filter_map(environment_file).collect(),
        };
        Some(state).filter(is_there)
    };
    shown.split("\n\n").filter_map(unit).collect()
}

/// `EnvironmentFiles=PATH (ignore_errors=no)`.
fn environment_file(line: &str) -> Option<String> {
    let value = line.strip_prefix("EnvironmentFiles=")?;
    Some(value.rsplit_once(" (ignore_errors=")?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "Type=notify\nRemainAfterExit=no\nMainPID=87\nResult=success\nReloadResult=success\n\
        NRestarts=2\nExecMainStartTimestampMonotonic=1000\nControlGroup=/system.slice/pine@ES.service\n\
        EnvironmentFiles=/etc/a (b).env (ignore_errors=no)\nEnvironmentFiles=/etc/c.env (ignore_errors=yes)\n\
        Id=pine@ES.service\nLoadState=loaded\nActiveState=active\nSubState=running\n\
        InactiveExitTimestampMonotonic=900\nCanReload=yes\nNeedDaemonReload=no\nInvocationID=ae89\n\n\
        Type=\nMainPID=0\nNRestarts=0\nControlGroup=\nId=nope.service\nLoadState=not-found\n\
        ActiveState=inactive\nInvocationID=\n\n\
        Type=oneshot\nRemainAfterExit=yes\nMainPID=0\nResult=exit-code\nControlGroup=\nId=once.service\n\
        LoadState=loaded\nActiveState=failed\nSubState=failed\nInvocationID=\n\
        InactiveExitTimestampMonotonic=0\n";

    #[test]
    fn a_unit_is_read_as_systemctl_shows_it_and_one_that_does_not_exist_is_none() {
        let units = parse(SHOWN, Some(5_000_000));
        let names: Vec<&str> = units.iter().map(|unit| unit.name.as_str()).collect();
        assert_eq!(names, ["pine@ES.service", "once.service"]);
        let runs = &units[0];
        assert_eq!((runs.main_pid, runs.restarts), (Some(87), Some(2)));
        assert_eq!(runs.activated, Some(5_900_000), "the earlier of the two");
        assert_eq!(runs.invocation.as_deref(), Some("ae89"));
        assert_eq!(runs.control_group.as_deref(), Some("/system.slice/pine@ES.service"));
        assert_eq!(runs.environment_files, ["/etc/a (b).env", "/etc/c.env"]);
        assert!(runs.is_active() && runs.can_reload && !runs.needs_daemon_reload && !runs.remains);
        let once = &units[1];
        assert_eq!(
            (once.main_pid, &once.invocation, &once.control_group, once.activated),
            (None, &None, &None, None)
        );
        assert!(once.remains && !once.is_active());
        assert_eq!(once.in_words(), "failed (failed, exit-code)");
        assert_eq!(parse(SHOWN, None)[0].activated, None, "without a clock nothing is known of times");
    }

    #[test]
    fn a_glob_is_no_units_name() {
        for name in ["", "pine@*", "pine-?.service", "pine@[AB].service"] {
            assert_eq!(state(name).unwrap(), None, "{name}");
        }
    }
}
