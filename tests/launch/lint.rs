//! `lint`: what each reader makes of a file, and the file rewritten by the meaning of one of them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::support::{Outcome, Scenario};

const SECRET: &str = "abcdefghijklmnopqrstuvwxyz";

fn file(contents: &str) -> Scenario {
    Scenario::new().file("pine.paper.env", contents).mode(0o600)
}

fn lint(contents: &str, words: &[&str]) -> Outcome {
    file(contents).ask([&["lint", "pine.paper.env"], words].concat())
}

/// The file after `--fix` with these words, which ended well.
fn fixed(contents: &str, words: &[&str]) -> String {
    let outcome = lint(contents, &[&["--fix"], words].concat()).ended(0);
    fs::read_to_string(outcome.scenario.path("pine.paper.env")).unwrap()
}

/// The line of the table that is about this variable, with one blank between its cells.
fn row(outcome: &Outcome, name: &str) -> String {
    let text = outcome.stdout();
    let found = text.lines().find(|line| line.starts_with(name));
    let found = found.unwrap_or_else(|| panic!("no {name}:\n{text}"));
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_that_all_readers_read_alike_is_fine() {
    let outcome = lint("A=1\nB=two\n# a comment\n", &[])
        .ended(0)
        .found("systemd, bash, dotenv and docker read the same");
    assert!(!outcome.stdout().contains("VARIABLE"), "{}", outcome.stdout());
    assert_eq!(row(&lint("A=1\n", &["--all"]), "A "), "A 1 A … (1) A … (1) A … (1) A … (1)");
}

#[test]
fn docker_alone_counts_only_where_it_is_strict() {
    let file = "A='two words'\n";
    let outcome = lint(file, &[]).ended(0).found("docker does not");
    assert!(row(&outcome, "A ").ends_with("A … (9) A … (9) A … (9) B … (11)"), "{}", outcome.stdout());
    lint(file, &["--strict"]).ended(1);
}

#[test]
fn each_reader_has_its_column_and_values_are_told_apart_without_being_shown() {
    let file = format!("export A={SECRET}\nB={SECRET}$x-and-more\nC=two words\nD={SECRET}&E=x\n");
    let outcome = lint(&file, &[]).ended(1).hides("abcd");
    assert!(row(&outcome, "A ").contains("not set A abc… (26)"), "{}", outcome.stdout());
    assert!(row(&outcome, "B ").contains("A abc… (37) expands a $ or ~ expands a $ or ~"));
    assert!(row(&outcome, "C ").contains("A … (9) not set stops at line 3"));
    outcome.found("docker reads nothing: an error at line 1").found("refused [syntax]").found(":3:7 C");
}

#[test]
fn nothing_of_the_file_is_run() {
    let file = "A=`touch ran`\nB=$(touch ran)\ntouch ran\nC=x touch ran\n";
    let outcome = lint(file, &["--all"]).ended(1);
    assert!(!outcome.scenario.path("ran").exists());
    assert!(row(&outcome, "A ").contains("cannot tell: runs line 2"), "{}", outcome.stdout());
}

#[test]
fn a_name_that_may_be_a_part_of_a_secret_is_not_shown() {
    // docker takes each line of a key for a variable, bash what stands behind an &.
    let outcome = lint("PEM='-----BEGIN\nMIIsecretline=\n-----END'\nA=x&secretpart=1\n", &[]).ended(1);
    outcome.hides("secretline").hides("secretpart").found("(a part of another)");
    // The last line of a key that was pasted without quotes.
    for last in ["MIIsecretline==", "MIIxyzsecretline01="] {
        for words in [&["--all"][..], &["--json", "--all"], &["--fix", "--as", "docker"]] {
            lint(&format!("KEY=-----BEGIN\nMIIabc\n{last}\n"), words).ended(1).hides("secretline");
            lint(&format!("KEY=MIIabc\n{last}\n"), words).hides("secretline");
        }
    }
    lint("EMPTY_NAME=\nempty=\n", &["--all"]).found("EMPTY_NAME").found("empty");
}

#[test]
fn the_gates_see_the_file_as_at_a_launch() {
    file("A=1\n").mode(0o644).ask(["lint", "pine.paper.env"]).refused(77, "permission").found("chmod 600");
    file("A=1\n").ask(["lint", "missing.env"]).refused(66, "input");
    file("A=1\n").ask(["lint", "."]).refused(77, "file-kind");
    file("A=1\n").ask(["lint", "pine.paper.env", "missing.env"]).refused(66, "input").found("1 variable;");
    file("A=1\n").ask(["lint"]).ended(64);
    file("A=1\n").ask(["lint", "--as", "bash", "pine.paper.env"]).ended(64);
}

#[test]
fn json_has_each_reader_and_no_value() {
    let outcome = lint(&format!("A={SECRET}\nB=x # c\n"), &["--json", "--all"]).ended(1).hides("abcd");
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).unwrap();
    assert_eq!((&report["schema"], &report["status"]), (&1.into(), &1.into()));
    let file = &report["files"][0];
    assert_eq!((&file["agree"], &file["findings"][0]["line"]), (&false.into(), &2.into()));
    let (a, b) = (&file["variables"][0], &file["variables"][1]);
    assert_eq!(
        (&a["name"], &a["agree"], &a["readers"]["bash"]["length"]),
        (&"A".into(), &true.into(), &26.into())
    );
    assert_eq!((&b["readers"]["bash"]["same"], &b["readers"]["systemd"]["same"]), (&"B".into(), &"A".into()));
}

#[test]
fn a_rewritten_file_keeps_comments_order_and_blank_lines() {
    let before =
        "# first\n\n  A=plain  \nexport B='x'\"y\" # why\n\t# indented\nC=\"it's\"\n\nD='a b'c\n# last";
    let after = "# first\n\n  A=plain  \n# why\nB=xy\n\t# indented\nC=\"it's\"\n\nD='a bc'\n# last\n";
    assert_eq!(fixed(before, &["--as", "bash"]), after);
    // And then there is nothing left to do.
    assert_eq!(fixed(after, &[]), after);
}

#[test]
fn whose_meaning_counts_is_asked_where_the_readers_differ() {
    let refused = |words: &[&str]| {
        let outcome = lint("A=x$y # c\n", &[&["--fix"], words].concat()).ended(1);
        assert_eq!(fs::read_to_string(outcome.scenario.path("pine.paper.env")).unwrap(), "A=x$y # c\n");
        outcome
    };
    refused(&[]).found("nobody said whose meaning counts").found("--as systemd");
    refused(&["--as", "bash"]).found("not rewritten as bash reads it");
    assert_eq!(fixed("A=x$y # c\n", &["--as", "systemd"]), "A='x$y # c'\n");
    assert_eq!(fixed("A=x$y # c\n", &["--as", "docker"]), "A='x$y # c'\n");
    assert_eq!(fixed("A=x # c\n", &["--as", "dotenv"]), "# c\nA=x\n");
    // What all of them read alike, and portable refuses for people, needs no answer.
    assert_eq!(fixed("A=a#b\n", &[]), "A='a#b'\n");
}

#[test]
fn each_reader_has_its_own_meaning_of_the_same_line() {
    for (reader, after) in [
        ("systemd", "A=\"it''s'\"\n"),
        ("bash", "A=\"it's\"\n"),
        ("dotenv", "A=\"it's\"\n"),
        ("docker", "A=\"'\"'it'\"'\"\"\\\\\"\"'\"\"'\"'s'\"'\"\n"),
    ] {
        assert_eq!(fixed("A='it'\\''s'\n", &["--as", reader]), after, "{reader}");
    }
    assert_eq!(fixed("A=1\nA=2\n", &["--as", "systemd"]), "A=2\n");
    assert_eq!(fixed("A=1\nA=2\n", &["--as", "dotenv"]), "A=1\n");
    assert_eq!(fixed("A=v\r\nB=w\r\n", &["--as", "systemd"]), "A=v\nB=w\n");
    assert_eq!(fixed("\u{feff}A=v\n", &["--as", "dotenv"]), "A=v\n");
    assert_eq!(fixed("; c\nA = v\n", &["--as", "systemd"]), "# c\nA=v\n");
}

#[test]
fn what_a_reader_loses_or_cannot_be_written_is_refused_and_the_file_untouched() {
    for (contents, reader) in [
        ("export A=1\n", "systemd"),
        ("\u{feff}A=1\n", "systemd"),
        ("A=1\r\n", "bash"),
        ("A=x\\ny\nB=a\u{a0}\n", "systemd"),
        ("UID=1\n", "systemd"),
        ("app.key=1\n", "dotenv"),
        ("A=1\nstray\n", "systemd"),
        ("A=1\nstray\n", "docker"),
        ("A=1; B=2\n", "bash"),
        ("A=it's\nB=1\n", "bash"),
        ("A=it's\nB=1\n", "dotenv"),
        ("A='x\nB=1\n", "systemd"),
        ("A=v  # don't\nB=1\nC='x'\n", "dotenv"),
        ("A=a\0b\n", "docker"),
        ("A=1\nif true; then B=2; fi\n", "bash"),
    ] {
        let outcome = lint(contents, &["--fix", "--as", reader]);
        assert_eq!(outcome.status(), Some(1), "{contents:?} {reader}\n{}", outcome.stdout());
        let after = fs::read_to_string(outcome.scenario.path("pine.paper.env")).unwrap();
        assert_eq!(after, contents, "{reader}");
        outcome.found(&format!("not rewritten as {reader} reads it"));
    }
}

#[test]
fn a_rewritten_file_is_a_new_one_of_the_same_mode_and_a_link_stays() {
    let scenario = file("A=a b\n").mode(0o400);
    std::os::unix::fs::symlink("pine.paper.env", scenario.path("link.paper.env")).unwrap();
    let before = fs::metadata(scenario.path("pine.paper.env")).unwrap().ino();
    let outcome = scenario.ask(["lint", "--fix", "--as", "systemd", "link.paper.env"]).ended(0);
    let path = |name: &str| outcome.scenario.path(name);
    let facts = fs::metadata(path("pine.paper.env")).unwrap();
    assert_ne!(facts.ino(), before);
    assert_eq!(facts.permissions().mode() & 0o7777, 0o400);
    assert!(fs::symlink_metadata(path("link.paper.env")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(path("pine.paper.env")).unwrap(), "A='a b'\n");
    assert_eq!(fs::read_dir(outcome.scenario.folder()).unwrap().count(), 2, "something was left behind");
}

#[test]
fn a_file_that_others_can_read_or_that_has_two_names_is_not_rewritten() {
    let outcome = file("A=a b\n").mode(0o640).ask(["lint", "--fix", "--as", "systemd", "pine.paper.env"]);
    outcome.refused(77, "permission").found("the file was not rewritten");
    let scenario = file("A=a b\n");
    fs::hard_link(scenario.path("pine.paper.env"), scenario.path("second")).unwrap();
    let outcome = scenario.ask(["lint", "--fix", "--as", "systemd", "pine.paper.env"]);
    outcome.refused(77, "file-kind").found("hard link");
}

#[test]
fn two_writers_wait_for_each_other() {
    let scenario = file("A=a b\n");
    let held = fs::File::open(scenario.path("pine.paper.env")).unwrap();
    held.lock().unwrap();
    let outcome = scenario.ask(["lint", "--fix", "--as", "systemd", "pine.paper.env"]);
    let outcome = outcome.refused(75, "system").found("somebody else is changing");
    drop(held);
    let Outcome { scenario, .. } = outcome;
    scenario.ask(["lint", "--fix", "--as", "systemd", "pine.paper.env"]).ended(0);
}
