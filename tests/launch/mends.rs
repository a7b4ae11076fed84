//! What a finding tells a person to do: typed as it stands, it helps, and it harms nobody else.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Outcome, Scenario};
use crate::two_modes::paper_and_live;

const KEY: &str = "k3yOfBothClasses01";

/// What stands behind `mend:` in the finding of this gate.
fn mend(outcome: &Outcome, gate: &str) -> String {
    let text = outcome.stderr() + &outcome.stdout();
    let finding = text.split("refused [").find(|finding| finding.starts_with(gate));
    let mend = finding.and_then(|finding| finding.split_once("mend: "));
    mend.map(|(_, mend)| mend.lines().next().unwrap_or_default().to_owned()).expect("a mend")
}

#[test]
fn a_secret_with_two_names_is_shared_by_the_declaration_that_the_finding_gives() {
    let launch = |variables: &str| {
        paper_and_live(&format!("FEED={KEY}"), &format!("OLD_FEED={KEY}"), variables).run("paper")
    };
    let mend = mend(&launch("{}").refused(77, "shared-secret"), "shared-secret");
    let (_, declaration) = mend.split_once("variables: ").expect("a declaration");
    let (declaration, _) = declaration.split_once(", and what is no secret").expect("its end");
    launch(declaration).launched();
}

#[test]
fn a_live_file_that_says_nothing_is_not_said_to_be_mended_by_its_name() {
    let launch = |mode, name, text| {
        Scenario::new().env_file(name, text).command(["/bin/true"]).run(mode).refused(77, "file-mode")
    };
    assert_eq!(mend(&launch("live", "x.env", "A=1\n"), "file-mode"), "add the line ENVGATE_MODE=live to it");
    assert!(mend(&launch("paper", "x.env", "A=1\n"), "file-mode").ends_with("or name it NAME.paper.env"));
}

#[test]
fn nobody_is_told_to_close_a_folder_that_was_named_as_an_env_file() {
    let scenario = Scenario::new().file("env/note", "").command(["/bin/true"]);
    let folder = scenario.path("env");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    let linted = scenario.asked(["lint".as_ref(), folder.as_os_str()]).output().expect("lint");
    let said = [linted.stdout, linted.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("name a regular file") && !said.contains("chmod"), "{said}");
    let outcome = scenario.argument("-e").argument(&folder).run("paper").refused(77, "file-kind");
    outcome.found("name a regular file").hides("chmod").hides("chown");
}

#[test]
fn a_file_that_is_missing_is_looked_for_where_it_would_be() {
    let scenario = Scenario::new().command(["/bin/true"]);
    let missing = scenario.path("x.paper.env");
    let folder = scenario.folder().display().to_string();
    let outcome = scenario.argument("-e").argument(&missing).run("paper").refused(66, "input");
    assert!(mend(&outcome, "input").ends_with(&format!("ls -l {folder}")), "{}", outcome.stderr());
}

#[test]
fn a_value_that_could_not_be_read_is_one_finding_and_is_not_called_empty() {
    let config = "envgate:\n  modes:\n    paper: {env_files: [x.paper.env], expect: {B: {prefix: x}}}\n  \
                  variables: {C: {length: 3}, D: {}}\n  sets: {pair: [D, E]}\na: ${A} ${B}\n";
    let outcome = Scenario::new()
        .configured_env_file("x.paper.env", "A=a b\nB=x y\nC=a b\nD=a b\nE=1\n")
        .config(config)
        .command(["/bin/true"])
        .run("paper");
    let outcome = outcome.refused(65, "syntax").found("4 findings");
    outcome.hides("is empty").hides("expects").hides("incomplete").hides("characters and must");
    // One that is empty is said to be, beside a fault of another line.
    let outcome = Scenario::new()
        .configured_env_file("x.paper.env", "A=\nB=x y\nC=abc\nD=1\nE=1\n")
        .config(config)
        .command(["/bin/true"])
        .run("paper");
    outcome.refused(65, "syntax").found("A is empty");
}

#[test]
fn who_may_launch_is_in_the_command_that_is_given() {
    let run = |users: &str| {
        let config =
            format!("envgate:\n  modes:\n    paper: {{env_files: [x.paper.env], users: [{users}]}}\na: 1\n");
        let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n").config(config);
        scenario.command(["/bin/true"]).run("paper").refused(77, "user")
    };
    assert!(mend(&run("pine-paper"), "user").contains("sudo -u pine-paper envgate exec"));
    assert!(mend(&run("4242"), "user").contains("sudo -u '#4242' envgate exec"));
    assert!(mend(&run(""), "user").starts_with("nobody may"));
}

#[test]
fn a_pattern_that_does_not_compile_is_told_from_one_that_is_too_long() {
    let run = |pattern: &str| {
        let config = format!(
            "envgate:\n  modes:\n    paper: {{env_files: [x.paper.env], expect: {{A: {{matches: '{pattern}'}}}}}}\na: 1\n"
        );
        let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n").config(config);
        scenario.command(["/bin/true"]).run("paper").refused(65, "syntax")
    };
    run("([a-z").found("and this is none: ").hides("this one has");
    run(&"a".repeat(1001)).found("this one has 1001 bytes");
    // One that would explode: it is refused by its size, at once.
    run("(((((a{0,999}){0,999}){0,999}){0,99})+)+").found("and this is none: ");
}
