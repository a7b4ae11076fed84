//! `envgate ages` of files that are somebody else's, and of the configs that the host policy lists.

use crate::host_policy::Host;
use crate::support::Scenario;
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::namespace(
            "ages looks at the configs that the policy lists, as root at their owner's files",
            listed,
        ),
        Attack::namespace("ages takes no list from a policy that somebody else can write", unsafe_list),
        Attack::root("ages says of another user's file that it is unknown", closed),
        Attack::root("ages follows no stranger's link to a secret", foreign_link),
    ]
}

fn scenario() -> Scenario {
    let modes = "live: {env_files: [x.live.env, 'y-{instance}.live.env']}";
    Scenario::new()
        .file("config.yml", format!("envgate: {{modes: {{{modes}}}}}\n"))
        .configured_env_file("x.live.env", "# rotated: 2026-01-01\nOLD_KEY=hidden-value\n")
        .configured_env_file("y-ES.live.env", "# rotated: 2026-01-02\nES_KEY=hidden-value\n")
        .verb("ages")
}

fn listed() {
    let scenario = scenario();
    let config = scenario.path("config.yml");
    let policy =
        format!("live: {{max_age: 5000d}}\nconfigs: [{{path: {}, instances: [ES]}}]\n", config.display());
    let host = Host::with(&policy, scenario).after(&format!("chown -R {ALICE} ."));
    let said = host.run("");
    said.launched().found("OLD_KEY").found("ES_KEY").found("5000 days").found("2 secrets: 2 fine");
    let host = Host::with("configs: []\n", self::scenario());
    host.run("").refused(64, "usage").found("the host policy lists none");
}

fn unsafe_list() {
    let scenario = scenario();
    let policy = format!("configs: [{}]\n", scenario.path("config.yml").display());
    let host = Host::with(&policy, scenario).after("chmod 666 /etc/envgate/policy.yml");
    host.run("").refused(77, "permission").found("0 secrets");
}

/// What alice is told of a file that is root's.
fn closed() {
    let scenario = scenario().argument("config.yml").as_user(ALICE);
    let chown = std::process::Command::new("chown").arg("0:0").arg(scenario.path("x.live.env")).status();
    assert!(chown.expect("chown").success());
    let outcome = scenario.argument("-i").argument("ES").run("");
    let outcome =
        outcome.ended(1).found("you may not read the env file").found("ES_KEY").found("1 file not read");
    assert!(!outcome.stdout().contains("OLD_KEY"), "{}", outcome.stdout());
}

/// Root reads for the file's owner, and not for whoever has put a link there.
fn foreign_link() {
    let scenario = scenario().argument("config.yml").argument("-i").argument("ES");
    let link = scenario.path("x.live.env");
    let target = scenario.path("secret.env");
    std::fs::rename(&link, &target).expect("rename");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let of_user = |user: u32, path: &std::path::Path| {
        let status = std::process::Command::new("chown").arg("-h").arg(user.to_string()).arg(path).status();
        assert!(status.expect("chown").success());
    };
    of_user(MALLORY, &link);
    of_user(ALICE, &target);
    let outcome = scenario.run("").found(&format!("a link of user {MALLORY}"));
    assert!(!outcome.stdout().contains("OLD_KEY"), "{}", outcome.stdout());
}
