//! Asking systemd to restart or reload units, and whether it would.
//!
//! A job may take as long as the unit's own timeouts: nothing here ends the wait for it. The tool that waits is no
//! part of our process group, so that Ctrl-C on the terminal reaches us alone.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::thread::JoinHandle;

use nix::unistd::Uid;

use super::ask::{command, not_started, run, said, silent};
use crate::error::Error;

const SYSTEMCTL: &str = "systemctl";
const BUSCTL: &str = "busctl";

/// How a job ended. What systemd said is for people: it names the unit, and the command that shows its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Each unit did what was asked of it.
    Done,
    /// One of them did not.
    Failed(String),
    /// Nothing was done: we may not ask for it.
    NotAllowed(String),
    /// There is no such unit.
    NoSuchUnit(String),
}

/// A job that was asked for. Dropped before its end, nobody waits for it any more, and systemd goes on with it.
#[derive(Debug)]
pub struct Job {
    systemctl: Child,
    complaint: Option<JoinHandle<Vec<u8>>>,
}

/// Asks for a restart of these units, all at once.
pub fn restart(units: &[&str]) -> Result<Job, Error> {
    Job::of("restart", units)
}

/// Has systemd forget how often these units were started: `StartLimitBurst=` is for units that crash, and a person who
/// tries again is none. Where we may not, or it is of no use, the restart itself says so.
pub fn forget_starts(units: &[&str]) {
    let _ = run(SYSTEMCTL, &[&["reset-failed", "--no-ask-password", "--"], units].concat());
}

/// Asks a unit to read its configuration anew.
pub fn reload(unit: &str) -> Result<Job, Error> {
    Job::of("reload", &[unit])
}

/// What systemd said of this unit, where it said something of several: one line.
#[must_use]
pub fn about(said: &str, unit: &str) -> String {
    let own: Vec<&str> = said.lines().filter(|line| line.contains(unit)).collect();
    if own.is_empty() { said.lines().collect::<Vec<_>>().join(" ") } else { own.join(" ") }
}

impl Job {
    fn of(verb: &str, units: &[&str]) -> Result<Self, Error> {
        // Nobody is asked for a password halfway: who may not restart is told so before.
        let arguments = [&[verb, "--no-ask-password", "--"], units].concat();
        let mut systemctl = command(SYSTEMCTL, &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| not_started(SYSTEMCTL, &error))?;
        // A full pipe would hold it up.
        let complaint = systemctl.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut text = Vec::new();
                // What was said up to a fault is said.
                let _ = stderr.read_to_end(&mut text);
                text
            })
        });
        Ok(Self { systemctl, complaint })
    }

    /// How it ended; none while it goes on. An error where systemd does not answer, and then nobody knows.
    pub fn outcome(&mut self) -> Result<Option<Outcome>, Error> {
        let status = self.systemctl.try_wait().map_err(|error| not_started(SYSTEMCTL, &error))?;
        let Some(status) = status else { return Ok(None) };
        let complaint = self.complaint.take().and_then(|reader| reader.join().ok()).unwrap_or_default();
        judge(status.code(), &said(&complaint)).map(Some)
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // It only waits. Where it has ended already, there is nothing to end.
        let _ = self.systemctl.kill();
        let _ = self.systemctl.wait();
    }
}

/// What `systemctl` (the statuses of its manual, "Exit status", and of its `translate_bus_error_to_exit_status`) makes
/// of the answer.
fn judge(status: Option<i32>, said: &str) -> Result<Outcome, Error> {
    let has = |texts: &[&str]| texts.iter().any(|text| said.contains(text));
    Ok(match status {
        Some(0) => Outcome::Done,
        Some(5) => Outcome::NoSuchUnit(said.to_owned()),
        Some(4) => Outcome::NotAllowed(said.to_owned()),
        _ if has(&["Interactive authentication required", "Access denied", "Permission denied"]) => {
            Outcome::NotAllowed(said.to_owned())
        }
        // A signal, or no manager to ask, or one that went away meanwhile.
        None => return Err(silent(SYSTEMCTL, said)),
        _ if has(&["Failed to connect to", "has not been booted", "onnection ", "Transport endpoint"])
            && !has(&["Job for ", "job for "]) =>
        {
            return Err(silent(SYSTEMCTL, said));
        }
        _ => Outcome::Failed(said.to_owned()),
    })
}

/// Whether systemd would restart a unit for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It would.
    Granted,
    /// It would not, and what it says.
    Refused(String),
    /// Nobody can say before it is tried, and why.
    Unknown(String),
}

/// Finds out whether systemd would restart a unit for us; nothing is changed.
pub fn may_restart(unit: &str) -> Result<Permission, Error> {
    if Uid::effective().is_root() { Ok(Permission::Granted) } else { would_restart(unit) }
}

/// Asks for a restart in a way that is only valid for stop: systemd looks at who asks first, by the same rules as for a
/// real one (the unit's name and the verb are in polkit's question), and then finds that it cannot be done
/// (`bus_unit_method_start_generic` and `manager_add_job` of systemd 246 and newer).
pub fn would_restart(unit: &str) -> Result<Permission, Error> {
    let manager = "org.freedesktop.systemd1";
    let call = ["--allow-interactive-authorization=no", "--", "call", manager, "/org/freedesktop/systemd1"];
    let method = ["org.freedesktop.systemd1.Manager", "RestartUnit", "ss", unit, "triggering"];
    let output = run(BUSCTL, &[&call[..], &method[..]].concat())?;
    permission(&said(&output.stderr))
}

fn permission(said: &str) -> Result<Permission, Error> {
    let Some(answer) = said.strip_prefix("Call failed: ") else { return Err(silent(BUSCTL, said)) };
    Ok(if answer.contains("only valid for stop") {
        Permission::Granted
    } else if answer.contains("triggering invalid") {
        Permission::Unknown("systemd before 246 does not say it without doing it".to_owned())
    } else if answer.contains("timed out") || answer.contains("onnection ") {
        return Err(silent(BUSCTL, said));
    } else {
        Permission::Refused(answer.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemctl_answers_is_told_apart() {
        let failed = "Job for a.service failed because the control process exited with error code.";
        assert_eq!(judge(Some(0), "").unwrap(), Outcome::Done);
        for (status, said, expected) in [
            (1, failed, "failed"),
            (1, "Job for a.service failed because a fatal signal was delivered: Connection lost", "failed"),
            (1, "Failed to restart a.service: Unit a.service is masked.", "failed"),
            (1, "Failed to restart a.service: Interactive authentication required.", "not allowed"),
            (4, "Failed to restart a.service: Access denied", "not allowed"),
            (4, "Operation refused, unit a.service may be requested by dependency only.", "not allowed"),
            (5, "Failed to restart a.service: Unit a.service not found.", "no such unit"),
        ] {
            let outcome = match judge(Some(status), said).unwrap() {
                Outcome::Done => "done",
                Outcome::Failed(_) => "failed",
                Outcome::NotAllowed(_) => "not allowed",
                Outcome::NoSuchUnit(_) => "no such unit",
            };
            assert_eq!(outcome, expected, "{said}");
        }
        for said in [
            "Failed to connect to bus: No such file or directory",
            "Failed to restart a.service: Connection timed out",
            "System has not been booted with systemd as init system (PID 1). Can't operate.",
        ] {
            assert!(judge(Some(1), said).is_err(), "{said}");
        }
        assert!(judge(None, "").is_err());
    }

    #[test]
    fn of_several_units_each_hears_its_own_lines() {
        let said =
            "Job for a.service failed.\nSee \"systemctl status a.service\".\nJob for b.service failed.";
        assert_eq!(about(said, "a.service"), "Job for a.service failed. See \"systemctl status a.service\".");
        assert_eq!(about(said, "b.service"), "Job for b.service failed.");
        assert_eq!(about("Connection\nlost", "a.service"), "Connection lost");
    }

    #[test]
    fn an_answer_to_what_cannot_be_done_says_whether_it_may() {
        let of = |said: &str| permission(said).unwrap();
        let stop = "Call failed: --job-mode=triggering is only valid for stop.";
        assert_eq!(of(stop), Permission::Granted);
        assert!(matches!(of("Call failed: Job mode triggering invalid"), Permission::Unknown(_)));
        for refused in ["Interactive authentication required.", "Access denied"] {
            assert_eq!(of(&format!("Call failed: {refused}")), Permission::Refused(refused.into()));
        }
        for said in ["Failed to open bus: No such file or directory", "Call failed: Connection timed out", ""]
        {
            assert!(permission(said).is_err(), "{said}");
        }
    }
}
