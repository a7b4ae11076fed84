//! The gate `confirmation`: real money starts where a person, a unit or a script says so on purpose.

use crate::caller::Caller;
use crate::finding::{Finding, Gate};
use crate::load::{Confirming, Inputs, Loaded};
use crate::mode::Mode;
use crate::systemd::supervisor::Supervisor;

/// How a launch is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// No real money, or nothing is launched.
    NotNeeded,
    /// The system's manager started the unit: an administrator wrote the mode into it.
    ByUnit,
    /// `--confirm MODE`, where there is no terminal to ask on.
    ByOption,
    /// A person is asked, on the terminal.
    OnTerminal,
}

/// What counts for the decision, apart from where it comes from.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "four independent facts of a table")]
pub struct Circumstances<'a> {
    /// A terminal on standard input.
    pub terminal: bool,
    /// The system's own manager started us; or a user's own, where the host policy takes that for enough.
    pub unit: bool,
    /// A CI job (`CI` or `GITHUB_ACTIONS` is set).
    pub ci: bool,
    /// `ci: true` of the mode.
    pub ci_allowed: bool,
    /// `--confirm`.
    pub confirm: Option<&'a str>,
}

/// Judges a launch as it is asked for.
pub fn judge(
    loaded: &Loaded,
    mode: &Mode,
    inputs: &Inputs,
    caller: &Caller,
) -> Result<Confirmation, Finding> {
    let Confirming::Launch { confirm, .. } = &inputs.confirming else { return Ok(Confirmation::NotNeeded) };
    let block = loaded.block_of(mode);
    // These two can only forbid: no variable of the caller's confirms anything.
    let is_set = |name| {
        caller.inherited(name).is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
    };
    let circumstances = Circumstances {
        terminal: caller.stdin_is_terminal,
        unit: match caller.supervisor {
            Some(Supervisor::System { .. }) => true,
            Some(Supervisor::User { .. }) => loaded.policy.rules(mode.class()).user_manager_confirms,
            None => false,
        },
        ci: is_set("CI") || is_set("GITHUB_ACTIONS"),
        ci_allowed: block.is_some_and(|mode| mode.ci),
        confirm: confirm.as_deref(),
    };
    decide(mode, circumstances)
}

/// The decision itself. A terminal is always asked; a unit confirms by itself; anything else says the mode twice.
pub fn decide(mode: &Mode, circumstances: Circumstances<'_>) -> Result<Confirmation, Finding> {
    let Circumstances { terminal, unit, ci, ci_allowed, confirm } = circumstances;
    let name = mode.name().as_str();
    if !mode.is_live() {
        return Ok(Confirmation::NotNeeded);
    }
    let never_in_ci = ["live", "prod", "production"].iter().any(|known| name.eq_ignore_ascii_case(known));
    if ci && (never_in_ci || !ci_allowed) {
        let finding =
            Finding::refuses(Gate::Confirmation, format!("a CI job may not launch the mode {name}"))
                .why("a job runs for whoever can push to a branch");
        return Err(if never_in_ci {
            finding.mend("launch it on its own host; unset CI and GITHUB_ACTIONS where this is no job")
        } else {
            finding.mend("if this mode belongs into CI, write ci: true into it")
        });
    }
    match confirm {
        _ if terminal => Ok(Confirmation::OnTerminal),
        _ if unit => Ok(Confirmation::ByUnit),
        Some(confirm) if confirm == name => Ok(Confirmation::ByOption),
        Some(_) => Err(Finding::refuses(Gate::Confirmation, format!("--confirm does not say {name}"))
            .why("the mode is said twice, so that one slip does not trade real money")
            .mend(format!("write --confirm {name}, if that is what you mean"))),
        None => Err(Finding::refuses(
            Gate::Confirmation,
            format!("nobody has confirmed the mode {name}, which trades real money"),
        )
        .why("there is neither a terminal to ask on nor a system unit")
        .mend(format!("start it as a unit, on a terminal, or with --confirm {name}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::{Class, ModeName};

    const NEITHER: Circumstances<'_> =
        Circumstances { terminal: false, unit: false, ci: false, ci_allowed: false, confirm: None };

    fn decided(name: &str, circumstances: Circumstances<'_>) -> Option<Confirmation> {
        let class = Class::of_known(name).unwrap_or(Class::Live);
        decide(&Mode::new(ModeName::parse(name).unwrap(), Some(class)).unwrap(), circumstances).ok()
    }

    #[test]
    fn the_table_of_who_confirms() {
        let terminal = Circumstances { terminal: true, ..NEITHER };
        let unit = Circumstances { unit: true, ..NEITHER };
        let said = |confirm| Circumstances { confirm: Some(confirm), ..NEITHER };
        let ci = Circumstances { ci: true, ..NEITHER };
        for (mode, circumstances, expected) in [
            ("paper", NEITHER, Some(Confirmation::NotNeeded)),
            ("paper", ci, Some(Confirmation::NotNeeded)),
            ("live", NEITHER, None),
            ("live", terminal, Some(Confirmation::OnTerminal)),
            ("live", unit, Some(Confirmation::ByUnit)),
            ("live", Circumstances { terminal: true, ..unit }, Some(Confirmation::OnTerminal)),
            ("live", said("live"), Some(Confirmation::ByOption)),
            ("live", said("paper"), None),
            ("live", said("LIVE"), None),
            ("soak", said("live"), None),
            ("live", Circumstances { terminal: true, ..said("live") }, Some(Confirmation::OnTerminal)),
            ("live", Circumstances { ci: true, ci_allowed: true, ..said("live") }, None),
            ("prod", Circumstances { ci: true, ci_allowed: true, ..unit }, None),
            ("soak", Circumstances { ci: true, ..said("soak") }, None),
            (
                "soak",
                Circumstances { ci: true, ci_allowed: true, ..said("soak") },
                Some(Confirmation::ByOption),
            ),
            ("canary", Circumstances { ci: true, ci_allowed: true, ..NEITHER }, None),
        ] {
            assert_eq!(decided(mode, circumstances), expected, "{mode} {circumstances:?}");
        }
    }
}
