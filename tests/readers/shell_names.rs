//! The names that shells use themselves: each is either refused in a portable file, or any value of it survives.

use std::process::Command;

use envgate::load::env_file::Dialect;
use libtest_mimic::{Failed, Trial};

use super::bulk::Verdict;
use super::env_files::{compare, trial};
use super::reader::Reader;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bash_keeps_the_value_of_every_name_that_is_portable", Reader::Bash, || kept(Reader::Bash)),
        trial("dash_keeps_the_value_of_every_name_that_is_portable", Reader::Dash, || kept(Reader::Dash)),
    ]
}

/// bash(1) and dash(1), "Shell Variables" and "Parameters and Variables"; a shell names those that it has set.
const NAMES: &[&str] = &[
    "_",
    "BASH",
    "BASHOPTS",
    "BASHPID",
    "BASH_ALIASES",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_ARGV0",
    "BASH_CMDS",
    "BASH_COMMAND",
    "BASH_COMPAT",
    "BASH_ENV",
    "BASH_EXECUTION_STRING",
    "BASH_LINENO",
    "BASH_LOADABLES_PATH",
    "BASH_MONOSECONDS",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_SUBSHELL",
    "BASH_TRAPSIG",
    "BASH_VERSINFO",
    "BASH_VERSION",
    "BASH_XTRACEFD",
    "CDPATH",
    "CHILD_MAX",
    "COLUMNS",
    "COMP_CWORD",
    "COMP_KEY",
    "COMP_LINE",
    "COMP_POINT",
    "COMP_TYPE",
    "COMP_WORDBREAKS",
    "COMP_WORDS",
    "COMPREPLY",
    "COPROC",
    "DIRSTACK",
    "EMACS",
    "ENV",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "EXECIGNORE",
    "FCEDIT",
    "FIGNORE",
    "FUNCNAME",
    "FUNCNEST",
    "GLOBIGNORE",
    "GLOBSORT",
    "GROUPS",
    "HISTCMD",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTIGNORE",
    "HISTSIZE",
    "HISTTIMEFORMAT",
    "HOME",
    "HOSTFILE",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "IGNOREEOF",
    "INPUTRC",
    "INSIDE_EMACS",
    "LANG",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_TIME",
    "LINENO",
    "LINES",
    "LOGNAME",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MAPFILE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PROMPT_COMMAND",
    "PROMPT_DIRTRIM",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "RANDOM",
    "READLINE_ARGUMENT",
    "READLINE_LINE",
    "READLINE_MARK",
    "READLINE_POINT",
    "REPLY",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "TEXTDOMAIN",
    "TEXTDOMAINDIR",
    "TIMEFORMAT",
    "TMOUT",
    "TMPDIR",
    "TZ",
    "UID",
    "auto_resume",
    "histchars",
];

fn kept(reader: Reader) -> Result<(), Failed> {
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    if matches!(reader, Reader::Bash) {
        let known = Command::new("/bin/bash").args(["-c", "compgen -v"]).env_clear().output()?;
        names.extend(String::from_utf8_lossy(&known.stdout).lines().map(str::to_owned));
    }
    // PATH, LC_ALL and LANG decide how the test itself runs.
    names.retain(|name| !["PATH", "LC_ALL"].contains(&name.as_str()));
    let files: Vec<String> = names
        .iter()
        .flat_map(|name| ["5", "'a b'", "", "/dev/null"].map(|value| format!("{name}={value}\nLAST='c d'\n")))
        .collect();
    let verdicts = compare(reader, Dialect::Portable, &files);
    let accepted = verdicts.iter().filter(|verdict| !matches!(verdict, Verdict::Refused)).count();
    assert!(accepted > 200, "nearly all names are refused");
    let lost: Vec<String> = verdicts
        .into_iter()
        .zip(files)
        .filter_map(|(verdict, file)| match verdict {
            Verdict::Differs(how) => Some(format!("{file:?}: {how}")),
            _ => None,
        })
        .collect();
    if lost.is_empty() { Ok(()) } else { Err(lost.join("\n").into()) }
}
