//! The words of the command, as it is configured or stands behind `--`.

use super::{LIVE_KEY, LIVE_URL, PAPER_URL};
use crate::support::Scenario;

#[test]
fn the_words_of_the_command_are_looked_at() {
    let scenario = |command: &[&str]| {
        let scenario = Scenario::new().env_file("x.paper.env", "A=1\n").command(["/bin/true"]);
        scenario.command([&["/bin/true"], command].concat())
    };
    for (command, word) in [
        (&["--url", LIVE_URL][..], 3),
        (&["--url=https://api.alpaca.markets"], 2),
        (&["-c", "exec worker https://api.alpaca.markets"], 3),
        (&["--ib-port", "7496"], 3),
        (&["--ib-port=7496"], 2),
        (&["IB_PORT=7496"], 2),
        (&["--ibkr-account", "U1234567"], 3),
        (&["--key", LIVE_KEY], 3),
    ] {
        for look in [false, true] {
            let launch = scenario(command);
            let outcome = if look { launch.check() } else { launch }.run("paper").refused(77, "endpoint");
            outcome
                .found(&format!("word {word} of the command"))
                .hides("alpaca.markets")
                .hides(&LIVE_KEY[..6]);
        }
    }
    for command in [&["--port", "7496"][..], &["--ib-port", "7497"], &["--ib-x", "1", "7496"], &[PAPER_URL]] {
        scenario(command).run("paper").launched();
    }
    // The configured one as well.
    let block = "  command: [/bin/true, --url, https://api.alpaca.markets]";
    let config = format!("envgate:\n  modes: {{paper: {{env_files: [x.paper.env]}}}}\n{block}\na: 1\n");
    let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n").config(config);
    scenario.run("paper").refused(77, "endpoint").found("word 3 of the command");
}

#[test]
fn a_configured_command_that_names_the_hosts_of_both_classes_is_declared() {
    let scenario = |mode: &str, word: &str, block: &str| {
        let block = format!(
            "envgate:\n  modes: {{{mode}: {{env_files: [x.env]}}}}\n  command: [/bin/true, --url, '{word}']\n{block}a: 1\n"
        );
        let lines = format!("ENVGATE_MODE={mode}\n");
        Scenario::new().configured_env_file("x.env", lines).config(block)
    };
    let declared = "  endpoints: {data: [envgate.command]}\n";
    for (mode, url) in [("live", PAPER_URL), ("paper", LIVE_URL)] {
        let refused = scenario(mode, url, "").run(mode).refused(77, "endpoint");
        refused
            .found("take it out of the command, and give it to the worker as a variable in the mode's env file; if")
            .found("declare it: endpoints: {data: [envgate.command]}");
        scenario(mode, url, declared).run(mode).launched();
        scenario(mode, url, declared).check().run(mode).launched().found("data only   envgate.command");
        // A key of the worker's that is called so is another one, and so is what stands behind --.
        scenario(mode, url, "  endpoints: {data: [command]}\n").run(mode).refused(77, "endpoint");
        let replaced = scenario(mode, "x", declared).command(["/bin/true", url]).run(mode);
        replaced.refused(77, "endpoint").found("declare that variable: variables: {NAME: {endpoint: data}}");
    }
    scenario("paper", LIVE_KEY, declared).run("paper").refused(77, "endpoint").found("no declaration");
}
