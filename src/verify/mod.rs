//! The second stage: [`Loaded`] to [`Verified`], without a system call. What was read is judged: who owns it and
//! who else can reach it, whether it belongs to the mode, and whether it holds what no env file should.

pub mod break_glass;
pub mod confirmation;
pub mod dummy;
pub mod endpoints;
pub mod isolation;
pub mod ownership;
pub mod policy;
pub mod rules;
pub mod second;
pub mod separation;
pub mod shared_secret;
pub mod way;

use break_glass::BreakGlass;
use confirmation::Confirmation;

use crate::caller::Caller;
use crate::finding::Findings;
use crate::load::{Inputs, Loaded};
use crate::mode::Mode;

/// What was read, with every judgement on it made. Only [`verify`] makes one.
#[derive(Debug)]
pub struct Verified {
    pub(crate) loaded: Loaded,
    pub(crate) mode: Mode,
    pub(crate) confirmation: Confirmation,
    pub(crate) break_glass: Option<BreakGlass>,
    _made_here: (),
}

/// Makes every judgement that needs nothing but what was read. Without a mode there is nothing to launch, and
/// the findings so far say why.
pub fn verify(
    mut loaded: Loaded,
    inputs: &Inputs,
    caller: &Caller,
    findings: &mut Findings,
) -> Option<Verified> {
    findings.extend(ownership::judge(&loaded, inputs.acting_for, caller.uid.as_raw()));
    findings.extend(rules::judge(&loaded, inputs));
    let mode = loaded.mode.take()?;
    findings.extend(separation::judge(&loaded, &mode));
    findings.extend(shared_secret::judge(&loaded, &mode));
    findings.extend(isolation::judge(&loaded, &mode));
    findings.extend(policy::judge(&loaded, &mode, inputs, caller));
    findings.extend(second::judge(&loaded, &mode));
    let confirmation = confirmation::judge(&loaded, &mode, inputs, caller).unwrap_or_else(|finding| {
        findings.push(finding);
        Confirmation::NotNeeded
    });
    let break_glass = break_glass::judge(inputs, &loaded.policy, caller).unwrap_or_else(|finding| {
        findings.push(finding);
        None
    });
    Some(Verified { loaded, mode, confirmation, break_glass, _made_here: () })
}
