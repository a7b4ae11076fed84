//! Rules that the host policy and a mode both have: what the one says less strictly, the other may tighten.

use super::fields::Fields;

/// What a gate does that warns by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It warns.
    #[default]
    Warn,
    /// It refuses.
    Strict,
}

impl Strictness {
    pub(in crate::load) fn read(key: &'static str, fields: &mut Fields<'_, '_>) -> Self {
        fields.word(key, &[("strict", Self::Strict), ("warn", Self::Warn)]).unwrap_or_default()
    }
}

/// Who may start a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartedBy {
    /// A person, a script or a unit.
    #[default]
    Anybody,
    /// The system's systemd alone.
    Systemd,
}

impl StartedBy {
    pub(in crate::load) fn read(fields: &mut Fields<'_, '_>) -> Self {
        fields.word("supervisor", &[("systemd", Self::Systemd), ("any", Self::Anybody)]).unwrap_or_default()
    }
}
