//! `envgate-policy(5)`: the host policy. The headings of its keys are the program's own names of the mappings.

use super::page::Part::{self, Heading, Item, Text};
use super::page::{Page, Section};

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("envgate-policy", '5', "what a host may launch");
    page.sections(SECTIONS);
    page
}

const EXAMPLE: &str = "classes: [paper, live]
modes: [paper, live]
break_glass: allow
config_owners: [deploy]
configs: [/etc/envgate/pine.yml, {path: /etc/envgate/desk.yml, instances: [ES]}]
live:
  users: [pine-live]
  groups: [trading-desk]
  supervisor: systemd
  max_age: 30d
  age: strict
  isolation: strict
paper:
  max_age: 90d
";

const KEYS: &[Part] = &[
    Heading("The host policy"),
    Item("`classes`: a list of `paper` and `live`", "The classes that may be launched here. Default: both."),
    Item("`modes`: a list", "The modes that may be launched here, by name. Default: all."),
    Item("`live`: a mapping", "Rules for modes with real money; see below."),
    Item("`paper`: a mapping", "The same for modes without."),
    Item(
        "`break_glass`: `allow` or `forbid`",
        "Whether `exec --break-glass REASON` may lift the gates isolation, supervisor and age. Default: `forbid`.",
    ),
    Item(
        "`config_owners`: a list",
        "Who may own a config beside root, the worker's user and whoever launches: a user that deploys. By name or number.",
    ),
    Item(
        "`configs`: a list",
        "What runs here, for `envgate ages` and its timer: whole paths of configs, or `{path, instances}`; see below.",
    ),
    Heading("A config of the host policy"),
    Item("`path`: a path", "The whole path of the config."),
    Item(
        "`instances`: a list",
        "The instances that run with it, where a path of an env file has `{instance}` in it.",
    ),
    Heading("A class of the host policy"),
    Item("`users`: a list", "Who may launch it, by name or number; root too only where it is named."),
    Item(
        "`groups`: a list",
        "Whose members may, by name or number. Where neither `users` nor `groups` stands, anybody may.",
    ),
    Item(
        "`supervisor`: `systemd` or `any`",
        "With `systemd`, only the system's systemd starts it, and nobody by hand. Default: `any`.",
    ),
    Item(
        "`user_manager`: `confirms` or `asks`",
        "With `confirms`, a service of a user's own manager (`systemctl --user`) needs no `--confirm`. Default: `asks`.",
    ),
    Item(
        "`max_age`: a span",
        "How old a secret may be: `30d`, `12h`. The smaller one of this and the config's counts.",
    ),
    Item("`age`: `strict` or `warn`", "Whether the gate age refuses a launch by hand. Default: `warn`."),
    Item("`isolation`: `strict` or `warn`", "Whether the gate isolation refuses. Default: `warn`."),
];

const SECTIONS: &[Section] = &[
    Section {
        title: "DESCRIPTION",
        parts: &[
            Text(
                "`/etc/envgate/policy.yml` says what a host may launch, whom it lets, and how strict the gates are. It is \
                 read at every launch and at every `envgate check`; no option and no variable names another file. Its \
                 rules forbid and never allow what a gate refuses, but for three keys that only root can set: `break_glass`, \
                 `config_owners` and `user_manager`.",
            ),
            Text(
                "Without the file there is no restriction. It is root's, and nobody else can write to it or to its \
                 folder; everybody may read it (0644). A policy that cannot be read, that is empty, or that has a key \
                 which is none refuses every launch. `make install` puts a commented example beside it, \
                 `policy.yml.example`.",
            ),
            Text(
                "It keeps people from mistakes and holds nobody who means harm: whoever can read an env file can start its \
                 worker without envgate, or in a root directory of their own, where there is another `/etc`. What somebody \
                 must not launch, they must not be able to read.",
            ),
        ],
    },
    Section { title: "KEYS", parts: KEYS },
    Section { title: "EXAMPLE", parts: &[Part::Example(EXAMPLE)] },
];
