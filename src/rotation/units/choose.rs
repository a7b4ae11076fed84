//! Which units are restarted: those that hold the former generation, or those among them that a person names.

use std::collections::BTreeSet;

use super::glob;
use super::holders::{Doubtful, HoldingUnit, Holdings};
use crate::error::Error;
use crate::systemd::control;

/// The units to restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// In the order of their names: the first is the canary.
    pub units: Vec<String>,
    /// Units that hold the former generation and that no pattern names.
    pub left_out: Vec<String>,
}

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It names no unit that systemd has loaded.
    NoSuchUnit {
        /// The pattern, as it was given.
        pattern: String,
    },
    /// It names a unit that does not hold the former generation.
    NotHolding {
        /// The pattern, as it was given.
        pattern: String,
        /// The unit.
        unit: String,
        /// Whether the unit runs.
        runs: bool,
    },
}

/// A service that patterns may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its full name.
    pub name: String,
    /// Whether it runs.
    pub runs: bool,
}

/// The services that these patterns may name: all that systemd has loaded and, since it unloads what does not run, each
/// that is named without a glob.
pub fn known(patterns: &[String]) -> Result<Vec<Known>, Error> {
    let mut states = control::services()?;
    for pattern in patterns.iter().filter(|pattern| !glob::is_glob(pattern)) {
        states.extend(control::state(&glob::completed(pattern))?);
    }
    let known = |state: control::UnitState| Known { runs: state.is_active(), name: state.name };
    Ok(states.into_iter().map(known).collect())
}

/// Chooses: without patterns exactly the units that hold it. With patterns each unit that they name must hold it, or be
/// one of which nobody can say; all refusals at once.
pub fn choose(holdings: &Holdings, patterns: &[String], known: &[Known]) -> Result<Chosen, Vec<Refusal>> {
    let holding: BTreeSet<&str> =
        holdings.units.iter().map(|unit: &HoldingUnit| unit.name.as_str()).collect();
    if patterns.is_empty() {
        let units = holding.into_iter().map(str::to_owned).collect();
        return Ok(Chosen { units, left_out: Vec::new() });
    }
    let unknown: BTreeSet<&str> =
        holdings.unknown.iter().filter_map(|one: &Doubtful| one.process.unit_name()).collect();
    let (mut chosen, mut refusals) = (BTreeSet::new(), Vec::new());
    for pattern in patterns {
        let whole = glob::completed(pattern);
        let mut matches: Vec<&Known> = known.iter().filter(|unit| glob::fits(&unit.name, &whole)).collect();
        matches.sort_by(|one, other| one.name.cmp(&other.name));
        matches.dedup_by(|one, other| one.name == other.name);
        if matches.is_empty() {
            refusals.push(Refusal::NoSuchUnit { pattern: pattern.clone() });
        }
        for unit in matches {
            let name = unit.name.as_str();
            if holding.contains(name) || unknown.contains(name) {
                chosen.insert(name);
            } else {
                refusals.push(Refusal::NotHolding {
                    pattern: pattern.clone(),
                    unit: unit.name.clone(),
                    runs: unit.runs,
                });
            }
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let left_out =
        holding.iter().filter(|name| !chosen.contains(*name)).map(|name| (*name).to_owned()).collect();
    Ok(Chosen { units: chosen.into_iter().map(str::to_owned).collect(), left_out })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systemd::control::UnitState;
    use crate::systemd::supervisor::Supervisor;
    use crate::workers::Process;

    fn holdings(units: &[&str], unknown: &[&str]) -> Holdings {
        let unit = |name: &&str| HoldingUnit {
            name: (*name).to_owned(),
            state: UnitState::default(),
            holders: Vec::new(),
            evidence: None,
        };
        let doubtful = |name: &&str| Doubtful {
            process: Process {
                pid: 7,
                uid: 0,
                user: "root".into(),
                unit: Some(Supervisor::System { unit: Some((*name).to_owned()) }),
                started: None,
                program: String::new(),
            },
            mode: None,
            instance: None,
            why: String::new(),
        };
        Holdings {
            units: units.iter().map(unit).collect(),
            unknown: unknown.iter().map(doubtful).collect(),
            ..Holdings::default()
        }
    }

    fn chosen(patterns: &[&str]) -> Result<Chosen, Vec<Refusal>> {
        let known: Vec<Known> =
            ["pine@ES.service", "pine@NQ.service", "paper@ES.service", "blind.service", "pine@NQ.service"]
                .iter()
                .map(|name| Known { name: (*name).to_owned(), runs: true })
                .collect();
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        choose(&holdings(&["pine@NQ.service", "pine@ES.service"], &["blind.service"]), &patterns, &known)
    }

    #[test]
    fn without_patterns_exactly_the_holders_and_the_canary_is_the_first_name() {
        let all = chosen(&[]).unwrap();
        assert_eq!(all.units, ["pine@ES.service", "pine@NQ.service"]);
        assert_eq!(all.left_out, [""; 0]);
        assert_eq!(chosen(&["pine@*", "pine@ES"]).unwrap(), all);
    }

    #[test]
    fn a_holder_that_no_pattern_names_is_reported() {
        let one = chosen(&["pine@E?"]).unwrap();
        assert_eq!(
            (one.units, one.left_out),
            (vec!["pine@ES.service".into()], vec!["pine@NQ.service".into()])
        );
    }

    #[test]
    fn a_match_that_does_not_hold_it_and_a_pattern_without_a_match_are_refused_together() {
        let refusals = chosen(&["*@ES", "nothing@*", "pine@NQ"]).unwrap_err();
        let (pattern, unit) = ("*@ES".to_owned(), "paper@ES.service".to_owned());
        assert_eq!(
            refusals,
            [
                Refusal::NotHolding { pattern, unit, runs: true },
                Refusal::NoSuchUnit { pattern: "nothing@*".into() }
            ]
        );
    }

    #[test]
    fn a_unit_of_which_nobody_can_say_is_restarted_where_it_is_named() {
        assert_eq!(chosen(&["blind", "pine@*"]).unwrap().units.first().unwrap(), "blind.service");
    }
}
