//! Which values are no secret: the one place that decides it for every verb that shows values.

use crate::resolve::Resolved;
use crate::resolve::provenance::Provenance;
use crate::resolve::variables::Variable;

/// Whether a value may be shown as it is: what stands openly in the config or on the command line, and what is
/// declared to be no secret. In doubt it is one.
pub(super) fn is_public(variable: &Variable, resolved: &Resolved) -> bool {
    let block = resolved.config.as_ref().map(|config| &config.block);
    let declaration = block.and_then(|block| block.declaration(variable.name.as_str()));
    let declared_public = declaration.is_some_and(|declaration| !declaration.secret);
    match &variable.provenance {
        Provenance::ModeEnvironment
        | Provenance::BlockEnvironment
        | Provenance::Default
        | Provenance::Base => true,
        // A mistake that is refused: it is not repeated.
        Provenance::Setting => declaration.is_none_or(|declaration| !declaration.secret),
        // The value is the other variable's, whatever this one is declared to be.
        Provenance::Fallback(name) => {
            let other = resolved.variables.get(name.as_str());
            declared_public && other.is_some_and(|other| is_public(other, resolved))
        }
        Provenance::EnvFile(_)
        | Provenance::Credential(_)
        | Provenance::CallerEnvironment
        | Provenance::Pass => declared_public,
    }
}
