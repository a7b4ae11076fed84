//! How the worker gets its config, and what stands in it.

use crate::support::Scenario;

const CONFIG: &str = "envgate:\n  modes: {paper: {env_files: [x.paper.env]}}\n\n# the worker's\nkey: ${KEY}   # kept\nat: 23:00\n";

fn scenario(config: &str) -> Scenario {
    Scenario::new().configured_env_file("x.paper.env", "KEY='a: \"b\" # $c'\n").config(config)
}

#[test]
fn by_hand_the_config_comes_as_a_sealed_descriptor() {
    scenario(CONFIG)
        .shell(
            "case $ENVGATE_CONFIG in /proc/self/fd/*) cat $ENVGATE_CONFIG;; *) echo $ENVGATE_CONFIG;; esac",
        )
        .run("paper")
        .warned("placeholder")
        .printed("\n# the worker's\nkey: \"a: \\\"b\\\" # $c\"   # kept\nat: 23:00\n");
}

#[test]
fn the_worker_learns_where_the_source_is() {
    let outcome = scenario(CONFIG).shell("echo $ENVGATE_CONFIG_DIR").run("paper").launched();
    let folder = outcome.scenario.folder().to_string_lossy().into_owned();
    outcome.printed(&format!("{folder}\n"));
}

#[test]
fn the_variable_is_the_configs_or_the_command_lines() {
    let config = CONFIG.replace("envgate:\n", "envgate:\n  config: {variable: PINE_RUNTIME_CONFIG}\n");
    scenario(&config)
        .shell("test -r $PINE_RUNTIME_CONFIG && echo \"[$ENVGATE_CONFIG]\"")
        .run("paper")
        .launched()
        .printed("[]\n");
    scenario(&config)
        .argument("--config-variable")
        .argument("OTHER")
        .shell("test -r $OTHER && echo \"[$PINE_RUNTIME_CONFIG]\"")
        .run("paper")
        .launched()
        .printed("[]\n");
}

#[test]
fn with_source_the_worker_expands_and_the_placeholders_are_checked() {
    let config = CONFIG.replace("envgate:\n", "envgate:\n  config: {delivery: source}\n");
    let outcome = scenario(&config).shell("echo $ENVGATE_CONFIG").run("paper").launched();
    let path = outcome.scenario.path("config.yml").to_string_lossy().into_owned();
    outcome.printed(&format!("{path}\n"));
    scenario(&format!("{config}other: ${{MISSING}}\n")).shell("true").run("paper").refused(78, "placeholder");
    for spelling in ["$<KEY>", "${KEY:-x}", "$$"] {
        scenario(&format!("{config}other: \"{spelling}\"\n"))
            .shell("true")
            .run("paper")
            .refused(78, "placeholder")
            .found("source");
    }
}

#[test]
fn a_file_needs_systemds_own_directory_whatever_the_caller_says() {
    let config = CONFIG.replace("envgate:\n", "envgate:\n  config: {delivery: file}\n");
    scenario(&config)
        .caller_variable("RUNTIME_DIRECTORY", "/tmp")
        .shell("true")
        .run("paper")
        .refused(77, "delivery");
    let outcome = scenario(CONFIG)
        .caller_variable("RUNTIME_DIRECTORY", "/run")
        .shell("echo $ENVGATE_CONFIG")
        .run("paper");
    assert!(outcome.launched().stdout().starts_with("/proc/self/fd/"));
}

#[test]
fn json_stays_json() {
    let config = "{\n  \"envgate\": {\"modes\": {\"paper\": {\"env_files\": [\"x.paper.env\"]}}},\n  \"key\": \"${KEY}\",\n  \"n\": 1\n}\n";
    Scenario::new()
        .configured_env_file("x.paper.env", "KEY='a\"b\n\\ é'\n")
        .config_named("config.json", config)
        .shell("cat $ENVGATE_CONFIG")
        .run("paper")
        .launched()
        .printed("{\n  \n  \"key\": \"a\\\"b\\n\\\\ é\",\n  \"n\": 1\n}\n");
}

#[test]
fn a_config_without_a_block_is_enough() {
    Scenario::new()
        .env_file("x.paper.env", "KEY=abc\n")
        .config("key: ${KEY}\n")
        .shell("cat $ENVGATE_CONFIG")
        .run("paper")
        .launched()
        .printed("key: \"abc\"\n");
}

#[test]
fn an_undefined_placeholder_is_named_with_its_place() {
    Scenario::new()
        .env_file("x.paper.env", "KEY=abc\n")
        .config("a: ${KEY}\nb:\n  - 'x ${MISSING} ${ALSO:-d} ${GONE}'\n")
        .shell("true")
        .run("paper")
        .refused(78, "placeholder")
        .found("config.yml:3:8 MISSING")
        .found("config.yml:3:30 GONE");
}

#[test]
fn the_base_is_the_weakest_of_what_a_placeholder_may_name() {
    Scenario::new()
        .env_file("x.paper.env", "KEY=abc\n")
        .config("a: ${ENVGATE_MODE} ${PATH}\n")
        .shell("cat $ENVGATE_CONFIG")
        .run("paper")
        .launched()
        .printed("a: \"paper /usr/local/bin:/usr/bin:/bin\"\n");
}

#[test]
fn with_source_a_placeholder_that_the_worker_could_not_expand_is_refused() {
    let launch = |declaration: &str| {
        scenario(&format!(
            "envgate:\n  config: {{delivery: source}}\n  variables: {{{declaration}}}\n  modes: {{paper: {{}}}}\na: ${{B}}\n"
        ))
        .env_file("more.paper.env", "C=1\n")
        .shell("echo \"<$B>\"")
        .run("paper")
    };
    launch("B: {required: false}").refused(78, "placeholder");
    launch("B: {fallback: [C], deliver: config}").refused(78, "placeholder");
    launch("B: {required: false, default: \"\"}").launched().printed("<>\n");
}

#[test]
fn a_limit_on_file_sizes_ends_in_words_and_a_status_not_in_a_signal() {
    use nix::sys::resource::{Resource, setrlimit};
    use std::os::unix::process::CommandExt;
    let scenario = scenario("a: 1\n").shell("echo started");
    let mut command = scenario.prepared("paper");
    #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
    // SAFETY: one system call.
    unsafe {
        command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_FSIZE, 1, 1)?));
    }
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(71), "{output:?}");
}
