//! What the page of `ages` says beside its options.

use super::page::{Part, Section};

pub(super) const DESCRIPTION: &[Part] = &[
    Part::Text(
        "For every mode of each config, and every secret of its env files: how old it is, how old it may be, what is left, \
         and when it ends. Without a CONFIG it looks at those that the host policy lists (`configs:`). As root it reads the \
         files as their owner's. What may not be read is unknown, and never left out; no value is shown.",
    ),
    Part::Text(
        "A secret is as old as `# rotated:` above it says; without that at least as old as its file's last change (`≥`). Its \
         limit is `max_age` of the variable, else of the mode, or the host policy's where that is smaller; where nobody says, \
         that of its mode: `dev` and `test` 180 days, `paper`, `shadow` and `soak` 90, `live`, `prod` and `production` 30, any \
         other mode without real money 90, with it 30. It ends on the earlier day of `# expires:` and the config's \
         `expires:`. Where a later file has the same name, its value counts; a file of the mode `any` holds no secret.",
    ),
    Part::Item("`ended`", "Its day has come."),
    Part::Item("`over`", "It is older than it may be. With one that is ended or over, the exit status is 1."),
    Part::Item(
        "`soon`",
        "It has reached 80 % of its limit, or ends within 14 days. It counts with `--strict`.",
    ),
    Part::Item(
        "`unknown`",
        "Nothing says when it was made, or its file cannot be read. It counts with `--strict`.",
    ),
    Part::Item("`fine`", "None of these."),
    Part::Text(
        "A path with `{instance}` needs `-i`, which may be repeated, or `instances:` in the host policy's list; without, it is \
         unknown. A config that cannot be read ends it with the status of the gate, and hides no other.",
    ),
    Part::Text(
        "`--prometheus` writes `envgate_secret_age_seconds`, `envgate_secret_age_limit_seconds`, \
         `envgate_secret_expires_timestamp_seconds` and `envgate_secret_state`, with the labels config, mode, file and variable; \
         `envgate_ages_refused`, the number of findings; `envgate_workers_stale` and `envgate_workers_unknown` by mode and \
         class; `envgate_processes_unreadable`; `envgate_rotation_open_seconds`, since a rotation that is not closed was staged, by \
         file, mode and phase, and `envgate_rotations_unreadable`; and, where the journal may be read, \
         `envgate_launches_refused_in_a_row` by unit, since it was launched last. FILE is replaced whole; a new one is 0644, one that is there keeps its \
         owner and mode.",
    ),
];

pub(super) const SECTIONS: &[Section] = &[Section {
    title: "EXAMPLES",
    parts: &[
        Part::Text("By hand:"),
        Part::Example(
            "sudo envgate ages /etc/envgate/pine.yml\nsudo envgate ages /etc/envgate/desk.yml -i ES -i NQ --strict",
        ),
        Part::Text(
            "Every day, for the configs that the host policy lists; `OnFailure=` of the service is for whoever is to hear of it:",
        ),
        Part::Example(
            "systemctl enable --now envgate-ages.timer\njournalctl MESSAGE_ID=c27c0b9d5e4f4f0f9a3b8f6de1a4c713",
        ),
    ],
}];
