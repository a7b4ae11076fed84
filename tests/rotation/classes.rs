//! Paper and live, where the gates see only what is current: the values that an open rotation gives up or brings, and
//! a config that changes between two steps.

use std::fs;
use std::io::Write;
use std::process::Output;

use crate::Proof;
use crate::place::{Place, Who, said};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::anybody("the live key that an open rotation gives up is refused for paper", given_up),
        Proof::anybody("the live key that is staged is refused for paper, and a shared one is not", brought),
        Proof::anybody("what was staged for a paper mode is not promoted where that is live by now", turned),
        Proof::anybody("a switch that is declared to be no secret goes to and fro", to_and_fro),
    ]
}

const CONFIG: &str = "envgate:
  modes:
    paper: {env_files: [env/desk.paper.env]}
    live: {env_files: [env/desk.live.env]}
    qa: {class: paper, env_files: [env/desk.qa.env]}
  variables: {FEED_KEY: {shared: true}, KILLSWITCH: {secret: false}}
";

fn desk(place: &Place) {
    place.reset();
    for mode in ["paper", "live", "qa"] {
        let path = place.path(&format!("env/desk.{mode}.env"));
        let text = format!(
            "ENVGATE_MODE={mode}\nAPI_KEY={mode}-key-of-the-desk\nFEED_KEY={mode}-feed-of-the-desk\nKILLSWITCH=false\n"
        );
        fs::write(&path, text).expect("a file");
        place.give(&path, 0o600);
    }
    configure(place, CONFIG);
}

fn configure(place: &Place, text: &str) {
    fs::write(place.path("config.yml"), text).expect("a file");
    place.give(&place.path("config.yml"), 0o644);
}

fn stage(place: &Place, name: &str, mode: &str, value: &str) -> Output {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(value.as_bytes()).expect("written");
    drop(writer);
    let words = ["rotate", "stage", name, "-m", mode, "-c", "config.yml"];
    place.command(&[], words).stdin(reader).output().expect("the program starts")
}

#[track_caller]
fn fine(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", said(output));
}

#[track_caller]
fn refused(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(77), "{}", said(output));
    assert!(said(output).contains(says), "{}", said(output));
}

#[track_caller]
fn step(place: &Place, words: &[&str]) {
    let words = ["rotate"].iter().chain(words).copied();
    fine(&place.command(&[], words).output().expect("the program starts"));
}

fn given_up() {
    Place::with(Who::User, |place| {
        desk(place);
        fine(&stage(place, "API_KEY", "live", "live-key-number-two"));
        step(place, &["promote"]);
        refused(&stage(place, "API_KEY", "paper", "live-key-of-the-desk"), "open rotation gives up");
        step(place, &["close", "--revoked"]);
        refused(&stage(place, "API_KEY", "paper", "live-key-of-the-desk"), "was retired");
        fine(&stage(place, "API_KEY", "paper", "paper-key-number-two"));
    });
}

fn brought() {
    Place::with(Who::User, |place| {
        desk(place);
        for (name, value) in [("API_KEY", "live-key-number-two"), ("FEED_KEY", "feed-of-both-number-two")] {
            fine(&stage(place, name, "live", value));
            let other = stage(place, name, "paper", value);
            if name == "API_KEY" {
                refused(&other, "brings to the other class");
            } else {
                fine(&other);
            }
            step(place, &["discard", "-m", "live"]);
        }
    });
}

fn turned() {
    Place::with(Who::User, |place| {
        desk(place);
        fine(&stage(place, "API_KEY", "qa", "qa-key-number-two"));
        configure(place, &CONFIG.replace("qa: {class: paper", "qa: {class: live"));
        let output = place.command(&[], ["rotate", "promote"]).output().expect("the program starts");
        refused(&output, "is of the class live, and was paper");
        configure(place, CONFIG);
        step(place, &["promote"]);
    });
}

fn to_and_fro() {
    Place::with(Who::User, |place| {
        desk(place);
        for value in ["true", "false", "true"] {
            fine(&stage(place, "KILLSWITCH", "live", value));
            step(place, &["promote"]);
            step(place, &["close", "--revoked"]);
        }
    });
}
