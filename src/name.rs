//! Names of environment variables, and which of them are special to whom.

use std::fmt;
use std::sync::Arc;

/// A variable's name: `[A-Za-z_][A-Za-z0-9_]*` (POSIX.1-2017, 8.1; systemd and every shell accept no other).
/// Its copies share the text: a launch has each name in several tables.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Arc<str>);

/// Why some text is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing at all.
    Empty,
    /// The first character is a digit.
    LeadingDigit,
    /// A character outside letters, digits and `_`.
    Character,
}

impl Name {
    /// How the names begin that the dynamic loader obeys (ld.so(8)).
    pub const LOADER_FAMILY: &'static str = "LD_";

    /// Single names by which glibc, a shell or an interpreter loads or runs something else.
    pub const LOADER_NAMES: &'static [&'static str] = &[
        "GLIBC_TUNABLES",
        "GCONV_PATH",
        "PATH",
        "BASH_ENV",
        "ENV",
        "IFS",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PYTHONINSPECT",
        "PYTHONBREAKPOINT",
        "NODE_OPTIONS",
        "NODE_PATH",
        "PERL5LIB",
        "PERL5OPT",
        "PERL5DB",
        "RUBYOPT",
        "RUBYLIB",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "_JAVA_OPTIONS",
        "OPENSSL_CONF",
        "OPENSSL_MODULES",
        "OPENSSL_ENGINES",
        "SHELLOPTS",
        "PS4",
    ];

    /// Checks and takes a name.
    pub fn parse(text: &[u8]) -> Result<Self, NameFault> {
        match text.first() {
            None => return Err(NameFault::Empty),
            Some(b'0'..=b'9') => return Err(NameFault::LeadingDigit),
            Some(_) => {}
        }
        match std::str::from_utf8(text) {
            Ok(text) if text.bytes().all(is_name_byte) => Ok(Self(text.into())),
            _ => Err(NameFault::Character),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names that envgate and systemd speak to the worker with. No input may set them.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with("ENVGATE_") || SYSTEMD_NAMES.contains(&self.as_str())
    }

    /// Names by which the loader, a shell or an interpreter is told to run or load something else.
    #[must_use]
    pub fn is_loader_variable(&self) -> bool {
        self.0.starts_with(Self::LOADER_FAMILY) || Self::LOADER_NAMES.contains(&self.as_str())
    }

    /// Names that bash or dash set by themselves: an env file's value is lost there, or refused.
    #[must_use]
    pub fn is_shell_variable(&self) -> bool {
        self.0.starts_with("BASH_") || SHELL_NAMES.contains(&self.as_str())
    }
}

/// Whether a byte may stand in a name (the first one may not be a digit).
#[must_use]
pub fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What systemd tells a service through its environment (systemd.exec(5), "Environment variables set on
/// activation"; `sd_listen_fds(3)`, `sd_notify(3)`, `sd_watchdog_enabled(3)`).
pub const SYSTEMD_NAMES: &[&str] = &[
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LISTEN_FDNAMES",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "CACHE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "TRIGGER_UNIT",
    "TRIGGER_PATH",
    "TRIGGER_TIMER_REALTIME_USEC",
    "TRIGGER_TIMER_MONOTONIC_USEC",
    "MONITOR_SERVICE_RESULT",
    "MONITOR_EXIT_CODE",
    "MONITOR_EXIT_STATUS",
    "MONITOR_INVOCATION_ID",
    "MONITOR_UNIT",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "MAINPID",
];

/// bash(1), "Shell Variables": read-only, computed, or reset when they are assigned; dash(1) has a few of its own.
const SHELL_NAMES: &[&str] = &[
    "_",
    "UID",
    "EUID",
    "PPID",
    "BASHOPTS",
    "BASHPID",
    "BASH",
    "SHELLOPTS",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "GROUPS",
    "DIRSTACK",
    "FUNCNAME",
    "HISTCMD",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "PIPESTATUS",
    "COMP_WORDBREAKS",
    "OPTIND",
    "OPTARG",
    "OLDPWD",
    "PWD",
    "SHLVL",
    "POSIXLY_CORRECT",
    "COLUMNS",
    "LINES",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_letters_digits_and_underscores_and_begins_with_no_digit() {
        assert_eq!(Name::parse(b"BYBIT_API_KEY2").unwrap().as_str(), "BYBIT_API_KEY2");
        assert_eq!(Name::parse(b""), Err(NameFault::Empty));
        assert_eq!(Name::parse(b"1K"), Err(NameFault::LeadingDigit));
        for text in ["a-b", "a.b", "a b", "é", "a\0"] {
            assert_eq!(Name::parse(text.as_bytes()), Err(NameFault::Character), "{text:?}");
        }
    }

    #[test]
    fn names_are_special_to_envgate_the_loader_and_the_shells() {
        let name = |text: &str| Name::parse(text.as_bytes()).unwrap();
        assert!(name("ENVGATE_CLASS").is_reserved() && name("NOTIFY_SOCKET").is_reserved());
        assert!(name("LD_PRELOAD").is_loader_variable() && name("NODE_OPTIONS").is_loader_variable());
        assert!(name("UID").is_shell_variable() && name("BASH_ENV").is_shell_variable());
        let own = name("DATABENTO_API_KEY");
        assert!(!own.is_reserved() && !own.is_loader_variable() && !own.is_shell_variable());
    }
}
