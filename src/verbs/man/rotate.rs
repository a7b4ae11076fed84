//! What the page of `rotate` says beside its steps' options.

use super::page::{Part, Section};

pub(super) const DESCRIPTION: &[Part] = &[
    Part::Text(
        "The inputs of `stage` and `run` are those of `envgate-exec`(1). The NAMEs are variables of one env file or of \
         several: a set that the config declares, and several instances (`-i` may be repeated), are rotated as one. Without \
         `-e`, it is the mode's env file that holds the name. A symbolic link stays a link, and what it leads to is edited. \
         Of the file the values change, and the records `# rotated:` and `# expires:` above them; every other byte stays, and \
         owner, group, mode, extended attributes and ACL with it.",
    ),
    Part::Text(
        "The values are never given in argv. On a terminal each is asked for by its name, without echo, and shown masked, \
         with its length. Where standard input is no terminal, one value is everything that stands there but one final \
         newline, and several stand one a line, in the order of the NAMEs. `--value-fd` reads them from another descriptor.",
    ),
    Part::Text(
        "`stage` goes through every gate of the mode with the new values: a paper key that is staged for live is refused \
         there and then, and so is the value that is to be replaced, and one that was retired on this host. What `test`, \
         `--verify` and `--guard` run gets exactly the environment that the worker would get, as the worker's user, once for \
         each instance; its output goes to standard error. They take words and no shell: `--verify '/usr/bin/sh -c \"...\"'` \
         where one is wanted. In a live mode a command is named by its whole path.",
    ),
    Part::Text(
        "`promote` swaps the files and touches no unit; with `--restart` it restarts the units that hold the old values, \
         the first of them alone, as a canary, and the others one by one. Each has to be active and to stay so for \
         `--settle`, with the same process and no restart of its own, and it is shown that every process of its control \
         group began after the swap. `--verify` runs before the swap, behind the canary and at the end. Where anything \
         fails, the former files are put back, the units that were restarted are restarted on them, and the status is 1. A UNIT \
         is a name or a glob; one that does not hold the old values is refused. Workers that were launched by hand are listed: \
         their owners restart them. `--reload` is for workers that read their config again, and for variables with \
         `deliver: config` alone.",
    ),
    Part::Text(
        "`close --revoked` ends a rotation, once the provider has revoked the old key. It is refused while a worker holds \
         the old values, and names it. The former files are deleted, and the old values are retired: as keyed fingerprints, \
         so that none of them comes back by mistake.",
    ),
    Part::Text(
        "With `run --compromised` the old key is revoked already: nothing is kept of it, there is no canary and no way back, \
         and all units are restarted at once, those that the revoked key keeps ending among them. It closes by itself where all \
         of them are shown to run on the new values.",
    ),
    Part::Text(
        "A step is for the open rotation that it fits to; where several do, a NAME, `-m`, `-c`, `-i` or `-e` says which. Each \
         step takes a lock, writes ahead what it is about to do, and is one record of the trail (`envgate-audit`(1)).",
    ),
];

pub(super) const SECTIONS: &[Section] = &[
    Section {
        title: "PHASES",
        parts: &[
            Part::Text("What `show` calls a rotation, and what comes next:"),
            Part::Item(
                "`staged`",
                "The new files lie beside the current ones: `promote`, `test` or `discard`.",
            ),
            Part::Item(
                "`promoted`",
                "They are the current ones: revoke the old key at the provider, then `close --revoked`; or `rollback`.",
            ),
            Part::Item(
                "`staging`, `promoting`, `restarting`, `rolling-back`, `discarding`, `closing`",
                "A step runs now, or was interrupted or killed: `resume` ends it (what was being staged is thrown away), and \
                 `rollback` undoes it, but for `closing` and for what is `--compromised`. Both may be repeated.",
            ),
        ],
    },
    Section {
        title: "FILES",
        parts: &[
            Part::Item(
                "`FILE.staged`",
                "The whole next env file, with the protection of FILE. A rollback leaves it there.",
            ),
            Part::Item("`FILE.previous`", "The whole former one, from `promote` to `close` or `rollback`."),
            Part::Item(
                "`/var/lib/envgate/rotations`",
                "A folder for each open rotation, with its record: names and fingerprints, and no value. Of a user, below \
                 `$XDG_STATE_HOME/envgate` or `~/.local/state/envgate`. So only who began a rotation goes on with it.",
            ),
            Part::Item("`/var/lib/envgate/retired.json`", "The fingerprints of retired values."),
            Part::Item("`/var/log/envgate/audit.jsonl`", "The trail; see `envgate-audit`(1)."),
        ],
    },
    Section {
        title: "JSON",
        parts: &[Part::Text(
            "`--json` prints `schema` and `rotations`, those that are open: an empty list where the step has ended the last one \
             that was meant. Each has `id`, `phase`, `interrupted`, `mode`, `class`, `config`, `instances`, `files` (each \
             `file`, `variables`, `base`, `staged`), `units` (each `unit`, `step`, `said`), `staged_at`, `uid`, `reason`, \
             `compromised`, and `remaining`, who holds what is current no longer (`null` where nobody has looked). Behind a way \
             back there is `rolled_back`, what each unit runs on. No value is in it, not even masked. The schema is installed in \
             `/usr/local/share/envgate/schemas`.",
        )],
    },
    Section {
        title: "EXAMPLES",
        parts: &[
            Part::Text("Everything in one, and then, once the provider has revoked the old key, the end:"),
            Part::Example(
                "sudo envgate rotate run BYBIT_API_KEY BYBIT_API_SECRET -m prod -c /etc/envgate/market-maker.yml --restart --reason monthly\n\
                 sudo envgate rotate close --revoked",
            ),
            Part::Text("Step by step:"),
            Part::Example(
                "sudo envgate rotate stage DATABENTO_API_KEY -m live -c /etc/envgate/pine.yml -i ES -i NQ --reason monthly\n\
                 sudo envgate rotate test -- /usr/bin/python3 -m feed.probe\n\
                 sudo envgate rotate promote --restart 'pine-worker-live@*' --settle 1min\n\
                 sudo envgate rotate show",
            ),
            Part::Text("Back, or on, after a step that was interrupted:"),
            Part::Example(
                "sudo envgate rotate rollback --reason 'orders were refused'\nsudo envgate rotate resume",
            ),
        ],
    },
];
