//! The one place that prints: findings as text for people and as JSON for programs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{SFlag, fstat};
use serde::Serialize;

use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::{Finding, Findings, Severity};
use crate::screen::{Screen, Tone};
use crate::text::{counted, escaped_in_json, shown, shown_path};

/// Writes to standard output. A reader that went away is no fault of ours.
pub fn print(text: &str) {
    outliving_the_reader(|| {
        std::io::stdout().write_all(text.as_bytes())?;
        std::io::stdout().flush()
    });
}

/// Whether standard output is a pipe: neither a terminal nor a file, nor the socket of a journal.
#[must_use]
pub fn prints_into_a_pipe() -> bool {
    let kind =
        fstat(std::io::stdout()).map(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()));
    kind == Ok(SFlag::S_IFIFO)
}

/// Writes secrets to standard output, past std's buffer, which nobody wipes.
pub fn hand_over(mut bytes: &[u8]) -> Result<(), Error> {
    let mut failed = None;
    outliving_the_reader(|| {
        while !bytes.is_empty() {
            match write_some(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(errno) => {
                    // A reader that went away has what it wanted.
                    failed = (errno != Errno::EPIPE).then_some(errno);
                    return Err(errno.into());
                }
            }
        }
        Ok(())
    });
    failed.map_or(Ok(()), |errno| Err(Error::system("write to standard output", errno)))
}

/// How many bytes were taken. Whoever shares the pipe may have made it one that does not wait: so we do.
fn write_some(bytes: &[u8]) -> Result<usize, Errno> {
    let output = std::io::stdout();
    let written = match nix::unistd::write(&output, bytes) {
        Err(Errno::EAGAIN) => {
            poll(&mut [PollFd::new(output.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE).map(|_| 0)
        }
        written => written,
    };
    if written == Err(Errno::EINTR) { Ok(0) } else { written }
}

/// Writes to standard error; without one, nobody can be told.
pub fn complain(text: &str) {
    if !text.is_empty() {
        outliving_the_reader(|| std::io::stderr().write_all(text.as_bytes()));
    }
}

/// Writes findings to standard error. Without one, it is not even asked what it is.
pub fn complain_of(findings: &Findings, caller: &Caller) {
    if findings.iter().next().is_some() {
        complain(&findings_as_text(findings, Screen::of_complaints(caller)));
    }
}

/// SIGPIPE stands as it was inherited, which is mostly to end the process: a warning that nobody reads would stop
/// the launch, and a refusal would not have its status. So it is held back, taken, and the mask is put back.
fn outliving_the_reader(write: impl FnOnce() -> std::io::Result<()>) {
    let pipe = SigSet::from(Signal::SIGPIPE);
    let inherited = SigSet::thread_get_mask();
    let held_back =
        inherited.is_ok_and(|mask| !mask.contains(Signal::SIGPIPE)) && pipe.thread_block().is_ok();
    let broken = write().is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe);
    if held_back {
        if broken
            && let Ok(pending) = SignalFd::with_flags(&pipe, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        {
            // Nothing is pending where the signal is ignored.
            let _ = pending.read_signal();
        }
        let _ = pipe.thread_unblock();
    }
}

/// Ends the process at once: for a panic, which has no way back to `main`.
pub fn end(status: Status) -> ! {
    #[allow(clippy::disallowed_methods, reason = "the one place that ends the program beside main")]
    std::process::exit(i32::from(status.code()))
}

/// So many findings are printed; a wrong file must not flood the journal.
const MAX_PRINTED: usize = 1000;

/// All findings as text: what, where, why, and the mend. What refuses stands last: the end is what a terminal, and
/// `systemctl status` with its ten lines, still shows.
#[must_use]
pub fn findings_as_text(findings: &Findings, screen: Screen) -> String {
    let mut text = String::new();
    let room = MAX_PRINTED.saturating_sub(findings.refusals().count());
    for finding in findings.warnings().take(room).chain(findings.refusals().take(MAX_PRINTED)) {
        push_finding(finding, screen, &mut text);
    }
    let more = findings.iter().count().saturating_sub(MAX_PRINTED);
    if more > 0 {
        let _ =
            writeln!(text, "… and {} more: envgate check --json has all of them", counted(more, "finding"));
    }
    text
}

fn push_finding(finding: &Finding, screen: Screen, text: &mut String) {
    let severity = match finding.severity {
        Severity::Refuses => Tone::Bad.paint("refused", screen),
        Severity::Warns => Tone::Warning.paint("warning", screen),
    };
    let _ = write!(text, "{severity} [{}]", finding.gate.as_str());
    if let Some(place) = &finding.place {
        let _ = write!(text, " {}", shown_path(&place.file));
        if let (Some(line), Some(column)) = (place.line, place.column) {
            let _ = write!(text, ":{line}:{column}");
        }
    }
    if let Some(variable) = &finding.variable {
        let _ = write!(text, " {variable}");
    }
    text.push('\n');
    text.push_str(&screen.paragraph("    ", &shown(&finding.what)));
    if !finding.why.is_empty() {
        text.push_str(&screen.paragraph("    why:  ", &shown(&finding.why)));
    }
    if !finding.mend.is_empty() {
        // Left to the terminal to break: a command in it is pasted as a whole.
        let _ = writeln!(text, "    mend: {}", shown(&finding.mend));
    }
}

/// A refusal as `exec` ends with it.
#[must_use]
pub fn refusal_as_text(findings: &Findings, screen: Screen) -> String {
    let count = findings.refusals().count();
    let status = findings.status().map_or(0, Status::code);
    format!(
        "{}envgate: nothing was started: {} (status {status})\n",
        findings_as_text(findings, screen),
        counted(count, "finding")
    )
}

/// A value as one line of JSON.
pub fn json(value: &impl Serialize) -> String {
    match serde_json::to_string_pretty(value) {
        Ok(mut text) => {
            text.push('\n');
            escaped_in_json(&text)
        }
        Err(_) => String::new(),
    }
}
