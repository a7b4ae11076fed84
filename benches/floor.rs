//! The floor of the bench: what a launcher costs that checks nothing. It reads a file of `NAME=value` lines, sets
//! them as the environment and execs. Plain std, built like envgate (static, optimised), never shipped.

use std::os::unix::process::CommandExt;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let file = arguments.next().expect("an env file");
    let mut command = std::process::Command::new(arguments.next().expect("a command"));
    let contents = std::fs::read_to_string(file).expect("a readable file");
    command.args(arguments).env_clear().envs(contents.lines().filter_map(|line| line.split_once('=')));
    // Only a failure returns.
    let _ = command.exec();
    std::process::exit(126);
}
