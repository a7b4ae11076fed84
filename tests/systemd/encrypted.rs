//! An env file that is encrypted on the disk, by the very lines that the README shows: encrypted, loaded by the unit,
//! rotated, taken back, and closed.

use std::io::Write;

use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::{CANARY, USER, Unit};

sentences![an_encrypted_env_file_is_made_loaded_and_rotated_by_the_lines_of_the_readme];

const README: &str = include_str!("../../README.md");

/// The blocks of the section, in their order, without `sudo`: the lab's tests are root.
fn blocks() -> Vec<String> {
    let section = README.split("### Encrypted on the disk\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("an end");
    let blocks = section.split("```").skip(1).step_by(2);
    blocks.map(|block| block.split_once('\n').expect("a kind").1.replace("sudo ", "")).collect()
}

/// Runs each line; a rotation gets this value on its standard input.
#[track_caller]
fn run(lab: &Lab, lines: &str, value: &str) {
    for line in lines.lines() {
        let mut child = lab
            .command(["sh", "-c", line])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("nsenter starts");
        // Most of them read nothing.
        let _ = child.stdin.take().expect("a pipe").write_all(value.as_bytes());
        let ran = Ran::of(child.wait_with_output().expect("an end"));
        assert_eq!(ran.status(), Some(0), "{line}: {}{}", ran.stdout(), ran.stderr());
        assert!(!(ran.stdout() + &ran.stderr()).contains(CANARY), "{line}");
    }
}

fn an_encrypted_env_file_is_made_loaded_and_rotated_by_the_lines_of_the_readme(lab: &'static Lab) {
    let [encrypt, service, rotate, back, close] = &blocks()[..] else { panic!("{:#?}", blocks()) };
    let value = |serial: u32| format!("db-{CANARY}-of-thirty-two-{serial:04}");
    let contents = format!("ENVGATE_MODE=live\n# of the feed\nDATABENTO_API_KEY={}\n", value(1));
    lab.write("/etc/envgate/env/desk.live.env", contents, 0o600, USER);
    let config = "envgate:\n  ready: launcher\n  command: [/bin/sleep, infinity]\n\
                  \x20 modes: {live: {env_files: [env/desk.live.env]}}\n";
    lab.write("/etc/envgate/desk.yml", config, 0o644, "root");
    run(lab, encrypt, "");
    assert!(!lab.read("/etc/envgate/desk.live.cred").contains(CANARY), "it is encrypted");
    assert_eq!(lab.run(["test", "-e", "/etc/envgate/env/desk.live.env"]).status(), Some(1));

    let unit = format!("[Service]\nType=notify\nNotifyAccess=main\nUser={USER}\n{service}");
    lab.write("/etc/systemd/system/desk.service", unit, 0o644, "root");
    lab.run(["systemctl", "daemon-reload"]).ok();
    let unit = Unit::named(lab, "desk.service").started();
    let key = || unit.environment()["DATABENTO_API_KEY"].clone();
    assert_eq!(key(), value(1));

    run(lab, rotate, &value(2));
    assert_eq!(key(), value(2));
    run(lab, back, "");
    assert_eq!(key(), value(1));
    run(lab, rotate, &value(3));
    run(lab, close, "");
    assert_eq!(key(), value(3));
    let plain = lab.shell("cat /run/desk/* /etc/envgate/desk.live.cred* /etc/envgate/env/desk*").stdout();
    assert!(!plain.contains(CANARY) && !plain.is_empty());
    let trail = lab.run(["envgate", "audit", "show", "--file", "desk.live.env"]).ok();
    let steps = ["stage", "promote", "rollback", "discard", "stage", "promote", "close"];
    let shown: Vec<&str> = trail.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(shown, steps, "{trail}");
    unit.stop();
}
