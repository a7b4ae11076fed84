//! Gates that keep paper and live apart.

use super::Text;

pub(super) const MODE: Text = Text {
    what: "Refuses a mode that the config does not have, and one of which nothing says whether it risks real money. \
           `live`, `prod`, `production` and `soak` do; `paper`, `dev`, `test`, `testnet`, `demo`, `sim`, `shadow` and \
           `staging` do not; no config can change that. Any other name is declared.",
    why: "All that keeps paper and live apart goes by the class of the mode, so it is never guessed.",
    mend: "Name a mode of the config with `-m`, or declare it: `modes: {canary: {class: live}}`.",
};

pub(super) const FILE_MODE: Text = Text {
    what: "Refuses an env file of another mode. A file declares its mode by its name (`NAME.MODE.env`; the name of the \
           file itself and of every link that leads to it) and by the line `ENVGATE_MODE=MODE` in it (several with \
           commas, of one class; `any` for a file without secrets). Both must agree with the mode asked for. A file \
           that declares nothing is refused, a file of a live mode without the line too, and one that the config gives \
           to modes of both classes.",
    why: "Credentials of one mode must never start another. The line goes along with a copy: a live file that is copied \
          under a paper name is found out by it.",
    mend: "Name the env file of the mode, or launch the mode that the file is for. A new file gets the line \
           `ENVGATE_MODE=MODE`. What modes of both classes share, and is no secret, goes into a file with \
           `ENVGATE_MODE=any` and is declared `secret: false`.",
};

pub(super) const ENDPOINT: Text = Text {
    what: "Refuses a value of the environment or of the rendered config, or a word of the command, that is known to \
           belong to the other class: a broker's host, port, API key or account for real money in a paper mode, or for paper in a live one. It \
           needs no configuration. A port or an account number counts only beside a host or a name of its broker.",
    why: "A paper worker with a live endpoint can trade real money; a live worker with a paper endpoint trades none \
          while everybody believes it does.",
    mend: "Look whether the file is the mode's, and correct the value. Where a worker only reads market data from that \
           host, declare it: `endpoint: data` of the variable, or `endpoints: {data: [feed.url]}` in the block for a \
           config key. A configured command that names the hosts of every mode is declared as \
           `endpoints: {data: [envgate.command]}`; one behind `--` cannot be. `envgate check` lists what is declared. No declaration lifts the gate for a key or an account.",
};

pub(super) const SHARED_SECRET: Text = Text {
    what: "Refuses a secret of 16 characters or more that a mode of the other class has too, under whatever name, as \
           far as the files of that mode can be read. Files that are absent, closed or broken never refuse a launch.",
    why: "One secret for both classes makes every other separation worth nothing.",
    mend: "Let the provider make a key for each class. One that may serve both, such as a data feed's, is declared \
           `shared: true` under each name that it has; what is no secret, `secret: false`.",
};

pub(super) const ISOLATION: Text = Text {
    what: "In a live mode: warns where the worker's user can read the env files of a paper mode, or a paper mode's user \
           those of this one. With `isolation: strict`, of the mode or in the host policy, it refuses, in paper modes \
           too. Root is left out. Where `/etc/passwd` does not know a user, it says that it cannot tell.",
    why: "A fault in a paper worker, or whoever breaks into it, would reach live credentials.",
    mend: "Give each class a user of its own, and each env file to its user: `sudo chown USER FILE`. In an emergency \
           `--break-glass` lifts it, where the host policy allows that.",
};
