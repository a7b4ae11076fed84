//! Whether a unit was started anew and stays what it was then: decided over what systemd says of it.

use super::fault::Fault;
use crate::systemd::control::UnitState;

/// How a unit stands once it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs.
    Runs,
    /// Its process has ended, and it counts as active all the same (`RemainAfterExit=`).
    Remains,
    /// It ran to its end and ended well (`Type=oneshot`).
    Ended,
}

impl Standing {
    /// In a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Remains => "has ended, and counts as active",
            Self::Ended => "ran to its end",
        }
    }
}

/// How it stands after a restart; a fault where it was not started anew, or is down, or systemd had to bring it back.
/// `is_done`: systemd says that the restart went well.
pub(super) fn started(before: &UnitState, now: &UnitState, is_done: bool) -> Result<Standing, Fault> {
    // What has ended and nobody needs is forgotten by systemd, its invocation too.
    if is_done && now.invocation.is_none() {
        return match standing(now)? {
            Standing::Ended => Ok(Standing::Ended),
            Standing::Runs | Standing::Remains => Err(Fault::did_not_stay("it was not started anew", now)),
        };
    }
    if now.invocation.is_none() || now.invocation == before.invocation {
        return Err(Fault::did_not_stay("it was not started anew", now));
    }
    // A restart that was asked for sets the counter back to zero, but for a unit that was just to be brought back.
    let was_coming_back = before.sub.starts_with("auto-restart");
    let fits = now.restarts.unwrap_or(0) == 0 || (was_coming_back && now.restarts == before.restarts);
    if !fits {
        return Err(Fault::did_not_stay("it died after its start, and systemd brought it back", now));
    }
    standing(now)
}

fn standing(now: &UnitState) -> Result<Standing, Fault> {
    let is_oneshot = now.kind == "oneshot";
    match now.active.as_str() {
        _ if now.is_active() && now.sub == "exited" => Ok(Standing::Remains),
        _ if now.is_active() => Ok(Standing::Runs),
        "inactive" if is_oneshot && now.result == "success" => Ok(Standing::Ended),
        "inactive" => Err(Fault::did_not_stay("it ended after its start", now)),
        _ => Err(Fault::did_not_stay("it is not active after its start", now)),
    }
}

/// Whether it is still the same as at its start: the same run, the same process, never brought back.
pub(super) fn stayed(start: &UnitState, standing_then: Standing, now: &UnitState) -> Result<(), Fault> {
    let changed = |what: &str| Err(Fault::did_not_stay(what, now));
    if now.restarts != start.restarts {
        changed("it died after its start, and systemd brought it back")
    } else if now.invocation != start.invocation {
        changed("it was started once more")
    } else if standing(now)? != standing_then {
        changed("it ended after its start")
    } else if now.main_pid != start.main_pid {
        changed("another process became its main process")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(invocation: &str, active: &str, sub: &str) -> UnitState {
        UnitState {
            kind: "notify".into(),
            active: active.into(),
            sub: sub.into(),
            result: "success".into(),
            invocation: Some(invocation.into()).filter(|id: &String| !id.is_empty()),
            main_pid: Some(7),
            restarts: Some(0),
            ..UnitState::default()
        }
    }

    fn after(change: impl Fn(&mut UnitState)) -> UnitState {
        let mut state = unit("b", "active", "running");
        change(&mut state);
        state
    }

    #[test]
    fn a_start_is_another_invocation_that_is_active_and_was_not_brought_back() {
        let before = unit("a", "active", "running");
        assert_eq!(started(&before, &after(|_| ()), true).unwrap(), Standing::Runs);
        assert_eq!(
            started(&before, &after(|now| now.active = "reloading".into()), true).unwrap(),
            Standing::Runs
        );
        for change in [
            (|now| now.invocation = Some("a".into())) as fn(&mut UnitState),
            |now| now.invocation = None,
            |now| now.restarts = Some(1),
            |now| now.active = "activating".into(),
            |now| now.active = "failed".into(),
            |now| now.active = "deactivating".into(),
            |now| now.active = "inactive".into(),
        ] {
            let now = after(change);
            assert!(matches!(started(&before, &now, true), Err(Fault::DidNotStay { .. })), "{now:?}");
        }
    }

    #[test]
    fn a_unit_that_was_just_to_be_brought_back_keeps_its_counter() {
        let mut before = unit("a", "activating", "auto-restart");
        before.restarts = Some(3);
        assert!(started(&before, &after(|now| now.restarts = Some(3)), true).is_ok());
        assert!(started(&before, &after(|now| now.restarts = Some(4)), true).is_err());
        before.sub = "running".into();
        assert!(started(&before, &after(|now| now.restarts = Some(3)), true).is_err());
    }

    #[test]
    fn a_unit_that_ends_is_told_from_one_that_dies() {
        let before = unit("a", "inactive", "dead");
        let oneshot = |active: &str, sub: &str, result: &str| {
            let mut now = unit("b", active, sub);
            (now.kind, now.main_pid, now.result) = ("oneshot".into(), None, result.into());
            started(&before, &now, true)
        };
        assert_eq!(oneshot("active", "exited", "success").unwrap(), Standing::Remains);
        assert_eq!(oneshot("inactive", "dead", "success").unwrap(), Standing::Ended);
        assert!(oneshot("failed", "failed", "exit-code").is_err());
        assert!(oneshot("inactive", "dead", "exec-condition").is_err());
        let mut forgotten = unit("", "inactive", "dead");
        forgotten.kind = "oneshot".into();
        assert_eq!(started(&before, &forgotten, true).unwrap(), Standing::Ended);
        assert!(started(&before, &forgotten, false).is_err(), "it was not allowed, or it failed");
    }

    #[test]
    fn it_stays_only_where_nothing_of_it_has_changed() {
        let start = unit("b", "active", "running");
        assert!(stayed(&start, Standing::Runs, &start).is_ok());
        for change in [
            (|now| now.invocation = Some("c".into())) as fn(&mut UnitState),
            |now| now.main_pid = Some(8),
            |now| now.main_pid = None,
            |now| now.restarts = Some(1),
            |now| now.active = "failed".into(),
            |now| now.active = "inactive".into(),
            |now| now.active = "deactivating".into(),
            |now| now.sub = "exited".into(),
        ] {
            let now = after(change);
            assert!(matches!(stayed(&start, Standing::Runs, &now), Err(Fault::DidNotStay { .. })), "{now:?}");
        }
    }
}
