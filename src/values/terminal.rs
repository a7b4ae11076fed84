//! Asking a person for a secret: nothing that is typed is shown, and the terminal is as it was whatever ends us.
//!
//! It is read byte by byte (non-canonical mode, termios(3)): a line that the terminal collects itself is cut at 4095
//! characters without a word, and a long key with it. So Backspace, Ctrl-U and, before anything
//! else, Ctrl-D are obeyed here.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, raise};
use nix::sys::stat::Mode;
use nix::sys::termios::{
    InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use super::Wanted;
use crate::error::Status;
use crate::finding::{Finding, Gate};
use crate::load::env_file::MAX_ASSIGNMENT;
use crate::mask::masked;
use crate::secret::Secret;
use crate::signals::{self, HeldBack};
use crate::text::{counted, shown};

/// So long nothing more must come behind Enter: a paste comes at once.
const QUIET: u16 = 100;
/// So long the rest of a paste is thrown away.
const PATIENCE: Duration = Duration::from_secs(5);
/// Read at once.
const CHUNK: usize = 1024;

/// A terminal to ask on.
#[derive(Debug)]
pub(super) struct Terminal(File);

/// How a question ended.
enum Answer {
    /// With Enter behind this many bytes.
    Line(usize),
    /// With more lines behind the first.
    Lines,
    /// Longer than any value may be.
    TooLong,
    /// With the end of the input, or a terminal that is gone.
    End,
    /// Ctrl-C, or told to end.
    Signal(Signal),
    /// Ctrl-Z: to be asked once more when we go on.
    Stopped,
}

impl Terminal {
    /// The one that started us, past whatever standard input and output are.
    pub(super) fn open() -> Result<Self, Finding> {
        let file = open("/dev/tty", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty());
        file.map(|file| Self(file.into())).map_err(|errno| {
            Finding::refuses(Gate::System, format!("there is no terminal to ask on: {}", errno.desc()))
                .why("a value is typed where nobody sees it, or comes from a program")
                .mend("start envgate on a terminal, or give the value on standard input")
        })
    }

    /// Asks for one variable's value; none of it is shown. What was typed before is thrown away.
    pub(super) fn ask(&self, wanted: &Wanted) -> Result<Secret, Finding> {
        let file = wanted.file.file_name().unwrap_or(wanted.file.as_os_str()).to_string_lossy();
        let question = format!("{} ({}): ", wanted.name, shown(&file));
        let mut line = Zeroizing::new(vec![0; MAX_ASSIGNMENT]);
        loop {
            let answer = self.ask_once(&question, &mut line).map_err(|errno| {
                Finding::refuses(Gate::System, format!("the terminal cannot be made quiet: {}", errno.desc()))
                    .why("what is typed would be shown")
                    .mend("give the value on standard input")
            })?;
            match answer {
                Answer::Line(length) => return Ok(Secret::copied_from(&line[..length])),
                Answer::Stopped => {
                    self.end_line();
                    // Held back no more: here we stop, until somebody lets us go on.
                    let _ = raise(Signal::SIGTSTP);
                }
                Answer::Lines => {
                    return Err(Finding::refuses(Gate::Syntax, "several lines were pasted")
                        .why("a prompt takes one line, and the next prompt is not to take the second")
                        .mend("paste one line; give a value of several lines on standard input"));
                }
                Answer::TooLong => {
                    return Err(Finding::refuses(
                        Gate::Size,
                        format!("the new value has more than {MAX_ASSIGNMENT} bytes"),
                    )
                    .why("the kernel starts no program with it (E2BIG)")
                    .mend("put the value into a file and its path into the variable"));
                }
                Answer::End => {
                    return Err(Finding::refuses(Gate::Required, "the terminal gave no value")
                        .why("its input ended before Enter")
                        .mend("ask again, type the value and press Enter"));
                }
                Answer::Signal(signal) => {
                    return Err(Finding::refuses(Gate::Confirmation, format!("{signal} ended the question"))
                        .status(Status::Interrupted)
                        .why("no value was taken")
                        .mend("ask again when you have the value"));
                }
            }
        }
    }

    fn ask_once(&self, question: &str, line: &mut [u8]) -> Result<Answer, Errno> {
        // Dropped in the reverse order: the terminal is as it was before a signal is let through.
        let ending = signals::ENDING.into_iter().chain([Signal::SIGTSTP]);
        let signals = HeldBack::new(signals::not_ignored(&ending.collect::<Vec<_>>()))?;
        let quiet = Quiet::make(&self.0)?;
        let _ = (&self.0).write_all(question.as_bytes());
        let answer = self.read(&signals, &quiet.before, line)?;
        // What comes behind it is not left to the shell, which would run it.
        let more = matches!(answer, Answer::Line(_) | Answer::Lines | Answer::TooLong) && self.rest_is_more();
        Ok(if more && matches!(answer, Answer::Line(_)) { Answer::Lines } else { answer })
    }

    fn read(&self, signals: &HeldBack, keys: &Termios, line: &mut [u8]) -> Result<Answer, Errno> {
        let key = |index: SpecialCharacterIndices| keys.control_chars[index as usize];
        let (erase, kill) = (key(SpecialCharacterIndices::VERASE), key(SpecialCharacterIndices::VKILL));
        let end = key(SpecialCharacterIndices::VEOF);
        let mut chunk = Zeroizing::new([0; CHUNK]);
        let mut length = 0;
        loop {
            let mut events = [
                PollFd::new(self.0.as_fd(), PollFlags::POLLIN),
                PollFd::new(signals.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut events, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
            let has_input = events[0].revents().is_some_and(|event| !event.is_empty());
            match signals.take() {
                Some(Signal::SIGTSTP) => return Ok(Answer::Stopped),
                Some(signal) => return Ok(Answer::Signal(signal)),
                None if !has_input => continue,
                None => {}
            }
            let count = match nix::unistd::read(&self.0, chunk.as_mut_slice()) {
                Err(Errno::EINTR | Errno::EAGAIN) => continue,
                Ok(0) | Err(_) => return Ok(Answer::End),
                Ok(count) => count,
            };
            for (at, byte) in chunk[..count].iter().copied().enumerate() {
                match byte {
                    b'\n' | b'\r' if chunk[at..count].iter().all(is_line_end) => {
                        return Ok(Answer::Line(length));
                    }
                    b'\n' | b'\r' => return Ok(Answer::Lines),
                    // Behind a beginning it would cut the value: there it is a character that no value may have.
                    _ if byte == end && length == 0 => return Ok(Answer::End),
                    _ if byte == kill => length = 0,
                    _ if byte == erase || byte == 0x7f || byte == 0x08 => {
                        length = without_last(&line[..length]);
                    }
                    _ if length == line.len() => return Ok(Answer::TooLong),
                    _ => {
                        line[length] = byte;
                        length += 1;
                    }
                }
            }
        }
    }

    /// Throws away what comes behind Enter until nothing more comes, and says whether it was more than line ends.
    fn rest_is_more(&self) -> bool {
        let start = Instant::now();
        let mut chunk = Zeroizing::new([0; CHUNK]);
        let mut more = false;
        while start.elapsed() < PATIENCE {
            let mut events = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
            match poll(&mut events, PollTimeout::from(QUIET)) {
                Err(Errno::EINTR) => continue,
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
            match nix::unistd::read(&self.0, chunk.as_mut_slice()) {
                Err(Errno::EINTR) => {}
                Ok(0) | Err(_) => break,
                Ok(count) => more |= !chunk[..count].iter().all(is_line_end),
            }
        }
        more
    }

    /// What was taken, masked, behind the question.
    pub(super) fn show(&self, secret: &Secret) {
        // Exposed to be masked.
        let taken = format!("{} ({})\n", masked(secret.expose()), counted(secret.characters(), "character"));
        let _ = (&self.0).write_all(taken.as_bytes());
    }

    /// The cursor stands behind the question.
    pub(super) fn end_line(&self) {
        let _ = (&self.0).write_all(b"\n");
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The length without the last character of UTF-8.
fn without_last(line: &[u8]) -> usize {
    let is_first = |byte: &u8| !matches!(byte, 0x80..=0xBF);
    line.iter().rposition(is_first).unwrap_or(0)
}

/// A terminal that shows nothing of what is typed, and gives each byte as it comes; as it was when this is dropped.
/// Both times what was typed and not read is thrown away.
struct Quiet<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn make(terminal: &'a File) -> Result<Self, Errno> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        let shows = LocalFlags::ECHO | LocalFlags::ECHOE | LocalFlags::ECHOK | LocalFlags::ECHONL;
        quiet.local_flags.remove(shows | LocalFlags::ICANON | LocalFlags::IEXTEN);
        // Ctrl-C and Ctrl-Z stay signals.
        quiet.local_flags.insert(LocalFlags::ISIG);
        quiet
            .input_flags
            .remove(InputFlags::INLCR | InputFlags::IGNCR | InputFlags::ISTRIP | InputFlags::IXON);
        quiet.input_flags.insert(InputFlags::ICRNL);
        quiet.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        quiet.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        let made = Self { terminal, before };
        set(terminal, &quiet)?;
        // It succeeds where any part of it did (tcsetattr(3)).
        if tcgetattr(terminal)?.local_flags.intersects(shows) { Err(Errno::ENOTTY) } else { Ok(made) }
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = set(self.terminal, &self.before);
    }
}

fn set(terminal: &File, attributes: &Termios) -> Result<(), Errno> {
    loop {
        match tcsetattr(terminal, SetArg::TCSAFLUSH, attributes) {
            Err(Errno::EINTR) => {}
            done => return done,
        }
    }
}
