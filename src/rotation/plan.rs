//! Which units a rotation restarts, and whether they can be: decided before anything is changed.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::record::{Record, UnitRecord, UnitStep};
use super::session::Stopped;
use super::targets::{Target, Targets};
use super::units::Evidence;
use super::units::choose::{Refusal, choose, known};
use super::units::holders::{Held, Holdings, Rotated, holders};
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate};
use crate::generation;
use crate::load::secure_file;
use crate::systemd::control;
use crate::systemd::job::{Permission, may_restart};
use crate::text::shown;

/// What is to be restarted, and what remains.
#[derive(Debug)]
pub struct Planned {
    /// In the order in which they are restarted.
    pub units: Vec<UnitRecord>,
    /// Units that hold the old values and that were not named.
    pub left_out: Vec<String>,
    /// Everybody who holds the old values.
    pub holdings: Holdings,
}

/// The files in the direction of the rotation.
#[must_use]
pub fn forth(record: &Record) -> Vec<Rotated> {
    let one = |file: &super::FileRecord| Rotated {
        location: file.path.clone(),
        former: file.base.clone(),
        next: file.staged.clone(),
    };
    record.files.iter().map(one).collect()
}

/// The files in the direction of the way back.
#[must_use]
pub fn back(record: &Record) -> Vec<Rotated> {
    let turned = |file: Rotated| Rotated { former: file.next, next: file.former, ..file };
    forth(record).into_iter().map(turned).collect()
}

/// Nanoseconds since 1970.
#[must_use]
pub fn now() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}

/// Who holds the old values of a rotation: today's of one that is not promoted yet.
pub fn holdings(record: &Record) -> Result<Holdings, Stopped> {
    let swapped = if record.promoted_at == 0 { now() } else { record.swapped() };
    Ok(holders(&forth(record), swapped)?)
}

/// The files before anything is staged: what is given up is what is there.
#[must_use]
pub fn ahead(targets: &Targets) -> Vec<Rotated> {
    let one = |target: &Target| {
        let seen = secure_file::look_at(&target.path).ok()?;
        let former = generation::word(&seen.identity);
        Some(Rotated { location: target.path.clone(), former, next: String::new() })
    };
    targets.files.iter().filter_map(one).collect()
}

/// Who holds the staged values of a rotation whose former files are back in their places.
pub fn strays(record: &Record) -> Result<Holdings, Stopped> {
    let mut found = holders(&back(record), now())?;
    // What systemd loaded for a unit before the swap were the former values; and who holds an earlier generation still
    // has nothing of the staged one.
    let promoted = record.swapped();
    let is_since =
        |began: Option<i128>| record.promoted_at != 0 && began.is_some_and(|began| began >= promoted);
    let says_so = |held: &Held| held.evidence == Evidence::Generation;
    found.units.retain(|unit| unit.holders.iter().any(says_so) || is_since(unit.state.activated));
    found.by_hand.retain(|held| says_so(held) || is_since(held.process.started));
    Ok(found)
}

/// Ahead of a way back that a person asks for later: a unit that was proven to run, and that is stopped by now, stays
/// so. One that failed is brought back. The names of those that are left.
pub fn leave_stopped(record: &mut Record) -> Result<Vec<String>, Stopped> {
    let mut left = Vec::new();
    let ran = |unit: &&mut UnitRecord| matches!(unit.step, UnitStep::Proven | UnitStep::Unknown);
    for unit in record.units.iter_mut().filter(ran) {
        if control::state(&unit.unit)?.is_some_and(|state| state.active == "inactive") {
            unit.step = UnitStep::Waiting;
            "it is stopped, and stays so".clone_into(&mut unit.said);
            left.push(unit.unit.clone());
        }
    }
    Ok(left)
}

/// Chooses the units, and refuses what could not be restarted. Nothing was swapped yet.
pub fn plan(files: &[Rotated], patterns: &[String]) -> Result<Planned, Stopped> {
    let holdings = holders(files, now())?;
    let not_booted = || "this host was not booted with it".to_owned();
    let is_booted = !secure_file::is_absent(Path::new("/run/systemd/system"));
    if let Some(fault) = holdings.systemd_fault.clone().or_else(|| (!is_booted).then(not_booted)) {
        return Err(Finding::refuses(Gate::Rotation, format!("systemd does not answer: {}", shown(&fault)))
            .status(Status::SystemFault)
            .why("which units hold the old values, and whether they come up, is not known without it")
            .mend("see systemctl status; or promote without --restart, and restart the workers yourself")
            .into());
    }
    let known = if patterns.is_empty() { Vec::new() } else { known(patterns)? };
    let chosen = choose(&holdings, patterns, &known)
        .map_err(|refusals| Stopped::Refused(refusals.iter().map(refused_pattern).collect()))?;
    judge_permission(&chosen.units)?;
    let units = chosen.units.into_iter().map(UnitRecord::waiting).collect();
    Ok(Planned { units, left_out: chosen.left_out, holdings })
}

fn refused_pattern(refusal: &Refusal) -> Finding {
    match refusal {
        Refusal::NoSuchUnit { pattern } => {
            Finding::refuses(Gate::Rotation, format!("--restart {}: there is no such unit", shown(pattern)))
                .status(Status::NoInput)
                .why("a unit that is misspelt would go on with the old values")
                .mend(
                    "see which units hold them: envgate workers; or write --restart alone, which finds them",
                )
        }
        Refusal::NotHolding { pattern, unit, runs } => {
            let what = if *runs { "does not hold the old values" } else { "does not run" };
            Finding::refuses(Gate::Rotation, format!("--restart {}: {} {what}", shown(pattern), shown(unit)))
                .why("a worker that has nothing to do with this rotation is not restarted by it")
                .mend("name fewer units, or write --restart alone, which finds them")
        }
    }
}

fn judge_permission(units: &[String]) -> Result<(), Stopped> {
    let mut refused = Findings::new();
    for unit in units {
        let said = match may_restart(unit)? {
            Permission::Granted | Permission::Unknown(_) => continue,
            Permission::Refused(said) => said,
        };
        refused.push(
            Finding::refuses(
                Gate::Rotation,
                format!("you may not restart {}: {}", shown(unit), shown(&said)),
            )
            .why("it would go on with the old values, and nothing was changed yet")
            .mend("run it as root, or let polkit allow it to you (org.freedesktop.systemd1.manage-units)"),
        );
    }
    Stopped::unless_fine(refused).map(drop)
}

/// A process that holds the old values, for a person.
#[must_use]
pub fn describe(held: &Held) -> String {
    let process = &held.process;
    let launch: Vec<&str> = held
        .mode
        .iter()
        .map(crate::mode::ModeName::as_str)
        .chain(held.instance.iter().map(crate::mode::Instance::as_str))
        .collect();
    format!("process {} of {} ({})", process.pid, shown(&process.user), launch.join(" "))
}
