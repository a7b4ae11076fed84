//! Workers on a host whose `/proc` hides the processes of other users (`hidepid=`, proc(5)): systemd knows of them.

use serde_json::Value;

use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::{USER, add_user};
use crate::workers::live;

sentences![a_unit_that_proc_hides_is_listed_and_the_same_worker_by_hand_is_refused];

/// As this user, where `/proc` hides others.
fn behind(lab: &Lab, how: &str, user: &str, line: &str) -> Ran {
    let script =
        format!("mount -t proc -o hidepid={how} proc /proc && exec runuser -u {user} -- sh -c '{line}'");
    lab.run(["unshare", "--mount", "sh", "-ec", &script])
}

fn a_unit_that_proc_hides_is_listed_and_the_same_worker_by_hand_is_refused(lab: &'static Lab) {
    add_user(lab, "blind");
    let unit = live(lab, "hidden");
    lab.write("/srv/hidden/own.env", "ENVGATE_MODE=live\nAPI_KEY=abc\n", 0o600, "blind");
    let launch = "cd / && envgate exec -m live -c /srv/hidden/config.yml -e /srv/hidden/own.env -i ES --confirm live -- /bin/echo started";
    for (how, reason) in
        [("1", "its environment may not be read by you"), ("2", "/proc hides it from you (hidepid)")]
    {
        let said = behind(lab, how, "blind", "envgate workers --json hidden").ok();
        let said: Value = serde_json::from_str(&said).expect("JSON");
        let worker = &said["workers"][0];
        for (field, expected) in [
            ("kind", "opaque"),
            ("unit", "hidden.service"),
            ("class", "live"),
            ("user", USER),
            ("instance", "ES"),
            ("reason", reason),
        ] {
            assert_eq!(worker[field], expected, "{how}: {field} of {said:#}");
        }
        assert_eq!(worker["pid"].to_string(), unit.property("MainPID"), "{said:#}");
        let refused = behind(lab, how, "blind", launch).failed(77).stderr();
        assert!(refused.contains("refused [second]"), "{how}: {refused}");
        assert!(
            refused.contains("in the unit hidden.service") && refused.contains("systemctl stop"),
            "{how}: {refused}"
        );
    }
    unit.stop();
    assert_eq!(behind(lab, "2", "blind", launch).ok(), "started\n");
}
