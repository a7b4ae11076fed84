//! Structured records in journald's own protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>).
//!
//! A record is operational, not evidence: any user can send the same. Sending never blocks and never fails a
//! launch; libsystemd's own sender would block on a full socket, so this one is ours.

use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::sockopt::SendTimeout;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, sendto, setsockopt, socket};
use nix::sys::time::{TimeVal, TimeValLike};

/// The most of one value: a path has 4096 bytes, and each may be shown as three.
const MAX_VALUE: usize = 3 << 12;
/// The most of a record: the kernel takes no datagram that is larger than a socket's buffer (208 KiB, socket(7)), and
/// whoever launches chooses some of the values. One that is too long must not cost the whole record.
const MAX_RECORD: usize = 1 << 17;

const SOCKET: &str = "/run/systemd/journal/socket";

/// How urgent a record is (syslog(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// 1: a launch past gates that would have refused it.
    Alert,
    /// 4: a refusal.
    Warning,
    /// 5: a launch with real money.
    Notice,
    /// 6: any other launch.
    Info,
}

/// A record: fields and their values, none of them secret.
#[derive(Debug)]
pub struct Event {
    datagram: Vec<u8>,
}

impl Event {
    /// A record with the fields that every one has.
    #[must_use]
    pub fn new(message_id: &'static str, priority: Priority, message: &str) -> Self {
        let mut event = Self { datagram: Vec::with_capacity(1024) };
        let priority = match priority {
            Priority::Alert => "1",
            Priority::Warning => "4",
            Priority::Notice => "5",
            Priority::Info => "6",
        };
        event.add("SYSLOG_IDENTIFIER", "envgate");
        event.add("MESSAGE_ID", message_id);
        event.add("PRIORITY", priority);
        event.add("MESSAGE", message);
        event
    }

    /// One more field; a name may come again. A newline would end the value, so it becomes a blank. What is too long
    /// is cut, and what no longer fits is left out: the fields that tell most come first.
    pub fn add(&mut self, field: &'static str, value: &str) {
        let longest = MAX_VALUE.min(value.len());
        let end = (0..=longest).rev().find(|at| value.is_char_boundary(*at)).unwrap_or(0);
        let value = &value[..end];
        if self.datagram.len() + field.len() + value.len() + 2 > MAX_RECORD {
            return;
        }
        self.datagram.extend_from_slice(field.as_bytes());
        self.datagram.push(b'=');
        self.datagram.extend(value.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
        self.datagram.push(b'\n');
    }
}

/// Sends a record where there is a journal that takes it at once; else nothing happens.
pub fn send(event: &Event) {
    // Without a journal, or with one that is busy, the launch goes on: see above.
    let _ = hand_over(event, None);
}

/// Sends a record that is worth a short wait: a journal that is busy takes it within a second, or never.
pub fn send_patiently(event: &Event) {
    // Without a journal the record is where it came from.
    let _ = hand_over(event, Some(TimeVal::seconds(1)));
}

fn hand_over(event: &Event, patience: Option<TimeVal>) -> Result<usize, Errno> {
    let socket = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    let flags = match patience {
        Some(patience) => {
            setsockopt(&socket, SendTimeout, &patience)?;
            MsgFlags::MSG_NOSIGNAL
        }
        None => MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL,
    };
    sendto(socket.as_raw_fd(), &event.datagram, &UnixAddr::new(SOCKET)?, flags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_makes_a_record_too_large_to_be_sent() {
        let (sender, receiver) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let long = "é".repeat(1 << 16);
        let mut event = Event::new("0", Priority::Alert, &long);
        for _ in 0..1000 {
            event.add("ENVGATE_ENV_FILE", &long);
        }
        assert_eq!(sender.send(&event.datagram).unwrap(), event.datagram.len());
        let mut received = vec![0; 1 << 20];
        let length = receiver.recv(&mut received).unwrap();
        let text = std::str::from_utf8(&received[..length]).unwrap();
        assert!(text.starts_with("SYSLOG_IDENTIFIER=envgate\n") && text.ends_with("é\n"));
    }

    #[test]
    fn a_value_cannot_add_a_field() {
        let mut event = Event::new("0", Priority::Info, "a\nPRIORITY=0");
        event.add("ENVGATE_MODE", "paper");
        let text = String::from_utf8(event.datagram).unwrap();
        assert_eq!(
            text,
            "SYSLOG_IDENTIFIER=envgate\nMESSAGE_ID=0\nPRIORITY=6\nMESSAGE=a PRIORITY=0\nENVGATE_MODE=paper\n"
        );
    }
}
