//! The gate `age`: secrets that are older than they may be, or past their day. A launch under systemd is never refused
//! by it: a worker that crashes at night must come back.

use super::aging::{Age, Limits, expires};
use super::provenance::Provenance;
use super::variables::{Variable, Variables};
use crate::caller::Caller;
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{Block, Strictness};
use crate::load::{Confirming, Inputs, Loaded};
use crate::mode::Mode;
use crate::moment::{Moment, in_words};

/// What is done with a secret that is too old.
const RENEW: &str = "let the provider make a new one, and put it in its place (envgate rotate run), with: # rotated: DATE above it";

/// Judges every secret that has a limit.
pub(super) fn judge(
    loaded: &Loaded,
    variables: &Variables,
    mode: &Mode,
    inputs: &Inputs,
    caller: &Caller,
) -> Vec<Finding> {
    let block = loaded.config.as_ref().map(|config| &config.block);
    let rules = loaded.policy.rules(mode.class());
    let judge = Judge { block, limits: Limits::of(block, mode, &loaded.policy), now: Moment::now() };
    let mut unknown = Unknown::default();
    let mut findings: Vec<Finding> =
        variables.iter().filter_map(|variable| judge.judge(variable, &mut unknown)).collect();
    let is_strict = rules.age == Strictness::Strict
        || loaded.block_of(mode).is_some_and(|mode| mode.age == Strictness::Strict);
    let by_hand = caller.supervisor.is_none() && matches!(inputs.confirming, Confirming::Launch { .. });
    if is_strict && by_hand {
        findings = findings.into_iter().map(Finding::refusing).collect();
    }
    findings.extend(unknown.findings());
    findings
}

struct Judge<'a> {
    block: Option<&'a Block>,
    limits: Limits,
    now: Moment,
}

impl Judge<'_> {
    fn judge(&self, variable: &Variable, unknown: &mut Unknown) -> Option<Finding> {
        let comes_with_a_date = matches!(
            variable.provenance,
            Provenance::EnvFile(_) | Provenance::Credential(_) | Provenance::Fallback(_)
        );
        // Nobody says when these were made; the day that is declared for their variable ends them all the same.
        let is_callers = matches!(variable.provenance, Provenance::CallerEnvironment | Provenance::Pass);
        let declaration = self.block.and_then(|block| block.declaration(variable.name.as_str()));
        if !(comes_with_a_date || is_callers) || declaration.is_some_and(|declaration| !declaration.secret) {
            return None;
        }
        if let Some(day) = expires(&variable.dates, declaration).filter(|day| *day <= self.now) {
            let finding = finding(variable, format!("{} ended on {day}", variable.name));
            return Some(finding.mend(format!("{RENEW}, and the new day in expires:")));
        }
        if is_callers {
            return None;
        }
        unknown.misread(variable);
        let limit = self.limits.limit(declaration)?.span;
        let known = Age::of(&variable.dates, self.now);
        let is_recorded = known.is_some_and(|age| age.is_recorded);
        let Some(age) = known.map(|age| age.span).filter(|age| *age > limit) else {
            if !is_recorded {
                unknown.add(variable);
            }
            return None;
        };
        let at_least = if is_recorded { "" } else { "at least " };
        let what = format!(
            "{} is {at_least}{} old, and its limit is {}",
            variable.name,
            in_words(age),
            in_words(limit)
        );
        Some(finding(variable, what))
    }
}

fn finding(variable: &Variable, what: String) -> Finding {
    let finding = Finding::warns(Gate::Age, what)
        .variable(&variable.name)
        .why("the longer a secret is in use, the more places it may have leaked to")
        .mend(RENEW);
    match &variable.provenance {
        Provenance::EnvFile(place) => finding.at(place.clone()),
        _ => finding,
    }
}

/// Secrets that have a limit and no date, by file; and those with a date that is none.
#[derive(Default)]
struct Unknown {
    undated: Vec<(Option<Place>, Vec<String>)>,
    misread: Vec<Finding>,
}

impl Unknown {
    /// A day that somebody wrote down would pass, and nobody would notice.
    fn misread(&mut self, variable: &Variable) {
        if variable.dates.record.is_unreadable {
            let name = &variable.name;
            let what = format!("above {name} stands rotated: or expires: with something that is no date");
            self.misread.push(
                finding(variable, what)
                    .why("nobody would notice that the day has passed")
                    .mend("write it as # rotated: 2026-11-20T09:30:00Z or # expires: 2026-12-31"),
            );
        }
    }

    fn add(&mut self, variable: &Variable) {
        let file = match &variable.provenance {
            Provenance::EnvFile(place) => Some(Place::file(&place.file)),
            _ => None,
        };
        let name = variable.name.to_string();
        match self.undated.iter_mut().find(|(known, _)| *known == file) {
            Some((_, names)) => names.push(name),
            None => self.undated.push((file, vec![name])),
        }
    }

    fn findings(self) -> impl Iterator<Item = Finding> {
        let undated = self.undated.into_iter().map(|(file, names)| {
            let what = format!("nothing says how old these secrets are: {}", names.join(", "));
            let finding = Finding::warns(Gate::Age, what)
                .why("they have a limit, and nobody would notice that it has passed")
                .mend("write above each variable when it was made: # rotated: 2026-11-20T09:30:00Z");
            match file {
                Some(file) => finding.at(file),
                None => finding,
            }
        });
        undated.chain(self.misread)
    }
}
