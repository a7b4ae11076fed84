//! The README cannot drift: what it says of gates, statuses, flags and variables is compared with the program.

use std::process::Command;

use envgate::error::Status;
use envgate::finding::Gate;
use envgate::name::SYSTEMD_NAMES;
use envgate::verify::endpoints::{BROKERS, Signs};

const README: &str = include_str!("../README.md");

/// The rows of the table whose head begins so.
fn table(head: &str) -> Vec<Vec<String>> {
    let start = README.find(head).unwrap_or_else(|| panic!("no table {head}"));
    let rows = README[start..].lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_gate_is_documented_with_its_status_and_none_else() {
    let rows = table("| gate | status |");
    let documented: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let gates: Vec<&str> = Gate::ALL.iter().map(|gate| gate.as_str()).collect();
    assert_eq!(documented, gates);
    for (row, gate) in rows.iter().zip(Gate::ALL) {
        let status = gate.status().code().to_string();
        assert!(row[1].split(", ").any(|documented| documented == status), "{}: {status}", gate.as_str());
    }
}

#[test]
fn every_exit_status_is_documented() {
    let rows = table("| status | systemd prints |");
    let documented: Vec<&str> =
        rows.iter().flat_map(|row| row[0].split(" / ")).filter(|cell| *cell != "–").collect();
    let mut codes: Vec<u8> = Status::ALL.iter().map(|status| status.code()).collect();
    codes.sort_unstable();
    assert_eq!(documented, codes.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn the_published_order_of_statuses_is_the_programs() {
    let mut statuses = Status::ALL.to_vec();
    statuses.sort_by_key(|status| status.precedence());
    let refusals: Vec<String> = statuses
        .iter()
        .map(|status| status.code())
        .filter(|code| ![0, 1, 70, 71, 130].contains(code))
        .map(|code| code.to_string())
        .collect();
    assert!(README.contains(&format!("the first of {} decides", refusals.join(", "))));
}

#[test]
fn every_flag_of_the_help_stands_in_the_readme_and_the_reverse() {
    let section = README
        .split("## The command line")
        .nth(1)
        .and_then(|rest| rest.split("### Exit").next())
        .expect("the section");
    for verb in ["exec", "check", "status", "render", "workers", "lint", "init", "ages", "audit"] {
        let help = Command::new(env!("CARGO_BIN_EXE_envgate")).args([verb, "--help"]).output().expect("help");
        let help = String::from_utf8(help.stdout).expect("text");
        let flags = help.split([' ', ',', '\n', '[']).filter(|word| word.starts_with("--") && word.len() > 2);
        for flag in flags.filter(|flag| *flag != "--help" && *flag != "--...") {
            let long_of_short = ["--mode", "--config", "--instance", "--env-file"].contains(&flag);
            assert!(long_of_short || section.contains(flag), "{verb} {flag} is not in the README");
        }
    }
    for flag in ["--dialect", "--config-variable", "--set", "--unit", "--user", "--strict", "--json"] {
        let help =
            Command::new(env!("CARGO_BIN_EXE_envgate")).args(["check", "--help"]).output().expect("help");
        assert!(String::from_utf8_lossy(&help.stdout).contains(flag), "{flag} is not in the help");
    }
}

#[test]
fn the_help_fits_into_eighty_columns() {
    for verb in
        ["", "exec", "check", "status", "workers", "render", "lint", "init", "ages", "completions", "man"]
    {
        let arguments: Vec<&str> = [verb, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let help = Command::new(env!("CARGO_BIN_EXE_envgate")).args(arguments).output().expect("help");
        let help = String::from_utf8(help.stdout).expect("text");
        assert!(help.contains("Usage: envgate"), "{verb}: {help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{verb}: {line}");
        }
    }
}

#[test]
fn systemds_variables_are_listed() {
    let list = README
        .split("systemd's own: ")
        .nth(1)
        .and_then(|rest| rest.split("below a user's manager").next())
        .expect("the list");
    for name in SYSTEMD_NAMES {
        let family = ["LISTEN_", "WATCHDOG_", "MEMORY_PRESSURE_", "TRIGGER_", "MONITOR_", "REMOTE_"]
            .iter()
            .find(|family| name.starts_with(**family));
        let directory = name.strip_suffix("DIRECTORY").filter(|stem| !stem.is_empty());
        let shown = match (family, directory) {
            (Some(family), _) => format!("`{family}*`"),
            (None, Some(stem)) => format!("`{stem}"),
            (None, None) => format!("`{name}`"),
        };
        assert!(list.contains(&shown), "{name} ({shown})");
    }
}

#[test]
fn the_table_of_brokers_is_the_programs() {
    let documented = table("| broker | known of paper |");
    let known = |signs: &Signs| {
        let kinds = [
            (!signs.hosts.is_empty(), "hosts"),
            (!signs.ports.is_empty(), "ports"),
            (!signs.keys.is_empty(), "API keys"),
            (!signs.accounts.is_empty(), "accounts"),
        ];
        let kinds: Vec<&str> =
            kinds.iter().filter(|(is_known, _)| *is_known).map(|(_, kind)| *kind).collect();
        if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
    };
    let rows: Vec<[String; 3]> = BROKERS
        .iter()
        .map(|broker| [broker.name.to_owned(), known(&broker.paper), known(&broker.live)])
        .collect();
    assert_eq!(documented, rows);
}

#[test]
fn the_message_ids_are_the_programs() {
    assert!(README.contains(envgate::announce::REFUSAL));
    assert!(README.contains(envgate::trail::MESSAGE));
    assert!(README.contains(envgate::announce::REFUSAL) && README.contains(envgate::verbs::ages::AGE));
    assert!(include_str!("../units/envgate-ages.service").contains(envgate::verbs::ages::AGE));
}

#[test]
fn every_dependency_has_its_line() {
    let manifest = include_str!("../Cargo.toml");
    let section = manifest
        .split("[dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("[dev-dependencies]").next())
        .expect("dependencies");
    let rows: String = table("| crate | what for").into_iter().map(|row| row[0].clone() + ", ").collect();
    for line in section.lines().filter(|line| line.contains(" = ")) {
        let name = line.split(" = ").next().expect("a name");
        assert!(rows.split(", ").any(|documented| documented == name), "{name}");
    }
}

#[test]
fn the_targets_that_the_readme_names_exist() {
    let makefile = include_str!("../Makefile");
    for word in README.split('`').flat_map(|code| code.split("make ").skip(1)) {
        let target: String = word.chars().take_while(char::is_ascii_lowercase).collect();
        if ["run", "test", "build", "install", "help", "bench", "check"].contains(&target.as_str()) {
            assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
        }
    }
}
