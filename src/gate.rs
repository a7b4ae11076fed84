//! The gates: one name and one exit status for each.

use serde::Serialize;

use crate::error::Status;

/// One named check. Each has one exit status ([`Gate::status`]); where a case has another, its finding says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The command line contradicts the inputs.
    Usage,
    /// A named file does not exist.
    Input,
    /// The system failed while a file was read.
    System,
    /// Group or others can read or write what they must not.
    Permission,
    /// A file belongs to somebody who must not own it.
    Owner,
    /// A directory or link on the way to a file is somebody else's.
    ParentDirectory,
    /// Not a regular file.
    FileKind,
    /// A file cannot be read as what it claims to be.
    Syntax,
    /// One name twice.
    Duplicate,
    /// A file or a value is too large.
    Size,
    /// A name that the loader or an interpreter obeys.
    LoaderVariable,
    /// A name that only envgate or systemd may set.
    ReservedName,
    /// A placeholder that nothing defines.
    Placeholder,
    /// A variable that is missing or empty.
    Required,
    /// A template's leftover.
    DummyValue,
    /// A value of another length than declared.
    Length,
    /// A value that breaks the mode's rules.
    Expect,
    /// No class is known for the mode, or the config does not have it.
    Mode,
    /// An env file of another mode.
    FileMode,
    /// A value that is known to belong to the other class: a broker's host, port, key or account.
    Endpoint,
    /// The same secret in a mode with and in one without real money.
    SharedSecret,
    /// The user of one class can read the files of the other.
    Isolation,
    /// A mode that may not be launched on this host.
    Host,
    /// A user who may not launch the mode.
    User,
    /// A mode that only systemd may start.
    Supervisor,
    /// The same live worker runs already.
    Second,
    /// A launch with real money that nobody confirmed.
    Confirmation,
    /// A secret that is too old, or past its day.
    Age,
    /// The worker's command cannot be run, or not safely.
    Command,
    /// The directory for the rendered config is not what it should be.
    Delivery,
    /// A file or a value is not as a rotation has left it, or a step does not fit.
    Rotation,
}

impl Gate {
    /// All of them, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Usage,
        Self::Input,
        Self::System,
        Self::Permission,
        Self::Owner,
        Self::ParentDirectory,
        Self::FileKind,
        Self::Syntax,
        Self::Duplicate,
        Self::Size,
        Self::LoaderVariable,
        Self::ReservedName,
        Self::Placeholder,
        Self::Required,
        Self::DummyValue,
        Self::Length,
        Self::Expect,
        Self::Mode,
        Self::FileMode,
        Self::Endpoint,
        Self::SharedSecret,
        Self::Isolation,
        Self::Host,
        Self::User,
        Self::Supervisor,
        Self::Second,
        Self::Confirmation,
        Self::Age,
        Self::Command,
        Self::Delivery,
        Self::Rotation,
    ];

    /// The name under which a gate is documented.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Input => "input",
            Self::System => "system",
            Self::Permission => "permission",
            Self::Owner => "owner",
            Self::ParentDirectory => "parent-directory",
            Self::FileKind => "file-kind",
            Self::Syntax => "syntax",
            Self::Duplicate => "duplicate",
            Self::Size => "size",
            Self::LoaderVariable => "loader-variable",
            Self::ReservedName => "reserved-name",
            Self::Placeholder => "placeholder",
            Self::Required => "required",
            Self::DummyValue => "dummy-value",
            Self::Length => "length",
            Self::Expect => "expect",
            Self::Mode => "mode",
            Self::FileMode => "file-mode",
            Self::Endpoint => "endpoint",
            Self::SharedSecret => "shared-secret",
            Self::Isolation => "isolation",
            Self::Host => "host",
            Self::User => "user",
            Self::Supervisor => "supervisor",
            Self::Second => "second",
            Self::Confirmation => "confirmation",
            Self::Age => "age",
            Self::Command => "command",
            Self::Delivery => "delivery",
            Self::Rotation => "rotation",
        }
    }

    /// The exit status of a refusal by this gate.
    #[must_use]
    pub fn status(self) -> Status {
        match self {
            Self::Usage => Status::Usage,
            Self::Input => Status::NoInput,
            Self::System => Status::SystemFault,
            Self::Syntax | Self::Duplicate | Self::Size => Status::DataError,
            Self::Placeholder | Self::Required | Self::DummyValue | Self::Length | Self::Mode => {
                Status::Config
            }
            Self::Permission
            | Self::Owner
            | Self::ParentDirectory
            | Self::FileKind
            | Self::LoaderVariable
            | Self::ReservedName
            | Self::FileMode
            | Self::Endpoint
            | Self::SharedSecret
            | Self::Isolation
            | Self::Host
            | Self::User
            | Self::Supervisor
            | Self::Second
            | Self::Confirmation
            | Self::Age
            | Self::Expect
            | Self::Command
            | Self::Delivery
            | Self::Rotation => Status::NoPermission,
        }
    }
}
