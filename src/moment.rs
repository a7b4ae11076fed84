//! Points in time and how long ago they are, as files, records and people say them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// Now, by the host's clock.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// A file's time, in nanoseconds since 1970.
    #[must_use]
    pub fn of_nanoseconds(nanoseconds: i128) -> Self {
        let seconds = nanoseconds.div_euclid(1_000_000_000);
        Self(i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX }))
    }

    /// Reads `2026-11-20T09:30:00Z`, or a day alone, which is its first second (RFC 3339, in UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_day = text.len() == 10;
        let whole = if is_day { format!("{text}T00:00:00Z") } else { text.to_owned() };
        let time = humantime::parse_rfc3339(&whole).ok()?;
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_secs()).ok().map(Self)
    }

    /// The moment that is so long before this one.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_secs()).unwrap_or(i64::MAX)))
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0
    }

    /// How long this is before a later moment; nothing where it is not.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_secs(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What lies before 1970 or after 9999 is a broken clock's.
        let seconds = u64::try_from(self.0).unwrap_or(0).min(253_402_300_799);
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).fmt(formatter)
    }
}

/// As it is written.
impl serde::Serialize for Moment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a span of time as configs write it: `30d`, `12h`, `2weeks` (a month is 30.44 days).
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok()
}

/// A span in the largest unit that fits: "40 days".
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_written_and_a_day_is_its_first_second() {
        let moment = Moment::parse("2026-11-20T09:30:00Z").unwrap();
        assert_eq!(moment.to_string(), "2026-11-20T09:30:00Z");
        assert_eq!(Moment::parse("2026-11-20").unwrap().to_string(), "2026-11-20T00:00:00Z");
        assert_eq!(Moment::of_nanoseconds(1_500_000_000).to_string(), "1970-01-01T00:00:01Z");
        for text in ["", "yesterday", "2026-13-01", "2026-11-20T09:30:00", "2026-02-30", "20261120"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_span_is_said_in_the_largest_unit_that_fits() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(words(0), "0 seconds");
        assert_eq!(words(61), "1 minute");
        assert_eq!(words(7_300), "2 hours");
        assert_eq!(words(40 * 86_400), "40 days");
        let early = Moment::parse("2026-11-20").unwrap();
        assert_eq!(Moment::parse("2026-11-21").unwrap().until(early), Duration::ZERO);
    }

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        assert_eq!(parse_duration("30d"), Some(Duration::from_secs(30 * 86_400)));
        for text in ["30", "d", "-1d", "thirty days", ""] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
