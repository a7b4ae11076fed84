//! `envgate.yml(5)`: the runtime config.

use super::config_keys::KEYS;
use super::page::{Page, Part, Section};

/// The page.
pub(super) fn page() -> Page {
    let mut page =
        Page::new("envgate.yml", '5', "the runtime config of a worker, with the block envgate: in it");
    page.sections(SECTIONS);
    page
}

const EXAMPLE: &str = r#"envgate:
  config: {variable: PINE_RUNTIME_CONFIG}
  command: [/opt/pine/venv/bin/python, -m, runner.main]
  environment: {PYTHONUNBUFFERED: "1"}
  pass: [LANG, "LC_*"]
  ready: launcher
  modes:
    paper:
      env_files: [env/pine.paper.env]
      expect: {POLICY_KILLSWITCH: {equals: "true"}}
    live:
      env_files: [env/pine.live.env]
      users: [pine-live]
      supervisor: systemd
      max_age: 30d
  variables:
    DATABENTO_API_KEY: {length: 32, shared: true}
    MASSIVE_KEY_ID: {fallback: [AWS_ACCESS_KEY_ID], required: false}
    MASSIVE_SECRET_KEY: {required: false}
    LOG_LEVEL: {secret: false, default: INFO}
  sets:
    massive_s3: [MASSIVE_KEY_ID, MASSIVE_SECRET_KEY]

# From here on it is the worker's.
symbols: [ES, NQ]
session_start: 23:00
databento_api_key: ${DATABENTO_API_KEY}
log_level: ${LOG_LEVEL}
killswitch: ${POLICY_KILLSWITCH}
"#;

const SECTIONS: &[Section] = &[
    Section {
        title: "DESCRIPTION",
        parts: &[
            Part::Text(
                "A worker's own config, in YAML, or in JSON where its name ends in `.json`. It is fit for Git: where a \
                 secret belongs it has a placeholder. The top-level key `envgate` is the launcher's, the rest is the \
                 worker's. It may have any name; `-c` names it.",
            ),
            Part::Text(
                "The worker reads the expanded config: the source byte for byte, comments and all, but for the values \
                 with a placeholder, each of which is written as one double-quoted text, and without the block. So a \
                 reader of YAML 1.1 sees `23:00` and `yes` as it saw them in the source.",
            ),
            Part::Text(
                "The config must not be writable by group or others. It belongs to root, to the worker's user, to \
                 whoever launches, or to a user whom the host policy names.",
            ),
        ],
    },
    Section { title: "THE BLOCK", parts: KEYS },
    Section {
        title: "PLACEHOLDERS",
        parts: &[
            Part::Item("`${NAME}`, `$NAME`, `$<NAME>`", "The value of the variable."),
            Part::Item(
                "`${NAME:-default}`",
                "The default, where the variable is not set or empty. It holds no placeholder.",
            ),
            Part::Item("`$$`", "A literal `$`. One that begins none of these is literal too."),
            Part::Text(
                "They are expanded in texts outside the block, not in keys and comments; once, and after the YAML was \
                 read: a value cannot change the document, and what it contains is not expanded again. In a flow list \
                 or mapping, quote them: `[\"${NAME}\"]`. A placeholder without a default, of a variable that is not \
                 declared, makes that variable a required one. Beside the variables of the inputs, `HOME`, \
                 `STATE_DIRECTORY` and the others of the worker's environment may stand in a placeholder.",
            ),
        ],
    },
    Section {
        title: "DELIVERY",
        parts: &[
            Part::Item(
                "`file`",
                "In the first directory of `$RUNTIME_DIRECTORY`, 0400, under the source's name. Only on a tmpfs. It can \
                 be read again by children, and goes with the unit.",
            ),
            Part::Item(
                "`memfd`",
                "In sealed memory, as `/proc/self/fd/N`: the one descriptor of envgate's that the worker inherits. \
                 Subprocesses that close their descriptors do not see it.",
            ),
            Part::Item(
                "`source`",
                "The path of the source, for a worker that expands by itself. The placeholders are checked all the same, \
                 and only `$NAME` and `${NAME}` are allowed, since such workers know no other.",
            ),
            Part::Item("`auto`", "`file` where systemd gave a runtime directory, else `memfd`."),
            Part::Text(
                "`ENVGATE_CONFIG_DIR` names the folder of the source. A worker that expands its config once more would \
                 change a secret that holds a `$`: that is a warning, and `source` is the mend.",
            ),
        ],
    },
    Section {
        title: "PRIORITY",
        parts: &[
            Part::Text("Where several inputs set one variable, the first of these wins:"),
            Part::Item("1.", "The env files, later ones over earlier."),
            Part::Item("2.", "A credential, or the caller's environment (`from`)."),
            Part::Item("3.", "`--set` on the command line; the last one of a name."),
            Part::Item("4.", "`environment` of the mode, then of the block."),
            Part::Item("5.", "`pass`."),
            Part::Item("6.", "`fallback`, then `default`."),
            Part::Item("7.", "What every worker gets: ENVIRONMENT in `envgate`(1)."),
        ],
    },
    Section { title: "EXAMPLE", parts: &[Part::Example(EXAMPLE)] },
];
