//! What the worker finds in its environment.

use crate::support::Scenario;

/// Prints the environment, sorted, without what differs between machines.
const SHOW: &str = "/usr/bin/env | /usr/bin/sort | /bin/grep -v -e ^HOME= -e ^USER= -e ^LOGNAME= -e ^SHELL= -e ^ENVGATE_GENERATION= -e ^PWD= -e ^OLDPWD= -e ^SHLVL= -e ^_=";

#[test]
fn the_worker_gets_the_env_file_and_a_short_documented_list() {
    Scenario::new()
        .env_file("pine.paper.env", "API_KEY=abc\n")
        .caller_variable("LEAK", "from the caller")
        .caller_variable("LD_PRELOAD", "/tmp/evil.so")
        .shell(SHOW)
        .run("paper")
        .launched()
        .printed("API_KEY=abc\nENVGATE_CLASS=paper\nENVGATE_MODE=paper\nPATH=/usr/local/bin:/usr/bin:/bin\n");
}

#[test]
fn a_later_env_file_wins_over_an_earlier_one() {
    Scenario::new()
        .env_file("a.paper.env", "KEY=first\n")
        .env_file("b.paper.env", "KEY=second\n")
        .shell("echo $KEY")
        .run("paper")
        .launched()
        .printed("second\n");
}
