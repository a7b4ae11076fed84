//! Modes and their classes: what a launch is called, and what it risks.

use std::fmt;

use serde::Serialize;

/// What a mode risks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// No real money.
    Paper,
    /// Real money, however little of it.
    Live,
}

impl Class {
    /// The class as it is written in configs and shown to the worker.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }

    /// Reads what [`Class::as_str`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Paper, Self::Live].into_iter().find(|class| class.as_str() == text)
    }

    /// The class that a well-known mode name has on every host; no config can change it.
    #[must_use]
    pub fn of_known(mode: &str) -> Option<Self> {
        // In whatever letters: LIVE is no other mode that a config could call play.
        match mode.to_ascii_lowercase().as_str() {
            "live" | "prod" | "production" | "soak" => Some(Self::Live),
            "paper" | "dev" | "test" | "testnet" | "demo" | "sim" | "shadow" | "staging" => Some(Self::Paper),
            _ => None,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The name of a mode: a letter or digit, then letters, digits, `_` and `-`, 64 bytes at the most. It may stand
/// in a path (`{mode}`), so it holds no dot and no slash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModeName(Box<str>);

impl ModeName {
    /// Checks and takes a mode's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let first = bytes.next()?;
        let well_formed = first.is_ascii_alphanumeric()
            && text.len() <= 64
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        well_formed.then(|| Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A mode whose class is known. There is no default and no way to change one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mode {
    name: ModeName,
    class: Class,
}

/// Why a mode asked for cannot be launched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeFault {
    /// The name is not well known and the config declares no class for it.
    ClassUnknown,
    /// The config declares another class than the name has everywhere.
    ClassContradicted {
        /// What the config says.
        declared: Class,
        /// What the name means on every host.
        known: Class,
    },
}

impl Mode {
    /// Pairs a name with its class: the one that the name has everywhere, else the one that the config declares.
    pub fn new(name: ModeName, declared: Option<Class>) -> Result<Self, ModeFault> {
        let class = match (Class::of_known(name.as_str()), declared) {
            (Some(known), Some(declared)) if known != declared => {
                return Err(ModeFault::ClassContradicted { declared, known });
            }
            (Some(class), _) | (None, Some(class)) => class,
            (None, None) => return Err(ModeFault::ClassUnknown),
        };
        Ok(Self { name, class })
    }

    /// The mode's name.
    #[must_use]
    pub fn name(&self) -> &ModeName {
        &self.name
    }

    /// What it risks.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Whether real money is at stake.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.class == Class::Live
    }
}

/// Which worker of several: a unit's `%i`. `[A-Za-z0-9][A-Za-z0-9:_.@-]{0,127}` without `..`, so that it never
/// adds a path component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance(Box<str>);

impl Instance {
    /// Checks and takes an instance.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() <= 128
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_.@-".contains(&byte))
            && !text.contains("..");
        well_formed.then(|| Self(text.into()))
    }

    /// The instance as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(name: &str, declared: Option<Class>) -> Result<Mode, ModeFault> {
        Mode::new(ModeName::parse(name).unwrap(), declared)
    }

    #[test]
    fn well_known_names_have_their_class_and_a_config_cannot_change_it() {
        assert_eq!(mode("soak", None).unwrap().class(), Class::Live);
        assert_eq!(mode("shadow", None).unwrap().class(), Class::Paper);
        assert_eq!(
            mode("live", Some(Class::Paper)),
            Err(ModeFault::ClassContradicted { declared: Class::Paper, known: Class::Live })
        );
    }

    #[test]
    fn an_unknown_name_needs_a_declared_class() {
        assert_eq!(mode("canary", None), Err(ModeFault::ClassUnknown));
        assert_eq!(mode("canary", Some(Class::Live)).unwrap().class(), Class::Live);
    }

    #[test]
    fn a_mode_or_an_instance_never_adds_a_path_component() {
        for text in ["", ".", "..", "a/b", "../x", "a b", "-x", "a.b", "é"] {
            assert!(ModeName::parse(text).is_none(), "{text:?}");
        }
        for text in ["", ".", "..", "a/b", "a..b", "-x", "@x", "a\n"] {
            assert!(Instance::parse(text).is_none(), "{text:?}");
        }
        assert!(Instance::parse("ES").is_some() && Instance::parse("bybit:BTC-USDT.perp@2").is_some());
        assert!(Instance::parse(&"a".repeat(129)).is_none());
    }
}
