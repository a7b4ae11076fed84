//! Who runs paper cannot read what live has, and the reverse: real users, a worker's user for each class.

use crate::host_policy::Host;
use crate::permissions::give;
use crate::support::{Outcome, Scenario};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::root("live and paper of two users are isolated", two_users),
        Attack::root("one user for both classes is a warning in live", one_user),
        Attack::root("where isolation is strict, one user for both classes is refused", strict),
        Attack::root("a user of the other mode who owns a file of this one is found", owner_of_ours),
        Attack::root("a file of the other mode that everybody can read is found", open_file),
        Attack::root("a user whom the database does not know is said to be unknown", unknown_user),
        Attack::root("as root for the files' owner, a look finds it too", root_looks),
        Attack::namespace("the host policy makes isolation strict, and break-glass lifts it", by_policy),
    ]
}

/// Alice's live launch; what is said of the modes is added to them.
fn launch(live: &str, paper: &str) -> Scenario {
    let config = format!(
        "envgate:\n  command: [/bin/true]\n  modes:\n    live: {{env_files: [x.live.env]{live}}}\n    \
         paper: {{env_files: [x.paper.env]{paper}}}\na: 1\n"
    );
    Scenario::new()
        .configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n")
        .configured_env_file("x.paper.env", "ENVGATE_MODE=paper\nKEY=abc\n")
        .config(config)
        .as_user(ALICE)
}

fn quiet(outcome: Outcome) {
    let outcome = outcome.launched();
    assert!(!outcome.stderr().contains("isolation"), "{}", outcome.stderr());
}

fn two_users() {
    let scenario = launch(", isolation: strict", ", users: ['54322']");
    give(&scenario.path("x.paper.env"), MALLORY);
    quiet(scenario.run("live"));
    // A paper file of root's is nobody's.
    let scenario = launch(", isolation: strict", "");
    give(&scenario.path("x.paper.env"), 0);
    quiet(scenario.run("live"));
}

fn one_user() {
    launch("", "").run("live").warned("isolation").found("user 54321");
    quiet(launch("", "").run("paper"));
}

fn strict() {
    launch(", isolation: strict", "")
        .run("live")
        .refused(77, "isolation")
        .found("x.paper.env of the mode paper");
    launch("", ", isolation: strict")
        .run("paper")
        .refused(77, "isolation")
        .found("x.live.env of the mode live");
    launch("", ", isolation: strict").run("live").warned("isolation");
    launch(", isolation: warn", "").run("live").warned("isolation");
}

/// `users:` of paper names Alice, whose file the live one is.
fn owner_of_ours() {
    let scenario = launch(", isolation: strict", ", users: ['54321']");
    give(&scenario.path("x.paper.env"), MALLORY);
    scenario
        .run("live")
        .refused(77, "isolation")
        .found("user 54321, whom the mode paper (paper) runs as, can read");
}

fn open_file() {
    let scenario = launch(", isolation: strict", "");
    give(&scenario.path("x.paper.env"), MALLORY);
    crate::permissions::chmod(&scenario.path("x.paper.env"), 0o604);
    scenario.run("live").refused(77, "isolation").found("whom this worker runs as");
}

fn unknown_user() {
    let scenario = launch(", isolation: strict", ", users: [nobody-of-this-name]");
    give(&scenario.path("x.paper.env"), MALLORY);
    scenario.run("live").warned("isolation").found("nobody-of-this-name");
}

fn root_looks() {
    launch(", isolation: strict", "").check().run_as_root("live").refused(77, "isolation");
    let scenario = launch(", isolation: strict", "");
    give(&scenario.path("x.paper.env"), MALLORY);
    quiet(scenario.check().run_as_root("live"));
}

fn by_policy() {
    let scenario = || {
        Scenario::new()
            .configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n")
            .configured_env_file("x.paper.env", "KEY=abc\n")
            .config(
                "envgate:\n  command: [/bin/true]\n  modes:\n    live: {env_files: [x.live.env]}\n    \
                 paper: {env_files: [x.paper.env]}\na: 1\n",
            )
    };
    let policy = "live: {isolation: strict}\npaper: {isolation: strict}\nbreak_glass: allow\n";
    for mode in ["live", "paper"] {
        Host::with(policy, scenario()).user(ALICE, "--clear-groups").run(mode).refused(77, "isolation");
    }
    let emergency = scenario().argument("--break-glass").argument("exchange outage, no second user");
    Host::with(policy, emergency)
        .user(ALICE, "--clear-groups")
        .on_a_terminal()
        .run("paper")
        .launched()
        // The severity has a colour there.
        .found(" [isolation] ")
        .found("lifted by --break-glass: user");
    // Root runs both, and root is left out.
    Host::with(policy, scenario()).run("live").launched();
}
