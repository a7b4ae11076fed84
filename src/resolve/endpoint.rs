//! The gate `endpoint` over the variables: what is known to belong to the other class.

use super::provenance::Provenance;
use super::variables::{Variable, Variables};
use crate::finding::Finding;
use crate::load::config::Config;
use crate::mode::Mode;
use crate::verify::endpoints::{self, Context, Holder};

/// Judges every variable that an input gave.
pub(super) fn judge(variables: &Variables, config: Option<&Config>, mode: &Mode) -> Vec<Finding> {
    let given = variables.iter().filter(|variable| variable.provenance != Provenance::Base);
    given.flat_map(|variable| judge_variable(variable, config, mode)).collect()
}

fn judge_variable(variable: &Variable, config: Option<&Config>, mode: &Mode) -> Vec<Finding> {
    let name = variable.name.as_str();
    // Exposed to be searched for what brokers look like; the finding names the broker, never the value.
    let mut evidence = Context::variable(name).against(mode, variable.value.expose());
    if evidence.is_empty() {
        return Vec::new();
    }
    let declaration = config.and_then(|config| config.block.declaration(name));
    if declaration.is_some_and(|declaration| declaration.data_endpoint) {
        evidence.retain(|evidence| !evidence.kind.is_place());
    }
    let (shown, place) = match &variable.provenance {
        Provenance::EnvFile(place) => (name.to_owned(), Some(place)),
        provenance => (format!("{name} ({provenance})"), None),
    };
    let holder = Holder {
        name: shown,
        correction: if place.is_some() {
            "look whether this is the env file of the mode, and correct the value there"
        } else {
            "give it the value that is the mode's, best in the mode's env file"
        },
        declaration: format!(
            "if this worker only reads market data there, declare it: variables: {{{name}: {{endpoint: data}}}}"
        ),
    };
    let finding = |evidence| {
        let finding = endpoints::finding(evidence, &holder, mode).variable(&variable.name);
        Finding { place: place.cloned(), ..finding }
    };
    evidence.into_iter().map(finding).collect()
}
