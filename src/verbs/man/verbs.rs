//! What the pages of the verbs say beside their options. A verb without a text here has a page all the same.

use super::page::{Part, Section};
use super::{ages, rotate};

/// More of the section DESCRIPTION.
pub(super) fn description(verb: &str) -> &'static [Part] {
    match verb {
        "exec" => EXEC,
        "check" => CHECK,
        "status" => STATUS,
        "render" => RENDER,
        "lint" => LINT,
        "init" => INIT,
        "workers" => WORKERS,
        "audit" => AUDIT,
        "ages" => ages::DESCRIPTION,
        "rotate" => rotate::DESCRIPTION,
        "completions" => COMPLETIONS,
        _ => &[],
    }
}

/// The sections behind the options.
pub(super) fn sections(verb: &str) -> &'static [Section] {
    match verb {
        "exec" => EXEC_EXAMPLES,
        "check" => CHECK_SECTIONS,
        "status" => STATUS_EXAMPLES,
        "render" => RENDER_SECTIONS,
        "lint" => LINT_EXAMPLES,
        "init" => INIT_SECTIONS,
        "workers" => WORKERS_EXAMPLES,
        "audit" => AUDIT_SECTIONS,
        "ages" => ages::SECTIONS,
        "rotate" => rotate::SECTIONS,
        "completions" => COMPLETIONS_EXAMPLES,
        _ => &[],
    }
}

const EXEC: &[Part] = &[
    Part::Text(
        "Where no gate refuses, envgate is replaced by the worker: the process, its standard streams, signals, open \
         descriptors, working directory and cgroup stay as they were inherited. Where one refuses, nothing is started, \
         and the findings go to standard error and to the journal.",
    ),
    Part::Text(
        "`-e` replaces the list of env files that the config has for the mode; it may be repeated, and later files win. \
         It takes a path, or `credential:NAME` for a credential that the unit loads. Without `-c` there is no config, and \
         `-e` alone serves. `--set` is for what is no secret: the command line is readable by everybody on the host.",
    ),
    Part::Text(
        "A launch with real money is confirmed. On a terminal, envgate shows what is about to start and asks for one \
         answer, the mode and the instance (`live ES`); three wrong ones end it. A unit of the system's systemd is a \
         confirmation. With neither, `--confirm MODE` says the mode once more.",
    ),
    Part::Text(
        "`--break-glass` is for an emergency. It turns refusals of the gates isolation, supervisor and age into \
         warnings, and nothing else. It needs a reason of ten characters or more, a terminal or root, and a host policy \
         that allows it. The journal has the launch at the priority alert, and `envgate status` and `envgate workers` name \
         the reason as long as the worker runs. `--allow-second` lets a live launch by hand start beside the same worker.",
    ),
];

const EXEC_EXAMPLES: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[
        Part::Text("A worker with a config:"),
        Part::Example("envgate exec -m paper -c pine.yml"),
        Part::Text("A command with the variables of one env file, without a config:"),
        Part::Example("envgate exec -m paper -e feed.paper.env -- /usr/bin/python3 -m feed.probe"),
        Part::Text("A live launch by a script, which has no terminal:"),
        Part::Example("envgate exec -m live -c /etc/envgate/pine.yml -i ES --confirm live"),
    ],
}];

const CHECK: &[Part] = &[
    Part::Text(
        "It ends as `envgate exec` would, with the status of the first refusal that counts, and needs no confirmation. \
         With `--strict`, warnings end it with 1. As root it looks at the files as their owner's, or as those of the \
         user whom `--user` names.",
    ),
    Part::Text(
        "`--all-modes` goes through every mode of a config and compares them with each other: a secret that both classes \
         have, a variable that one mode lacks. It is for root, who can read the files of all.",
    ),
    Part::Text(
        "`--unit` looks at a service as it is today, one of envgate's or one that is to become it: its `User=`, \
         `EnvironmentFile=`, `Environment=` and `ExecStart=` go through the gates, and for a unit that moves over, the \
         block for its config and the drop-in are printed.",
    ),
];

const CHECK_SECTIONS: &[Section] = &[
    Section {
        title: "JSON",
        parts: &[Part::Text(
            "`--json` prints `schema`, `verdict` (`fine`, `warned` or `refused`), `status`, `mode`, `class`, `generation`, \
             `command`, `delivery`, `declared_data_endpoints` (each with `variable` or `key`) and `findings`. Each finding has `gate`, `severity`, `status`, `file`, `line`, \
             `column`, `variable` (`null` where there is none), `what`, `why` and `mend`. With `--all-modes` there is a list \
             `modes`, each with its findings; with `--unit`, what the unit becomes. The schemas are installed in `/usr/local/share/envgate/schemas`.",
        )],
    },
    Section {
        title: "EXAMPLES",
        parts: &[
            Part::Text("A launch, looked at by root for the owner of its env files:"),
            Part::Example("sudo envgate check -m live -c /etc/envgate/pine.yml -i ES"),
            Part::Text("A unit that exists already:"),
            Part::Example("sudo envgate check --unit pine-runner -m paper"),
            Part::Text("In a pipeline, where a warning counts too:"),
            Part::Example("envgate check -m paper -c pine.yml --strict --json"),
        ],
    },
];

const STATUS: &[Part] = &[
    Part::Text(
        "A variable has its value, masked, its length and age, the input that won (file and line, a credential, \
         `fallback`, `default` and so on) and those that it beat. A secret shows its first three characters, and none \
         where it has fewer than sixteen. What is declared `secret: false`, or stands openly in the config, is shown. An \
         age is what a comment `# rotated:` records, or at least that of the file's last change.",
    ),
    Part::Text(
        "Below the table stand the names that are used and not configured, configured and never used, or in an env file \
         and named nowhere. What envgate and systemd set is left out without `--all`. A launch that a gate refuses is \
         shown as far as it came, and the status is 1.",
    ),
];

const STATUS_EXAMPLES: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[Part::Example("sudo envgate status -m live -c /etc/envgate/pine.yml -i ES")],
}];

const RENDER: &[Part] = &[Part::Text(
    "A placeholder that nothing defines stays as it is. With `--reveal` the secrets are shown, into a pipe alone: not on \
     a terminal, not into a file or a socket, and not of a launch that a gate refuses. It ends as `envgate check` does.",
)];

const RENDER_SECTIONS: &[Section] = &[
    Section {
        title: "JSON",
        parts: &[Part::Text(
            "`--json` prints `schema`, `verdict` (`fine`, `warned` or `refused`), `status`, `mode`, `class`, `generation`, \
             `config`, `delivery`, `text` (the expanded config, with its secrets masked; `null` where it cannot be rendered) \
             and `findings`, as `envgate check --json` does. The schema is installed in `/usr/local/share/envgate/schemas`.",
        )],
    },
    Section {
        title: "EXAMPLES",
        parts: &[
            Part::Text("What the worker will read, with the secrets masked:"),
            Part::Example("envgate render -m paper -c pine.yml"),
            Part::Text("Whether it is what a reader takes for YAML:"),
            Part::Example("envgate render -m paper -c pine.yml --reveal | yq . >/dev/null"),
        ],
    },
];

const LINT: &[Part] = &[
    Part::Text(
        "It prints the faults of each file, and for each variable that systemd (`EnvironmentFile=`), bash \
         (`set -a; . FILE`), a dotenv library and docker do not read alike, what each of them has. Nothing of a file is \
         run. Values are masked; readers with the same letter have the same value, and its length is in brackets. A row \
         without a name is a word that one reader takes for a name and another for a part of a value.",
    ),
    Part::Text(
        "It ends with 0 where a file is portable, else with 1, or as the gates refuse the file. docker keeps quotes as \
         a part of the value: where it alone differs, that counts with `--strict` only.",
    ),
    Part::Text(
        "`--fix` rewrites a file into the portable form (see envgate-env(5)): comments, order and blank lines stay, and a \
         comment behind a value gets a line of its own. Where the readers differ, `--as` says whose meaning the new file \
         has. It is refused where that reader stops at a line, loses a variable, or makes something of it that depends on \
         more than the file. The new file takes the place of the old one at one stroke, under a lock, with its owner, \
         group, mode and ACL.",
    ),
];

const LINT_EXAMPLES: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[
        Part::Example("envgate lint pine.paper.env"),
        Part::Text("A file that units have read until now keeps its meaning:"),
        Part::Example("sudo envgate lint --fix --as systemd /etc/envgate/env/pine.live.env"),
    ],
}];

const INIT: &[Part] = &[Part::Text(
    "The new file is 0600 from birth; it says which lines to fill in, and a launch refuses what is left of the template. \
     Nothing that is there is overwritten. The mode of the file's name, of the template's line `ENVGATE_MODE=` and of \
     `-m` must be one, and a live file must have the line. As root, `--user` says whose file it is.",
)];

const INIT_SECTIONS: &[Section] = &[
    Section {
        title: "JSON",
        parts: &[Part::Text(
            "`--json` prints `schema`, `status`, `template`, `file`, `made`, `modes`, `unfilled` (what a launch refuses as the \
             template has it: each with `variable` and `line`) and `findings`. The schema is installed in \
             `/usr/local/share/envgate/schemas`.",
        )],
    },
    Section {
        title: "EXAMPLES",
        parts: &[Part::Example(
            "sudo envgate init pine.paper.env.example /etc/envgate/env/pine.paper.env --user pine-paper",
        )],
    },
];

const WORKERS: &[Part] = &[
    Part::Text(
        "It finds every process on this host that envgate launched, in a unit or by hand (`-`), and says what it holds: \
         the mode, the instance, since when, the generation of its env files, and the state. A UNIT is a name or a glob; \
         one in which nothing runs ends it with status 1, and nothing else does. As root it sees the workers of all \
         users; those of others are counted otherwise, and never left out.",
    ),
    Part::Item("`current`", "Its env files are those that it was launched with."),
    Part::Item(
        "`stale`",
        "One of them is another file now, or has another time or size: it holds what was there before.",
    ),
    Part::Item(
        "`unknown`",
        "It cannot be told: an encrypted credential, a source that was only renamed, a process that may not be read.",
    ),
    Part::Text(
        "It is a hint and no proof: it reads `/proc/PID/environ`, which any process may forge or overwrite. A service that \
         has overwritten its own is shown by what systemd says of it, a worker by hand that has is not found.",
    ),
];

const WORKERS_EXAMPLES: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[Part::Example("sudo envgate workers\nsudo envgate workers 'desk@*' --json")],
}];

const AUDIT: &[Part] = &[
    Part::Text(
        "Every step of a rotation is a record: when, on which host, by whom (the real user, `SUDO_USER`, the user of the \
         login), which files and variables, in which mode, from which generation to which, what became of each unit, and \
         why. No value is in it. Root's trail is `/var/log/envgate/audit.jsonl`; a user's is `envgate/audit.jsonl` in \
         `$XDG_STATE_HOME`, where that is absolute and the user's own, or in `~/.local/state`.",
    ),
    Part::Text(
        "Each record has the hash of the one before it and its own, which is the SHA-256 of the line without \
         `,\"hash\":\"...\"`. `envgate audit verify` finds the line that was changed, before which one is missing, that \
         stands elsewhere or twice, and the piece that a full disk or a power failure left; such a piece was never \
         confirmed, and its line may be deleted. Since no chain can see that its end was cut off, each record goes to the \
         journal too, and what the journal has of this trail must be in it. Where the journal cannot be read, that is \
         said. The status is 1 where something is wrong.",
    ),
    Part::Text(
        "The trail stays in one piece: a log rotation that begins a new file is found as missing records. `--since` takes a \
         time (`2026-11-20`, `2026-11-20T09:30:00Z`) or how long ago (`30d`). `--file` takes a path, or the name of \
         the file alone; there and in `--unit`, `*` and `?` stand for what they do in a shell.",
    ),
];

const AUDIT_SECTIONS: &[Section] = &[
    Section {
        title: "JSON",
        parts: &[Part::Text(
            "`--json` prints `schema`, `file`, `records` (of `show`, as they were written; of `verify` `null`), `count`, \
             `faults` (each with `line` and `kind`: `changed`, `missing`, `reordered`, `repeated` or `torn`) and `journal` \
             (of `verify`: `state`, `reason`, `records` and `lacking`). The schema is installed in \
             `/usr/local/share/envgate/schemas`.",
        )],
    },
    Section {
        title: "EXAMPLES",
        parts: &[
            Part::Text("What happened to a key in the last ninety days:"),
            Part::Example("sudo envgate audit show --since 90d --variable BYBIT_API_KEY"),
            Part::Text("Whether the trail is what was written:"),
            Part::Example("sudo envgate audit verify"),
        ],
    },
];

const COMPLETIONS: &[Part] = &[Part::Text(
    "`make install` puts the scripts where the shells look for them. For a user alone, they go into a folder of that \
     user's.",
)];

const COMPLETIONS_EXAMPLES: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[
        Part::Example(
            "envgate completions bash > ~/.local/share/bash-completion/completions/envgate\n\
             envgate completions fish > ~/.config/fish/completions/envgate.fish\n\
             envgate completions zsh > ~/.zfunc/_envgate",
        ),
        Part::Text("For zsh the folder has to be one of `fpath`: `fpath+=(~/.zfunc)` before `compinit`."),
    ],
}];
