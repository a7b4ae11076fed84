//! A program that is killed as it enters its Nth system call: that call is not made, and none after it.

use std::io::Read;
use std::process::{Command, Stdio};

use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// How a traced run ended.
pub struct Traced {
    /// The calls that it made.
    pub calls: usize,
    /// Its status; none where it was killed at a call.
    pub status: Option<i32>,
    /// What it said on both streams.
    pub said: String,
}

/// Waits for the tracer before it becomes the program that its words name.
pub const STOPPED: [&str; 4] = ["/bin/sh", "-c", "kill -STOP $$; exec \"$@\"", "sh"];

#[allow(clippy::zombie_processes, reason = "the tracer waits for it")]
/// Runs a command that begins with [`STOPPED`], and kills it as it enters this call (counted from 1, behind `execve`).
pub fn killed_at(command: &mut Command, at: Option<usize>) -> Traced {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a child");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
    let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).expect("it stops itself");
    assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACEEXEC | Options::PTRACE_O_EXITKILL;
    ptrace::seize(pid, options).expect("it is traced");
    kill(pid, Signal::SIGCONT).expect("it goes on");
    let (calls, status) = follow(pid, at);
    let mut said = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    Traced { calls, status, said }
}

/// From one stop to the next: the calls until it ended, and its status where it ended by itself.
fn follow(pid: Pid, at: Option<usize>) -> (usize, Option<i32>) {
    let (mut is_the_program, mut is_inside, mut calls) = (false, false, 0);
    loop {
        let mut signal = None;
        match waitpid(pid, Some(WaitPidFlag::__WALL)).expect("a stop") {
            WaitStatus::PtraceSyscall(_) if is_the_program => {
                is_inside = !is_inside;
                calls += usize::from(is_inside);
                if is_inside && at == Some(calls) {
                    kill(pid, Signal::SIGKILL).expect("killed");
                    let ended = waitpid(pid, Some(WaitPidFlag::__WALL)).expect("its end");
                    assert_eq!(ended, WaitStatus::Signaled(pid, Signal::SIGKILL, false));
                    return (calls, None);
                }
            }
            WaitStatus::PtraceEvent(_, _, event) if event == Event::PTRACE_EVENT_EXEC as i32 => {
                // Inside of `execve`, which ends at the next stop.
                (is_the_program, is_inside) = (true, true);
            }
            WaitStatus::Stopped(_, delivered) => signal = Some(delivered),
            WaitStatus::Exited(_, status) => return (calls, Some(status)),
            WaitStatus::Signaled(_, signal, _) => panic!("{signal} after {calls} calls"),
            _ => {}
        }
        ptrace::syscall(pid, signal).expect("it goes on");
    }
}
