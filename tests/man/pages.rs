//! Nothing is left out of the pages: verbs, flags, gates, statuses, the worker's variables.

use envgate::error::Status;
use envgate::finding::Gate;

use crate::Sentence;
use crate::roff::{below, items, names, page, plain, printed};
use crate::support::{ENVGATE, Scenario};

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::anywhere("every verb of the help has a page that names every flag of its help", verbs),
        Sentence::anywhere("every step of a verb has its synopsis, and all its flags on the page", steps),
        Sentence::anywhere("every gate has its what, its why, its mend and its status", gates),
        Sentence::anywhere("every exit status has its meaning", statuses),
        Sentence::anywhere("every variable of a worker is in envgate(1)", variables),
        Sentence::anywhere("every page names all the others", references),
        Sentence::anywhere("a page that is none is a wrong command line", no_such_page),
    ]
}

/// The verbs that the help lists.
pub fn verbs_of_help() -> Vec<String> {
    let verbs = listed(&["--help"], "Verbs:\n");
    assert!(verbs.contains(&"exec".to_owned()), "{verbs:?}");
    verbs
}

/// The steps that the help of `rotate` lists.
pub fn steps_of_help() -> Vec<String> {
    let steps = listed(&["rotate", "--help"], "Steps:\n");
    assert!(steps.contains(&"promote".to_owned()) && steps.len() > 7, "{steps:?}");
    steps
}

fn listed(asked: &[&str], heading: &str) -> Vec<String> {
    let help = printed(asked);
    let list = help.split(heading).nth(1).and_then(|rest| rest.split("\n\n").next());
    let lines = list.expect("a list").lines();
    lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

/// Every flag that a help names.
fn flags(help: &str) -> Vec<&str> {
    let words = help.split([' ', ',', '\n', '[', ']', '<', '>', '.']);
    let flags: Vec<&str> = words.filter(|word| word.starts_with("--") && word.len() > 2).collect();
    assert!(flags.contains(&"--help"), "{help}");
    flags
}

/// A flag, or its short form, is in a synopsis.
#[track_caller]
fn is_in_synopsis(flag: &str, synopsis: &str) {
    let short = format!("-{} ", &flag[2..3]);
    let is_shown = synopsis.contains(flag) || synopsis.contains(&short);
    assert!(flag == "--help" || is_shown, "{flag} is not in the synopsis: {synopsis}");
}

fn verbs() {
    let pages = names();
    let main = plain(&page("envgate"));
    for verb in verbs_of_help() {
        assert!(pages.contains(&format!("envgate-{verb}.1")), "no page of {verb}: {pages:?}");
        assert!(main.contains(&format!("envgate-{verb}(1)")), "{verb} is not in envgate(1)");
        let page = page(&format!("envgate-{verb}"));
        let options = plain(below(&page, "SH", "OPTIONS").expect("options"));
        let synopsis = plain(below(&page, "SH", "SYNOPSIS").expect("a synopsis"));
        let help = printed(&[verb.as_str(), "--help"]);
        for flag in flags(&help) {
            assert!(options.contains(flag), "{flag} is not in envgate-{verb}(1)");
            is_in_synopsis(flag, &synopsis);
        }
    }
}

fn steps() {
    let page = page("envgate-rotate");
    let lines = plain(below(&page, "SH", "SYNOPSIS").expect("a synopsis"));
    for step in steps_of_help() {
        let name = format!("envgate rotate {step}");
        let line = lines.lines().find(|line| line.starts_with(&format!("{name} ")));
        let line = line.unwrap_or_else(|| panic!("{name} has no synopsis: {lines}"));
        let section = plain(below(&page, "SS", &name).unwrap_or_else(|| panic!("{name} has no section")));
        for flag in flags(&printed(&["rotate", &step, "--help"])) {
            is_in_synopsis(flag, line);
            assert!(flag == "--help" || section.contains(flag), "{flag} is not below {name}: {section}");
        }
        let of_others = section.contains("--compromised") && step != "run";
        assert!(section.len() > 100 && !of_others, "{name}: {section}");
    }
    assert!(lines.contains("[--restart [UNIT]...]"), "{lines}");
}

fn gates() {
    let page = page("envgate-gates");
    for gate in Gate::ALL {
        let name = gate.as_str();
        let section = below(&page, "SS", name).unwrap_or_else(|| panic!("{name} has no section"));
        let what = plain(section.split("\n.TP").next().expect("a text"));
        assert!(
            what.len() > 60 && ["efuses", "arns"].iter().any(|word| what.contains(word)),
            "{name}: {what}"
        );
        let items = items(section);
        let terms: Vec<&str> = items.iter().map(|(term, _)| term.as_str()).collect();
        assert_eq!(terms, ["Why", "How to mend", "Exit status"], "{name}");
        for (term, text) in &items[..2] {
            assert!(text.len() > 20 && text.ends_with('.'), "{name}: {term}: {text:?}");
        }
        let status = gate.status().code().to_string();
        assert!(
            items[2].1.split([',', ' ']).any(|documented| documented == status),
            "{name}: {status} is not in {}",
            items[2].1
        );
    }
}

fn statuses() {
    let page = page("envgate");
    let items = items(below(&page, "SH", "EXIT STATUS").expect("a section"));
    for status in Status::ALL {
        let code = status.code().to_string();
        let meaning = items.iter().find(|(term, _)| term.split(' ').next() == Some(&code));
        assert!(meaning.is_some_and(|(_, meaning)| meaning.len() > 10), "{code}: {meaning:?}");
    }
}

fn variables() {
    let page = page("envgate.1");
    let section = plain(below(&page, "SH", "ENVIRONMENT").expect("a section"));
    let outcome = Scenario::new()
        .config("key: ${KEY}\n")
        .env_file("x.paper.env", "KEY=abc\n")
        .argument("-i")
        .argument("ES")
        .command(["/usr/bin/env"])
        .run("paper")
        .launched();
    let printed = outcome.stdout();
    let names: Vec<&str> = printed.lines().filter_map(|line| line.split('=').next()).collect();
    assert!(names.contains(&"ENVGATE_INSTANCE") && names.contains(&"ENVGATE_CONFIG_DIR"), "{names:?}");
    for name in names.iter().filter(|name| **name != "KEY") {
        assert!(section.contains(name), "{name} is not in envgate(1)");
    }
    for name in envgate::name::SYSTEMD_NAMES {
        assert!(section.contains(name), "{name} is not in envgate(1)");
    }
}

fn references() {
    let references: Vec<String> = names()
        .iter()
        .map(|name| {
            let (stem, number) = name.rsplit_once('.').expect("a section");
            format!("{stem}({number})")
        })
        .collect();
    for (name, own) in names().iter().zip(&references) {
        let page = page(name);
        let section = plain(below(&page, "SH", "SEE ALSO").expect("a section"));
        let named: Vec<&str> = section.trim().split(", ").collect();
        let others: Vec<&str> = references.iter().filter(|other| *other != own).map(String::as_str).collect();
        assert_eq!(named, others, "{name}");
    }
}

fn no_such_page() {
    let output =
        std::process::Command::new(ENVGATE).args(["man", "ls"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("envgate man lists them"));
}
