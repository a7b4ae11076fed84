//! Gates over files as the system shows them.

use super::Text;

pub(super) const INPUT: Text = Text {
    what: "Refuses a config, an env file or a credential that is named and does not exist. An env file that the config \
           declares `optional: true` may be missing.",
    why: "A worker must not start on half of what it was meant to have.",
    mend: "Create the file (`install -m 600 /dev/null FILE` makes an env file that is private from birth), or correct \
           its path. Paths of `-e` are relative to the working directory, paths in the config to the config. A \
           credential exists only inside a unit that loads it: `LoadCredential=NAME:/path`.",
};

pub(super) const SYSTEM: Text = Text {
    what: "Refuses a file that the system fails to read, or that changes each time it is read; and a look at a \
           unit (`check --unit`) where no systemd answers.",
    why: "A check that could not be made decides nothing, and half of an edit may be in the file.",
    mend: "Wait until whoever writes the file is done, and let it write a new file and rename it. For a fault of the \
           system see `dmesg` and the limits (`ulimit -a`, `LimitNOFILE=` of the unit).",
};

pub(super) const PERMISSION: Text = Text {
    what: "Refuses an env file that group or others can read or write; a config or a host policy that they can write; \
           a credential that is not on a mount of systemd's, or not as systemd makes it; and a file that the worker's \
           user may not read. Where root looks for another user, that user's rights count. For `check --unit` it warns \
           of an `Environment=` that looks like a secret: every user of the host can read it.",
    why: "Every secret in a readable file belongs to others as well, and whoever can write the config decides what is \
          run with the secrets.",
    mend: "`chmod 600` for an env file, `chmod go-w` for a config. A secret that others could read may have been read: \
           let its provider make a new one. A file that the worker's user cannot read is given to that user, or moved \
           to a folder that the user may enter.",
};

pub(super) const OWNER: Text = Text {
    what: "Refuses an env file that belongs to neither root nor the worker's user; with `exec` as root, one that is not \
           root's. A config may belong to root, to the worker's user, to whoever launches, or to a user whom \
           `config_owners` of the host policy names. The host policy is root's.",
    why: "The owner of a file can change it at any time, whatever its mode says.",
    mend: "`sudo chown root: FILE`, or to the user that the worker runs as. Do not launch a worker as root: run \
           `sudo -u USER envgate exec`, or say `User=` in the unit.",
};

pub(super) const PARENT_DIRECTORY: Text = Text {
    what: "Refuses a file whose way from `/` goes through a directory or a link of somebody else, or through a \
           directory that group or others can write to. A sticky one, such as `/tmp`, is accepted.",
    why: "Whoever can write to a directory on the way can put another file in the place of this one.",
    mend: "Move the file below directories of root or of the worker's user, such as `/etc/envgate`; or `chmod go-w` the \
           directory. Where a link is somebody else's, name the file by its own path.",
};

pub(super) const FILE_KIND: Text = Text {
    what: "Refuses what is no regular file: a directory, a named pipe, a socket, a device, a loop of links. Process \
           substitution of a shell, `<(...)`, makes a pipe.",
    why: "Only a regular file has an owner and a mode that protect it, and holds the same bytes for everybody who \
          reads it.",
    mend: "Name a regular file. What a program makes, let it write into one that is private from birth (`umask 077`).",
};
