//! Canary secrets in every position of a config: in broken YAML, in the launcher's block, as a key.

use crate::Attack;
use crate::redaction::{CANARY, refused_and_hidden};
use crate::support::Scenario;

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("no fault of a config shows its text", config_faults),
        Attack::anybody("no fault of the launcher's block shows a value or an unknown key", block_faults),
    ]
}

fn config_refused(contents: &str, file: &str) {
    let scenario = || {
        Scenario::new().env_file("pine.paper.env", "KEY=good\n").config_named(file, contents).shell("true")
    };
    refused_and_hidden(scenario, contents);
}

fn config_faults() {
    for text in [
        "a: \"@",
        "a: '@",
        "a: [@",
        "a: {@",
        "a: [\"@\" \"@\"]",
        "a:\n\t- @",
        "a: *@",
        "a: b: @",
        "%@ x\n---\n",
        "@",
        "\"@\"",
        "- a\nb: @",
        "a: \"\\q@\"",
        "a: |9x @\n  @",
        "@: 1\n@: 2\n",
        "a: 1\na: @\n",
        "a: @\n---\nb: @\n",
        "a: ${@\nb: ${UNSET}",
        "key: ${UNSET}\nb: @\n",
        "a: !!int \"${KEY}@\"\n",
        "a: ]@\n",
        "a: &@ 1\nb: *@x\n",
        "a: !<@ x\n",
        "a: [${KEY}@]\n",
        "a: {x: ${KEY}@}\n",
        "? [@\n",
        "a: `@`\n",
        "a: \"${UNSET:-${@}}\"\nb: ${UNSET}\n",
        "a: ${UNSET:?@}\nb: ${UNSET}\n",
        "a: ${UNSET2:-@}\nb: ${UNSET}\n",
        "a: ${UNSET}@\n",
        "${UNSET}@: x\nb: ${UNSET}\n",
        "a: \"${KEY}\u{2028}@\"\n",
        "a: \"@\0\"\n",
        "a: @\u{7}\n",
    ] {
        config_refused(&text.replace('@', CANARY), "config.yml");
    }
    for text in
        ["{\"a\": \"@", "{\"a\": '${KEY}@'}", "{\"a\": ${KEY}@}", "[\"${UNSET}@\"]", "{\"@\": 1, \"@\": 2}"]
    {
        config_refused(&text.replace('@', CANARY), "config.json");
    }
}

fn block_faults() {
    for block in [
        "@: 1",
        "pass: @",
        "pass: [@-x]",
        "command: @",
        "command: []\n  x@: 1",
        "config: @",
        "config: {delivery: @}",
        "config: {@: 1}",
        "config: {variable: '@ x'}",
        "environment: @",
        "environment: {X-@: 1}",
        "environment: {X: [@]}",
        "environment: {A: @, A: @}",
        "modes: @",
        "modes: {paper: @}",
        "modes: {paper: {class: @}}",
        "modes: {'@ x': {}}",
        "modes: {paper: {@: 1}}",
        "modes: {paper: {env_files: @}}",
        "modes: {paper: {env_files: [{@: 1}]}}",
        "modes: {paper: {env_files: [{path: x, dialect: @}]}}",
        "modes: {paper: {ci: @}}",
        "variables: @",
        "variables: {KEY: @}",
        "variables: {KEY: {@: 1}}",
        "variables: {KEY: {length: @}}",
        "variables: {KEY: {from: @}}",
        "variables: {KEY: {secret: @}}",
        "variables: {KEY: {required: @}}",
        "variables: {'@ x': {}}",
        "ready: @",
        "variables: {KEY: {deliver: @}}",
        "variables: {KEY: {fallback: @}}",
        "variables: {KEY: {fallback: ['@ x']}}",
        "variables: {KEY: {default: [@]}}",
        "sets: @",
        "sets: {x: @}",
        "sets: {x: ['@ x']}",
        "core_dumps: @",
        "path: [@]",
        "@: 1\n  @: 2",
        "? [@]\n  : 1",
    ] {
        config_refused(&format!("envgate:\n  {}\na: 1\n", block.replace('@', CANARY)), "config.yml");
    }
    for whole in
        ["envgate: @\na: 1\n", "envgate: [@]\na: 1\n", "envgate: {}\nenvgate: {@: 1}\n", "a: {envgate: @\n"]
    {
        config_refused(&whole.replace('@', CANARY), "config.yml");
    }
}
