//! `rotate --reload`: workers that read their delivered config again keep running, and get the new values all the same.

use serde_json::Value;

use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::{CANARY, Service, Unit};

sentences![
    a_worker_that_reads_its_config_again_gets_the_new_value_and_keeps_running,
    a_reload_that_fails_brings_the_former_config_back,
    what_a_reload_would_not_change_is_refused_before_anything_is,
];

/// Reads its config at the start and at each SIGHUP, and shows what it read.
const WORKER: &str = "\
import os, signal, time
def read(*_):
    text = open(os.environ['ENVGATE_CONFIG']).read()
    open(os.environ['SEEN'], 'a').write(text)
signal.signal(signal.SIGHUP, read)
read()
while True: time.sleep(1)
";

const DECLARED: &str = "variables: {FEED_KEY: {deliver: config}}";

fn service(lab: &'static Lab, name: &'static str, declared: &str, reload: &str) -> Service {
    let config = format!(
        "envgate:\n  ready: launcher\n  environment: {{SEEN: /srv/{name}/seen}}\n  {declared}\n  \
         modes: {{paper: {{env_files: [{name}.paper.env]}}}}\nfeed: ${{FEED_KEY}}\n"
    );
    lab.write(&format!("/srv/{name}/seen"), "", 0o600, "worker");
    Service::new(lab, name)
        .file(&format!("{name}.paper.env"), &format!("FEED_KEY={CANARY}-{name}-old\n"), 0o600, "worker")
        .config(&config)
        .setting(&format!("RuntimeDirectory={name}\nRuntimeDirectoryMode=0700\n{reload}"))
        .python(WORKER)
}

const RELOAD: &str = "ExecReload=/bin/kill -HUP $MAINPID";

fn rotate(lab: &Lab, name: &str, words: &str) -> Ran {
    lab.shell(&format!(
        "printf {CANARY}-{name}-new | envgate rotate run FEED_KEY -m paper -c /srv/{name}/config.yml --json {words}"
    ))
}

fn state(unit: &Unit) -> (String, String) {
    (unit.property("InvocationID"), unit.main_pid())
}

fn seen(lab: &Lab, name: &str) -> Vec<String> {
    lab.read(&format!("/srv/{name}/seen")).lines().map(str::to_owned).collect()
}

fn a_worker_that_reads_its_config_again_gets_the_new_value_and_keeps_running(lab: &'static Lab) {
    let unit = service(lab, "rereads", DECLARED, RELOAD).started();
    let before = state(&unit);
    lab.until("the worker has read its config", || seen(lab, "rereads").len() == 1);
    let said = rotate(lab, "rereads", "--restart --reload --settle 1s").ok();
    assert!(!said.contains(CANARY), "{said}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["rotations"][0]["units"][0]["step"], "proven", "{said:#}");
    assert_eq!(state(&unit), before, "it was not restarted");
    let stat = lab.run(["stat", "-c", "%a %U %G", "/run/rereads/config.yml"]).ok();
    assert_eq!(stat, "400 worker worker\n");
    assert_eq!(lab.run(["ls", "-A", "/run/rereads"]).ok(), "config.yml\n");
    lab.until("the worker has read it again", || seen(lab, "rereads").len() == 2);
    assert_eq!(seen(lab, "rereads")[1], format!("feed: \"{CANARY}-rereads-new\""));
    // Its environment has the old generation: that it was reloaded is what counts.
    lab.run(["envgate", "rotate", "close", "-m", "paper", "-c", "/srv/rereads/config.yml", "--revoked"]).ok();
}

fn a_reload_that_fails_brings_the_former_config_back(lab: &'static Lab) {
    let reload = "ExecReload=/bin/sh -c 'kill -HUP $MAINPID; ! grep -q rejects-new /run/rejects/config.yml'";
    let unit = service(lab, "rejects", DECLARED, reload).started();
    let before = state(&unit);
    let said = rotate(lab, "rejects", "--restart --reload --settle 1s").failed(1);
    assert!(said.stderr().contains("it was not reloaded"), "{}", said.stderr());
    assert_eq!(state(&unit), before);
    assert!(lab.read("/run/rejects/config.yml").contains("rejects-old"));
    assert!(lab.read("/srv/rejects/rejects.paper.env").contains("rejects-old"));
    lab.until("the worker has read the former one", || {
        seen(lab, "rejects").last().is_some_and(|line| line.contains("rejects-old"))
    });
    lab.run(["envgate", "rotate", "discard", "-m", "paper", "-c", "/srv/rejects/config.yml"]).ok();
}

fn what_a_reload_would_not_change_is_refused_before_anything_is(lab: &'static Lab) {
    for (name, declared, reload, why) in [
        ("inenv", "variables: {FEED_KEY: {secret: true}}", RELOAD, "in the worker's environment"),
        ("inmemory", DECLARED, "RuntimeDirectory=\nExecReload=/bin/true", "RuntimeDirectory="),
    ] {
        let unit = service(lab, name, declared, reload).started();
        let before = state(&unit);
        let said = rotate(lab, name, "--restart --reload --settle 1s").failed(77);
        assert!(said.stderr().contains(why), "{}", said.stderr());
        assert_eq!(state(&unit), before);
        assert!(lab.read(&format!("/srv/{name}/{name}.paper.env")).contains("-old"));
        lab.run(["envgate", "rotate", "discard", "-m", "paper", "-c", &format!("/srv/{name}/config.yml")])
            .ok();
    }
}
