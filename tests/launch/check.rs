//! `check` says what `exec` would do, and does nothing.

use crate::support::Scenario;

fn scenario() -> Scenario {
    Scenario::new()
        .configured_env_file("x.paper.env", "KEY=abc\n")
        .config("envgate:\n  command: [/bin/sh, -c, 'touch launched']\n  modes: {paper: {env_files: [x.paper.env]}}\nkey: ${KEY}\n")
        .check()
}

#[test]
fn a_launch_that_would_succeed_is_fine_and_nothing_is_started() {
    let outcome = scenario().run("paper").launched().found("fine: envgate would launch");
    assert!(!outcome.scenario.path("launched").exists());
}

#[test]
fn its_status_is_that_of_exec() {
    for (mode, file_mode) in [("paper", 0o640), ("live", 0o600), ("nonsense", 0o600)] {
        let scenario = |verb: fn(Scenario) -> Scenario| {
            let scenario = Scenario::new().configured_env_file("x.paper.env", "KEY=abc\n").mode(file_mode);
            let config =
                "envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env]}}\na: 1\n";
            verb(scenario.config(config)).run(mode).status()
        };
        assert_eq!(scenario(Scenario::check), scenario(|scenario| scenario), "{mode} {file_mode:o}");
    }
}

#[test]
fn warnings_count_when_it_is_strict() {
    let warned = || {
        scenario().config("envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env], max_age: 1d}}\na: 1\n")
    };
    // The second -c is a mistake of the command line; so the config is written anew instead.
    assert_eq!(warned().run("paper").status(), Some(64));
    let warned = || {
        Scenario::new()
            .configured_env_file("x.paper.env", "KEY=abc\n")
            .config("envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [x.paper.env], max_age: 1d}}\na: 1\n")
            .check()
    };
    assert_eq!(warned().run("paper").warned("age").status(), Some(0));
    assert_eq!(warned().argument("--strict").run("paper").status(), Some(1));
}

#[test]
fn what_refuses_stands_last_where_a_terminal_still_shows_it() {
    let scenario = Scenario::new().env_file("x.paper.env", "A='${B}'\nB='a b'\nC=\n");
    let config = "envgate:\n  command: [/bin/true]\na: ${A}\nb: ${C}\n";
    let said = scenario.config(config).run("paper").refused(78, "required").stderr();
    let (warning, refusal) = (said.find("warning ["), said.find("refused ["));
    assert!(warning.is_some() && warning < refusal, "{said}");
}

#[test]
fn json_holds_the_findings_and_no_value() {
    let outcome = scenario().argument("--json").run("paper").launched();
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).unwrap();
    assert_eq!(
        (&report["schema"], &report["verdict"], &report["status"]),
        (&1.into(), &"fine".into(), &0.into())
    );
    assert_eq!(
        (&report["mode"], &report["class"], &report["delivery"]),
        (&"paper".into(), &"paper".into(), &"memfd".into())
    );
    let outcome = scenario().argument("--json").run("live").hides("abc");
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).unwrap();
    assert_eq!((&report["verdict"], &report["status"]), (&"refused".into(), &78.into()));
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["gate"], &finding["severity"], &finding["status"]),
        (&"mode".into(), &"refuses".into(), &78.into())
    );
    assert!(
        finding["file"].as_str().unwrap().ends_with("config.yml")
            && finding["mend"].as_str().unwrap().contains("paper")
    );
}

#[test]
fn a_config_with_ten_faults_has_ten_findings() {
    let scenario = || {
        Scenario::new()
            .configured_env_file(
                "x.paper.env",
                "LD_PRELOAD=/tmp/x.so\nKEY=changeme\nSHORT=abc\nSWITCH=false\nSHORT=abc\n",
            )
            .mode(0o640)
            .config(
                "envgate:\n  command: [/no/such/worker]\n  comand: x\n  modes:\n    paper:\n      env_files: [x.paper.env]\n      expect: {SWITCH: {equals: 'true'}}\n  variables:\n    SHORT: {length: 32}\n    NEEDED: {}\na: ${KEY}\nb: ${MISSING}\n",
            )
            .check()
    };
    let expected = [
        ("command", ""),
        ("dummy-value", "KEY"),
        ("duplicate", "SHORT"),
        ("expect", "SWITCH"),
        ("length", "SHORT"),
        ("loader-variable", "LD_PRELOAD"),
        ("permission", ""),
        ("placeholder", "MISSING"),
        ("required", "NEEDED"),
        ("syntax", ""),
    ];
    let outcome = scenario().argument("--json").run("paper");
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).unwrap();
    let word = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap_or("").to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let mut found: Vec<_> =
        findings.map(|finding| (word(finding, "gate"), word(finding, "variable"))).collect();
    found.sort();
    assert_eq!(found, expected.map(|(gate, variable)| (gate.to_owned(), variable.to_owned())));
    let outcome = scenario().run("paper").found("(status 77, 10 findings, 0 warnings)");
    assert_eq!(outcome.stdout().matches("refused [").count(), 10);
}

#[test]
fn a_wrong_command_line_is_64() {
    for arguments in [
        &["exec"][..],
        &["exec", "-m"],
        &["check"],
        &["bogus"],
        &[],
        &["exec", "-m", "paper", "stray"],
        &["exec", "-m", "paper", "--set", "X"],
    ] {
        let output = std::process::Command::new(crate::support::ENVGATE).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
    let output = std::process::Command::new(crate::support::ENVGATE).arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}
