//! The emergency, where something else is not as it should be.

use std::io::Write;
use std::process::Output;

use crate::Proof;
use crate::place::{Place, Who, key, said, secret, text};

pub fn proofs() -> Vec<Proof> {
    vec![
        Proof::anybody(
            "an emergency whose values are refused leaves the open rotation its way back",
            in_vain,
        ),
        Proof::anybody("a key that goes on under another name is told", under_another_name),
    ]
}

fn run(place: &Place, words: &[&str], values: &str) -> Output {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(values.as_bytes()).expect("written");
    drop(writer);
    let inputs = ["-m", "paper", "-c", "config.yml", "-i", "ES", "-i", "NQ"];
    let words = ["rotate"].iter().chain(words).chain(&inputs).copied();
    place.command(&[], words).stdin(reader).output().expect("the program starts")
}

fn in_vain() {
    Place::with(Who::User, |place| {
        for steps in [&["stage"][..], &["stage", "promote"]] {
            place.reset();
            for step in steps {
                place.done(step, 1);
            }
            let (open, beside) = (place.open(), place.beside());
            // A template's leftover is refused by a gate.
            let values = format!("your_api_key_here\n{}\n", secret(2));
            let output = run(place, &["run", "API_KEY", "API_SECRET", "--compromised"], &values);
            assert_eq!(output.status.code(), Some(78), "{}", said(&output));
            assert_eq!((place.open(), place.beside()), (open, beside), "{steps:?}");
        }
        place.done("rollback", 0);
    });
}

fn under_another_name() {
    Place::with(Who::User, |place| {
        place.reset();
        let twin = format!("{}\nLEGACY_KEY='{}'\n", text(0), key(0));
        std::fs::write(place.env_file("ES"), twin).expect("a file");
        let output = run(place, &["run", "API_KEY", "--compromised"], &format!("{}\n", key(2)));
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let says = "LEGACY_KEY goes on holding the value that API_KEY gives up";
        assert_eq!(said(&output).matches(says).count(), 1, "{}", said(&output));
        assert!(!said(&output).contains(&key(0)));
    });
}
