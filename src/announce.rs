//! What the rest of the host hears of a launch and of a refusal: one journal record, and the unit's status line.

use crate::caller::Caller;
use crate::error::{Error, Status};
use crate::finding::Findings;
use crate::load::Inputs;
use crate::mode::{Class, Instance, ModeName};
use crate::resolve::Resolved;
use crate::systemd::journal::{self, Event, Priority};
use crate::systemd::notify;
use crate::text::{shown, shown_path};
use crate::trail::Actor;

/// `MESSAGE_ID=` of a launch.
pub const LAUNCH: &str = "6ad9bd0ab8c945bd8a3ac3ae80b4e6f1";
/// `MESSAGE_ID=` of a refusal.
pub const REFUSAL: &str = "9b0d2f1c0a3e4a6f8d5f1a7f5c3be2d4";

/// What a launch runs.
#[derive(Debug)]
pub struct Command {
    /// The program's path.
    pub program: String,
    /// Whether it stands behind `--` instead of the configured one.
    pub replaces_configured: bool,
}

/// The worker is about to take our place. With `ready`, its unit counts as started.
pub fn launched(resolved: &Resolved, command: &Command, ready: bool, caller: &Caller) {
    let Resolved { mode, instance, generation, break_glass, .. } = resolved;
    let instance = instance.as_ref().map(Instance::as_str);
    let program = shown(&command.program);
    let priority = match break_glass {
        Some(_) => Priority::Alert,
        None if mode.is_live() => Priority::Notice,
        None => Priority::Info,
    };
    let replaced = if command.replaces_configured { ", which is not the configured command," } else { "" };
    let launch =
        format!("envgate launches {program}{replaced} in the mode {} (generation {generation})", mode.name());
    let message = match break_glass {
        Some(break_glass) => format!("break-glass: {launch}: {}", break_glass.reason()),
        None => launch,
    };
    let mut event = event(LAUNCH, priority, &message, caller);
    if let Some(break_glass) = break_glass {
        event.add("ENVGATE_BREAK_GLASS", break_glass.reason());
    }
    event.add("ENVGATE_MODE", mode.name().as_str());
    event.add("ENVGATE_CLASS", mode.class().as_str());
    event.add("ENVGATE_GENERATION", generation.as_str());
    event.add("ENVGATE_COMMAND", &program);
    if command.replaces_configured {
        event.add("ENVGATE_COMMAND_REPLACED", "1");
    }
    if let Some(instance) = instance {
        event.add("ENVGATE_INSTANCE", instance);
    }
    if mode.is_live() || break_glass.is_some() {
        add_person(&mut event, caller);
    }
    if let Some(config) = &resolved.config {
        event.add("ENVGATE_CONFIG", &shown_path(&config.opened.path));
    }
    for file in &resolved.env_files {
        event.add("ENVGATE_ENV_FILE", &shown_path(&file.path));
    }
    journal::send(&event);

    let instance = instance.map_or(String::new(), |instance| format!(" {instance}"));
    let status =
        format!("launched by envgate: {}{instance} ({}), generation {generation}", mode.name(), mode.class());
    notify::say(&status, ready, caller);
}

/// Who is behind a launch with real money: the real user, and where root was asked for, who asked. `SUDO_USER` is
/// what the caller says; the login's user is what the kernel keeps.
fn add_person(event: &mut Event, caller: &Caller) {
    let actor = Actor::of(caller);
    event.add("ENVGATE_REAL_UID", &actor.uid.to_string());
    if let Some(user) = &actor.sudo_user {
        event.add("ENVGATE_SUDO_USER", &shown(user));
    }
    if let Some(uid) = actor.loginuid {
        event.add("ENVGATE_LOGINUID", &uid.to_string());
    }
}

/// A gate refused: nothing is launched.
pub fn refused(inputs: &Inputs, findings: &Findings, caller: &Caller) {
    let Some(first) = findings.refusals().next() else { return };
    let more = findings.refusals().count() - 1;
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    let reason = format!("{}: {}{more}", first.gate.as_str(), shown(&first.what));
    let gates = findings.refusing_gates();
    not_launched(inputs, &format!("refused by envgate: {reason}"), findings.status(), &gates, caller);
}

/// The system refused when all gates had let the launch through; its record was sent already, so this takes it
/// back.
pub fn failed(inputs: &Inputs, error: &Error, caller: &Caller) {
    let reason = format!("not launched by envgate: {}", shown(&error.to_string()));
    not_launched(inputs, &reason, Some(error.exit_status()), &[], caller);
}

/// The command line names no launch: a mistake in a unit that nobody would see otherwise.
pub fn unusable(caller: &Caller) {
    let reason = "refused by envgate: usage: the command line is wrong (see standard error)";
    let mut event = event(REFUSAL, Priority::Warning, reason, caller);
    event.add("ENVGATE_STATUS", &Status::Usage.code().to_string());
    event.add("ENVGATE_GATE", "usage");
    journal::send(&event);
    notify::say(reason, false, caller);
}

fn not_launched(inputs: &Inputs, reason: &str, status: Option<Status>, gates: &[&str], caller: &Caller) {
    let mut event = event(REFUSAL, Priority::Warning, reason, caller);
    if let Some(status) = status {
        event.add("ENVGATE_STATUS", &status.code().to_string());
    }
    if let Some(mode) = ModeName::parse(&inputs.mode) {
        event.add("ENVGATE_MODE", mode.as_str());
        // What the name means everywhere; a class that only a config declares may be what was refused.
        if let Some(class) = Class::of_known(mode.as_str()) {
            event.add("ENVGATE_CLASS", class.as_str());
        }
    }
    if let Some(instance) = inputs.instance.as_deref().and_then(Instance::parse) {
        event.add("ENVGATE_INSTANCE", instance.as_str());
    }
    if let Some(config) = &inputs.config {
        event.add("ENVGATE_CONFIG", &shown_path(config));
    }
    for gate in gates {
        event.add("ENVGATE_GATE", gate);
    }
    journal::send(&event);
    notify::say(reason, false, caller);
}

fn event(id: &'static str, priority: Priority, message: &str, caller: &Caller) -> Event {
    let mut event = Event::new(id, priority, message);
    event.add("ENVGATE_VERSION", env!("CARGO_PKG_VERSION"));
    if let Some(unit) = caller.supervisor.as_ref().and_then(|supervisor| supervisor.unit()) {
        event.add("ENVGATE_UNIT", unit);
    }
    event
}
