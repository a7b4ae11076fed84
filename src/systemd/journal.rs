//! One structured record for each launch and each refusal, in journald's own protocol
//! (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>).
//!
//! The record is operational, not evidence: any user can send the same. Sending never blocks and never fails a
//! launch; libsystemd's own sender would block on a full socket, so this one is ours.

use std::os::fd::AsRawFd;

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, sendto, socket};

use crate::caller::Caller;
use crate::exec::command::Program;
use crate::finding::Findings;
use crate::load::Inputs;
use crate::resolve::Resolved;
use crate::text::{shown, shown_path};

const SOCKET: &str = "/run/systemd/journal/socket";
/// `MESSAGE_ID=` of a launch.
pub const LAUNCH: &str = "6ad9bd0ab8c945bd8a3ac3ae80b4e6f1";
/// `MESSAGE_ID=` of a refusal.
pub const REFUSAL: &str = "9b0d2f1c0a3e4a6f8d5f1a7f5c3be2d4";

/// A record: fields and their values, none of them secret.
#[derive(Debug)]
pub struct Event(Vec<(&'static str, String)>);

impl Event {
    /// The launch is about to happen.
    #[must_use]
    pub fn launch(resolved: &Resolved, program: &Program, caller: &Caller) -> Self {
        let mode = resolved.mode.name();
        let program = shown(&program.path.to_string_lossy()).into_owned();
        let mut event = Self(vec![
            ("MESSAGE_ID", LAUNCH.to_owned()),
            // Notice for real money, info for none.
            ("PRIORITY", if resolved.mode.is_live() { "5" } else { "6" }.to_owned()),
            (
                "MESSAGE",
                format!("envgate launches {program} in the mode {mode} (generation {})", resolved.generation),
            ),
            ("ENVGATE_MODE", mode.to_string()),
            ("ENVGATE_CLASS", resolved.mode.class().to_string()),
            ("ENVGATE_GENERATION", resolved.generation.to_string()),
            ("ENVGATE_COMMAND", program),
        ]);
        event
            .add("ENVGATE_INSTANCE", resolved.instance.as_ref().map(|instance| instance.as_str().to_owned()));
        event.add("ENVGATE_CONFIG", resolved.config.as_ref().map(|config| shown_path(&config.opened.path)));
        for file in &resolved.env_files {
            event.add("ENVGATE_ENV_FILE", Some(shown_path(file)));
        }
        event.common(caller);
        event
    }

    /// The launch was refused. `mode` and `class` are what was asked for, where it is a mode at all.
    #[must_use]
    pub fn refusal(inputs: &Inputs, findings: &Findings, caller: &Caller) -> Self {
        let mode = crate::mode::ModeName::parse(&inputs.mode);
        let class = mode.as_ref().and_then(|mode| crate::mode::Class::of_known(mode.as_str()));
        let count = findings.refusals().count();
        let first = findings.refusals().next();
        let reason = first
            .map_or(String::new(), |finding| format!("{}: {}", finding.gate.as_str(), shown(&finding.what)));
        let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
        let mut event = Self(vec![
            ("MESSAGE_ID", REFUSAL.to_owned()),
            ("PRIORITY", "4".to_owned()),
            ("MESSAGE", format!("envgate refused a launch: {reason}{more}")),
        ]);
        event.add("ENVGATE_STATUS", findings.status().map(|status| status.code().to_string()));
        event.add("ENVGATE_MODE", mode.map(|mode| mode.to_string()));
        event.add("ENVGATE_CLASS", class.map(|class| class.to_string()));
        event.add(
            "ENVGATE_INSTANCE",
            inputs
                .instance
                .as_deref()
                .and_then(crate::mode::Instance::parse)
                .map(|instance| instance.as_str().to_owned()),
        );
        event.add("ENVGATE_CONFIG", inputs.config.as_deref().map(shown_path));
        let mut gates: Vec<&str> = findings.refusals().map(|finding| finding.gate.as_str()).collect();
        gates.sort_unstable();
        gates.dedup();
        for gate in gates {
            event.add("ENVGATE_GATE", Some(gate.to_owned()));
        }
        event.common(caller);
        event
    }

    fn add(&mut self, field: &'static str, value: Option<String>) {
        self.0.extend(value.map(|value| (field, value)));
    }

    fn common(&mut self, caller: &Caller) {
        self.add("SYSLOG_IDENTIFIER", Some("envgate".to_owned()));
        self.add("ENVGATE_VERSION", Some(env!("CARGO_PKG_VERSION").to_owned()));
        self.add(
            "ENVGATE_UNIT",
            caller.supervisor.as_ref().and_then(|supervisor| supervisor.unit()).map(str::to_owned),
        );
    }

    /// The datagram. No value holds a newline: [`shown`] took them out.
    fn encode(&self) -> Vec<u8> {
        let mut datagram = Vec::with_capacity(1024);
        for (field, value) in &self.0 {
            datagram.extend_from_slice(field.as_bytes());
            datagram.push(b'=');
            datagram.extend(value.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }));
            datagram.push(b'\n');
        }
        datagram
    }
}

/// Sends a record where there is a journal that takes it at once; else nothing happens.
pub fn send(event: &Event) {
    let Ok(socket) = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None) else {
        return;
    };
    let Ok(address) = UnixAddr::new(SOCKET) else { return };
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    // Without a journal, or with one that is busy, the launch goes on: see above.
    let _ = sendto(socket.as_raw_fd(), &event.encode(), &address, flags);
}
