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

/// What a rotation ends with stands in the row of its gate, in the rows of the statuses and in the pages.
#[test]
fn the_statuses_of_a_rotation_are_the_same_everywhere() {
    let rows = table("| gate | status |");
    let row = rows.iter().find(|row| row[0] == "`rotation`").expect("the gate");
    let documented: Vec<&str> = row[1].split(", ").collect();
    assert_eq!(documented, ["77", "66", "71", "75", "130"]);
    let statuses = table("| status | systemd prints |");
    let page =
        Command::new(env!("CARGO_BIN_EXE_envgate")).args(["man", "envgate-gates"]).output().expect("a page");
    let page = String::from_utf8(page.stdout).expect("text");
    let section =
        page.split(".SS rotation\n").nth(1).and_then(|rest| rest.split(".SH").next()).expect("the gate");
    for code in &documented {
        assert!(section.contains(code), "{code} is not in envgate-gates(7): {section}");
    }
    for code in ["0 / 1", "66", "75", "130"] {
        let row = statuses.iter().find(|row| row[0] == code).expect("a status");
        let meaning = row.last().expect("a meaning");
        assert!(meaning.contains("`rotate`"), "{code}: {meaning}");
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
    for words in all_helps() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let help = help(&words);
        let flags = help.split([' ', ',', '\n', '[']).filter(|word| word.starts_with("--") && word.len() > 2);
        for flag in flags.filter(|flag| !["--help", "--version", "--..."].contains(flag)) {
            let long_of_short = ["--mode", "--config", "--instance", "--env-file"].contains(&flag);
            assert!(long_of_short || section.contains(flag), "{words:?} {flag} is not in the README");
        }
    }
    for flag in ["--dialect", "--config-variable", "--set", "--unit", "--user", "--strict", "--json"] {
        let help =
            Command::new(env!("CARGO_BIN_EXE_envgate")).args(["check", "--help"]).output().expect("help");
        assert!(String::from_utf8_lossy(&help.stdout).contains(flag), "{flag} is not in the help");
    }
}

/// The help of a verb, of a step of one, or of the program.
fn help(words: &[&str]) -> String {
    let help = Command::new(env!("CARGO_BIN_EXE_envgate")).args(words).arg("--help").output().expect("help");
    let help = String::from_utf8(help.stdout).expect("text");
    assert!(help.contains("Usage: envgate"), "{words:?}: {help}");
    help
}

/// The words that a help lists below a heading.
fn listed(help: &str, heading: &str) -> Vec<String> {
    let list = help.split(heading).nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list");
    list.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// What every help is asked of: the program, its verbs, and the steps of `rotate`.
fn all_helps() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new(), vec!["man".to_owned()]];
    for verb in listed(&help(&[]), "Verbs:\n") {
        if verb == "rotate" {
            let steps = listed(&help(&["rotate"]), "Steps:\n");
            assert!(
                steps.contains(&"promote".to_owned()) && !steps.contains(&"help".to_owned()),
                "{steps:?}"
            );
            all.extend(steps.into_iter().map(|step| vec![verb.clone(), step]));
        }
        all.push(vec![verb]);
    }
    assert!(all.len() > 20, "{all:?}");
    all
}

#[test]
fn the_help_fits_into_eighty_columns() {
    for words in all_helps() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for line in help(&words).lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
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

/// The commands of the README's blocks, a line that goes on behind a backslash or a pipe as one.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    for block in README.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("an end")) {
        let mut whole = String::new();
        for line in block.lines().map(str::trim) {
            whole += line.strip_suffix('\\').unwrap_or(line);
            if line.ends_with(['\\', '|']) {
                whole.push(' ');
            } else {
                commands.push(std::mem::take(&mut whole));
            }
        }
    }
    commands
}

/// The program reads every command line of it, as a shell would hand it over.
#[test]
fn every_rotation_in_the_readme_is_one_that_the_program_takes() {
    let calls: Vec<String> = commands()
        .iter()
        .filter_map(|command| command.split_once("envgate rotate ").map(|(_, call)| call.to_owned()))
        .collect();
    let in_text = README.split('`').filter_map(|code| code.strip_prefix("sudo envgate rotate "));
    let mut steps = std::collections::BTreeSet::new();
    for call in calls.iter().map(String::as_str).chain(in_text) {
        let words = shell_words::split(call).unwrap_or_else(|error| panic!("{call}: {error}"));
        steps.insert(words[0].clone());
        let words = ["envgate", "rotate"].into_iter().chain(words.iter().map(String::as_str));
        if let Err(usage) = envgate::cli::parse(words.map(Into::into)) {
            panic!("{call}: {}", usage.text());
        }
    }
    assert!(calls.len() > 15, "{calls:?}");
    let offered = listed(&help(&["rotate"]), "Steps:\n");
    let table: Vec<String> = table("| step | what it does |")
        .iter()
        .map(|row| row[0].trim_matches('`').split(' ').next().expect("a step").to_owned())
        .collect();
    for step in &offered {
        assert!(steps.contains(step), "no command shows {step}: {steps:?}");
        assert!(table.contains(step), "{step} is not in the table: {table:?}");
    }
    assert_eq!(table.len(), offered.len());
}

/// All other verbs too: an example that is copied is a command line.
#[test]
fn every_command_of_the_readme_is_one_that_the_program_takes() {
    let mut seen = 0;
    for command in commands() {
        let Some((_, call)) = command.split_once("envgate ") else { continue };
        let call = call.split(" | ").next().expect("a command");
        let call = call.split(" #").next().expect("a command");
        let words = shell_words::split(call).unwrap_or_else(|error| panic!("{call}: {error}"));
        let is_verb = words.first().is_some_and(|word| word.chars().all(|one| one.is_ascii_lowercase()));
        // A user that this machine need not have.
        if !is_verb || words.iter().any(|word| word == "--user") {
            continue;
        }
        seen += 1;
        if let Err(usage) = envgate::cli::parse(
            ["envgate"].into_iter().chain(words.iter().map(String::as_str)).map(Into::into),
        ) {
            panic!("{call}: {}", usage.text());
        }
    }
    assert!(seen > 20, "{seen}");
}

/// Whoever makes the user and the file of the first steps has what the unit of the last one runs with.
#[test]
fn the_first_launch_and_the_units_have_one_user() {
    let (_, steps) = README.split_once("## A first launch").expect("the steps");
    let (steps, _) = steps.split_once("## Templates").expect("their end");
    let user = steps.split_once("/nologin ").and_then(|(_, rest)| rest.split_whitespace().next());
    let user = user.expect("the user that is made");
    for unit in
        [include_str!("../units/envgate-paper@.service"), include_str!("../units/pine-worker-paper@.service")]
    {
        assert!(unit.replace("%i", "pine").contains(&format!("\nUser={user}\n")), "{user}");
    }
    assert!(
        steps.contains(&format!("-o {user} ")) && steps.contains(&format!("sudo -u {user} envgate exec"))
    );
    assert!(steps.contains("envgate-paper@pine"));
}
