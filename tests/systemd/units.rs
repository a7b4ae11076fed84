//! The units that are shipped: what systemd thinks of them, that paper and live are the same but for the mode,
//! and what becomes of a launch that they refuse.
#![allow(unreachable_pub, reason = "a module of a test program")]

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Unit, add_user};

sentences![
    systemd_has_nothing_to_say_against_the_shipped_units,
    the_shipped_units_are_exposed_at_2_or_less,
    the_shipped_units_never_restart_a_refusal,
    the_paper_and_the_live_unit_differ_in_nothing_but_the_mode,
    a_shipped_unit_refuses_the_credentials_of_the_other_class,
    two_instances_have_their_own_configs_and_directories,
    a_unit_that_is_called_like_an_option_is_a_unit,
];

/// The shipped units: name, contents, an instance.
pub const UNITS: [(&str, &str, &str); 4] = [
    ("envgate-paper", include_str!("../../units/envgate-paper@.service"), "example"),
    ("envgate-live", include_str!("../../units/envgate-live@.service"), "example"),
    ("pine-worker-paper", include_str!("../../units/pine-worker-paper@.service"), "ES"),
    ("pine-worker-live", include_str!("../../units/pine-worker-live@.service"), "ES"),
];
/// The runtime configs shipped with them.
pub const PINE: &str = include_str!("../../units/pine.yml");
pub const EXAMPLE: &str = include_str!("../../units/example.yml");

/// Installs the units as their heads say; twice is as good as once.
pub fn install(lab: &Lab) {
    static INSTALLED: std::sync::Once = std::sync::Once::new();
    INSTALLED.call_once(|| {
        for (name, contents, _) in UNITS {
            lab.write(&format!("/etc/systemd/system/{name}@.service"), contents, 0o644, "root");
        }
        for user in ["pine-paper", "pine-live", "example-paper", "example-live", "mixed-live"] {
            add_user(lab, user);
        }
        lab.write("/etc/envgate/pine.yml", PINE, 0o644, "root");
        lab.write("/etc/envgate/example.yml", EXAMPLE, 0o644, "root");
        lab.run(["mkdir", "-p", "/opt/pine"]).ok();
        lab.run(["systemctl", "daemon-reload"]).ok();
    });
}

fn systemd_has_nothing_to_say_against_the_shipped_units(lab: &'static Lab) {
    install(lab);
    for (name, _, instance) in UNITS {
        let verify =
            lab.run(["systemd-analyze", "verify", "--man=no", &format!("{name}@{instance}.service")]);
        assert_eq!((verify.status(), verify.stdout() + &verify.stderr()), (Some(0), String::new()), "{name}");
    }
}

fn the_shipped_units_are_exposed_at_2_or_less(lab: &'static Lab) {
    install(lab);
    for (name, _, instance) in UNITS {
        let unit = format!("{name}@{instance}.service");
        let security = lab.run(["systemd-analyze", "security", "--no-pager", &unit]).ok();
        let line = security.lines().find(|line| line.contains("Overall exposure level")).expect("a level");
        let level = line.rsplit(": ").next().and_then(|rest| rest.split(' ').next()).expect("a number");
        assert!(level.parse::<f32>().expect("a number") <= 2.0, "{line}");
    }
}

fn the_shipped_units_never_restart_a_refusal(lab: &'static Lab) {
    install(lab);
    for (name, contents, instance) in UNITS {
        let unit = Unit::named(lab, &format!("{name}@{instance}.service"));
        assert_eq!(unit.property("RestartPreventExitStatus"), "64 65 66 70 77 78 126 127 243", "{name}");
        assert_eq!(unit.property("Restart"), "on-failure", "{name}");
        assert_eq!(unit.property("StartLimitBurst"), "5", "{name}");
        assert!(
            !contents.lines().any(|line| line.starts_with("ExecStartPre")),
            "{name}: its status is not looked at"
        );
    }
}

fn the_paper_and_the_live_unit_differ_in_nothing_but_the_mode(_: &'static Lab) {
    for pair in UNITS.chunks(2) {
        let [(_, paper, _), (name, live, _)] = pair else { unreachable!("pairs") };
        let renamed = paper.replace("No real money", "Real money").replace("paper", "live");
        assert_eq!(renamed, *live, "{name}");
    }
}

/// The paper file under the live name, the mistake that the gates are there for.
fn a_shipped_unit_refuses_the_credentials_of_the_other_class(lab: &'static Lab) {
    install(lab);
    let contents =
        format!("ENVGATE_MODE=paper\nBROKER_URL=https://example.com\nBROKER_API_KEY={CANARY}-mixed\n");
    lab.write("/etc/envgate/env/mixed.live.env", contents, 0o600, "mixed-live");
    lab.write("/etc/envgate/mixed.yml", EXAMPLE, 0o644, "root");
    let unit = Unit::named(lab, "envgate-live@mixed.service");
    unit.start().failed(1);
    assert_eq!(unit.property("ExecMainStatus"), "77");
    assert_eq!((unit.property("ActiveState").as_str(), unit.property("NRestarts").as_str()), ("failed", "0"));
    let status = unit.property("StatusText");
    assert!(status.starts_with("refused by envgate: file-mode: "), "{status}");
    // The queries that the units' comments name.
    lab.run(["journalctl", "--sync"]).ok();
    let said = lab.run(["journalctl", "--no-pager", "-o", "cat", "-t", "envgate-live@mixed"]).ok();
    assert!(said.contains("refused [file-mode] /etc/envgate/env/mixed.live.env"), "{said}");
    let record =
        lab.run(["journalctl", "--no-pager", "-o", "cat", "ENVGATE_UNIT=envgate-live@mixed.service"]).ok();
    assert!(record.contains("refused by envgate: file-mode: "), "{record}");
}

fn two_instances_have_their_own_configs_and_directories(lab: &'static Lab) {
    install(lab);
    lab.write("/usr/local/bin/example-worker", "#!/bin/sh\nexec /bin/sleep infinity\n", 0o755, "root");
    for mode in ["paper", "live"] {
        let contents = format!(
            "ENVGATE_MODE={mode}\nBROKER_URL=https://{mode}.example.com\nBROKER_API_KEY={CANARY}-{mode}\n"
        );
        let user = format!("example-{mode}");
        lab.write(&format!("/etc/envgate/env/example.{mode}.env"), contents, 0o600, &user);
        let check = ["envgate", "check", "-m", mode, "-c", "/etc/envgate/example.yml", "-i", "example"];
        lab.run(["runuser", "-u", &user, "--"].into_iter().chain(check)).ok();
        let unit = Unit::named(lab, &format!("envgate-{mode}@example.service")).started();
        let config = format!("/run/envgate-{mode}/example/example.yml");
        assert_eq!(unit.environment()["ENVGATE_CONFIG"], config);
        assert_eq!(unit.environment()["STATE_DIRECTORY"], format!("/var/lib/envgate-{mode}/example"));
        assert!(lab.read(&config).contains(&format!("url: \"https://{mode}.example.com\"")));
        assert_eq!(lab.run(["stat", "-c", "%U", &config]).ok(), format!("{user}\n"));
    }
    let other = ["runuser", "-u", "example-paper", "--", "cat", "/run/envgate-live/example/example.yml"];
    assert_eq!(lab.run(other).status(), Some(1), "the paper user does not get at the live config");
}

/// A process names its own control group where its unit delegates it, and so the unit that is asked for.
fn a_unit_that_is_called_like_an_option_is_a_unit(lab: &'static Lab) {
    for name in ["--host=nowhere", "--user", "-Hnowhere"] {
        let check = lab.run(["envgate", "check", &format!("--unit={name}"), "-m", "paper"]);
        let said = check.stdout() + &check.stderr();
        // It was systemd that was asked for it, and no other machine.
        let answered = said.contains("systemd knows no unit") || said.contains(".service is not valid");
        assert!(answered, "{name}: {said}");
    }
}
