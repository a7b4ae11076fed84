//! Gates over the launch itself: who asks for it, where, and what is started.

use super::Text;

pub(super) const USAGE: Text = Text {
    what: "Refuses a command line that contradicts the inputs: `--set` of a secret or of a variable that an env file \
           sets, an instance that is none, an env file that needs one (`{instance}`) where none is given, no command, a \
           `--break-glass` without a reason, a new file (`init`) under a name that is taken.",
    why: "What is meant would be a guess; and the command line is readable by everybody on the host.",
    mend: "Correct the command line as the finding says. `envgate exec --help` has the options.",
};

pub(super) const HOST: Text = Text {
    what: "Refuses a mode or a class that the host policy does not list for this host, a mode whose `hosts` do not name \
           it, and `--break-glass` where the policy does not allow it.",
    why: "Whoever runs a host decided what it may risk: a research machine has no business with real money.",
    mend: "Launch it on its own host. If it does belong here, add the mode to `/etc/envgate/policy.yml` (as root) or \
           the host to `hosts` of the mode.",
};

pub(super) const USER: Text = Text {
    what: "Refuses a user whom `users` of the mode does not name, or whom neither `users` nor `groups` of the host \
           policy names for the class. Root too launches only where it is named.",
    why: "The credentials of a mode belong to the users who answer for it.",
    mend: "Launch it as one of them: `sudo -u USER envgate exec`, or `User=` in the unit.",
};

pub(super) const SUPERVISOR: Text = Text {
    what: "Refuses a launch by hand of a mode that only the system's systemd may start: `supervisor: systemd`, of the \
           mode or in the host policy. A service of a user's own manager counts as launched by hand.",
    why: "A worker by hand ends with its terminal, and nobody restarts it or sees its log.",
    mend: "`systemctl start` its unit. In an emergency `--break-glass` lifts it, where the host policy allows that.",
};

pub(super) const SECOND: Text = Text {
    what: "Refuses a live launch by hand while a process of the same config (without one: of the same env files), mode and \
           instance runs already, in a unit or by hand, or one that such a worker left behind. A process of another user \
           that is in no unit is found by root alone, and two launches in the same moment do not see each other.",
    why: "Two workers of one config trade the same account twice.",
    mend: "End the other one first; the finding says how. Where a second one is meant, such as a health check: \
           `--allow-second`.",
};

pub(super) const CONFIRMATION: Text = Text {
    what: "Refuses a launch with real money that nobody confirmed. On a terminal a person is asked, and types the mode \
           (and the instance); `--confirm` does not replace that. A unit of the system's systemd is a confirmation by \
           itself. Without either, `--confirm MODE` says the mode once more. In a CI job (`CI` or `GITHUB_ACTIONS` is \
           set) `live`, `prod` and `production` are never launched, and another live mode only with `ci: true`. \
           `--break-glass` needs a terminal or root.",
    why: "One slip of the hand, or whoever can push to a branch, must not trade real money.",
    mend: "Start it as a unit, answer on a terminal, or write `--confirm MODE`. Where an input changed while you were \
           asked, launch again and look at what is shown then.",
};

pub(super) const AGE: Text = Text {
    what: "Warns of a secret that is older than it may be (`max_age` of the variable, else of the mode, and of the \
           host policy: the smaller one counts), or past the day that `expires` declares or a comment `# expires:` records. With `age: strict` \
           that is a refusal for a launch by hand; under systemd it never is. A secret that has a limit and no date is \
           a warning.",
    why: "The longer a secret is in use, the more places it may have leaked to. A worker that crashes at night has to \
          come back all the same.",
    mend: "Let the provider make a new one and put it in its place, with `# rotated: 2026-11-20T09:30:00Z` on the line \
           above. Without that record a secret is as old as the last change of its file, at least. In an emergency \
           `--break-glass` lifts it, where the host policy allows that.",
};

pub(super) const COMMAND: Text = Text {
    what: "Refuses a command that is not found in the worker's `PATH` (not in the caller's), that cannot be executed, \
           or whose environment and arguments are too big for the kernel. Refuses as unsafe: in a live mode, a command \
           that is not named by its whole path, or that anybody but root and the worker's user can change, or a folder \
           or link on its way; as root in any mode, one that anybody but root can change. `check --unit` refuses a unit of \
           several `ExecStart=`: the block takes one command.",
    why: "The command gets all the secrets: whoever can change it has them.",
    mend: "Install it, name it by its whole path, or extend `path` in the block. For a script, look at its first line: \
           `#!` must name a program that exists. Against writing: `chmod go-w`, and `chown` to root. Of a unit with several \
           commands make one unit for each, or one program that does it all.",
};

pub(super) const DELIVERY: Text = Text {
    what: "Refuses a runtime directory for the rendered config that is somebody else's, that group or others can write \
           to, or that is not on a tmpfs; `delivery: file` where systemd gave none; and an input that would be \
           overwritten with its own rendering. Warns where a variable of the inputs has the name under which the worker \
           finds its config.",
    why: "The rendered config holds secrets, and goes only where nobody else can change it and systemd removes it again.",
    mend: "Write `RuntimeDirectory=NAME` and `RuntimeDirectoryMode=0700` into the unit. By hand, use `delivery: auto`. \
           Move an input out of the runtime directory.",
};

pub(super) const ROTATION: Text = Text {
    what: "Only in `envgate rotate`. Refuses a new value that is the old one or one that was retired on this host, an env \
           file, a staged or a former one that was changed by hand since the rotation wrote it (the variables that \
           differ are named), a second rotation of a file, a step that does not fit to how far the rotation is, a unit that \
           cannot be restarted or does not hold the old values, and to close while a worker holds them.",
    why: "A key that was rotated out is revoked, or known to somebody; and what a person changed meanwhile must neither \
          be lost nor be promoted unseen.",
    mend: "`envgate rotate show` says what is open. A step that was interrupted is ended with `envgate rotate resume`, or \
           undone with `envgate rotate rollback`; a staged file is thrown away with `envgate rotate discard`.",
};
