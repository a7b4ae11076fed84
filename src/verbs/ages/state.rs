//! What an age, a limit and an end come to.

use std::time::Duration;

use serde::Serialize;

use crate::moment::Moment;
use crate::resolve::aging::{Age, Limit};

/// So long before its end a secret is soon over: a provider may take days to make a new one.
const NOTICE: Duration = Duration::from_secs(14 * 24 * 3600);

/// How a secret stands, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// Past its day.
    Ended,
    /// Older than it may be.
    Over,
    /// From four fifths of its limit on, or two weeks before its end.
    Soon,
    /// Nobody can say.
    Unknown,
    /// None of these.
    Fine,
}

impl State {
    /// In a word.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Over => "over",
            Self::Soon => "soon",
            Self::Unknown => "unknown",
            Self::Fine => "fine",
        }
    }
}

/// How a secret stands, and the seconds that are left to it (fewer than none where it is over). An age that is not
/// recorded can say that a secret is too old, and never that it is not.
pub(super) fn judge(
    age: Option<Age>,
    limit: Limit,
    expires: Option<Moment>,
    now: Moment,
) -> (State, Option<i64>) {
    let of_age = age.map(|age| seconds(limit.span).saturating_sub(seconds(age.span)));
    let of_end = expires.map(|end| end.seconds().saturating_sub(now.seconds()));
    let left = [of_age, of_end].into_iter().flatten().min();
    // Four fifths, without a fraction.
    let is_old = age.is_some_and(|age| age.span.saturating_mul(5) >= limit.span.saturating_mul(4));
    let state = if of_end.is_some_and(|left| left <= 0) {
        State::Ended
    } else if of_age.is_some_and(|left| left < 0) {
        State::Over
    } else if is_old || of_end.is_some_and(|left| left <= seconds(NOTICE)) {
        State::Soon
    } else if age.is_some_and(|age| age.is_recorded) {
        State::Fine
    } else {
        State::Unknown
    };
    (state, left)
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::aging::LimitSource;

    const DAY: u64 = 86_400;

    fn state(age: Option<(u64, bool)>, ends_in: Option<i64>) -> (State, Option<i64>) {
        let now = Moment::parse("2026-11-20").unwrap();
        let age = age.map(|(seconds, is_recorded)| Age { span: Duration::from_secs(seconds), is_recorded });
        let limit = Limit { span: Duration::from_secs(30 * DAY), source: LimitSource::Default };
        let expires = ends_in
            .map(|seconds| Moment::of_nanoseconds(i128::from(now.seconds() + seconds) * 1_000_000_000));
        judge(age, limit, expires, now)
    }

    #[test]
    fn each_state_begins_at_its_second() {
        let day = i64::try_from(DAY).unwrap();
        for (age, ends_in, expected, left) in [
            (Some((0, true)), None, State::Fine, Some(30 * day)),
            (Some((24 * DAY - 1, true)), None, State::Fine, Some(6 * day + 1)),
            (Some((24 * DAY, true)), None, State::Soon, Some(6 * day)),
            (Some((30 * DAY, true)), None, State::Soon, Some(0)),
            (Some((30 * DAY + 1, true)), None, State::Over, Some(-1)),
            (Some((24 * DAY - 1, false)), None, State::Unknown, Some(6 * day + 1)),
            (Some((24 * DAY, false)), None, State::Soon, Some(6 * day)),
            (Some((30 * DAY + 1, false)), None, State::Over, Some(-1)),
            (None, None, State::Unknown, None),
            (Some((0, true)), Some(14 * day + 1), State::Fine, Some(14 * day + 1)),
            (Some((0, true)), Some(14 * day), State::Soon, Some(14 * day)),
            (Some((0, true)), Some(0), State::Ended, Some(0)),
            (Some((40 * DAY, true)), Some(-day), State::Ended, Some(-10 * day)),
            (None, Some(15 * day), State::Unknown, Some(15 * day)),
            (None, Some(day), State::Soon, Some(day)),
        ] {
            assert_eq!(state(age, ends_in), (expected, left), "{age:?} {ends_in:?}");
        }
    }
}
