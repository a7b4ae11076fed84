//! Values from standard input or a descriptor: one variable's is everything that stands there, several stand one a
//! line, in order.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::os::fd::AsFd;

use nix::errno::Errno;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use zeroize::Zeroizing;

use super::Wanted;
use crate::finding::{Finding, Gate};
use crate::load::env_file::MAX_ASSIGNMENT;
use crate::text::{counted, shown};

/// What is read, and what it is called.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    name: String,
}

impl Stream {
    pub(super) fn of_standard_input() -> Result<Self, Finding> {
        let name = "standard input".to_owned();
        match std::io::stdin().as_fd().try_clone_to_owned() {
            Ok(descriptor) => Ok(Self { file: descriptor.into(), name }),
            Err(error) => Err(unreadable(&name, &error)),
        }
    }

    /// A second descriptor of the same open file (`pidfd_getfd(2)`): what was read from the first is not read again.
    pub(super) fn of_descriptor(number: i32) -> Result<Self, Finding> {
        let name = format!("descriptor {number}");
        let taken = pidfd_open(getpid(), PidfdFlags::empty())
            .and_then(|ourselves| pidfd_getfd(ourselves, number, PidfdGetfdFlags::empty()));
        let file = match taken {
            Ok(descriptor) => File::from(descriptor),
            Err(rustix::io::Errno::BADF) => {
                return Err(Finding::refuses(Gate::Usage, format!("{name} is not open"))
                    .why("there is nothing to read a value from")
                    .mend(format!("open it where envgate is started: --value-fd {number} {number}<FILE")));
            }
            Err(errno) => {
                let reason = Errno::from_raw(errno.raw_os_error());
                return Err(Finding::refuses(
                    Gate::System,
                    format!("{name} cannot be taken: {}", reason.desc()),
                )
                .why("Linux before 5.6 and some containers have no way to do it (pidfd_getfd)")
                .mend(format!("give it as standard input: leave --value-fd out and write <&{number}")));
            }
        };
        if file.is_terminal() {
            return Err(Finding::refuses(Gate::Usage, format!("{name} is a terminal"))
                .why("what is typed there would be shown")
                .mend("leave --value-fd out: a terminal on standard input is asked without echo"));
        }
        Ok(Self { file, name })
    }

    /// Everything, in a buffer that is wiped and never grows: a larger one would leave a copy behind.
    pub(super) fn read(&self, wanted: &[Wanted]) -> Result<Zeroizing<Vec<u8>>, Finding> {
        // Each with a line end of two characters.
        let most = wanted.len() * (MAX_ASSIGNMENT + 2);
        let mut contents = Zeroizing::new(vec![0; most + 1]);
        let mut filled = 0;
        while filled < contents.len() {
            match (&self.file).read(&mut contents[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&self.name, &error)),
            }
        }
        if filled > most {
            return Err(Finding::refuses(Gate::Size, format!("{} has more than {most} bytes", self.name))
                .why("no value that a worker can be started with is as long")
                .mend("give the values alone, one a line"));
        }
        contents.truncate(filled);
        Ok(contents)
    }

    /// The values in it, without their line ends.
    pub(super) fn split<'a>(&self, contents: &'a [u8], wanted: &[Wanted]) -> Result<Vec<&'a [u8]>, Finding> {
        if wanted.len() == 1 {
            let line = contents.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
            return Ok(vec![line.unwrap_or(contents)]);
        }
        let whole = contents.strip_suffix(b"\n").unwrap_or(contents);
        let lines: Vec<&[u8]> =
            whole.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
        let count = if contents.is_empty() { 0 } else { lines.len() };
        if count == wanted.len() {
            return Ok(lines);
        }
        let name = |one: &Wanted| {
            let file = one.file.file_name().unwrap_or(one.file.as_os_str()).to_string_lossy();
            format!("{} ({})", one.name, shown(&file))
        };
        let names: Vec<String> = wanted.iter().map(name).collect();
        let values = counted(wanted.len(), "value");
        Err(Finding::refuses(
            Gate::Syntax,
            format!("{} has {}, and {values} are wanted", self.name, counted(count, "line")),
        )
        .why("which line belongs to which variable is not known")
        .mend(format!("give one line for each, in this order: {}", names.join(", "))))
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Finding {
    Finding::refuses(Gate::System, format!("{name} cannot be read: {error}"))
        .why("there is no value")
        .mend("open it for reading where envgate is started")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    fn split(contents: &'static str, count: usize) -> Option<Vec<&'static str>> {
        let stream = Stream { file: tempfile::tempfile().unwrap(), name: "it".into() };
        let one = Wanted { name: Name::parse(b"KEY").unwrap(), file: "x.paper.env".into() };
        let parts = stream.split(contents.as_bytes(), &vec![one; count]).ok()?;
        Some(parts.into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect())
    }

    #[test]
    fn one_value_is_everything_but_one_final_newline() {
        for (contents, value) in [
            ("abc", "abc"),
            ("abc\n", "abc"),
            ("abc\r\n", "abc"),
            ("abc\r", "abc\r"),
            ("abc\n\n", "abc\n"),
            ("a\nb\n", "a\nb"),
            ("", ""),
            ("\n", ""),
            (" abc \n", " abc "),
        ] {
            assert_eq!(split(contents, 1).unwrap(), [value], "{contents:?}");
        }
    }

    #[test]
    fn several_values_stand_one_a_line_and_neither_more_nor_fewer() {
        for contents in ["a\nb", "a\nb\n", "a\r\nb\r\n"] {
            assert_eq!(split(contents, 2).unwrap(), ["a", "b"], "{contents:?}");
        }
        assert_eq!(split("\nb\n", 2).unwrap(), ["", "b"]);
        for contents in ["", "a", "a\n", "a\nb\nc", "a\nb\n\n"] {
            assert_eq!(split(contents, 2), None, "{contents:?}");
        }
    }
}
