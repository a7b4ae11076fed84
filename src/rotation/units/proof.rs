//! The proof that a unit runs on the next generation: another invocation, begun after the swap, and no process in its
//! control group that is older. A process's environment may contradict it, and proves nothing.

use super::fault::Fault;
use super::holders::Rotated;
use super::judge::{Files, Judged};
use super::watch::Standing;
use crate::load::secure_file;
use crate::systemd::control::UnitState;
use crate::workers::{self, BootTime, OneProcess};

/// What is proven of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs on the next generation.
    Proven,
    /// Nobody can say, and why.
    Unknown(String),
}

/// A unit that was restarted and stayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Its full name.
    pub unit: String,
    /// How it stands.
    pub standing: Standing,
    /// Its `InvocationID`.
    pub invocation: String,
    /// Its main process, where it has one.
    pub main_pid: Option<u32>,
    /// When that started, in nanoseconds since 1970 by today's clock.
    pub started: Option<i128>,
    /// How many processes are in its control group.
    pub processes: usize,
    /// Whether its main process says itself that it was launched with the next generation of one of the files.
    pub says_next: bool,
    /// What is proven.
    pub verdict: Verdict,
}

/// What is proven of a unit in this state: every process must have started no earlier than `since`.
pub(super) fn prove(
    state: &UnitState,
    standing: Standing,
    files: &[Rotated],
    since: Option<BootTime>,
) -> Result<Proof, Fault> {
    let mut proof = Proof {
        unit: state.name.clone(),
        standing,
        invocation: state.invocation.clone().unwrap_or_default(),
        main_pid: state.main_pid,
        started: None,
        processes: 0,
        says_next: false,
        verdict: Verdict::Proven,
    };
    let Some(since) = since else {
        proof.verdict = Verdict::Unknown("the kernel's clock does not answer".to_owned());
        return Ok(proof);
    };
    if state.invocation.is_none() {
        let why =
            "it has ended, and systemd keeps nothing of its run: it was started, and nothing of it is left";
        proof.verdict = Verdict::Unknown(why.to_owned());
        return Ok(proof);
    }
    let seen = match processes(state) {
        Ok(seen) => seen,
        Err(why) => {
            proof.verdict = Verdict::Unknown(why);
            return Ok(proof);
        }
    };
    proof.processes = seen.len();
    let words = Files::new(files, 0);
    for one in &seen {
        let is_main = Some(one.process.pid) == state.main_pid;
        let holds = holds_former(&words, one);
        if is_main && holds {
            return Err(Fault::HoldsFormer { pid: one.process.pid });
        }
        if is_main {
            proof.started = one.process.started;
            proof.says_next = says_next(files, one);
        }
        if proof.verdict == Verdict::Proven {
            proof.verdict = judge(one, holds, since);
        }
    }
    Ok(proof)
}

fn judge(one: &OneProcess, holds: bool, since: BootTime) -> Verdict {
    let (pid, program) = (one.process.pid, crate::text::shown(&one.process.program));
    if holds {
        Verdict::Unknown(format!("its process {pid} ({program}) was launched with the former generation"))
    } else if one.started < since {
        Verdict::Unknown(format!("its process {pid} ({program}) is older than the restart"))
    } else {
        Verdict::Proven
    }
}

/// Every process of its control group; why not, where one of them may not be looked at.
fn processes(state: &UnitState) -> Result<Vec<OneProcess>, String> {
    let Some(group) = &state.control_group else {
        return match state.main_pid {
            Some(_) => Err("systemd does not say in which control group it is".to_owned()),
            None => Ok(Vec::new()),
        };
    };
    let list = || {
        secure_file::processes_of(group).map_err(|error| format!("its control group cannot be read: {error}"))
    };
    let mut seen = Vec::new();
    let mut missing = Vec::new();
    let numbers = list()?;
    for number in &numbers {
        match workers::look_at(*number) {
            Ok(Some(one)) => seen.push(one),
            Ok(None) => missing.push(*number),
            Err(errno) => return Err(format!("its process {number} may not be looked at: {}", errno.desc())),
        }
    }
    // What is no longer there must be gone from the group too: /proc may hide it from us instead (`hidepid=`).
    if !missing.is_empty() {
        let still = list()?;
        if let Some(hidden) = missing.iter().find(|number| still.contains(number)) {
            return Err(format!("its process {hidden} may not be looked at"));
        }
    }
    match state.main_pid {
        Some(main) if !seen.iter().any(|one| one.process.pid == main) => {
            Err(format!("its main process {main} is not in the control group that we see"))
        }
        _ => Ok(seen),
    }
}

fn holds_former(files: &Files<'_>, one: &OneProcess) -> bool {
    let judged = one.launch.as_ref().map(|launch| files.judge_process(one.process.pid, launch));
    matches!(judged, Some(Judged::Holds(_)))
}

fn says_next(files: &[Rotated], one: &OneProcess) -> bool {
    let words = one.launch.as_ref().and_then(|launch| launch.generation.as_ref());
    words.is_some_and(|words| files.iter().any(|file| words.contains(&file.next)))
}
