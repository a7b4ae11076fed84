//! How far a rotation is, and which steps are for it then.
//!
//! ```text
//! staging ──> STAGED ──> promoting ──> restarting ──> PROMOTED ──> closing ──> ended
//!    │        │    ^         │             │             │
//!    v        v    └─────────┴─ rolling-back <───────────┘
//!    discarding ──> ended
//! ```
//!
//! It waits at STAGED and PROMOTED. Everything else is a step that goes on, or that was interrupted or killed: `resume`
//! ends it. `restarting` is passed over where there is nothing to restart or to verify. Behind `promoting` there is no
//! way back from `--compromised`.

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::finding::{Finding, Gate, Place};

/// What is being done, or was done last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The next files are being written.
    Staging,
    /// They are there, and wait.
    Staged,
    /// They are being swapped in.
    Promoting,
    /// They are the current ones.
    Promoted,
    /// Units are being restarted, or the command that verifies them runs.
    Restarting,
    /// The former files are being swapped back, and units restarted on them.
    RollingBack,
    /// The next files are being thrown away.
    Discarding,
    /// The former files are being thrown away.
    Closing,
}

/// What a person asks of an open rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Run a command with the staged values.
    Test,
    /// Swap the staged files in.
    Promote,
    /// Swap the former files back; before the swap there is nothing but to throw the staged ones away.
    Rollback,
    /// End what was begun.
    Resume,
    /// Throw the staged files away.
    Discard,
    /// Throw the former files away.
    Close,
}

impl Phase {
    /// As it is shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staging => "staging",
            Self::Staged => "staged",
            Self::Promoting => "promoting",
            Self::Promoted => "promoted",
            Self::Restarting => "restarting",
            Self::RollingBack => "rolling-back",
            Self::Discarding => "discarding",
            Self::Closing => "closing",
        }
    }

    /// Whether a step was begun and not ended: by a process that still runs, or by one that was killed.
    #[must_use]
    pub fn is_halfway(self) -> bool {
        !matches!(self, Self::Staged | Self::Promoted)
    }
}

impl Record {
    /// Whether the step is for a rotation that is as far. One more way out, which the files alone can tell, is
    /// discard's: out of a swap that somebody's edit has barred.
    #[must_use]
    pub fn takes(&self, step: Step) -> bool {
        let phase = self.phase;
        match step {
            Step::Test | Step::Promote => phase == Phase::Staged,
            Step::Resume => phase.is_halfway(),
            Step::Discard => matches!(phase, Phase::Staging | Phase::Staged | Phase::Discarding),
            Step::Close => matches!(phase, Phase::Promoted | Phase::Closing),
            Step::Rollback => match phase {
                Phase::Staging | Phase::Discarding => true,
                Phase::Staged | Phase::Closing => false,
                Phase::Promoting | Phase::Restarting | Phase::Promoted | Phase::RollingBack => {
                    !self.is_compromised
                }
            },
        }
    }

    /// The steps that lead on from here, for a person.
    #[must_use]
    pub fn next_steps(&self) -> &'static str {
        match self.phase {
            Phase::Staged => "envgate rotate promote, or envgate rotate discard",
            Phase::Promoted if self.is_compromised => "envgate rotate close --revoked",
            Phase::Promoted => {
                "revoke the old key, then envgate rotate close --revoked; or envgate rotate rollback"
            }
            _ if self.takes(Step::Rollback) => "envgate rotate resume, or envgate rotate rollback",
            _ => "envgate rotate resume",
        }
    }

    /// Refuses a step that is none for a rotation that is as far.
    pub fn judge_step(&self, step: Step) -> Result<(), Finding> {
        if self.takes(step) { Ok(()) } else { Err(self.refused_step(step)) }
    }

    fn refused_step(&self, step: Step) -> Finding {
        let done = match step {
            Step::Test => "tested",
            Step::Promote => "promoted",
            Step::Rollback => "rolled back",
            Step::Resume => "resumed",
            Step::Discard => "thrown away",
            Step::Close => "closed",
        };
        let phase = self.phase.as_str();
        let how_far = if self.phase.is_halfway() {
            format!("it stopped halfway ({phase})")
        } else {
            format!("it is {phase}")
        };
        let has_no_way_back = step == Step::Rollback && self.is_compromised && self.phase != Phase::Staged;
        Finding::refuses(Gate::Rotation, format!("the rotation cannot be {done}: {how_far}"))
            .at(Place::file(&self.files.first().map(|file| file.path.clone()).unwrap_or_default()))
            .why(if has_no_way_back {
                "the old values are compromised: nothing was kept of them"
            } else {
                "each step takes what the one before it has made"
            })
            .mend(self.next_steps())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::record::tests::record;

    const PHASES: [Phase; 8] = [
        Phase::Staging,
        Phase::Staged,
        Phase::Promoting,
        Phase::Restarting,
        Phase::Promoted,
        Phase::RollingBack,
        Phase::Discarding,
        Phase::Closing,
    ];

    /// The phases that take the step, of a rotation with a way back and of one without.
    fn takers(step: Step) -> [Vec<&'static str>; 2] {
        [false, true].map(|is_compromised| {
            let takes = |phase: &Phase| Record { phase: *phase, is_compromised, ..record() }.takes(step);
            PHASES.into_iter().filter(takes).map(Phase::as_str).collect()
        })
    }

    #[test]
    fn each_step_is_for_its_phases() {
        for (step, phases) in [
            (Step::Test, &["staged"][..]),
            (Step::Promote, &["staged"]),
            (Step::Resume, &["staging", "promoting", "restarting", "rolling-back", "discarding", "closing"]),
            (Step::Discard, &["staging", "staged", "discarding"]),
            (Step::Close, &["promoted", "closing"]),
        ] {
            assert_eq!(takers(step), [phases, phases], "{step:?}");
        }
        let [back, compromised] = takers(Step::Rollback);
        assert_eq!(back, ["staging", "promoting", "restarting", "promoted", "rolling-back", "discarding"]);
        assert_eq!(compromised, ["staging", "discarding"], "of the old values nothing was kept");
    }

    #[test]
    fn what_is_named_as_the_way_on_is_taken() {
        for phase in PHASES {
            for is_compromised in [false, true] {
                let record = Record { phase, is_compromised, ..record() };
                let named = |step: &str| record.next_steps().contains(&format!("rotate {step}"));
                for (step, name) in [
                    (Step::Promote, "promote"),
                    (Step::Rollback, "rollback"),
                    (Step::Resume, "resume"),
                    (Step::Discard, "discard"),
                    (Step::Close, "close"),
                ] {
                    assert!(!named(name) || record.takes(step), "{phase:?} {step:?} {is_compromised}");
                }
                assert!(record.next_steps().contains("envgate rotate "), "{phase:?}");
            }
        }
    }
}
