//! `envgate-env(5)`: the language of env files.

use super::page::{Page, Part, Section};

/// The page.
pub(super) fn page() -> Page {
    let mut page = Page::new("envgate-env", '5', "env files that mean the same to every reader");
    page.sections(SECTIONS);
    page
}

const EXAMPLE: &str = r"ENVGATE_MODE=live
# rotated: 2026-11-20T09:30:00Z by ops
# expires: 2027-02-18
DATABENTO_API_KEY=db-0123456789abcdefghijklmnopq
TRADERSPOST_WEBHOOK_URL='https://hooks.example.net/x?a=1&b=$2'
";

const SECTIONS: &[Section] = &[
    Section {
        title: "DESCRIPTION",
        parts: &[Part::Text(
            "An env file holds the secrets of one mode, a line for each: `NAME=value`. It is a regular file, 0600, of \
                 root or of the worker's user. The same file is read by systemd, by shells (`set -a; . FILE`) and by \
                 dotenv libraries, and they disagree on `$`, `#`, backslashes, quotes, `export` and duplicates. The \
                 dialect `portable`, the default, takes a file only where systemd, bash, dash and dotenvy read the same \
                 variables from it, and otherwise says which line, which construct, and how to write it.",
        )],
    },
    Section {
        title: "THE PORTABLE DIALECT",
        parts: &[
            Part::Item(
                "Names",
                "Letters, digits and _, no digit first. No `export`, no blanks round `=`, and no name that shells set by \
                 themselves (`UID`, `RANDOM`, `_` and others). Each name once.",
            ),
            Part::Item(
                "Unquoted values",
                "Letters, digits and `_ . / : @ % + , = ^ * ? ! [ ] { } ~ -`, with no `~` at the start or behind a `:`. \
                 Nothing but blanks behind the value: no comment.",
            ),
            Part::Item(
                "'Single quotes'",
                "Anything but a single quote, several lines too; not an odd number of backslashes at the end. In doubt, \
                 these.",
            ),
            Part::Item(
                "\"Double quotes\"",
                "Several lines too. `\\\\` and `\\\"` are the only escapes; no `$` and no backtick.",
            ),
            Part::Item(
                "Quoted pieces",
                "May follow each other: `'it'\"'\"'s'`. Nothing unquoted is glued to them.",
            ),
            Part::Item("Comments", "Whole lines that begin with `#`, and do not end in a backslash."),
            Part::Item(
                "The file",
                "UTF-8 without byte order mark, no carriage return, no control or invisible characters. 1 MiB a file, \
                 131,071 bytes a `NAME=value`.",
            ),
        ],
    },
    Section {
        title: "THE DIALECT SYSTEMD",
        parts: &[Part::Text(
            "`--dialect systemd`, or `dialect: systemd` of an env file in the config, reads what `EnvironmentFile=` of \
             systemd 254 and later reads, and refuses a file where systemd would lose something silently. It is the way \
             over for files that units use already.",
        )],
    },
    Section {
        title: "THE MODE OF A FILE",
        parts: &[
            Part::Text(
                "A file says for which mode it is by its name, `NAME.MODE.env`, and by a line in it. Both agree with the \
                 mode asked for, and a file of a live mode has the line.",
            ),
            Part::Item(
                "`ENVGATE_MODE=MODE`",
                "For this mode; several of one class with commas: `ENVGATE_MODE=dev,shadow`.",
            ),
            Part::Item(
                "`ENVGATE_MODE=any`",
                "For every mode: such a file holds no secret, and its variables are declared `secret: false`.",
            ),
        ],
    },
    Section {
        title: "THE AGE OF A SECRET",
        parts: &[
            Part::Text(
                "Comments right above a variable record it. Without them a value is as old as the last change of its file, at least.",
            ),
            Part::Item(
                "`# rotated: 2026-11-20T09:30:00Z by ops`",
                "When it was put there: a moment in UTC, or a day. The rest is for people.",
            ),
            Part::Item(
                "`# expires: 2026-12-31`",
                "When its provider ends it: a moment, or the first second of a day.",
            ),
        ],
    },
    Section { title: "EXAMPLE", parts: &[Part::Example(EXAMPLE)] },
];
