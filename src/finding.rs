//! What a check has to say: data first, text and JSON as two renderings of it.
//!
//! A finding names the file, the line and the variable; it never holds a line's text or a value.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::error::Status;
pub use crate::gate::Gate;
use crate::name::Name;

/// Whether a finding stops the launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The launch does not happen.
    Refuses,
    /// The launch happens; somebody should look.
    Warns,
}

/// Where a finding is. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: Arc<Path>,
    /// Line in the file.
    pub line: Option<usize>,
    /// Column in the line.
    pub column: Option<usize>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: &Path) -> Self {
        Self { file: file.into(), line: None, column: None }
    }

    /// A line and a column of it.
    #[must_use]
    pub fn at(file: &Path, line: usize, column: usize) -> Self {
        Self::file(file).line(line, column)
    }

    /// A line and a column of the same file, whose path is shared.
    #[must_use]
    pub fn line(&self, line: usize, column: usize) -> Self {
        Self { file: Arc::clone(&self.file), line: Some(line), column: Some(column) }
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub gate: Gate,
    /// Whether it stops the launch.
    pub severity: Severity,
    /// The exit status that a refusal by it has; in JSON, a warning has none.
    pub status: Status,
    /// Where.
    pub place: Option<Place>,
    /// Which variable.
    pub variable: Option<Name>,
    /// What is wrong.
    pub what: Cow<'static, str>,
    /// Why it matters.
    pub why: Cow<'static, str>,
    /// The command or the edit that mends it.
    pub mend: Cow<'static, str>,
}

/// The published shape: every field is there, and `null` where it says nothing.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let refuses = self.severity == Severity::Refuses;
        let place = self.place.as_ref();
        let mut fields = serializer.serialize_struct("Finding", 10)?;
        fields.serialize_field("gate", &self.gate)?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("status", &refuses.then(|| self.status.code()))?;
        fields.serialize_field("file", &place.map(|place| place.file.to_string_lossy()))?;
        fields.serialize_field("line", &place.and_then(|place| place.line))?;
        fields.serialize_field("column", &place.and_then(|place| place.column))?;
        fields.serialize_field("variable", &self.variable.as_ref().map(Name::as_str))?;
        fields.serialize_field("what", &self.what)?;
        fields.serialize_field("why", &self.why)?;
        fields.serialize_field("mend", &self.mend)?;
        fields.end()
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

    /// Turns a warning into a refusal, where a gate is strict.
    #[must_use]
    pub fn refusing(mut self) -> Self {
        self.severity = Severity::Refuses;
        self
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

    /// Says which status this case has, where it is not the gate's.
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
    ///
    /// Each says why it matters and what to do: a debug build stops at one that does not.
    pub fn push(&mut self, finding: Finding) {
        debug_assert!(!finding.why.is_empty() && !finding.mend.is_empty(), "{}", finding.what);
        self.0.push(finding);
    }

    /// One more, unless it is there: several workers' launches are judged, and share their files.
    pub fn push_once(&mut self, finding: Finding) {
        if !self.0.contains(&finding) {
            self.push(finding);
        }
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

    /// The gates that refuse, each once, in the order of their names.
    #[must_use]
    pub fn refusing_gates(&self) -> Vec<&'static str> {
        let gates: BTreeSet<&str> = self.refusals().map(|finding| finding.gate.as_str()).collect();
        gates.into_iter().collect()
    }

    /// Lets refusals by these gates be warnings.
    pub fn lift(&mut self, gates: &[Gate], by: &str) {
        for finding in self.0.iter_mut().filter(|finding| gates.contains(&finding.gate)) {
            if finding.severity == Severity::Refuses {
                finding.severity = Severity::Warns;
                finding.what = format!("lifted by {by}: {}", finding.what).into();
            }
        }
    }

    /// The one status of all refusals together; none where nothing refuses.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        self.refusals().map(|finding| finding.status).min_by_key(|status| status.precedence())
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<Finding> for Findings {
    fn from_iter<I: IntoIterator<Item = Finding>>(findings: I) -> Self {
        let mut collected = Self::new();
        collected.extend(findings);
        collected
    }
}

impl Extend<Finding> for Findings {
    fn extend<I: IntoIterator<Item = Finding>>(&mut self, findings: I) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_refusals_meet_the_published_order_decides() {
        let mut findings = Findings::new();
        assert_eq!(findings.status(), None);
        findings.push(Finding::warns(Gate::Permission, "a warning has no status").why("x").mend("x"));
        assert_eq!(findings.status(), None);
        for (gate, status) in [
            (Gate::Command, Status::NoPermission),
            (Gate::Placeholder, Status::NoPermission),
            (Gate::Usage, Status::Usage),
        ] {
            findings.push(Finding::refuses(gate, "x").why("x").mend("x"));
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
