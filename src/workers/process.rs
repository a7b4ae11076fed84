//! What `/proc` says of a process, apart from its environment.

use nix::time::{ClockId, clock_gettime};
use nix::unistd::{SysconfVar, sysconf};

use crate::load::secure_file::ProcessFolder;
use crate::load::user;
use crate::systemd::supervisor::{self, Supervisor};

/// `PF_KTHREAD` (linux/sched.h): a thread of the kernel's own, with no program and no environment.
const KERNEL_THREAD: u64 = 0x0020_0000;
const SECOND: i128 = 1_000_000_000;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number, as we count.
    pub pid: u32,
    /// The number of its user.
    pub uid: u32,
    /// Its user's name; the number where `/etc/passwd` does not know it.
    pub user: String,
    /// The unit in whose control group it is; none by hand, and where that may not be read.
    pub unit: Option<Supervisor>,
    /// When it started, in nanoseconds since 1970 by today's clock; none where that may not be read.
    pub started: Option<i128>,
    /// The name of its program, cut by the kernel after 15 bytes.
    pub program: String,
}

impl Process {
    /// One that `/proc` does not show us, and somebody else knows of.
    pub(super) fn hidden(pid: u32, uid: u32) -> Self {
        Self { pid, uid, user: user::name_of(uid), unit: None, started: None, program: String::new() }
    }

    /// The name of the unit that it runs in.
    #[must_use]
    pub fn unit_name(&self) -> Option<&str> {
        self.unit.as_ref().and_then(Supervisor::unit)
    }
}

/// The line of `/proc/PID/stat` (`proc_pid_stat(5)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    program: String,
    state: u8,
    flags: u64,
    /// In ticks since the host was booted.
    started: u64,
}

impl Stat {
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        // A program's name may hold anything: it ends at the last bracket.
        let (begin, end) =
            (line.iter().position(|byte| *byte == b'(')?, line.iter().rposition(|byte| *byte == b')')?);
        let rest = std::str::from_utf8(line.get(end + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // The manual counts from 1, and the first field behind the name is its third.
        let field = |number: usize| fields.get(number - 3).copied();
        Some(Self {
            program: String::from_utf8_lossy(line.get(begin + 1..end)?).into_owned(),
            state: field(3)?.bytes().next()?,
            flags: field(9)?.parse().ok()?,
            started: field(22)?.parse().ok()?,
        })
    }

    /// Whether there is a program: no thread of the kernel's, and nothing that has ended already.
    pub(super) fn runs(&self) -> bool {
        self.flags & KERNEL_THREAD == 0 && !matches!(self.state, b'Z' | b'X' | b'x')
    }
}

/// The host's clocks at one moment: the kernel counts a process's start from its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// When the host was booted, in nanoseconds since 1970 by today's clock.
    booted: i128,
    ticks: i128,
}

impl Clock {
    pub(super) fn read() -> Option<Self> {
        let nanoseconds = |clock| {
            let time = clock_gettime(clock).ok()?;
            Some(i128::from(time.tv_sec()) * SECOND + i128::from(time.tv_nsec()))
        };
        let ticks = i128::from(sysconf(SysconfVar::CLK_TCK).ok()??);
        let booted = nanoseconds(ClockId::CLOCK_REALTIME)? - nanoseconds(ClockId::CLOCK_BOOTTIME)?;
        Some(Self { booted, ticks })
    }

    fn started(self, stat: &Stat) -> i128 {
        self.booted + self.started_since_boot(stat)
    }

    /// When a process started, in nanoseconds since the host was booted: no setting of a clock moves it.
    pub(super) fn started_since_boot(self, stat: &Stat) -> i128 {
        i128::from(stat.started) * SECOND / self.ticks
    }

    /// A moment of today's clock, in nanoseconds since the host was booted.
    pub(super) fn since_boot(self, moment: i128) -> i128 {
        moment - self.booted
    }
}

/// The fields of a line of `/proc/PID/status` (`proc_pid_status(5)`).
pub(super) fn status_fields(status: &[u8], name: &str) -> Option<Vec<u32>> {
    let status = String::from_utf8_lossy(status);
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_ascii_whitespace().map(|field| field.parse().ok()).collect()
}

/// What is known of a process, and its number as it counts itself. What may not be read stays unknown.
pub(super) fn describe(
    pid: u32,
    folder: &ProcessFolder,
    stat: Option<&Stat>,
    clock: Option<Clock>,
) -> (Process, u32) {
    let status = folder.read("status").unwrap_or_default();
    let uid = status_fields(&status, "Uid").and_then(|users| users.get(1).copied());
    let uid = uid.or_else(|| folder.owner()).unwrap_or(0);
    let own_number =
        status_fields(&status, "NSpid").and_then(|numbers| numbers.last().copied()).unwrap_or(pid);
    let cgroup = folder.read("cgroup").unwrap_or_default();
    let process = Process {
        pid,
        uid,
        user: user::name_of(uid),
        // Only a parent could tell what a hidden path means, and that is not looked at here.
        unit: supervisor::judge(&String::from_utf8_lossy(&cgroup), -1),
        started: stat.zip(clock).map(|(stat, clock)| clock.started(stat)),
        program: stat.map_or_else(String::new, |stat| stat.program.clone()),
    };
    (process, own_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"4711 (a) R (b\xff) S 1 4711 4711 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 8214 5 6 7";

    #[test]
    fn a_programs_name_cannot_forge_the_fields_behind_it() {
        let stat = Stat::parse(LINE).unwrap();
        assert_eq!((stat.state, stat.flags, stat.started), (b'S', 4_194_560, 8214));
        assert_eq!(stat.program, "a) R (b\u{fffd}");
        for cut in 0..=LINE.len() - 10 {
            assert_eq!(Stat::parse(&LINE[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn a_zombie_and_a_thread_of_the_kernel_do_not_run() {
        let with = |state: &str, flags: u64| {
            let line = format!("2 (x) {state} 1 1 1 0 -1 {flags} 1 0 0 0 0 0 0 0 20 0 1 0 9 5 6");
            Stat::parse(line.as_bytes()).unwrap().runs()
        };
        assert!(with("S", 0x40_0100) && with("R", 0) && with("T", 0) && with("D", 0));
        assert!(!with("Z", 0x40_0100) && !with("X", 0) && !with("S", 0x20_8040));
    }

    #[test]
    fn the_last_number_of_a_namespace_is_the_processes_own() {
        let status = b"Name:\tUid: 9\nUid:\t1000\t54321\t1000\t1000\nNSpid:\t4711\t42\t1\n";
        assert_eq!(status_fields(status, "NSpid"), Some(vec![4711, 42, 1]));
        assert_eq!(status_fields(status, "Uid").unwrap()[1], 54321);
        assert_eq!(status_fields(status, "Groups"), None);
    }

    #[test]
    fn a_process_that_starts_now_started_now() {
        let folder = ProcessFolder::enter(std::process::id()).unwrap();
        let stat = Stat::parse(&folder.read("stat").unwrap()).unwrap();
        let (process, own) = describe(std::process::id(), &folder, Some(&stat), Clock::read());
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let age = i128::try_from(now).unwrap() - process.started.unwrap();
        assert!((-SECOND..600 * SECOND).contains(&age), "{age}");
        assert_eq!((process.pid, own), (std::process::id(), std::process::id()));
    }
}
