//! The keys of the `envgate:` block, mapping by mapping. The headings are the program's own names of the mappings.

use super::page::Part::{self, Heading, Item, Text};

pub(super) const KEYS: &[Part] = &[
    Text(
        "Every key may be left out, and so may the block: a config of the worker's alone, `-m paper` and one `-e` are \
         enough. An unknown key is refused, with the nearest known one. Placeholders are not expanded in the block.",
    ),
    Heading("The envgate: block"),
    Item("`config`: a mapping", "How the worker finds its expanded config; see below."),
    Item(
        "`command`: a list",
        "The worker: the program, and its arguments. No shell splits or expands it. A program without a slash is looked \
         up in the worker's `PATH`; in live it is named by its whole path. What stands behind `--` on the command line \
         replaces it.",
    ),
    Item("`path`: a text", "The worker's `PATH`. Default: `/usr/local/bin:/usr/bin:/bin`."),
    Item("`environment`: a mapping of names to values", "Constants that are no secret, for every mode."),
    Item(
        "`pass`: a list of names",
        "Variables of the caller's that are let through; `LC_*` stands for all whose names begin so. They are no secrets, \
         unless they are declared under `variables`.",
    ),
    Item(
        "`modes`: a mapping of modes",
        "What each mode may use; see below. Where it is there, no other mode is launched with this config.",
    ),
    Item("`variables`: a mapping of names", "What is declared of single variables; see below."),
    Item(
        "`sets`: a mapping of lists of names",
        "Variables that belong together, such as a key and its secret: all of them, or none; and those that are \
         secrets all under their own names, or all under names of the same place in their `fallback`s.",
    ),
    Item("`endpoints`: a mapping", "What the gate endpoint is told of the worker's own part; see below."),
    Item(
        "`ready`: `worker` or `launcher`",
        "With `launcher`, envgate says `READY=1` to systemd right before it becomes the worker, for workers that do not \
         notify. Default: `worker`.",
    ),
    Item(
        "`core_dumps`: `allow` or `forbid`",
        "Default: `forbid`, which makes the worker's soft limit for core dumps 0. With `allow` it stays as it was.",
    ),
    Heading("config:"),
    Item(
        "`variable`: a name",
        "The variable that holds the path of the expanded config. Default: `ENVGATE_CONFIG`. `--config-variable` wins.",
    ),
    Item(
        "`delivery`: `auto`, `file`, `memfd` or `source`",
        "How the worker gets it; see DELIVERY. Default: `auto`.",
    ),
    Heading("endpoints:"),
    Item(
        "`data`: a list of config keys",
        "Paths of keys, such as `feed.url`, from whose hosts and ports the worker only reads market data; \
         `envgate.command` stands for the words of `command`. API keys and accounts of the other class are refused there all the same.",
    ),
    Heading("A mode"),
    Item(
        "`class`: `paper` or `live`",
        "What the mode risks. Needed for a name that is not well known; a well-known one cannot be given another class.",
    ),
    Item(
        "`env_files`: a list",
        "The env files, later over earlier: paths relative to the config, `credential:NAME`, or mappings (below). \
         `{mode}` and `{instance}` may stand in them.",
    ),
    Item("`environment`: a mapping of names to values", "Constants of this mode, over those of the block."),
    Item(
        "`users`: a list",
        "Who may launch it, by name or number, and nobody else. Default: anybody whom the host policy lets.",
    ),
    Item("`hosts`: a list", "The hosts on which it may be launched, by name. Default: all."),
    Item(
        "`supervisor`: `systemd` or `any`",
        "With `systemd`, only the system's systemd starts it, and nobody by hand. Default: `any`.",
    ),
    Item(
        "`ci`: `true` or `false`",
        "Whether a CI job may launch it, though it is live (never `live`, `prod` and `production`), and whether `from: \
         environment` counts in it. Default: `false`.",
    ),
    Item(
        "`isolation`: `strict` or `warn`",
        "Whether the gate isolation refuses. Default: `warn`, in live modes alone.",
    ),
    Item(
        "`max_age`: a span",
        "How old a secret may be: `30d`, `12h`, `2weeks`. Default: no limit but the host policy's.",
    ),
    Item("`age`: `strict` or `warn`", "Whether the gate age refuses a launch by hand. Default: `warn`."),
    Item(
        "`expect`: a mapping of names",
        "Rules for the values of variables in this mode; see below. Such a variable has to be set.",
    ),
    Heading("An env file"),
    Item("`path`: a text", "The path, or `credential:NAME`."),
    Item(
        "`dialect`: `portable` or `systemd`",
        "How it is read; see `envgate-env`(5). Default: what `--dialect` says, else `portable`.",
    ),
    Item("`optional`: `true` or `false`", "Whether it may be missing. Default: `false`."),
    Heading("A variable"),
    Item(
        "`secret`: `true` or `false`",
        "Whether its value is a secret. What is none may be given with `--set`, may stand in a file for any mode, and may \
         be the same in paper and live. Default: `true`.",
    ),
    Item(
        "`required`: `true` or `false`",
        "Whether it must have a value. Default: `true`, and `false` where there is a `default`. In the config, an optional \
         one without a value is expanded to nothing.",
    ),
    Item("`default`: a text", "Its value where no input has one. An empty line in an env file is a value."),
    Item(
        "`fallback`: a list of names",
        "Other names under which the inputs may have it; the first one that is not empty serves.",
    ),
    Item(
        "`from`: `environment` or `credential:NAME`",
        "Where it may come from beside the env files: the caller's environment, in paper classes and in modes with \
         `ci: true`; or a credential that the unit loads. Default: nowhere else.",
    ),
    Item("`length`: a number, or [LEAST, MOST]", "How many characters its value has."),
    Item(
        "`deliver`: `environment` or `config`",
        "With `config` it reaches the worker through the expanded config alone, and is no variable. Default: \
         `environment`.",
    ),
    Item(
        "`shared`: `true` or `false`",
        "Whether one secret may serve paper and live, as a data feed's may. Default: `false`.",
    ),
    Item(
        "`endpoint`: `data`",
        "The worker only reads market data from the host that it names: the gate endpoint lets hosts and ports of the \
         other class pass there, and never API keys and accounts.",
    ),
    Item("`max_age`: a span", "How old its value may be, in place of the mode's."),
    Item(
        "`expires`: a day, or a moment in UTC",
        "When its provider ends it: `2026-12-31`, whose first second that is, or `2026-12-31T12:00:00Z`.",
    ),
    Heading("An expectation"),
    Text("Of one variable, in a mode; where several rules stand, all of them hold."),
    Item("`equals`: a text", "The value is this text. `true` and `yes` are texts: write `\"true\"`."),
    Item("`one_of`: a list", "It is one of these texts."),
    Item(
        "`matches`: a regular expression",
        "The whole value matches it. Up to 1000 characters; no back-references, no look-around.",
    ),
    Item("`prefix`: a text, or a list", "It begins with this text, or with one of them."),
    Item(
        "`host`: a name, or a list",
        "It is a URL of this host alone, or of one of them; `jdbc:` may stand before it.",
    ),
    Item("`length`: a number, or [LEAST, MOST]", "It has so many characters."),
];
