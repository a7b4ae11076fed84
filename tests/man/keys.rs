//! Every key that the program knows is in the pages, and no other. The program says which ones it knows: a mapping
//! with a key that nobody has is answered with "Known here: …". So each mapping is asked for its keys, and each key for
//! a mapping below it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use crate::Sentence;
use crate::roff::{below, items, page};
use crate::support::Scenario;

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::anywhere("every key of the block is in envgate.yml(5), and no other", block),
        Sentence::in_a_namespace("every key of the policy is in envgate-policy(5), and no other", policy),
    ]
}

/// The keys of each mapping, by the name that the program has for it, in lower case.
pub type Keys = BTreeMap<String, BTreeSet<String>>;

/// A way down a document.
#[derive(Clone)]
enum Step {
    Key(String),
    Item,
}

fn block() {
    let ask = |inner: &str| {
        let config = format!("envgate: {inner}\n");
        let outcome = Scenario::new().check().argument("--json").config(config).run("paper");
        answer(&outcome.stdout())
    };
    let known = known(ask);
    assert!(known.len() >= 6 && known["a mode"].contains("env_files"), "{known:?}");
    assert_eq!(documented("envgate.yml", &known), known);
}

/// The keys of each mapping of the policy.
pub fn policy_keys() -> Keys {
    known(|inner| answer(&under_policy(&format!("{inner}\n"), &check_of_nothing())))
}

fn policy() {
    let known = policy_keys();
    assert!(known.len() >= 2 && known["the host policy"].contains("classes"), "{known:?}");
    assert_eq!(documented("envgate-policy", &known), known);
}

fn check_of_nothing() -> Scenario {
    Scenario::new().check().argument("--json").env_file("x.paper.env", "KEY=abc\n").command(["/usr/bin/env"])
}

/// What the program prints in a mount namespace where the host has this policy.
pub fn under_policy(policy: &str, scenario: &Scenario) -> String {
    let file = scenario.path("policy.yml");
    std::fs::write(&file, policy).expect("a policy");
    let script = "set -e; mount -t tmpfs etc /mnt; mkdir /mnt/upper /mnt/work; \
                  mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work etc /etc; \
                  rm -rf /etc/envgate; install -D -m 644 policy.yml /etc/envgate/policy.yml; exec \"$@\"";
    let prepared = scenario.prepared("paper");
    let mut command = Command::new("unshare");
    command.args(["-m", "/bin/sh", "-c", script, "sh"]).arg(prepared.get_program()).args(prepared.get_args());
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output =
        command.current_dir(scenario.folder()).stdin(Stdio::null()).output().expect("the program starts");
    String::from_utf8(output.stdout).expect("text") + &String::from_utf8_lossy(&output.stderr)
}

/// Whether [`under_policy`] can be had here.
pub fn has_namespaces() -> bool {
    nix::unistd::Uid::effective().is_root()
        && Command::new("unshare")
            .args(["-m", "mount", "-t", "tmpfs", "x", "/mnt"])
            .output()
            .is_ok_and(|output| output.status.success())
}

/// All mappings below the first one. `ask` puts a text in the first one's place, and has the answers to it.
fn known(ask: impl Fn(&str) -> Vec<(String, BTreeSet<String>)>) -> Keys {
    let mut known = Keys::new();
    let mut ways: Vec<Vec<Step>> = vec![Vec::new()];
    while let Some(way) = ways.pop() {
        for (mapping, keys) in ask(&written(&way)) {
            if known.contains_key(&mapping) {
                continue;
            }
            for key in &keys {
                let key = Step::Key(key.clone());
                for below in [vec![], vec![Step::Key("zz".to_owned())], vec![Step::Item]] {
                    ways.push(way.iter().cloned().chain([key.clone()]).chain(below).collect());
                }
            }
            known.insert(mapping, keys);
        }
    }
    known
}

/// A mapping with a key that nobody has, at the end of a way.
fn written(way: &[Step]) -> String {
    let end = "{zzzzzzzzzzzz: 1}".to_owned();
    way.iter().rev().fold(end, |inner, step| match step {
        Step::Key(key) => format!("{{{key}: {inner}}}"),
        Step::Item => format!("[{inner}]"),
    })
}

/// The mappings that said which keys they know.
fn answer(json: &str) -> Vec<(String, BTreeSet<String>)> {
    let report: serde_json::Value =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    let findings = report["findings"].as_array().expect("findings");
    let text = |finding: &serde_json::Value, field: &str| finding[field].as_str().unwrap_or("").to_owned();
    findings
        .iter()
        .filter_map(|finding| {
            let mapping = text(finding, "what").split_once(" does not know th")?.0.to_lowercase();
            let keys = text(finding, "mend").split_once("Known here: ")?.1.to_owned();
            Some((mapping, keys.split(", ").map(str::to_owned).collect()))
        })
        .collect()
}

/// The keys that a page has, for each of these mappings and any other that the page gives keys of.
fn documented(page_name: &str, known: &Keys) -> Keys {
    let page = page(page_name);
    let headings =
        page.lines().filter_map(|line| line.strip_prefix(".SS ")).map(|title| title.trim_matches('"'));
    let mut documented = Keys::new();
    for heading in headings {
        let items = items(below(&page, "SS", heading).expect("a section"));
        let keys = items.iter().filter_map(|(term, _)| term.split([':', ' ']).next().map(str::to_owned));
        documented.insert(heading.to_lowercase(), keys.collect());
        assert!(items.iter().all(|(_, text)| text.len() > 5), "{heading}: {items:?}");
    }
    assert!(documented.len() >= known.len().min(2), "{documented:?}");
    documented
}
