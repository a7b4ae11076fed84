//! The launch. Read from top to bottom this is the security argument: each stage takes what only the stage
//! before can make, every stage reports all that it finds, and nothing happens before nothing is refused.

use std::convert::Infallible;
use std::ffi::OsString;

use crate::announce;
use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::exec::run::Runnable;
use crate::exec::{self, Cleared, Planned};
use crate::finding::{Finding, Findings, Gate};
use crate::load::{self, Confirming, Inputs};
use crate::render::{self, Rendered};
use crate::resolve::{self, Resolved};
use crate::verify::{self, break_glass};

/// Why there is no worker.
#[derive(Debug)]
pub enum NotLaunched {
    /// The gates refused; the findings say why.
    Refused(Findings),
    /// The system refused after the gates had let it through.
    Failed(Error),
}

/// What a look at a launch found.
#[derive(Debug)]
pub struct Outcome {
    /// The launch, where no gate refused it; else as far as it came, which is nowhere without a mode.
    pub cleared: Result<Cleared, Option<Box<Planned>>>,
    /// Everything that the gates found.
    pub findings: Findings,
}

/// Goes through every gate and does nothing: `check` ends here, and `exec` goes on.
#[must_use]
pub fn prepare(inputs: &Inputs, caller: &Caller) -> Outcome {
    let mut findings = Findings::new();
    let rendered = judge(inputs, caller, &mut findings);
    let planned = rendered.map(|rendered| exec::plan(rendered, inputs, caller, &mut findings));
    let cleared = planned.ok_or(None).and_then(|planned| exec::clear(planned, &findings).map_err(Some));
    Outcome { cleared, findings }
}

/// Goes through every gate on what was read. How it would be started is not looked at.
pub fn judge(inputs: &Inputs, caller: &Caller, findings: &mut Findings) -> Option<Rendered> {
    let loaded = load::load(inputs, caller, findings);
    let verified = verify::verify(loaded, inputs, caller, findings);
    let resolved = verified.map(|verified| resolve::resolve(verified, inputs, caller, findings));
    break_glass::lift(resolved.as_ref().and_then(|resolved| resolved.break_glass.as_ref()), findings);
    resolved.map(|resolved| render::render(resolved, findings))
}

/// The same for a command that is run beside the worker, in its environment and by its user ([`exec::run`]), with the
/// warnings: what is asked for is no launch, and no unit's.
pub fn prepare_run(
    inputs: &Inputs,
    command: Vec<OsString>,
    caller: &Caller,
) -> Result<(Runnable, Findings), Findings> {
    let inputs = Inputs { command, confirming: Confirming::Run, ..inputs.clone() };
    let Outcome { cleared, findings } = prepare(&inputs, &caller.beside_the_worker());
    match cleared.ok().and_then(Runnable::of) {
        Some(runnable) => Ok((runnable, findings)),
        None => Err(findings),
    }
}

impl Outcome {
    /// Every variable and its value, of a refused launch too: for the verbs that show them.
    #[must_use]
    pub fn resolved(&self) -> Option<&Resolved> {
        match &self.cleared {
            Ok(cleared) => Some(cleared.resolved()),
            Err(refused) => refused.as_ref().map(|planned| &planned.rendered.resolved),
        }
    }
}

/// Becomes the worker, or says why not. `warn` hears the findings that do not refuse, before the worker starts.
pub fn exec(
    inputs: &Inputs,
    caller: &Caller,
    warn: impl FnOnce(&Findings),
) -> Result<Infallible, NotLaunched> {
    let Outcome { cleared, findings } = prepare(inputs, caller);
    let Ok(cleared) = cleared else {
        announce::refused(inputs, &findings, caller);
        return Err(NotLaunched::Refused(findings));
    };
    warn(&findings);
    let cleared = match confirmed(cleared, inputs, caller) {
        Ok(cleared) => cleared,
        Err(findings) => {
            announce::refused(inputs, &findings, caller);
            return Err(NotLaunched::Refused(findings));
        }
    };
    let Err(error) = exec::replace(cleared, caller);
    announce::failed(inputs, &error, caller);
    Err(NotLaunched::Failed(error))
}

/// A person takes time to answer: what is launched is what was shown, or nothing.
fn confirmed(cleared: Cleared, inputs: &Inputs, caller: &Caller) -> Result<Cleared, Findings> {
    match cleared.confirm(caller) {
        Ok(false) => Ok(cleared),
        Ok(true) => {
            let Outcome { cleared: again, findings } = prepare(inputs, caller);
            match again {
                Ok(again) if again.is_same_as(&cleared) => Ok(again),
                // No input changed: somebody else has started it meanwhile.
                Err(_) if findings.refusals().all(|finding| finding.gate == Gate::Second) => Err(findings),
                _ => Err(Findings::from_iter([changed_meanwhile()])),
            }
        }
        Err(finding) => Err(Findings::from_iter([finding])),
    }
}

fn changed_meanwhile() -> Finding {
    Finding::refuses(Gate::Confirmation, "an input changed while you were asked")
        .status(Status::TryAgain)
        .why("what would start is not what was shown")
        .mend("launch again, and look at what is shown then")
}
