//! What the pages show can be copied: the program takes each example as it is printed.

use std::collections::BTreeSet;

use crate::Sentence;
use crate::keys::{policy_keys, under_policy};
use crate::roff::{examples, page};
use crate::support::Scenario;

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::anywhere("the example of envgate.yml(5) launches a worker", config),
        Sentence::anywhere("the example of envgate-env(5) launches a worker", env_file),
        Sentence::in_a_namespace("the example of envgate-policy(5) is a policy that launches", policy),
        Sentence::in_a_namespace(
            "the shipped example of a policy restricts nothing, and each rule in it is one",
            shipped,
        ),
        Sentence::anywhere("every option in an example of a command is one of the program's", commands),
    ]
}

fn only_example(name: &str) -> String {
    let examples = examples(&page(name));
    assert_eq!(examples.len(), 1, "{name}");
    examples[0].clone()
}

fn config() {
    let key = "0123456789abcdefghijklmnopqrstuv";
    let worker = "cat \"$PINE_RUNTIME_CONFIG\"";
    Scenario::new()
        .configured_env_file(
            "env/pine.paper.env",
            format!("ENVGATE_MODE=paper\nDATABENTO_API_KEY={key}\nPOLICY_KILLSWITCH=true\n"),
        )
        .config(only_example("envgate.yml"))
        .shell(worker)
        .run("paper")
        .launched()
        .found("session_start: 23:00\n")
        .found(&format!("databento_api_key: \"{key}\"\nlog_level: \"INFO\"\nkillswitch: \"true\"\n"));
}

fn env_file() {
    Scenario::new()
        .env_file("x.live.env", only_example("envgate-env"))
        .shell("printf '%s\\n' \"$DATABENTO_API_KEY\" \"$TRADERSPOST_WEBHOOK_URL\"")
        .run("live")
        .launched()
        .printed("db-0123456789abcdefghijklmnopq\nhttps://hooks.example.net/x?a=1&b=$2\n");
}

fn policy() {
    let scenario = Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/usr/bin/env"]);
    let said = under_policy(&only_example("envgate-policy"), &scenario);
    assert!(said.contains("KEY=abc\n"), "{said}");
    // And it is one that forbids.
    let said = under_policy("classes: [live]\n", &scenario);
    assert!(said.contains("refused [host]"), "{said}");
}

fn shipped() {
    const SHIPPED: &str = include_str!("../../units/policy.example.yml");
    let scenario = Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/usr/bin/env"]);
    let said = under_policy(SHIPPED, &scenario);
    assert!(said.contains("KEY=abc\n") && !said.contains("warning ["), "{said}");
    // As somebody takes the # away.
    let rule = |line: &str| -> Option<String> {
        let rest = line.trim_start().strip_prefix("# ")?;
        let is_rule = rest
            .split_once(": ")
            .is_some_and(|(key, _)| key.bytes().all(|byte| b"abcdefghijklmnopqrstuvwxyz_".contains(&byte)));
        is_rule.then(|| line.replacen("# ", "", 1))
    };
    let rules: Vec<String> = SHIPPED.lines().filter_map(rule).collect();
    let all = SHIPPED.lines().map(|line| rule(line).unwrap_or_else(|| line.to_owned()) + "\n");
    let said = under_policy(&all.collect::<String>(), &scenario);
    assert!(said.contains("KEY=abc\n") && !said.contains("refused ["), "{said}");
    let keys: BTreeSet<&str> = rules.iter().filter_map(|rule| rule.trim_start().split(':').next()).collect();
    let known = policy_keys();
    let of_class = &known["a class of the host policy"];
    let expected = known["the host policy"].iter().filter(|key| !["live", "paper"].contains(&key.as_str()));
    assert_eq!(keys, expected.chain(of_class).map(String::as_str).collect());
}

/// A verb's own options, for every `envgate VERB …` in an example.
fn commands() {
    let mut seen = 0;
    for name in crate::roff::names() {
        for line in examples(&page(&name)).iter().flat_map(|example| example.lines()) {
            let Some((_, call)) = line.split_once("envgate ") else { continue };
            let mut words = call.split(" -- ").next().expect("a command").split(' ');
            let verb = words.next().expect("a verb");
            // The steps of this one have options of their own.
            let step = if verb == "rotate" { words.next() } else { None };
            let asked: Vec<&str> = [verb].into_iter().chain(step).chain(["--help"]).collect();
            let help = crate::roff::printed(&asked);
            for flag in words.filter(|word| word.starts_with('-')) {
                seen += 1;
                let is_known = help.split([' ', ',', '\n']).any(|known| known == flag);
                assert!(is_known, "{name}: {line}: {flag}");
            }
        }
    }
    assert!(seen > 5, "no example was read");
}
