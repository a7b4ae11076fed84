//! The gates of the mode, asked with the staged values in the place of the current ones.

use super::record::Asked;
use super::session::Stopped;
use crate::caller::Caller;
use crate::finding::Findings;
use crate::launch;
use crate::load::StagedFile;

/// Goes through every gate for each of the workers. The findings that do not refuse, each once.
pub(super) fn judge(asked: &Asked, staged: &[StagedFile], caller: &Caller) -> Result<Findings, Stopped> {
    let mut all = Findings::new();
    for mut inputs in asked.inputs(caller) {
        inputs.staged = staged.to_vec();
        let mut findings = Findings::new();
        launch::judge(&inputs, caller, &mut findings);
        for finding in findings {
            all.push_once(finding);
        }
    }
    Stopped::unless_fine(all)
}
