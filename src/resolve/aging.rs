//! How old a secret is, how old it may be, and when it ends: the one arithmetic of the gate `age` and of the verbs that
//! show ages.

use std::time::Duration;

use super::variables::Dates;
use crate::load::config::{Block, Declaration};
use crate::load::policy::HostPolicy;
use crate::mode::Mode;
use crate::moment::Moment;

/// What a clock may be ahead of ours.
const TOLERANCE: Duration = Duration::from_secs(24 * 3600);

/// How old a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// The span since.
    pub span: Duration,
    /// Whether the env file records it; else it is the age of the file's last change, and the value is at least as old.
    pub is_recorded: bool,
}

impl Age {
    /// By the record, else by the file; none where neither says so. A record of a day to come is none.
    #[must_use]
    pub fn of(dates: &Dates, now: Moment) -> Option<Self> {
        let recorded = dates.record.rotated.filter(|moment| now.until(*moment) <= TOLERANCE);
        let since = recorded.or(dates.file_changed)?;
        Some(Self { span: since.until(now), is_recorded: recorded.is_some() })
    }
}

/// Who has set a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitSource {
    /// `max_age` of the variable.
    Variable,
    /// `max_age` of the mode.
    Mode,
    /// `max_age` of the host policy.
    Policy,
    /// Nobody: it is the mode's default.
    Default,
}

/// How old a secret may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The span.
    pub span: Duration,
    /// Who says so.
    pub source: LimitSource,
}

/// The limits of a mode.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    of_mode: Option<Duration>,
    of_policy: Option<Duration>,
}

impl Limits {
    /// What the config and the host policy say of this mode.
    #[must_use]
    pub fn of(block: Option<&Block>, mode: &Mode, policy: &HostPolicy) -> Self {
        let of_mode = block.and_then(|block| block.mode(mode.name())).and_then(|mode| mode.max_age);
        Self { of_mode, of_policy: policy.rules(mode.class()).max_age }
    }

    /// The limit of a variable: the config's, the variable's before the mode's, or the policy's where that is smaller.
    #[must_use]
    pub fn limit(&self, declaration: Option<&Declaration>) -> Option<Limit> {
        let by = |source| move |span| Limit { span, source };
        let of_variable = declaration.and_then(|declaration| declaration.max_age);
        let of_config = of_variable.map(by(LimitSource::Variable));
        let of_config = of_config.or(self.of_mode.map(by(LimitSource::Mode)));
        let of_policy = self.of_policy.map(by(LimitSource::Policy));
        [of_config, of_policy].into_iter().flatten().min_by_key(|limit| limit.span)
    }
}

/// The limit where neither the config nor the policy has one: by the mode's name, else by its class. No launch is
/// judged by it.
#[must_use]
pub fn default_limit(mode: &Mode) -> Limit {
    let days = match mode.name().as_str().to_ascii_lowercase().as_str() {
        "dev" | "test" => 180,
        "soak" => 90,
        _ if mode.is_live() => 30,
        _ => 90,
    };
    Limit { span: Duration::from_secs(days * 24 * 3600), source: LimitSource::Default }
}

/// The earliest end that the env file or the config names.
#[must_use]
pub fn expires(dates: &Dates, declaration: Option<&Declaration>) -> Option<Moment> {
    let declared = declaration.and_then(|declaration| declaration.expires);
    [dates.record.expires, declared].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::{Class, ModeName};

    #[test]
    fn a_mode_that_nobody_limits_has_the_limit_of_its_name_or_of_its_class() {
        for (name, class, days) in [
            ("dev", None, 180),
            ("test", None, 180),
            ("TEST", None, 180),
            ("paper", None, 90),
            ("shadow", None, 90),
            ("soak", None, 90),
            ("testnet", None, 90),
            ("live", None, 30),
            ("prod", None, 30),
            ("production", None, 30),
            ("canary", Some(Class::Live), 30),
            ("replay", Some(Class::Paper), 90),
        ] {
            let mode = Mode::new(ModeName::parse(name).unwrap(), class).unwrap();
            assert_eq!(default_limit(&mode).span.as_secs(), days * 86_400, "{name}");
        }
    }
}
