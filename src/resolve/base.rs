//! The short, documented list that every worker's environment begins with.

use std::os::unix::ffi::OsStrExt;

use crate::caller::Caller;
use crate::generation::{Generation, Source};
use crate::load::Loaded;
use crate::mode::Mode;
use crate::name::{Name, SYSTEMD_NAMES};
use crate::secret::Secret;
use crate::systemd::supervisor::Supervisor;
use crate::verify::break_glass::BreakGlass;

/// The worker's `PATH` where the config has no `path:`.
pub const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What systemd sets from the user database; kept where `/etc/passwd` does not know the user.
const USER_NAMES: [&str; 4] = ["HOME", "USER", "LOGNAME", "SHELL"];
/// What a service of a user's own manager needs to find its session.
const SESSION_NAMES: [&str; 2] = ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];
/// What a program on a terminal needs.
const TERMINAL_NAMES: [&str; 2] = ["TERM", "TZ"];

/// What is known of the launch beside what was read.
pub(super) struct Launch<'a> {
    pub(super) mode: &'a Mode,
    pub(super) generation: &'a Generation,
    pub(super) break_glass: Option<&'a BreakGlass>,
}

/// Names and values of the base: the weakest of all inputs.
pub(super) fn environment(caller: &Caller, launch: &Launch<'_>, loaded: &Loaded) -> Vec<(Name, Secret)> {
    let mut base = Base(Vec::with_capacity(24));
    let path = loaded.config.as_ref().and_then(|config| config.block.path.as_deref());
    base.set("PATH", path.unwrap_or(DEFAULT_PATH).as_bytes());
    match &loaded.user {
        Some(user) => {
            base.set("HOME", user.home.as_bytes());
            base.set("USER", user.name.as_bytes());
            base.set("LOGNAME", user.name.as_bytes());
            if let Some(shell) = &user.shell {
                base.set("SHELL", shell.as_bytes());
            }
        }
        None => base.let_through(caller, &USER_NAMES),
    }
    base.let_through(caller, SYSTEMD_NAMES);
    if matches!(caller.supervisor, Some(Supervisor::User { .. })) {
        base.let_through(caller, &SESSION_NAMES);
    }
    if caller.stdin_is_terminal {
        for name in TERMINAL_NAMES {
            if let Some(value) = caller.inherited(name) {
                base.set(name, value.as_bytes());
            }
        }
    }
    base.set("ENVGATE_MODE", launch.mode.name().as_str().as_bytes());
    base.set("ENVGATE_CLASS", launch.mode.class().as_str().as_bytes());
    base.set("ENVGATE_GENERATION", launch.generation.as_str().as_bytes());
    // By these, whoever looks at this host's processes tells the worker from its children, and what it holds.
    base.set("ENVGATE_PID", caller.pid.to_string().as_bytes());
    if let Some(config) = &loaded.config {
        base.set("ENVGATE_SOURCE", config.opened.facts.path.as_os_str().as_bytes());
    }
    let sources = loaded.sources();
    if !sources.is_empty() {
        base.set("ENVGATE_FILES", &Source::as_text(&sources));
    }
    if let Some(instance) = &loaded.instance {
        base.set("ENVGATE_INSTANCE", instance.as_str().as_bytes());
    }
    if let Some(break_glass) = launch.break_glass {
        base.set("ENVGATE_BREAK_GLASS", break_glass.reason().as_bytes());
    }
    base.0
}

struct Base(Vec<(Name, Secret)>);

impl Base {
    fn set(&mut self, name: &str, value: &[u8]) {
        if let Ok(name) = Name::parse(name.as_bytes()) {
            self.0.push((name, Secret::copied_from(value)));
        }
    }

    /// systemd's own variables: only where systemd started us, since a shell could set them to anything.
    fn let_through(&mut self, caller: &Caller, names: &[&str]) {
        for name in names {
            if let Some(value) = caller.from_systemd(name) {
                self.set(name, value.as_bytes());
            }
        }
    }
}
