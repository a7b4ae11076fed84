//! The texts of `envgate(1)`.

use super::page::{Page, Part, Section};
use crate::name::SYSTEMD_NAMES;

pub(super) const ABOUT: &str = "launch a trading worker with checked secrets and a clean environment";

pub(super) const DESCRIPTION: &[Section] = &[Section {
    title: "DESCRIPTION",
    parts: &[
        Part::Text(
            "envgate reads env files that are private (`chmod 600`) and a runtime config in YAML, refuses what is unsafe, \
             ambiguous or mixed between paper and live trading, expands the config's placeholders, and then becomes the \
             worker: the same process, with an environment that is built from empty. There is no child and no daemon, \
             and nothing is fetched over a network.",
        ),
        Part::Text(
            "It stands in `ExecStart=` of a unit, and on an operator's command line. Nothing is taken from the \
             environment or found by looking around: the mode, the config and the env files are named on the command \
             line or in the config.",
        ),
        Part::Text(
            "A mode is a named environment, and has a class: `live` risks real money, `paper` does not. The checks are \
             called gates, and `envgate-gates`(7) says of each what it refuses, why, and how to mend it. All that they \
             find is said at once. No value of a secret stands in a message, in argv, in the journal or in a core dump \
             of envgate.",
        ),
    ],
}];

/// The section ENVIRONMENT.
pub(super) fn environment(page: &mut Page) {
    page.section("ENVIRONMENT");
    page.parts(ENVIRONMENT);
    let names: Vec<String> = SYSTEMD_NAMES.iter().map(|name| format!("`{name}`")).collect();
    page.item("Under systemd", &format!("{}.", names.join(", ")));
    page.parts(MORE_ENVIRONMENT);
}

const ENVIRONMENT: &[Part] = &[
    Part::Text(
        "The worker gets the variables of its env files and its config (`envgate.yml`(5) has the order in which they \
         win), and beside them these and no others. None of the caller's is let through that is not named here or under \
         `pass` in the config. They are reserved, `PATH` and the user's own apart: no input may set them.",
    ),
    Part::Item("`PATH`", "What `path` of the config says, else `/usr/local/bin:/usr/bin:/bin`."),
    Part::Item(
        "`HOME`, `USER`, `LOGNAME`, `SHELL`",
        "Those of the worker's user in `/etc/passwd`. Where it does not know the user, what systemd set.",
    ),
    Part::Item(
        "`ENVGATE_MODE`, `ENVGATE_CLASS`, `ENVGATE_INSTANCE`",
        "The mode, its class (`paper` or `live`), and the instance where there is one.",
    ),
    Part::Item(
        "`ENVGATE_GENERATION`",
        "Which env files the worker was launched with: twelve hexadecimal digits for each, from device, inode, time and \
         size of the file, and from no value.",
    ),
    Part::Item(
        "`ENVGATE_CONFIG`, `ENVGATE_CONFIG_DIR`",
        "Where the expanded config is (the config or `--config-variable` may choose another name), and the folder of its \
         source, for relative paths.",
    ),
    Part::Item("`ENVGATE_BREAK_GLASS`", "The reason, of a launch with `--break-glass`."),
    Part::Item(
        "`ENVGATE_PID`, `ENVGATE_SOURCE`, `ENVGATE_FILES`",
        "For `envgate workers`: the worker's own process, whose children inherit the variable and not the number; the \
         config with all links resolved; and the env files that the generation stands for, in its order, with a blank \
         between two (in each, a blank is `%20`).",
    ),
];

const MORE_ENVIRONMENT: &[Part] = &[
    Part::Item("Under a user's own systemd", "`XDG_RUNTIME_DIR` and `DBUS_SESSION_BUS_ADDRESS` as well."),
    Part::Item("With a terminal on standard input", "`TERM` and `TZ`."),
    Part::Text(
        "Of its own environment envgate reads little, and nothing in it can choose a mode or confirm a launch: `CI` and \
         `GITHUB_ACTIONS` forbid a live launch, and `NO_COLOR` turns colours off. \"Under systemd\" is what a shell \
         cannot inherit: `SYSTEMD_EXEC_PID` is envgate's own process, and its cgroup is a service's.",
    ),
];

pub(super) const FILES_AND_EXAMPLES: &[Section] = &[
    Section {
        title: "FILES",
        parts: &[
            Part::Item(
                "`/etc/envgate/NAME.yml`",
                "A worker's config, where the shipped units look for it; see `envgate.yml`(5).",
            ),
            Part::Item(
                "`/etc/envgate/env/NAME.MODE.env`",
                "Its env files by custom, 0600; see `envgate-env`(5).",
            ),
            Part::Item(
                "`/etc/envgate/policy.yml`",
                "What this host may launch; see `envgate-policy`(5). A commented example stands beside it.",
            ),
            Part::Item(
                "`FILE.staged`, `FILE.previous`",
                "The next and the former contents of an env file that is being rotated; see `envgate-rotate`(1).",
            ),
            Part::Item(
                "`$RUNTIME_DIRECTORY`",
                "Where the expanded config goes under systemd (0400). It goes with the unit.",
            ),
            Part::Item(
                "`/var/log/envgate/audit.jsonl`",
                "The trail of what was rotated (0640); see `envgate-audit`(1).",
            ),
            Part::Item(
                "`/var/lib/envgate/rotations`, `/var/lib/envgate/retired.json`",
                "What is known of the open rotations, and the fingerprints of values that were rotated out; no value.",
            ),
            Part::Item(
                "`/var/lib/envgate/host.key`",
                "The key of the fingerprints by which values are compared (0600), made at first use.",
            ),
        ],
    },
    Section {
        title: "EXAMPLES",
        parts: &[
            Part::Text("Look at a launch, and start nothing:"),
            Part::Example("sudo envgate check -m paper -c /etc/envgate/pine.yml"),
            Part::Text("Launch it by hand, as the worker's user:"),
            Part::Example("sudo -u pine-paper envgate exec -m paper -c /etc/envgate/pine.yml"),
            Part::Text("In a unit, where the instance is a symbol:"),
            Part::Example("ExecStart=/usr/local/bin/envgate exec -m live -c /etc/envgate/pine.yml -i %i"),
            Part::Text("The history of live launches, and every refusal:"),
            Part::Example(
                "journalctl ENVGATE_CLASS=live\njournalctl MESSAGE_ID=9b0d2f1c0a3e4a6f8d5f1a7f5c3be2d4",
            ),
        ],
    },
];
