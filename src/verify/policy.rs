//! The gate `user`: as whom a mode may be launched.

use crate::finding::{Finding, Gate, Place};
use crate::load::Loaded;
use crate::mode::Mode;

/// Judges the worker's user against the mode's `users:`; without them, any user may launch it.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode) -> Option<Finding> {
    let config = loaded.config.as_ref()?;
    let allowed = config.block.mode(mode.name())?.users.as_ref()?;
    let name = loaded.user.as_ref().map(|user| user.name.as_str());
    let is_allowed = |user: &String| Some(user.as_str()) == name || user.parse() == Ok(loaded.worker);
    if allowed.iter().any(is_allowed) {
        return None;
    }
    let who = name.map_or_else(|| format!("user {}", loaded.worker), |name| format!("user {name}"));
    Some(
        Finding::refuses(Gate::User, format!("{who} may not launch the mode {}", mode.name()))
            .at(Place::file(&config.opened.path))
            .why("its credentials belong to the users that the config names for it")
            .mend(format!(
                "launch it as {}: sudo -u USER envgate exec …, or User= in the unit",
                allowed.join(" or ")
            )),
    )
}
