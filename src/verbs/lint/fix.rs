//! `lint --fix`: decides whose meaning counts, and writes.

use crate::finding::{Finding, Gate, Place};
use crate::load::secure_file::Replaceable;
use crate::readers::{self, Change, Comparison, Reader};
use crate::secure_write;
use crate::written::write_finding;

/// A file that was rewritten.
pub(super) struct Fixed {
    /// Whose meaning it has.
    pub(super) meaning: Reader,
    /// What was changed.
    pub(super) changes: Vec<Change>,
}

/// Rewrites a file that is held; what the readers make of it then.
pub(super) fn fix(
    target: &Replaceable,
    comparison: &Comparison,
    meaning: Option<Reader>,
) -> Result<(Fixed, Comparison), Vec<Finding>> {
    let path = &target.opened.path;
    // Where they agree, bash's meaning is everybody's, and bash knows comments behind values.
    let meaning = match meaning {
        Some(reader) => reader,
        None if comparison.agrees() => Reader::Bash,
        None => return Err(vec![ask_whose(target)]),
    };
    let contents = target.opened.contents.as_deref().map_or(&[][..], Vec::as_slice);
    let rewritten = readers::rewrite(contents, meaning).map_err(|hindrances| {
        let finding = |hindrance: readers::Hindrance| {
            let finding = Finding::refuses(
                Gate::Syntax,
                format!("not rewritten as {} reads it: {}", meaning.as_str(), hindrance.what),
            )
            .at(Place::at(path, hindrance.line, 1))
            .why("a rewritten file must set every variable, and to one value for all readers")
            .mend(hindrance.mend);
            match &hindrance.name {
                Some(name) => finding.variable(name),
                None => finding,
            }
        };
        hindrances.into_iter().map(finding).collect::<Vec<_>>()
    })?;
    secure_write::replace_durably(target, &rewritten.contents)
        .map_err(|fault| vec![write_finding(fault, path)])?;
    let comparison = readers::compare(&rewritten.contents);
    Ok((Fixed { meaning, changes: rewritten.changes }, comparison))
}

fn ask_whose(target: &Replaceable) -> Finding {
    Finding::refuses(Gate::Syntax, "the readers differ, and nobody said whose meaning counts")
        .at(Place::file(&target.opened.path))
        .why("the file can be rewritten to mean what one of them makes of it, not what all of them do")
        .mend("see below who reads what, then add --as systemd, --as bash, --as dotenv or --as docker")
}
