//! What `check --unit --json` prints of real units, and `status --json` inside one, is what the schemas say.

use libtest_mimic::{Completion, Trial};
use serde_json::{Value, json};

use super::lab::Lab;
use super::schema::{missing, valid};
use super::support::ENVGATE;
use super::systemd::{self, in_the_lab};

pub fn trials() -> Vec<Trial> {
    let name = "what_is_printed_of_a_unit_and_in_one_is_what_the_schemas_say";
    vec![Trial::ignorable_test(name, || match systemd::missing() {
        Some(reason) if systemd::is_required() => Err(reason.into()),
        obstacle => match obstacle.or_else(missing) {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => {
                of_units();
                Ok(Completion::Completed)
            }
        },
    })]
}

const UNIT: &str = "\
[Service]
User=nobody
EnvironmentFile=/srv/schema/x.paper.env
Environment=PLAIN=1 CONFIG=/srv/schema/config.yml
PassEnvironment=TZ
ExecStart=/bin/sleep 1
";

/// A unit that moves over, one that cannot, one that uses envgate, and a look from inside a unit with a credential.
fn of_units() {
    let run = |lab: &Lab, words: &str| -> Value {
        let ran = lab.run(words.split(' '));
        serde_json::from_str(&ran.stdout()).unwrap_or_else(|_| panic!("no JSON: {}", ran.stderr()))
    };
    let (units, inside) = in_the_lab(|lab| {
        lab.write("/usr/local/bin/envgate", std::fs::read(ENVGATE).expect("the program"), 0o755, "root");
        lab.write(
            "/srv/schema/x.paper.env",
            "ENVGATE_MODE=paper\nKEY=abcdefghijklmnopqrst\n",
            0o600,
            "nobody",
        );
        lab.write("/srv/schema/token", "token-of-twenty-signs\n", 0o600, "root");
        let block = "envgate:\n  command: [/bin/true]\n  variables: {TOKEN: {from: 'credential:token'}}\n";
        lab.write("/srv/schema/config.yml", format!("{block}a: ${{KEY}} ${{TOKEN}}\n"), 0o644, "root");
        let launched = "[Service]\nUser=nobody\nExecStart=/usr/local/bin/envgate exec -m paper -c /srv/schema/config.yml -e /srv/schema/x.paper.env\n";
        for (name, unit) in
            [("schema", UNIT), ("schema-on", launched), ("schema-none", "[Service]\nExecStart=/bin/true\n")]
        {
            lab.write(&format!("/etc/systemd/system/{name}.service"), unit, 0o644, "root");
        }
        lab.run(["systemctl", "daemon-reload"]).ok();
        let units = ["schema", "schema-on", "schema-none", "no-such"]
            .map(|unit| run(lab, &format!("envgate check --json --unit {unit}")));
        let look = "systemd-run --quiet --pipe --wait --collect -p User=nobody -p LoadCredential=token:/srv/schema/token envgate";
        let inside = ["status --all", "status"].map(|verb| {
            run(
                lab,
                &format!(
                    "{look} {verb} --json -m paper -c /srv/schema/config.yml -e /srv/schema/x.paper.env"
                ),
            )
        });
        (units, inside)
    });
    assert!(
        units[0]["block"].is_string() && units[1]["block"].is_null() && units[3]["status"] == 66,
        "{units:#?}"
    );
    valid("check-unit", &units);
    valid("status", &inside);
    let token =
        inside[1]["variables"].as_array().expect("variables").iter().find(|one| one["name"] == "TOKEN");
    let token = token.unwrap_or_else(|| panic!("no TOKEN: {:#}", inside[1]));
    assert_eq!(
        (&token["source"], &token["value"]),
        (&json!({"kind": "credential", "file": null, "line": null, "name": "token"}), &json!("tok…"))
    );
}
