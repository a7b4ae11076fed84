//! Reloading a unit whose worker reads its delivered config anew. A reload changes no environment: its proof is what
//! systemd says of it, and that the worker finds the new file where it looks.

use std::path::PathBuf;
use std::time::Instant;

use super::fault::Fault;
use super::restart::{LOOK, Listener, Plan, Progress, wait};
use super::watch::{self, Standing};
use crate::error::Error;
use crate::load::secure_file::{Identity, ProcessFolder};
use crate::systemd::control::{self, UnitState};
use crate::systemd::job::{self, Outcome};

/// The file that was delivered anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// Its path, as the worker names it.
    pub path: PathBuf,
    /// Which content it is.
    pub identity: Identity,
}

/// A unit that was reloaded and stayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// Its full name.
    pub unit: String,
    /// Its `InvocationID`, the same as before.
    pub invocation: String,
    /// Its main process, the same as before.
    pub main_pid: u32,
    /// Whether the worker itself said that it is done (`Type=notify-reload`): with an `ExecReload=` that only sends a
    /// signal, systemd knows that it was sent.
    pub is_confirmed: bool,
}

/// Has the config delivered anew, reloads the unit, and waits until it has stayed. `deliver` writes the file for this
/// unit; it is not asked where the unit cannot be reloaded.
pub fn reload_one(
    unit: &str,
    plan: &Plan<'_>,
    deliver: &mut dyn FnMut(&UnitState) -> Result<Delivered, Error>,
    progress: Listener<'_>,
) -> Result<Reloaded, Fault> {
    let before = control::state(unit)?.ok_or(Fault::NoSuchUnit)?;
    let main_pid = can_reload(&before)?;
    let delivered = deliver(&before)?;
    match wait(job::reload(&before.name)?, progress)? {
        Outcome::Done => {}
        Outcome::NotAllowed(said) => return Err(Fault::NotAllowed { said: job::about(&said, unit) }),
        Outcome::NoSuchUnit(_) => return Err(Fault::NoSuchUnit),
        Outcome::Failed(why) => return Err(Fault::NotReloaded { why: job::about(&why, unit) }),
    }
    let begin = Instant::now();
    loop {
        let left = plan.settle.saturating_sub(begin.elapsed());
        let now = control::state(unit)?.ok_or(Fault::NoSuchUnit)?;
        reloaded(&before, &now)?;
        if left.is_zero() {
            break;
        }
        progress(Progress::Settling(left))?;
        std::thread::sleep(LOOK.min(left));
    }
    finds(main_pid, &delivered)?;
    let invocation = before.invocation.clone().unwrap_or_default();
    Ok(Reloaded { unit: before.name, invocation, main_pid, is_confirmed: before.kind == "notify-reload" })
}

/// Whether systemd would reload it at all: its main process.
fn can_reload(state: &UnitState) -> Result<u32, Fault> {
    let not = |why: &str| Fault::NotReloaded { why: why.to_owned() };
    match state.main_pid {
        _ if !state.is_active() => Err(Fault::NotRunning { state: state.in_words() }),
        _ if !state.can_reload => Err(not("the unit has no ExecReload=, nor Type=notify-reload")),
        Some(main_pid) => Ok(main_pid),
        None => Err(not("the unit has no main process")),
    }
}

/// It is the same run as before, and the reload went well.
fn reloaded(before: &UnitState, now: &UnitState) -> Result<(), Fault> {
    watch::stayed(before, Standing::Runs, now)?;
    if now.reload_result == "success" {
        return Ok(());
    }
    Err(Fault::NotReloaded { why: format!("systemd calls the result {}", now.reload_result) })
}

/// The worker sees what was delivered, with the mounts that it has.
fn finds(main_pid: u32, delivered: &Delivered) -> Result<(), Fault> {
    let path = crate::text::shown_path(&delivered.path);
    let seen = ProcessFolder::enter(main_pid).and_then(|folder| folder.look_at(&delivered.path));
    match seen {
        Ok(seen) if seen.identity == delivered.identity => Ok(()),
        Ok(_) => {
            Err(Fault::NotReloaded { why: format!("the worker finds another {path} than was delivered") })
        }
        Err(errno) => {
            Err(Fault::NotReloaded { why: format!("the worker does not find {path}: {}", errno.desc()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> UnitState {
        UnitState {
            active: "active".into(),
            sub: "running".into(),
            kind: "notify".into(),
            result: "success".into(),
            reload_result: "success".into(),
            invocation: Some("a".into()),
            main_pid: Some(7),
            restarts: Some(0),
            can_reload: true,
            ..UnitState::default()
        }
    }

    fn with(change: impl Fn(&mut UnitState)) -> UnitState {
        let mut state = running();
        change(&mut state);
        state
    }

    #[test]
    fn only_a_unit_that_runs_and_knows_how_is_reloaded() {
        assert_eq!(can_reload(&running()).unwrap(), 7);
        assert!(matches!(
            can_reload(&with(|state| state.active = "failed".into())),
            Err(Fault::NotRunning { .. })
        ));
        for state in [with(|state| state.can_reload = false), with(|state| state.main_pid = None)] {
            assert!(matches!(can_reload(&state), Err(Fault::NotReloaded { .. })));
        }
    }

    #[test]
    fn a_reload_is_the_same_run_and_a_result() {
        assert!(reloaded(&running(), &running()).is_ok());
        let failed = with(|state| state.reload_result = "exit-code".into());
        assert!(matches!(reloaded(&running(), &failed), Err(Fault::NotReloaded { .. })));
        let again = with(|state| state.invocation = Some("b".into()));
        assert!(matches!(reloaded(&running(), &again), Err(Fault::DidNotStay { .. })));
    }

    #[test]
    fn the_worker_must_find_what_was_delivered() {
        let path = PathBuf::from("/etc/passwd");
        let identity = crate::load::secure_file::look_at(&path).unwrap().identity;
        let own = std::process::id();
        assert!(finds(own, &Delivered { path: path.clone(), identity }).is_ok());
        let other = Identity { size: identity.size + 1, ..identity };
        assert!(finds(own, &Delivered { path, identity: other }).is_err());
        assert!(finds(own, &Delivered { path: "/nowhere".into(), identity }).is_err());
    }
}
