//! What a check has to say: data first, text and JSON as two renderings of it.
//!
//! A finding names the file, the line and the variable; it never holds a line's text or a value.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::error::Status;
pub use crate::gate::Gate;
use crate::name::Name;

/// Whether a finding stops the launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The launch does not happen.
    Refuses,
    /// The launch happens; somebody should look.
    Warns,
}

/// Where a finding is. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The file, as it was named.
    #[serde(serialize_with = "path_as_text")]
    pub file: PathBuf,
    /// Line in the file.
    pub line: Option<usize>,
    /// Column in the line.
    pub column: Option<usize>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: &Path) -> Self {
        Self { file: file.to_owned(), line: None, column: None }
    }

    /// A line and a column of it.
    #[must_use]
    pub fn at(file: &Path, line: usize, column: usize) -> Self {
        Self { file: file.to_owned(), line: Some(line), column: Some(column) }
    }
}

fn path_as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub gate: Gate,
    /// Whether it stops the launch.
    pub severity: Severity,
    /// The exit status that a refusal by it has.
    #[serde(serialize_with = "status_as_number")]
    pub status: Status,
    /// Where.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// Which variable.
    #[serde(serialize_with = "name_as_text")]
    pub variable: Option<Name>,
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// The command or the edit that mends it.
    pub mend: Cow<'static, str>,
}

fn status_as_number<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(status.code())
}

#[allow(clippy::ref_option, reason = "serde's signature")]
fn name_as_text<S: Serializer>(name: &Option<Name>, serializer: S) -> Result<S::Ok, S::Error> {
    match name {
        Some(name) => serializer.serialize_some(name.as_str()),
        None => serializer.serialize_none(),
    }
}

impl Finding {
    /// A refusal.
    pub fn refuses(gate: Gate, what: impl Into<Cow<'static, str>>) -> Self {
        Self {
            gate,
            severity: Severity::Refuses,
            status: gate.status(),
            place: None,
            variable: None,
            what: what.into(),
            why: Cow::Borrowed(""),
            mend: Cow::Borrowed(""),
        }
    }

    /// A warning.
    pub fn warns(gate: Gate, what: impl Into<Cow<'static, str>>) -> Self {
        Self { severity: Severity::Warns, ..Self::refuses(gate, what) }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says which variable.
    #[must_use]
    pub fn variable(mut self, name: &Name) -> Self {
        self.variable = Some(name.clone());
        self
    }

    /// Says why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = why.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<Cow<'static, str>>) -> Self {
        self.mend = mend.into();
        self
    }

    /// For the gate that has several: its status in this case.
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }
}

/// All that the checks of one run have found.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Every finding, in the order of the checks.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// The findings that stop the launch.
    pub fn refusals(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(|finding| finding.severity == Severity::Refuses)
    }

    /// The findings that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter().filter(|finding| finding.severity == Severity::Warns)
    }

    /// The one status of all refusals together; none where nothing refuses.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.refusals().map(|finding| finding.status).min_by_key(|status| status.precedence())
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        self.0.extend(findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_refusals_meet_the_published_order_decides() {
        let mut findings = Findings::new();
        assert_eq!(findings.status(), None);
        findings.push(Finding::warns(Gate::Permission, "a warning has no status"));
        assert_eq!(findings.status(), None);
        for (gate, status) in [
            (Gate::Command, Status::NoPermission),
            (Gate::Placeholder, Status::NoPermission),
            (Gate::Usage, Status::Usage),
        ] {
            findings.push(Finding::refuses(gate, "x"));
            assert_eq!(findings.status(), Some(status));
        }
    }

    #[test]
    fn the_json_name_of_a_gate_is_its_documented_name() {
        for gate in Gate::ALL {
            assert_eq!(serde_json::to_string(gate).unwrap(), format!("\"{}\"", gate.as_str()));
        }
    }
}
