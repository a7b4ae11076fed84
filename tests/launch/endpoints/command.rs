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
