//! The trail and the journal: what was cut off the one is still in the other.

use serde_json::Value;

use crate::lab::Lab;
use crate::sentences;

sentences![a_cut_or_forged_trail_lacks_what_the_journal_has];

const TRAIL: &str = "/var/log/envgate/audit.jsonl";

/// Appends as root, in the lab, which does not see every folder of this machine: the program is copied into it.
fn append(lab: &Lab, count: &str) {
    const APPENDER: &str = "/usr/local/bin/appender";
    #[allow(clippy::disallowed_methods, reason = "this very program is copied into the lab")]
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    lab.write(APPENDER, program, 0o755, "root");
    lab.run([APPENDER, "append-to-trail", "-", count]).ok();
    lab.run(["journalctl", "--sync"]).ok();
}

fn verify(lab: &Lab) -> Value {
    let output = lab.run(["envgate", "audit", "verify", "--json"]).stdout();
    serde_json::from_str(&output).unwrap_or_else(|_| panic!("no JSON: {output}"))
}

fn a_cut_or_forged_trail_lacks_what_the_journal_has(lab: &'static Lab) {
    append(lab, "5");
    assert_eq!(lab.run(["stat", "-c", "%a %u", TRAIL, "/var/log/envgate"]).ok(), "640 0\n750 0\n");
    let verified = verify(lab);
    assert_eq!(verified["journal"]["state"], "compared", "{verified:#}");
    assert_eq!((&verified["count"], &verified["journal"]["records"]), (&5.into(), &5.into()), "{verified:#}");
    assert!(verified["journal"]["lacking"].as_array().unwrap().is_empty(), "{verified:#}");

    // A record that another user sends in our name is none.
    let forged = "printf 'MESSAGE_ID=3f6a1c9e5d7b4e08a2c4f1d80b96e573\\nENVGATE_AUDIT_FILE=/var/log/envgate/audit.jsonl\\n\
                  ENVGATE_AUDIT_HASH=00\\nMESSAGE=forged\\n' | setpriv --reuid=65534 --clear-groups logger --journald";
    lab.shell(forged).ok();
    lab.run(["journalctl", "--sync"]).ok();
    let all = lab.run(["journalctl", "-q", "-o", "cat", "MESSAGE_ID=3f6a1c9e5d7b4e08a2c4f1d80b96e573"]).ok();
    assert_eq!((all.lines().count(), all.contains("forged")), (6, true), "{all}");
    assert_eq!(verify(lab)["journal"]["records"], 5);

    // The last two records are gone, and what is left is a whole chain.
    let whole = lab.read(TRAIL);
    let kept: String = whole.split_inclusive('\n').take(3).collect();
    lab.write(TRAIL, &kept, 0o640, "root");
    let cut = verify(lab);
    assert!(cut["faults"].as_array().unwrap().is_empty(), "{cut:#}");
    assert_eq!(cut["journal"]["lacking"].as_array().unwrap().len(), 2, "{cut:#}");
    let last: Value = serde_json::from_str(whole.lines().last().unwrap()).unwrap();
    assert_eq!(cut["journal"]["lacking"][1], last["time"]);

    // Nor does the whole trail go without a word.
    lab.run(["rm", TRAIL]).ok();
    assert_eq!(verify(lab)["journal"]["lacking"].as_array().unwrap().len(), 5);
    lab.write(TRAIL, &whole, 0o640, "root");
}
