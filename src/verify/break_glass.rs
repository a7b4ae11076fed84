//! Break-glass: a launch in an emergency, past the gates that protect no money by themselves. It is loud: the journal
//! has it at the priority *alert*, and the worker carries the reason as long as it runs.

use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::env_file::first_unfit;
use crate::load::policy::{HostPolicy, PATH};
use crate::load::{Confirming, Inputs};
use crate::text::is_obeyed;

/// What it lifts, and nothing else.
pub const LIFTED: [Gate; 3] = [Gate::Isolation, Gate::Supervisor, Gate::Age];
/// So many characters a reason has at least.
const LEAST_REASON: usize = 10;
/// So many it has at the most: it stands in the journal and in front of a person, whole.
const MOST_REASON: usize = 1000;

/// A launch past [`LIFTED`]. Only [`judge`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    reason: String,
}

impl BreakGlass {
    /// Why, in the words of whoever launches.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Lets a launch past [`LIFTED`], where somebody may.
pub fn lift(break_glass: Option<&BreakGlass>, findings: &mut Findings) {
    if break_glass.is_some() {
        findings.lift(&LIFTED, "--break-glass");
    }
}

/// Whether somebody can read it as one. Several blanks are one, and what nobody sees is none of it.
fn is_reason(text: &str) -> bool {
    // Tells of nothing else than that it is not seen: a blank of another keyboard and a sign's variant are no fault.
    let is_seen = |character: &char| first_unfit(character.encode_utf8(&mut [0; 4])).is_none();
    let seen = |word: &str| word.chars().filter(is_seen).count();
    let words = text.split_whitespace().map(seen).filter(|count| *count > 0);
    let read = words.map(|count| count + 1).sum::<usize>().saturating_sub(1);
    read >= LEAST_REASON && text.chars().count() <= MOST_REASON && !text.chars().any(is_obeyed)
}

/// Judges the request; none where nobody asks for it.
pub fn judge(inputs: &Inputs, policy: &HostPolicy, caller: &Caller) -> Result<Option<BreakGlass>, Finding> {
    let Confirming::Launch { break_glass: Some(reason), .. } = &inputs.confirming else { return Ok(None) };
    let reason = reason.trim();
    if !is_reason(reason) {
        return Err(Finding::refuses(
            Gate::Usage,
            format!("--break-glass needs a reason of {LEAST_REASON} characters or more (and {MOST_REASON} at the most), on one line"),
        )
        .why("somebody reads it in the journal tomorrow")
        .mend("say in a few words what the emergency is"));
    }
    if !policy.break_glass {
        return Err(Finding::refuses(Gate::Host, "this host allows no --break-glass")
            .at(Place::file(PATH.as_ref()))
            .why("only the host policy can allow it")
            .mend("mend what the gates refuse; or root writes break_glass: allow into the host policy"));
    }
    if !caller.stdin_is_terminal && !caller.uid.is_root() {
        return Err(Finding::refuses(
            Gate::Confirmation,
            "--break-glass needs a person: there is no terminal, and you are not root",
        )
        .why("an emergency that a script declares every day is none")
        .mend("launch it on a terminal"));
    }
    Ok(Some(BreakGlass { reason: reason.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_ten_characters_that_somebody_can_read() {
        for reason in [
            "feed is up",
            "Störung bei der Börse",
            "取引所が停止しているため起動",
            "取引所が停止\u{3000}起動する",
            "feed\u{a0}is down",
            "⚠\u{fe0f} feed is down",
            &"x".repeat(1000),
        ] {
            assert!(is_reason(reason), "{reason}");
        }
        for reason in [
            "",
            "outage",
            "a        b",
            "now          ",
            &"\u{200b}".repeat(20),
            "outage\u{200b}\u{200b}\u{200b}\u{200b}",
            "feed is \u{1b}[2Jup",
            "feed is\nup again",
            "feed is \u{202e}pu again",
            &"x".repeat(1001),
        ] {
            assert!(!is_reason(reason), "{reason:?}");
        }
    }

    #[test]
    fn three_gates_are_lifted_and_no_other_one_and_none_without_it() {
        let refusals = || -> Findings {
            let refusal = |gate: &Gate| Finding::refuses(*gate, "x").why("x").mend("x");
            Gate::ALL.iter().map(refusal).collect()
        };
        let left = |break_glass: Option<&BreakGlass>| {
            let mut findings = refusals();
            lift(break_glass, &mut findings);
            assert_eq!(findings.iter().count(), Gate::ALL.len(), "what is lifted is still said");
            findings.refusals().map(|finding| finding.gate).collect::<Vec<_>>()
        };
        assert_eq!(left(None), Gate::ALL);
        let emergency = BreakGlass { reason: "exchange outage".to_owned() };
        let mut kept = Gate::ALL.to_vec();
        kept.retain(|gate| !["isolation", "supervisor", "age"].contains(&gate.as_str()));
        assert_eq!(kept.len(), Gate::ALL.len() - 3);
        assert_eq!(left(Some(&emergency)), kept);
    }
}
