//! The gates `host`, `user` and `supervisor`: where a mode may be launched, as whom, and by whom. The host policy and
//! the mode each may forbid it; neither can allow what the other forbids.

use crate::caller::Caller;
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{ModeBlock, StartedBy};
use crate::load::policy::{ClassRules, HostPolicy, PATH};
use crate::load::{Confirming, Inputs, Loaded};
use crate::mode::Mode;
use crate::systemd::supervisor::Supervisor;
use crate::text::shown;

/// Judges a launch by the host policy and by what the mode says of itself.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode, inputs: &Inputs, caller: &Caller) -> Vec<Finding> {
    let place = loaded.config.as_ref().map(|config| Place::file(&config.opened.path));
    let block = loaded.block_of(mode);
    let rules = loaded.policy.rules(mode.class());
    let by_policy = [
        forbidden_class(&loaded.policy, mode),
        forbidden_mode(&loaded.policy, mode),
        foreign_to_policy(loaded, rules, mode),
    ];
    let by_mode =
        block.map_or([None, None], |block| [wrong_host(&loaded.host, block), foreign_to_mode(loaded, block)]);
    let by_hand = by_hand(rules, block, mode, inputs, caller);
    let by_policy = by_policy.into_iter().flatten().map(|finding| finding.at(Place::file(PATH.as_ref())));
    let by_mode = by_mode.into_iter().flatten().chain(by_hand);
    by_policy
        .chain(by_mode.map(|finding| match (&place, &finding.place) {
            (Some(place), None) => finding.at(place.clone()),
            _ => finding,
        }))
        .collect()
}

fn forbidden_class(policy: &HostPolicy, mode: &Mode) -> Option<Finding> {
    let classes = policy.classes.as_ref().filter(|classes| !classes.contains(&mode.class()))?;
    let allowed: Vec<&str> = classes.iter().map(|class| class.as_str()).collect();
    Some(
        Finding::refuses(
            Gate::Host,
            format!("this host launches no {} mode, and {} is one", mode.class(), mode.name()),
        )
        .why("whoever runs this host decided what it may risk")
        .mend(format!("launch it on its own host; here: {}", list(&allowed))),
    )
}

fn forbidden_mode(policy: &HostPolicy, mode: &Mode) -> Option<Finding> {
    let modes = policy.modes.as_ref()?;
    if modes.iter().any(|allowed| allowed == mode.name().as_str()) {
        return None;
    }
    let allowed: Vec<&str> = modes.iter().map(String::as_str).collect();
    Some(
        Finding::refuses(Gate::Host, format!("this host does not launch the mode {}", mode.name()))
            .why("whoever runs this host decided which modes belong here")
            .mend(format!("launch it on its own host; here: {}", list(&allowed))),
    )
}

fn wrong_host(own: &str, block: &ModeBlock) -> Option<Finding> {
    let hosts = block.hosts.as_ref()?;
    let short = own.split('.').next().unwrap_or_default();
    if hosts.iter().any(|host| host.eq_ignore_ascii_case(own) || host.eq_ignore_ascii_case(short)) {
        return None;
    }
    let allowed: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let what = format!("the mode {} is not for this host ({})", block.name, shown(own));
    Some(
        Finding::refuses(Gate::Host, what)
            .why("the config names the hosts that it is launched on")
            .mend(format!("go to {}, or add this host to hosts: of the mode", list(&allowed))),
    )
}

/// The worker's user against the users and groups of the host policy.
fn foreign_to_policy(loaded: &Loaded, rules: &ClassRules, mode: &Mode) -> Option<Finding> {
    if rules.users.is_none() && rules.groups.is_none() {
        return None;
    }
    let users = rules.users.as_deref().unwrap_or_default();
    let groups = rules.groups.as_deref().unwrap_or_default();
    if is_one_of(loaded, users) || groups.iter().any(|group| loaded.groups.contains(group)) {
        return None;
    }
    let names: Vec<&str> = users.iter().map(String::as_str).collect();
    let groups: Vec<String> = groups.iter().map(|group| format!("a member of {group}")).collect();
    let allowed: Vec<&str> = names.into_iter().chain(groups.iter().map(String::as_str)).collect();
    let what =
        format!("on this host {} may not launch the mode {} ({})", who(loaded), mode.name(), mode.class());
    Some(
        Finding::refuses(Gate::User, what)
            .why("the host policy names who may")
            .mend(as_one_of(&allowed, users)),
    )
}

/// The worker's user against `users:` of the mode.
fn foreign_to_mode(loaded: &Loaded, block: &ModeBlock) -> Option<Finding> {
    let users = block.users.as_ref()?;
    if is_one_of(loaded, users) {
        return None;
    }
    let allowed: Vec<&str> = users.iter().map(String::as_str).collect();
    Some(
        Finding::refuses(Gate::User, format!("{} may not launch the mode {}", who(loaded), block.name))
            .why("its credentials belong to the users that the config names for it")
            .mend(as_one_of(&allowed, users)),
    )
}

fn as_one_of(allowed: &[&str], users: &[String]) -> String {
    if allowed.is_empty() {
        return "nobody may, as it stands: name who may under users:".to_owned();
    }
    let allowed = list(allowed);
    let user = users.first().map_or("USER".into(), |user| shown(user));
    // sudo takes a number as `#1000` alone.
    let to_sudo = if user.parse::<u32>().is_ok() { format!("'#{user}'") } else { user.to_string() };
    format!("launch it as {allowed}: sudo -u {to_sudo} envgate exec …, or User={user} in the unit")
}

fn is_one_of(loaded: &Loaded, users: &[String]) -> bool {
    let name = loaded.user.as_ref().map(|user| user.name.as_str());
    users.iter().any(|user| Some(user.as_str()) == name || user.parse() == Ok(loaded.worker))
}

pub(super) fn who(loaded: &Loaded) -> String {
    loaded
        .user
        .as_ref()
        .map_or_else(|| format!("user {}", loaded.worker), |user| format!("user {}", user.name))
}

fn list(allowed: &[&str]) -> String {
    if allowed.is_empty() { "nothing".to_owned() } else { shown(&allowed.join(" or ")).into_owned() }
}

/// "Live only under systemd": the system's, since anybody may start a service of their own manager. A look cannot
/// know how the launch will be made.
fn by_hand(
    rules: &ClassRules,
    block: Option<&ModeBlock>,
    mode: &Mode,
    inputs: &Inputs,
    caller: &Caller,
) -> Option<Finding> {
    let of_mode = block.is_some_and(|block| block.started_by == StartedBy::Systemd);
    let is_launch = matches!(inputs.confirming, Confirming::Launch { .. });
    let is_unit = matches!(caller.supervisor, Some(Supervisor::System { .. }));
    if !is_launch || is_unit || !(of_mode || rules.started_by == StartedBy::Systemd) {
        return None;
    }
    let finding = Finding::refuses(
        Gate::Supervisor,
        format!("the mode {} is started by systemd alone, and this is a launch by hand", mode.name()),
    )
    .why("a worker by hand ends with its terminal, and nobody restarts it")
    .mend("systemctl start its unit; in an emergency, where the host policy allows it: --break-glass REASON");
    Some(if of_mode { finding } else { finding.at(Place::file(PATH.as_ref())) })
}
