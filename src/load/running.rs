//! What runs under envgate already: looked for where it decides about a launch, and only there.

use super::{Confirming, Inputs};
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate};
use crate::mode::Mode;
use crate::systemd::supervisor::Supervisor;
use crate::workers::{self, Worker};

/// For a launch by hand with real money; a unit of the system's runs once by itself.
pub(super) fn look(
    inputs: &Inputs,
    caller: &Caller,
    mode: Option<&Mode>,
    findings: &mut Findings,
) -> Vec<Worker> {
    let is_launch = matches!(inputs.confirming, Confirming::Launch { allow_second: false, .. });
    let by_hand = !matches!(caller.supervisor, Some(Supervisor::System { .. }));
    if !is_launch || !by_hand || !mode.is_some_and(Mode::is_live) {
        return Vec::new();
    }
    let survey = workers::survey().unwrap_or_else(|error| {
        findings.push(unsure(&error.to_string()));
        workers::Survey::default()
    });
    findings.extend(survey.systemd_fault.as_deref().map(unsure));
    survey.workers
}

fn unsure(fault: &str) -> Finding {
    Finding::warns(Gate::Second, format!("whether this worker runs already cannot be told: {fault}"))
        .why("two workers of one config trade the same account twice")
        .mend("make sure by hand that it does not run: systemctl list-units, envgate workers")
}
