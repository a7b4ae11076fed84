//! What runs under envgate on this host: found by what each launch leaves in its process's environment, and asked of
//! systemd where a process does not say.
//!
//! It is a hint and not a proof: a worker may overwrite its environment, and other users' are closed to us. What may
//! not be read is unknown, never left out.

mod command_line;
mod environ;
mod one;
mod process;
mod state;

use nix::errno::Errno;
use nix::unistd::Uid;

pub use command_line::of_command;
pub use environ::Launch;
pub use one::{BootTime, OneProcess, boot_time_now, boot_time_of, look_at};
pub use process::Process;
pub use state::{FileState, Judge, State};

use crate::error::Error;
use crate::load::secure_file::{self, ProcessFolder};
use crate::systemd::services;
use crate::systemd::supervisor::Supervisor;
use process::{Clock, Stat};

/// What a process is to the launch that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one that envgate became.
    Worker,
    /// A child that outlived its worker, and still holds what the worker was launched with.
    Orphan,
    /// The main process of a service that envgate starts; its environment does not say how.
    Opaque {
        /// Why not.
        why: &'static str,
    },
}

/// A process that was launched by envgate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// What it is.
    pub kind: Kind,
    /// The process.
    pub process: Process,
    /// What it was launched as.
    pub launch: Launch,
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Workers and what is left over of them.
    pub workers: Vec<Worker>,
    /// Processes whose environment may not be read, and of which systemd does not say that envgate starts them.
    pub unreadable: Vec<Process>,
    /// Whether `/proc` hides the processes of other users (`hidepid=`, proc(5)).
    pub hides_others: bool,
    /// Why systemd gave no answer; none where it did, or where there is none.
    pub systemd_fault: Option<String>,
}

/// A process that a launch left its words in.
struct Launched {
    process: Process,
    launch: Launch,
    /// The process's number, and the worker's, each as it counts itself.
    numbers: (u32, Option<u32>),
}

enum Look {
    Launched(Box<Launched>),
    Unreadable(Process),
    /// Not by envgate, or there is no process any more.
    Nothing,
}

/// Looks at every process of this host but ourselves.
pub fn survey() -> Result<Survey, Error> {
    let numbers = ProcessFolder::numbers().map_err(|error| {
        Error::system_at("list processes", "/proc", Errno::from_raw(error.raw_os_error().unwrap_or(0)))
    })?;
    let clock = Clock::read();
    let mut launched = Vec::new();
    let mut survey = Survey { hides_others: hides_others(), ..Survey::default() };
    // Our own environment is our caller's, who may be a worker's shell.
    for number in numbers.into_iter().filter(|number| *number != std::process::id()) {
        match look(number, clock) {
            Look::Launched(one) => launched.push(*one),
            Look::Unreadable(process) => survey.unreadable.push(process),
            Look::Nothing => {}
        }
    }
    survey.workers = workers_and_orphans(launched);
    match services::running() {
        Ok(services) => survey.add_services(services.unwrap_or_default(), clock),
        Err(error) => survey.systemd_fault = Some(error.to_string()),
    }
    Ok(survey)
}

fn look(number: u32, clock: Option<Clock>) -> Look {
    let Ok(folder) = ProcessFolder::enter(number) else { return Look::Nothing };
    let stat = match folder.read("stat") {
        Ok(line) => match Stat::parse(&line) {
            Some(stat) if stat.runs() => Some(stat),
            _ => return Look::Nothing,
        },
        Err(Errno::ESRCH | Errno::ENOENT) => return Look::Nothing,
        Err(_) => None,
    };
    match folder.read("environ") {
        Ok(environ) => match environ::read(&environ) {
            Some((launch, worker)) => {
                let (process, own) = process::describe(number, &folder, stat.as_ref(), clock);
                Look::Launched(Box::new(Launched { process, launch, numbers: (own, worker) }))
            }
            None => Look::Nothing,
        },
        Err(Errno::ESRCH | Errno::ENOENT) => Look::Nothing,
        Err(_) => Look::Unreadable(process::describe(number, &folder, stat.as_ref(), clock).0),
    }
}

/// Children of a worker that lives are its own affair.
fn workers_and_orphans(launched: Vec<Launched>) -> Vec<Worker> {
    let (workers, children): (Vec<_>, Vec<_>) =
        launched.into_iter().partition(|one| one.numbers.1 == Some(one.numbers.0));
    let orphans: Vec<Launched> = children
        .into_iter()
        .filter(|child| {
            !workers.iter().any(|worker| worker.numbers.1 == child.numbers.1 && worker.launch == child.launch)
        })
        .collect();
    let of_kind = |kind: Kind| {
        move |one: Launched| Worker { kind: kind.clone(), process: one.process, launch: one.launch }
    };
    workers
        .into_iter()
        .map(of_kind(Kind::Worker))
        .chain(orphans.into_iter().map(of_kind(Kind::Orphan)))
        .collect()
}

impl Survey {
    /// What systemd knows beside `/proc`: the main processes of services that envgate starts.
    fn add_services(&mut self, services: Vec<services::Running>, clock: Option<Clock>) {
        for service in services {
            let pid = service.main_pid;
            if let Some(known) = self.workers.iter_mut().find(|worker| worker.process.pid == pid) {
                // The child that a forking worker went on as.
                known.kind = Kind::Worker;
                continue;
            }
            let closed = self.unreadable.iter().position(|process| process.pid == pid);
            let found = match closed {
                Some(at) => Some((self.unreadable.remove(at), "its environment may not be read by you")),
                None => self.of_systemd_alone(&service, clock),
            };
            // None: it has ended meanwhile.
            let Some((mut process, why)) = found else { continue };
            // Where /proc does not say it, systemd just did.
            let of_systemd = || Supervisor::System { unit: Some(service.name.clone()) };
            process.unit = process.unit.or_else(|| Some(of_systemd()));
            let why = if process.program == "envgate" { "it is being launched" } else { why };
            let launch = command_line::of_unit(&service.name);
            self.workers.push(Worker { kind: Kind::Opaque { why }, process, launch });
        }
    }

    /// A service's process that does not say itself what it is, and why; none where it has ended.
    fn of_systemd_alone(
        &self,
        service: &services::Running,
        clock: Option<Clock>,
    ) -> Option<(Process, &'static str)> {
        let pid = service.main_pid;
        let folder = ProcessFolder::enter(pid).ok();
        // A folder that is hidden may be held all the same, and nothing in it be read.
        match folder.and_then(|folder| folder.read("stat").ok().map(|line| (folder, line))) {
            Some((folder, line)) => {
                let process = process::describe(pid, &folder, Stat::parse(&line).as_ref(), clock).0;
                Some((process, "it has overwritten its environment"))
            }
            None => self
                .hides_others
                .then(|| (Process::hidden(pid, service.uid), "/proc hides it from you (hidepid)")),
        }
    }
}

/// Whether `/proc` is mounted so that we do not see other users' processes.
fn hides_others() -> bool {
    let mounts = secure_file::read_system_file("/proc/self/mountinfo").unwrap_or_default();
    let groups: Vec<u32> =
        nix::unistd::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()).collect();
    !Uid::effective().is_root() && hidden_by(&mounts, &groups)
}

/// Decides over `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`): the mount made last is the one that is seen.
fn hidden_by(mounts: &str, groups: &[u32]) -> bool {
    let of_proc = mounts.lines().rev().find(|line| line.split(' ').nth(4) == Some("/proc"));
    let options = of_proc.and_then(|line| line.rsplit(' ').next()).unwrap_or_default();
    let value =
        |name: &str| options.split(',').find_map(|option| option.strip_prefix(name)?.strip_prefix('='));
    let hides = value("hidepid").is_some_and(|how| how != "0" && how != "off");
    hides && !value("gid").and_then(|group| group.parse().ok()).is_some_and(|group| groups.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launched(own: u32, worker: Option<u32>, mode: &str) -> Launched {
        let environ = format!("ENVGATE_MODE={mode}\0ENVGATE_GENERATION=none\0");
        let (launch, _) = environ::read(environ.as_bytes()).unwrap();
        let process = Process {
            pid: 1000 + own,
            uid: 0,
            user: "root".into(),
            unit: None,
            started: None,
            program: String::new(),
        };
        Launched { process, launch, numbers: (own, worker) }
    }

    #[test]
    fn a_child_counts_where_its_worker_is_gone() {
        let found = workers_and_orphans(vec![
            launched(1, Some(1), "paper"),
            launched(2, Some(1), "paper"),
            launched(3, Some(1), "live"),
            launched(4, Some(9), "paper"),
            launched(5, None, "paper"),
        ]);
        let kinds: Vec<(u32, &Kind)> = found.iter().map(|one| (one.process.pid, &one.kind)).collect();
        assert_eq!(
            kinds,
            [(1001, &Kind::Worker), (1003, &Kind::Orphan), (1004, &Kind::Orphan), (1005, &Kind::Orphan)]
        );
    }

    #[test]
    fn what_hides_processes_is_read_from_the_mount_that_is_seen() {
        let line = |options: &str| format!("22 1 0:5 / /proc rw,nosuid shared:1 - proc proc rw,{options}\n");
        assert!(hidden_by(&line("hidepid=2"), &[1000]));
        assert!(hidden_by(&line("gid=4,hidepid=invisible"), &[1000]));
        assert!(!hidden_by(&line("gid=4,hidepid=invisible"), &[4]));
        assert!(!hidden_by(&line("hidepid=off"), &[]) && !hidden_by(&line("nodev"), &[]));
        assert!(!hidden_by(&(line("hidepid=2") + &line("nodev")), &[]), "mounted over it");
    }
}
