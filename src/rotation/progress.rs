//! What is said while units are restarted: each step once, and every ten seconds how long is left.

use std::time::Duration;

use super::units::fault::Interrupted;
use super::units::restart::Progress;
use crate::moment::in_words;
use crate::signals::HeldBack;

/// Says what is going on with a unit, or with several at once, and hears whether somebody wants to stop.
pub(super) fn listener<'a>(
    signals: &'a HeldBack,
    say: &'a mut dyn FnMut(&str),
    lead: &'a str,
) -> impl FnMut(Progress) -> Result<(), Interrupted> + 'a {
    let mut last = None;
    move |progress| {
        let mark = match progress {
            Progress::Working(_) => 0,
            Progress::Settling(left) => tens_of_seconds(left),
        };
        if last != Some(mark) {
            match progress {
                Progress::Working(_) => say(&format!("{lead}: restarting")),
                Progress::Settling(left) => {
                    // Rounded up: it is never said to be over before it is.
                    let left = left + Duration::from_millis(999);
                    say(&format!("{lead}: is up, and has to stay so for {}", in_words(left)));
                }
            }
            last = Some(mark);
        }
        if signals.take().is_some() { Err(Interrupted) } else { Ok(()) }
    }
}

/// Rounded up; the last of them to its very end.
fn tens_of_seconds(left: Duration) -> u128 {
    left.as_millis().div_ceil(10_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seconds_are_said_three_times_and_one_second_once() {
        let marks = |seconds: u64| {
            let looks =
                (0..=seconds * 4).map(|quarter| Duration::from_millis(seconds * 1000 - quarter * 250));
            let mut marks: Vec<u128> = looks.map(tens_of_seconds).collect();
            marks.dedup();
            marks
        };
        assert_eq!(marks(30), [3, 2, 1]);
        assert_eq!(marks(1), [1]);
    }
}
