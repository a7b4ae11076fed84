//! When the files were swapped, by a clock that nobody sets: whoever is older holds the former values, also where the
//! host's clock was put forward or back since.

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::plan::now;
use crate::load::secure_file::read_system_file;

/// A moment of one run of the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinceBoot {
    /// Which run (`/proc/sys/kernel/random/boot_id`).
    boot: String,
    /// Nanoseconds since it began.
    at: u64,
}

impl SinceBoot {
    /// Now; none where the kernel does not say.
    pub(super) fn now() -> Option<Self> {
        let boot = read_system_file("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
        let seconds = u64::try_from(time.tv_sec()).ok()?;
        let at = seconds.checked_mul(1_000_000_000)?.checked_add(u64::try_from(time.tv_nsec()).ok()?)?;
        Some(Self { boot, at })
    }

    /// In nanoseconds since 1970 by today's clock, as the starts of processes and units are counted too; none of a run
    /// of the host that is over.
    pub(super) fn by_todays_clock(&self) -> Option<i128> {
        let today = Self::now()?;
        (today.boot == self.boot).then(|| now() - (i128::from(today.at) - i128::from(self.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_this_run_of_the_host_is_todays_and_one_of_another_run_is_not_known() {
        let moment = SinceBoot::now().unwrap();
        let lag = now() - moment.by_todays_clock().unwrap();
        assert!(lag.abs() < 50_000_000, "{lag}");
        let hour = SinceBoot { at: moment.at.saturating_sub(3_600_000_000_000), ..moment.clone() };
        assert!(hour.by_todays_clock().unwrap() < now() - 1_000_000_000 || moment.at < 3_600_000_000_000);
        assert_eq!(SinceBoot { boot: "another".into(), ..moment }.by_todays_clock(), None);
    }
}
