//! Gates over what stands in the files.

use super::Text;

pub(super) const SYNTAX: Text = Text {
    what: "Refuses an env file that systemd, shells and dotenv libraries would read differently; a config that is no \
           YAML (or no JSON, where it is named so); an unknown key or a wrong value in the `envgate:` block or in the \
           host policy; a file that is empty or no UTF-8 text.",
    why: "A line that one reader takes and another drops means another launch tomorrow, and a misspelt rule would \
          silently not hold.",
    mend: "Each finding has line and column, the construct, who reads it how, and the way to write it: for an env file \
           mostly in single quotes. `envgate-env`(5), `envgate.yml`(5) and `envgate-policy`(5) have the languages. An \
           env file that was written for systemd is read as systemd does with `--dialect systemd`.",
};

pub(super) const DUPLICATE: Text = Text {
    what: "Refuses a name that stands twice in one env file, and a key that stands twice in one mapping of the config \
           or the host policy. The same name in two env files is none: the later file wins.",
    why: "Some readers take the first and some the last one, all of them silently.",
    mend: "Remove one of the two; the finding names both lines.",
};

pub(super) const SIZE: Text = Text {
    what: "Refuses an env file of more than 1 MiB, a config of more than 4 MiB, a host policy of more than 1 MiB and a \
           `NAME=value` of more than 131,071 bytes.",
    why: "Nothing of its kind is that large, so it is the wrong file; and the kernel starts no program with a longer \
          variable (E2BIG).",
    mend: "Name the right file. A value that is that long goes into a file of its own, and its path into the variable.",
};

pub(super) const LOADER_VARIABLE: Text = Text {
    what: "Refuses a variable by which the loader, a shell or an interpreter runs or loads something else (`LD_*`, \
           `GLIBC_TUNABLES`, `PATH`, `BASH_ENV`, `IFS`, `PYTHONPATH`, `NODE_OPTIONS`, `PERL5LIB`, `RUBYOPT`, \
           `JAVA_TOOL_OPTIONS`, `OPENSSL_CONF` and others) in an env file, in `--set` or through `pass`, unless the \
           config names it under `variables`. No such variable may name the config to the worker.",
    why: "Whoever writes that one line runs code with all the secrets.",
    mend: "Remove it. If the worker needs it, name it in the config: `variables: {PYTHONPATH: {secret: false}}`. For \
           `PATH` there is `path` in the block. A pattern of `pass` that would let one through is replaced with the \
           names that are meant.",
};

pub(super) const RESERVED_NAME: Text = Text {
    what: "Refuses a name of envgate's (`ENVGATE_*`) or of systemd's protocols (`NOTIFY_SOCKET`, `LISTEN_FDS`, \
           `INVOCATION_ID` and others) wherever a person could set it. In an env file, `ENVGATE_MODE=` may stand: it \
           says for which mode the file is.",
    why: "The worker takes such a variable for what envgate or systemd says of this launch.",
    mend: "Remove the line, or choose another name.",
};

pub(super) const PLACEHOLDER: Text = Text {
    what: "Refuses a placeholder in the config that no input defines, and one that cannot be replaced safely: under a \
           YAML tag, for a value that is no text, or with `delivery: source` in a spelling that the worker does not \
           know. Warns of a `${` that begins no placeholder, of a placeholder in a key, and of a value that itself \
           holds what looks like a placeholder.",
    why: "The worker would read the placeholder's own text as a value, and one that expands its config once more would \
          change a secret.",
    mend: "Add the variable to the mode's env file, or write `${NAME:-default}`, or `$$` for a literal `$`. An optional \
           one is declared: `variables: {NAME: {required: false}}`. A worker that expands by itself has \
           `config: {delivery: source}`.",
};

pub(super) const REQUIRED: Text = Text {
    what: "Refuses a launch in which a declared variable is missing or empty, a placeholder's variable is empty, or a \
           set (`sets`) has some of its variables and lacks others, or has one under its own name and another under a \
           `fallback`: halves of two pairs. Warns where `/etc/passwd` does not know the worker's user, who then gets no \
           `HOME`.",
    why: "The worker would start and fail later, at a worse time.",
    mend: "Add the line to an env file of the mode. To let a fallback or a default in, remove the empty line. What the \
           worker can do without is declared `required: false`. Of a set, define all or none.",
};

pub(super) const DUMMY_VALUE: Text = Text {
    what: "Refuses what a template leaves behind: `your_api_key_here`, `changeme`, `YOUR_WEBHOOK_ID`, `null`, a row of \
           `x`, a word in angle brackets.",
    why: "The worker would start and fail at its first request, or not fail and do nothing.",
    mend: "Put the real value in its place, or remove the line.",
};

pub(super) const LENGTH: Text = Text {
    what: "Refuses a value whose length, in characters, is not the one that `length` of its variable declares.",
    why: "A key that was cut, doubled or mistaken for another mostly has another length.",
    mend: "Copy the value anew. Where the provider's keys have another length, correct the declaration.",
};

pub(super) const EXPECT: Text = Text {
    what: "Refuses a value that breaks a rule which the mode has for it under `expect` (`equals`, `one_of`, `matches`, \
           `prefix`, `host`, `length`), and a launch in which such a variable is not set.",
    why: "The rule is there because safety depends on the value: `POLICY_KILLSWITCH: {equals: \"true\"}` keeps a paper \
          worker from trading.",
    mend: "Look whether the env file is the mode's. Correct the value there, or the rule in the config.",
};
