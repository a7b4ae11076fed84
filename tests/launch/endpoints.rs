//! The gate `endpoint`: paper and live brokers cannot be mixed, wherever they are named.

mod command;
mod tables;

use crate::support::{Outcome, Scenario};

const LIVE_URL: &str = "https://api.alpaca.markets/v2";
const PAPER_URL: &str = "https://paper-api.alpaca.markets/v2";
const LIVE_KEY: &str = "AK7LZKPVTPZTOTO9VVPM";
const PAPER_KEY: &str = "PKEP9PIBDKOSUGHHY44Z";

/// A launch in this mode with these lines in its env file, this much of a block, and this config of the worker's.
fn scenario(mode: &str, lines: &str, block: &str, config: &str) -> Scenario {
    let file = format!("x.{mode}.env");
    let block =
        format!("envgate:\n  modes: {{{mode}: {{env_files: [{file}]}}}}\n{block}\n").replace("\n\n", "\n");
    Scenario::new()
        .configured_env_file(&file, format!("ENVGATE_MODE={mode}\n{lines}\n"))
        .config(block + config)
        .command(["/bin/true"])
}

fn launch(mode: &str, lines: &str, block: &str, config: &str) -> Outcome {
    scenario(mode, lines, block, config).run(mode)
}

#[test]
fn a_variable_of_the_other_class_is_refused_without_any_configuration() {
    for (mode, wrong, right) in [("paper", LIVE_URL, PAPER_URL), ("live", PAPER_URL, LIVE_URL)] {
        let run = |value: &str| {
            let file = format!("x.{mode}.env");
            let lines = format!("ENVGATE_MODE={mode}\nBROKER_URL={value}\n");
            Scenario::new().env_file(&file, lines).command(["/bin/true"]).run(mode)
        };
        run(right).launched();
        let refused = run(wrong).refused(77, "endpoint").found("BROKER_URL").found("Alpaca").found("a host");
        refused.found(&format!("x.{mode}.env:2:1")).hides("alpaca.markets");
    }
}

#[test]
fn a_key_of_the_other_class_is_refused_and_no_declaration_lifts_it() {
    for (mode, wrong, right) in [("paper", LIVE_KEY, PAPER_KEY), ("live", PAPER_KEY, LIVE_KEY)] {
        launch(mode, &format!("KEY={right}"), "", "a: 1\n").launched();
        for block in ["", "  variables: {KEY: {endpoint: data}}"] {
            let refused = launch(mode, &format!("KEY={wrong}"), block, "a: 1\n");
            refused.refused(77, "endpoint").found("an API key").hides(wrong).hides(&wrong[..6]);
        }
    }
}

#[test]
fn ports_and_accounts_are_refused_beside_their_broker() {
    for (line, wrong_in) in [
        ("IB_PORT=7496", "paper"),
        ("IB_PORT=7497", "live"),
        ("TWS_URL=tcp://gateway:4001", "paper"),
        ("IBKR_ACCOUNT=U1234567", "paper"),
        ("IBKR_ACCOUNT=DU1234567", "live"),
        ("OANDA_ACCOUNT_ID=001-004-1234567-001", "paper"),
    ] {
        for mode in ["paper", "live"] {
            let outcome = launch(mode, line, "", "a: 1\n");
            if mode == wrong_in {
                outcome.refused(77, "endpoint")
            } else {
                outcome.launched()
            };
        }
    }
    launch("paper", "PORT=7496\nACCOUNT=U1234567\nIB_CLIENT_ID=4001", "", "a: 1\n").launched();
}

#[test]
fn an_alias_brings_no_live_host_from_where_it_only_feeds_data() {
    let block = "  endpoints: {data: [feed.url]}";
    for (config, key) in [
        ("feed: {url: &u https://api.alpaca.markets}\norders: {url: *u}\n", "orders.url"),
        ("feed: &f {url: https://api.alpaca.markets}\norders: *f\n", "orders.url"),
        ("feed: &f {url: https://api.alpaca.markets}\norders: {a: 1, <<: *f}\n", "orders.url"),
        ("feed: &f {url: https://api.alpaca.markets}\norders: &o {a: *f}\nmore: [*o]\n", "more.a.url"),
        ("feed: &f {url: 'https://${NO:-api}.alpaca.markets'}\norders: &o {a: *f}\nmore: *o\n", "more.a.url"),
        ("feed: {url: 1}\n<<: {url: https://api.alpaca.markets}\n", "key url"),
        ("feed: {}\n? [a]\n: {url: https://api.alpaca.markets}\n", "?.url"),
        ("a: &p 7496\nibkr: {port: *p}\n", "ibkr.port"),
        ("x: {&p 7496: a}\nibkr: {port: *p}\n", "ibkr.port"),
    ] {
        launch("paper", "A=1", block, config).refused(77, "endpoint").found(key);
    }
    let feeds = "  endpoints: {data: [feed.url, orders.url]}";
    let config = "feed: &f {url: https://api.alpaca.markets}\norders: {<<: *f, a: 1}\n";
    launch("paper", "A=1", feeds, config).launched();
    launch("paper", "A=1", "", "a: &p 7496\nb: {port: *p}\n").launched();
}

#[test]
fn a_variable_that_only_feeds_data_covers_no_host_that_stands_beside_it() {
    let block = "  variables: {FEED: {endpoint: data}}";
    let run = |config| launch("paper", &format!("FEED={LIVE_URL}"), block, config);
    run("orders: 'https://api.alpaca.markets/?feed=${FEED}'\n").refused(77, "endpoint").found("orders");
    run("feed: '${FEED:-https://api.alpaca.markets} or ${FEED}/stocks'\n").launched();
}

#[test]
fn aliases_of_aliases_that_nobody_could_judge_are_refused() {
    let level = |at: usize| format!("a{at}: &a{at} [*a{0}, *a{0}, *a{0}]\n", at - 1);
    let config =
        "a0: &a0 [https://api.alpaca.markets]\n".to_owned() + &(1..30).map(level).collect::<String>();
    launch("live", "A=1", "", &config).refused(65, "syntax").found("aliases");
}

#[test]
fn a_literal_of_the_config_is_refused_with_its_place_and_key() {
    for (config, place, key) in [
        ("feed:\n  url: https://api.alpaca.markets\n", "config.yml:4:8", "feed.url"),
        ("feeds:\n  - url: https://api.alpaca.markets\n", "config.yml:4:10", "feeds.url"),
        ("feeds: [{urls: [a, 'https://api.alpaca.markets']}]\n", "config.yml:3:20", "feeds.urls"),
        ("ibkr: {gateway: {port: 7496}}\n", "config.yml:3:24", "ibkr.gateway.port"),
        ("ibkr: {account: U1234567}\n", "config.yml:3:17", "ibkr.account"),
        ("key: AK7LZKPVTPZTOTO9VVPM\n", "config.yml:3:6", "key"),
        ("hosts: {api.alpaca.markets: 1}\n", "config.yml:3:9", "hosts"),
        ("text: |\n  see\n  https://api.alpaca.markets\n", "config.yml", "text"),
        ("a: &x [1]\nb: {c: {d: *x}}\ne: api.alpaca.markets:443\n", "config.yml:5:4", "e"),
    ] {
        let outcome = launch("paper", "A=1", "", config).refused(77, "endpoint").found(place);
        let outcome = outcome.found(&format!("the key {key} holds")).found("1 finding");
        outcome.hides("alpaca.markets").hides("AK7LZ").hides("U1234567");
    }
}

#[test]
fn a_json_config_is_looked_at_too() {
    let config = r#"{"envgate": {"modes": {"paper": {"env_files": ["x.paper.env"]}}}, "feed": {"url": "https:\/\/api.alpaca.markets"}}"#;
    let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n");
    let outcome = scenario.config_named("config.json", config).command(["/bin/true"]).run("paper");
    outcome.refused(77, "endpoint").found("the key feed.url holds");
}

#[test]
fn what_a_config_expands_to_is_judged_whatever_the_delivery() {
    for delivery in ["memfd", "source"] {
        let block = format!("  config: {{delivery: {delivery}}}");
        // Neither part is a sign by itself.
        let config = "broker: {url: 'https://api.${DOMAIN}/v2'}\n";
        launch("paper", "DOMAIN=alpaca.markets", &block, config)
            .refused(77, "endpoint")
            .found("config.yml:4:15")
            .found("the key broker.url holds");
        launch("paper", "GATEWAY_PORT=4001", &block, "ibkr: {port: \"${GATEWAY_PORT}\"}\n")
            .refused(77, "endpoint");
        launch("live", "GATEWAY_PORT=4001", &block, "ibkr: {port: \"${GATEWAY_PORT}\"}\n").launched();
    }
    let config = "url: '${URL:-https://api.alpaca.markets}'\n";
    launch("paper", "A=1", "", config).refused(77, "endpoint").found("the key url holds");
    launch("paper", "URL=https://paper-api.alpaca.markets", "", config).launched();
}

#[test]
fn what_a_variable_brings_into_the_config_is_reported_once_and_declared_once() {
    let (line, config) = (format!("DATA_URL={LIVE_URL}"), "feed: {url: '${DATA_URL}'}\n");
    launch("paper", &line, "", config).refused(77, "endpoint").found("DATA_URL holds").found("1 finding");
    launch("paper", &line, "  variables: {DATA_URL: {endpoint: data}}", config).launched();
}

#[test]
fn a_place_that_is_only_read_is_declared_for_its_variable_or_key_alone() {
    let (line, config) = (format!("DATA_URL={LIVE_URL}"), "feed: {url: https://api.alpaca.markets}\n");
    let both = "  variables: {DATA_URL: {endpoint: data}}\n  endpoints: {data: [feed.url]}";
    launch("paper", &line, both, config).launched();
    for half in ["  variables: {DATA_URL: {endpoint: data}}", "  endpoints: {data: [feed.url]}"] {
        launch("paper", &line, half, config).refused(77, "endpoint").found("1 finding");
    }
    launch("paper", "A=1", "  endpoints: {data: [feed]}", config).refused(77, "endpoint");
    let account = "ibkr: {gateway: 'tws:7496', account: U1234567}\n";
    launch("paper", "A=1", "  endpoints: {data: [ibkr.gateway, ibkr.account]}", account)
        .refused(77, "endpoint")
        .found("an account")
        .found("1 finding");
}

#[test]
fn a_declaration_that_cannot_be_read_is_a_fault_of_the_config() {
    for block in [
        "  variables: {A: {endpoint: orders}}",
        "  endpoints: {data: feed.url}",
        "  endpoints: {dat: [feed.url]}",
        "  endpoints: [feed.url]",
    ] {
        launch("paper", "A=1", block, "a: 1\n").refused(65, "syntax");
    }
}

#[test]
fn the_message_says_how_to_declare_it() {
    let outcome =
        launch("paper", &format!("DATA_URL={LIVE_URL}"), "", "feed: {url: https://api.alpaca.markets}\n");
    outcome.found("variables: {DATA_URL: {endpoint: data}}").found("endpoints: {data: [feed.url]}");
}

#[test]
fn check_lists_what_is_declared() {
    let block = "  variables: {DATA_URL: {endpoint: data}}\n  endpoints: {data: [feed.url]}";
    let scenario = || scenario("paper", &format!("DATA_URL={LIVE_URL}"), block, "feed: {url: x}\n").check();
    scenario().run("paper").launched().found("data only   DATA_URL, feed.url");
    let outcome = scenario().argument("--json").run("paper").launched();
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(
        report["declared_data_endpoints"],
        serde_json::json!([{"variable": "DATA_URL", "key": null}, {"variable": null, "key": "feed.url"}])
    );
}

#[test]
fn every_input_is_looked_at() {
    let config =
        |block: &str| format!("envgate:\n  modes: {{paper: {{env_files: [x.paper.env]}}}}\n{block}a: 1\n");
    for (block, said) in [
        ("  environment: {U: api.alpaca.markets}\n", "environment:"),
        ("  variables: {U: {default: api.alpaca.markets}}\n", "default:"),
        ("  pass: [U]\n", "pass:"),
        ("  variables: {U: {from: environment}}\n", "the caller's environment"),
    ] {
        let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n").config(config(block));
        let scenario = scenario.caller_variable("U", LIVE_URL).command(["/bin/true"]);
        scenario.run("paper").refused(77, "endpoint").found("U (").found(said);
    }
    let scenario = Scenario::new().configured_env_file("x.paper.env", "A=1\n").config(config(""));
    let scenario = scenario.argument("--set").argument("U=api.alpaca.markets").command(["/bin/true"]);
    scenario.run("paper").refused(77, "endpoint").found("--set");
}

#[test]
fn a_config_of_thousands_of_signs_is_counted() {
    let config = "urls:\n".to_owned() + &"  - https://api.alpaca.markets\n".repeat(3000);
    launch("paper", "A=1", "", &config).refused(77, "endpoint").found("2800 more signs");
}
