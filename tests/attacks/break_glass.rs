//! Break-glass, in a mount namespace where the host policy allows it, or does not.

use crate::host_policy::{Host, live};
use crate::support::Scenario;
use crate::{ALICE, Attack};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::namespace(
            "break-glass lifts the supervisor gate where the policy allows it, loudly",
            break_glass,
        ),
        Attack::namespace("status names a break-glass worker as long as it runs", break_glass_in_status),
        Attack::namespace("break-glass is refused without policy, reason or person", no_break_glass),
        Attack::namespace("break-glass lifts nothing that protects money", break_glass_limits),
    ]
}

const ALLOWED: &str = "live: {supervisor: systemd}\nbreak_glass: allow\n";

fn glass(scenario: Scenario) -> Scenario {
    scenario.argument("--break-glass").argument("exchange outage, unit is stuck")
}

fn break_glass() {
    Host::with(ALLOWED, glass(live()))
        .run("live")
        .launched()
        .found("warning [supervisor]")
        .found("lifted by --break-glass")
        .found("ENVGATE_BREAK_GLASS=exchange outage, unit is stuck");
    // A person who is asked sees it too.
    Host::with(ALLOWED, glass(live()))
        .confirmed_on_a_terminal()
        .run("live")
        .launched()
        .found("BREAK-GLASS exchange outage, unit is stuck\r\n");
}

fn break_glass_in_status() {
    let config = "envgate: {modes: {live: {env_files: [x.live.env]}}}\na: 1\n";
    let program = crate::support::ENVGATE;
    let scenario = || {
        let scenario =
            Scenario::new().configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n").config(config);
        let config = scenario.path("config.yml").display().to_string();
        // The worker itself looks: it runs as long as the look takes.
        let status = format!("{program} status -m live -c {config}");
        let look = format!("{status}; {status} --json; echo other:; {status} -i NQ --json; true");
        scenario.argument("-i").argument("ES").shell(&look)
    };
    let said = Host::with(ALLOWED, glass(scenario())).run("live");
    said.launched()
        .found("break-glass: PID ")
        .found("past gates that would refuse it: exchange outage, unit is stuck")
        .found("\"reason\": \"exchange outage, unit is stuck\"");
    let text = said.text();
    let other = text.split("other:").nth(1).expect("the look at another instance");
    assert!(other.contains("\"break_glass\": []"), "{other}");
    let quiet = Host::with("# fine\n", scenario()).run("live");
    assert!(quiet.launched().found("\"break_glass\": []").text().contains("mode "), "{}", quiet.text());
}

fn no_break_glass() {
    Host::with("live: {supervisor: systemd}\n", glass(live()))
        .run("live")
        .refused(77, "host")
        .found("refused [supervisor]");
    let short = |reason| live().argument("--break-glass").argument(reason);
    let endless = "a reason without an end ".repeat(1000);
    for reason in ["now", "          ", "a reason\nwith two lines", &endless] {
        Host::with(ALLOWED, short(reason)).run("live").refused(64, "usage");
    }
    Host::with(ALLOWED, glass(live()))
        .user(ALICE, "--clear-groups")
        .run("live")
        .refused(77, "confirmation")
        .found("needs a person");
    Host::with("", glass(live())).after("rm /etc/envgate/policy.yml").run("live").refused(77, "host");
}

fn break_glass_limits() {
    let policy = format!("{ALLOWED}modes: [live]\n");
    let wrong_mode =
        Scenario::new().env_file("x.live.env", "ENVGATE_MODE=paper\nKEY=abc\n").command(["/bin/true"]);
    Host::with(&policy, glass(wrong_mode)).run("live").refused(77, "file-mode");
    Host::with(&policy, glass(live().unconfirmed())).run("live").refused(77, "confirmation");
    Host::with("classes: [paper]\nbreak_glass: allow\n", glass(live())).run("live").refused(77, "host");
    let open = Scenario::new()
        .env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n")
        .mode(0o644)
        .command(["/bin/true"]);
    Host::with(&policy, glass(open)).run("live").refused(77, "permission");
}
