//! What came of a run, and what may be said of it.

use std::process::Output;

use super::Scenario;

/// What came of a run. The folder lives as long as this does.
pub struct Outcome {
    pub output: Output,
    pub scenario: Scenario,
}

impl Outcome {
    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    /// The exit status.
    pub fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The worker ran and ended well.
    #[track_caller]
    pub fn launched(self) -> Self {
        assert_eq!(self.status(), Some(0), "not launched\n{}", self.stderr());
        self
    }

    /// The worker printed exactly this.
    #[track_caller]
    pub fn printed(self, expected: &str) -> Self {
        assert_eq!(self.stdout(), expected, "{}", self.stderr());
        self
    }

    /// Nothing was started, with this status and a finding of this gate.
    #[track_caller]
    pub fn refused(self, status: i32, gate: &str) -> Self {
        assert_eq!(self.status(), Some(status), "{}{}", self.stdout(), self.stderr());
        self.found(&format!("refused [{gate}]"))
    }

    /// The worker started, with a warning of this gate.
    #[track_caller]
    pub fn warned(self, gate: &str) -> Self {
        self.launched().found(&format!("warning [{gate}]"))
    }

    /// The program said this.
    #[track_caller]
    pub fn found(self, text: &str) -> Self {
        let said = self.stdout() + &self.stderr();
        assert!(said.contains(text), "no {text:?} in:\n{said}");
        self
    }

    /// It ended with this status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status(), Some(status), "{}{}", self.stdout(), self.stderr());
        self
    }

    /// Neither stream holds this.
    #[track_caller]
    pub fn hides(self, secret: &str) -> Self {
        let said = self.stdout() + &self.stderr();
        assert!(!said.contains(secret), "{secret:?} leaked:\n{said}");
        self
    }
}
