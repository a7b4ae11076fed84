//! The gates of the mode, asked with the staged values in the place of the current ones.

use super::asked::Asked;
use super::session::Stopped;
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate};
use crate::launch;
use crate::load::StagedFile;
use crate::mode::Class;

/// Goes through every gate for each of the workers, whose mode is of this class. The findings that do not refuse, each
/// once.
pub(super) fn judge(
    asked: &Asked,
    class: Class,
    staged: &[StagedFile],
    caller: &Caller,
) -> Result<Findings, Stopped> {
    let mut all = Findings::new();
    for mut inputs in asked.inputs(caller) {
        inputs.staged = staged.to_vec();
        let mut findings = Findings::new();
        let rendered = launch::judge(&inputs, caller, &mut findings);
        let now = rendered.map(|rendered| rendered.resolved.mode.class());
        if let Some(now) = now.filter(|now| *now != class) {
            findings.push(other_class(asked, class, now));
        }
        for finding in findings {
            all.push_once(finding);
        }
    }
    Stopped::unless_fine(all)
}

fn other_class(asked: &Asked, class: Class, now: Class) -> Finding {
    let what = format!(
        "the mode {} is of the class {}, and was {} when the rotation began",
        asked.mode,
        now.as_str(),
        class.as_str()
    );
    Finding::refuses(Gate::Rotation, what)
        .why("the values were given for the other class")
        .mend("look who changed the config; then envgate rotate discard, and stage again")
}
