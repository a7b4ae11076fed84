//! What holds for every template in every mode.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::Value;

use super::case::{Case, assignments, folder, sentence};
use super::support::Scenario;

const PYTHON: &str = "/usr/bin/python3";
const WORKER: &str = include_str!("worker.py");

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        sentence("every_file_below_env_templates_belongs_to_a_case", every_file_has_a_case),
        sentence("the_modes_of_each_config_are_those_of_its_env_files", all_modes_are_fine),
        sentence("no_file_is_taken_under_the_name_of_another_mode", no_copy_is_taken),
    ];
    for case in super::cases() {
        let name = |sentence: &str| format!("{}_{}_{sentence}", case.template, case.mode).replace('-', "_");
        let (one, two, three) = (case.clone(), case.clone(), case.clone());
        trials.push(sentence(name("says_what_it_risks"), move || says_what_it_risks(&one)));
        trials.push(sentence(name("is_refused_unfilled"), move || is_refused_unfilled(&two)));
        trials.push(sentence(name("is_checked_without_a_warning"), move || is_fine(&three)));
        trials.push(with_python(&name("gives_its_worker_every_value"), {
            let case = case.clone();
            move || gives_every_value(&case)
        }));
    }
    trials
}

fn with_python(name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::ignorable_test(name, || -> Result<Completion, Failed> {
        let probe = Command::new(PYTHON).args(["-c", "import yaml"]).stderr(Stdio::null()).status();
        if !probe.is_ok_and(|status| status.success()) {
            let reason = format!("{PYTHON} with PyYAML is not there (apt-get install python3-yaml)");
            return Ok(Completion::ignored_with(reason));
        }
        test();
        Ok(Completion::Completed)
    })
}

fn names_in(template: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder(template)).expect("a folder");
    files.map(|file| file.expect("an entry").file_name().into_string().expect("text")).collect()
}

fn every_file_has_a_case() {
    let cases = super::cases();
    let mut templates = names_in("");
    assert!(templates.remove("demo"), "the demo of make run");
    assert_eq!(templates, cases.iter().map(|case| case.template.to_owned()).collect());
    for template in &templates {
        let of_it = cases.iter().filter(|case| case.template == template);
        let mut expected: BTreeSet<String> = of_it.map(|case| case.env_file() + ".example").collect();
        expected.insert(format!("{template}.yml"));
        assert_eq!(names_in(template), expected);
    }
}

/// The unfilled text itself, for whoever opens it.
fn says_what_it_risks(case: &Case) {
    let text = case.unfilled();
    let head: String = text.lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let is_live = ["live", "soak", "prod"].contains(&case.mode);
    let class = if is_live { "Class:  live" } else { "Class:  paper" };
    let banner = head.lines().nth(1).expect("a banner");
    assert_eq!(banner.starts_with("#  REAL MONEY. "), is_live, "{banner}");
    assert_eq!(banner.starts_with("#  PAPER"), !is_live, "{banner}");
    let next = format!("envgate check -m {} -c /etc/envgate/{}.yml", case.mode, case.template);
    for needed in [class, "chmod 600", "never in Git", "# rotated: ", next.as_str()] {
        assert!(head.contains(needed), "no {needed:?} in:\n{head}");
    }
    assert_eq!(assignments(&text)[0], ("ENVGATE_MODE".to_owned(), case.mode.to_owned()));
}

/// Every dummy is found, each at its line, and nothing runs.
fn is_refused_unfilled(case: &Case) {
    let launch = || case.launch(&case.unfilled()).shell("touch launched");
    let outcome = launch().run(case.mode).refused(78, "dummy-value").found("nothing was started");
    assert!(!outcome.scenario.path("launched").exists());
    let outcome = launch().check().argument("--json").run(case.mode);
    let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    let dummies = report["findings"].as_array().expect("findings").iter();
    let dummies = dummies.filter(|finding| finding["gate"] == "dummy-value");
    let found: BTreeSet<&str> =
        dummies.map(|finding| finding["variable"].as_str().expect("a name")).collect();
    assert_eq!(found, case.secrets.iter().map(|(name, _)| *name).collect());
    // One that was forgotten is enough.
    for (name, _) in &case.secrets {
        let mut forgetful = case.clone();
        forgetful.secrets.retain(|(other, _)| other != name);
        case.launch(&forgetful.filled()).run(case.mode).refused(78, "dummy-value").found(name);
    }
}

fn is_fine(case: &Case) {
    let outcome = case.launch(&case.filled()).check().argument("--json").run(case.mode);
    let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(report["verdict"], "fine", "{report:#}");
}

/// The files of all modes beside each other.
fn all_modes_are_fine() {
    let cases = super::cases();
    let templates: BTreeSet<&str> = cases.iter().map(|case| case.template).collect();
    for template in templates {
        let of_it: Vec<&Case> = cases.iter().filter(|case| case.template == template).collect();
        let config = of_it[0].config_text();
        // The worker itself is not on this machine.
        let command = config.lines().find(|line| line.starts_with("  command: [/opt/")).expect("a command");
        let scenario = of_it.iter().fold(Scenario::new(), |scenario, case| {
            scenario.configured_env_file(&format!("env/{}", case.env_file()), case.filled())
        });
        let config = config.replace(command, "  command: [/bin/true]");
        let scenario = scenario.config_named(&format!("{template}.yml"), config).check();
        let outcome = scenario.argument("--all-modes").argument("--json").run("");
        let report: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
        let modes = report["modes"].as_array().expect("modes");
        let of_modes = modes.iter().flat_map(|mode| mode["findings"].as_array().expect("findings"));
        let findings = of_modes.chain(report["findings"].as_array().expect("findings"));
        // All files are of one user here, who reads those of the other class.
        let findings: Vec<_> = findings.filter(|finding| finding["gate"] != "isolation").collect();
        assert!(findings.is_empty(), "{template}: {findings:#?}");
        let names: BTreeSet<&str> = modes.iter().map(|mode| mode["mode"].as_str().expect("a name")).collect();
        assert_eq!(names, of_it.iter().map(|case| case.mode).collect(), "{template}");
    }
}

/// `cp x.live.env x.paper.env`, and every other pair.
fn no_copy_is_taken() {
    let cases = super::cases();
    for case in &cases {
        for other in cases.iter().filter(|other| other.template == case.template && other.mode != case.mode) {
            case.launch(&other.filled()).run(case.mode).refused(77, "file-mode");
        }
    }
}

/// The worker parses its config, and has each value in it and in its environment.
fn gives_every_value(case: &Case) {
    let env_file = case.filled();
    let scenario = case.launch(&env_file).file("worker.py", WORKER);
    let worker = scenario.path("worker.py");
    let command = [PYTHON.as_ref(), worker.as_os_str(), case.variable.as_ref()];
    let outcome = scenario.command(command).run(case.mode).launched();
    let received: Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(received["config"], case.config, "{:#}", received["config"]);
    let environment = &received["environment"];
    for (name, value) in assignments(&env_file) {
        assert_eq!(environment[&name], value.as_str(), "{name}");
    }
    for (name, value) in &case.secrets {
        assert_eq!(environment[name], value.as_str(), "{name}");
    }
}
