//! What the worker finds in its environment.

use crate::support::Scenario;

/// Prints the environment, sorted, without what differs between machines.
const SHOW: &str = "/usr/bin/env | /usr/bin/sort | /bin/grep -v -e ^HOME= -e ^USER= -e ^LOGNAME= -e ^SHELL= -e ^ENVGATE_GENERATION= -e ^ENVGATE_PID= -e ^ENVGATE_FILES= -e ^PWD= -e ^OLDPWD= -e ^SHLVL= -e ^_=";

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

/// What tells a worker from its children, and what its generation stands for.
#[test]
fn the_worker_knows_its_number_its_config_and_the_files_of_its_generation() {
    let scenario = Scenario::new()
        .env_file("a.paper.env", "A=1\n")
        .env_file("with blank.paper.env", "B=1\n")
        .file("real/config.yml", "a: ${A}\n");
    std::os::unix::fs::symlink("real", scenario.path("link")).expect("a link");
    let config = scenario.path("link/config.yml");
    let folder = scenario.folder().display().to_string();
    let expected =
        format!("own {folder}/real/config.yml {folder}/a.paper.env {folder}/with%20blank.paper.env\n");
    scenario
        .argument("-c")
        .argument(config)
        .shell("[ $ENVGATE_PID = $$ ] && echo own $ENVGATE_SOURCE $ENVGATE_FILES")
        .run("paper")
        .launched()
        .printed(&expected);
    let plain = Scenario::new().shell("echo ${ENVGATE_SOURCE-none} ${ENVGATE_FILES-none}").run("paper");
    plain.launched().printed("none none\n");
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
