//! Which input wins, and what must be there.

use crate::support::Scenario;

/// A block for the mode paper with this in it.
fn block(rest: &str) -> String {
    format!(
        "envgate:\n  modes:\n    paper:\n      env_files: [x.paper.env]\n      environment: {{FROM: mode}}\n{rest}\na: 1\n"
    )
}

fn scenario(env_file: &str, rest: &str) -> Scenario {
    Scenario::new().configured_env_file("x.paper.env", env_file).config(block(rest)).shell("echo $FROM")
}

#[test]
fn an_env_file_wins_over_everything() {
    scenario("FROM=file\n", "  environment: {FROM: block}\n").run("paper").launched().printed("file\n");
}

#[test]
fn set_wins_over_environment_and_the_modes_over_the_blocks() {
    let rest = "  environment: {FROM: block}\n";
    scenario("OTHER=x\n", rest)
        .argument("--set")
        .argument("FROM=set")
        .run("paper")
        .launched()
        .printed("set\n");
    scenario("OTHER=x\n", rest).run("paper").launched().printed("mode\n");
}

#[test]
fn environment_wins_over_pass_and_pass_over_fallback_and_default() {
    let rest = "  pass: [GREETING]\n  variables:\n    GREETING: {secret: false, default: default, fallback: [OTHER]}\n";
    let scenario = |env_file| scenario(env_file, rest).shell("echo $GREETING");
    scenario("OTHER=fallback\n")
        .caller_variable("GREETING", "passed")
        .run("paper")
        .launched()
        .printed("passed\n");
    scenario("OTHER=fallback\n").run("paper").launched().printed("fallback\n");
    scenario("SOMETHING=else\n").run("paper").launched().printed("default\n");
}

#[test]
fn the_callers_environment_is_read_where_the_config_says_so_and_never_in_live() {
    let rest = "    live:\n      env_files: [x.live.env]\n  variables:\n    CI_TOKEN: {from: environment}\n";
    let scenario = |file, line| {
        Scenario::new()
            .configured_env_file(file, line)
            .config(block(rest))
            .caller_variable("CI_TOKEN", "token")
            .command(["/bin/sh", "-c", "echo $CI_TOKEN"])
    };
    scenario("x.paper.env", "A=1\n").run("paper").launched().printed("token\n");
    scenario("x.live.env", "A=1\nENVGATE_MODE=live\n")
        .run("live")
        .refused(78, "required")
        .found("the mode live, which is live");
}

#[test]
fn pass_lets_through_what_it_names_and_nothing_else() {
    scenario("A=1\n", "  pass: [TZ, \"LC_*\"]\n")
        .shell("echo $TZ/$LC_TIME/$LCX/$LANG")
        .caller_variable("TZ", "UTC")
        .caller_variable("LC_TIME", "C")
        .caller_variable("LCX", "no")
        .caller_variable("LANG", "no")
        .run("paper")
        .launched()
        .printed("UTC/C//\n");
}

#[test]
fn pass_never_opens_the_way_for_the_loader() {
    for pattern in ["LD_PRELOAD", "\"LD_*\"", "\"L*\"", "PATH", "\"PYTHON*\"", "\"LD_LIB*\""] {
        scenario("A=1\n", &format!("  pass: [{pattern}]\n")).run("paper").refused(77, "loader-variable");
    }
}

#[test]
fn a_loader_variable_in_an_env_file_needs_the_configs_word() {
    scenario("PYTHONPATH=/opt/lib\n", "").run("paper").refused(77, "loader-variable").found("PYTHONPATH");
    scenario("PYTHONPATH=/opt/lib\n", "  variables: {PYTHONPATH: {secret: false}}\n").run("paper").launched();
}

#[test]
fn envgates_and_systemds_names_are_nobodys_to_set() {
    for name in ["ENVGATE_CLASS", "ENVGATE_ANYTHING", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "MAINPID"] {
        scenario(&format!("{name}=x\n"), "").run("paper").refused(77, "reserved-name");
        scenario("A=1\n", "")
            .argument("--set")
            .argument(format!("{name}=x"))
            .run("paper")
            .refused(77, "reserved-name");
        scenario("A=1\n", &format!("  environment: {{{name}: x}}\n"))
            .run("paper")
            .refused(77, "reserved-name");
        scenario("A=1\n", &format!("  pass: [{name}]\n")).run("paper").refused(77, "reserved-name");
        scenario("A=1\n", "")
            .argument("--config-variable")
            .argument(name)
            .run("paper")
            .refused(77, "reserved-name");
    }
}

#[test]
fn set_is_for_what_is_no_secret() {
    let with = |env_file, rest| scenario(env_file, rest).argument("--set").argument("TOKEN=x");
    with("A=1\n", "").run("paper").launched();
    with("A=1\n", "  variables: {TOKEN: {secret: false}}\n").run("paper").launched();
    with("A=1\n", "  variables: {TOKEN: {}}\n").run("paper").refused(64, "usage");
    with("TOKEN=1\n", "").run("paper").refused(64, "usage");
}

#[test]
fn a_declared_variable_is_required_unless_declared_otherwise() {
    scenario("A=1\n", "  variables: {KEY: {}}\n")
        .run("paper")
        .refused(78, "required")
        .found("KEY is missing");
    scenario("KEY=\n", "  variables: {KEY: {}}\n").run("paper").refused(78, "required").found("KEY is empty");
    scenario("A=1\n", "  variables: {KEY: {required: false}}\n").run("paper").launched();
    scenario("KEY=\n", "  variables: {KEY: {required: false}}\n").run("paper").launched();
}

#[test]
fn a_set_is_whole_or_absent() {
    let rest = "  sets: {s3: [S3_ID, S3_SECRET]}\n";
    scenario("A=1\n", rest).run("paper").launched();
    scenario("S3_ID=1\nS3_SECRET=2\n", rest).run("paper").launched();
    scenario("S3_ID=1\n", rest).run("paper").refused(78, "required").found("S3_ID without S3_SECRET");
    scenario("S3_ID=1\nS3_SECRET=\n", rest).run("paper").refused(78, "required");
}

#[test]
fn a_set_is_never_made_of_halves_of_two_pairs() {
    let run = |lines: &str| {
        let rest = "  variables:\n    ID: {fallback: [AWS_ID, S3_ID], required: false}\n    \
                    SECRET: {fallback: [AWS_SECRET, S3_SECRET], required: false}\n    \
                    REGION: {fallback: [AWS_REGION], default: eu}\n  sets: {s3: [REGION, ID, SECRET]}\n";
        scenario(lines, rest).run("paper")
    };
    for lines in [
        "ID=1\nSECRET=2\n",
        "AWS_ID=1\nAWS_SECRET=2\n",
        "S3_ID=1\nS3_SECRET=2\n",
        "ID=1\nSECRET=2\nAWS_ID=3\nAWS_SECRET=4\nS3_ID=5\n",
        "AWS_ID=\nS3_ID=1\nS3_SECRET=2\n",
        "AWS_REGION=us\nAWS_ID=1\nAWS_SECRET=2\n",
    ] {
        run(lines).launched();
    }
    for (lines, said) in [
        ("ID=1\nAWS_SECRET=2\n", "ID has its own name, and SECRET comes from AWS_SECRET"),
        ("ID=1\nAWS_ID=3\nAWS_SECRET=4\n", "ID has its own name, and SECRET comes from AWS_SECRET"),
        ("AWS_ID=1\nS3_SECRET=2\n", "ID comes from AWS_ID, and SECRET comes from S3_SECRET"),
        ("AWS_REGION=us\nID=1\nSECRET=2\n", "REGION comes from AWS_REGION, and ID has its own name"),
    ] {
        run(lines).refused(78, "required").found("the set s3 is mixed").found(said);
    }
}

#[test]
fn a_region_that_everybody_may_know_is_no_half_of_a_pair() {
    let scenario = |lines: &str, region: &str, rest: &str| {
        let rest = format!(
            "{rest}  variables:\n    ID: {{fallback: [AWS_ID]}}\n    SECRET: {{fallback: [AWS_SECRET]}}\n    \
             REGION: {{fallback: [AWS_REGION]{region}}}\n  sets: {{s3: [ID, SECRET, REGION]}}\n"
        );
        scenario(lines, &rest).caller_variable("REGION", "eu")
    };
    let run = |lines: &str, region: &str, rest: &str| scenario(lines, region, rest).run("paper");
    let pair = "AWS_ID=1\nAWS_SECRET=2\n";
    let own = format!("{pair}REGION=eu\n");
    run(&own, ", secret: false", "").launched();
    run("ID=1\nSECRET=2\nAWS_REGION=eu\n", ", secret: false", "").launched();
    run(pair, "", "  environment: {REGION: eu}\n").launched();
    run(pair, "", "  pass: [REGION]\n").launched();
    let of_mode = block("  variables: {A: {fallback: [B]}, FROM: {fallback: [C]}}\n  sets: {s: [A, FROM]}\n");
    Scenario::new()
        .configured_env_file("x.paper.env", "B=1\n")
        .config(of_mode)
        .shell("")
        .run("paper")
        .launched();
    // Nobody says that it is no secret.
    run(&own, "", "").refused(78, "required").found("the set s3 is mixed");
    run("ID=1\nAWS_SECRET=2\nREGION=eu\n", ", secret: false", "").refused(78, "required");
}

#[test]
fn a_value_that_a_fault_hides_is_hidden_under_every_name() {
    let config = "envgate:\n  modes: {paper: {env_files: [x.paper.env], expect: {ID: {prefix: PK}}}}\n  \
                  variables: {ID: {fallback: [OTHER_ID]}, OTHER_ID: {fallback: [AWS_ID, SECOND_ID]}}\na: ${ID}\n";
    for lines in ["AWS_ID=ab$c\n", "AWS_ID=ab$c\nSECOND_ID=x\n"] {
        let scenario = Scenario::new().configured_env_file("x.paper.env", lines).config(config).shell("");
        let outcome = scenario.run("paper").refused(65, "syntax");
        for gate in ["[required]", "[expect]"] {
            assert!(!outcome.stderr().contains(gate), "{}", outcome.stderr());
        }
    }
}

#[test]
fn a_length_is_counted_in_characters() {
    let with = |value: &str, length| {
        scenario(&format!("KEY='{value}'\n"), &format!("  variables: {{KEY: {{length: {length}}}}}\n"))
    };
    with("éé", "2").run("paper").launched();
    with("abc", "2").run("paper").refused(78, "length").found("3 characters and must have 2");
    with("abc", "[2, 3]").run("paper").launched();
    with("a", "[2, 3]").run("paper").refused(78, "length").found("must have 2 to 3");
}

#[test]
fn a_value_for_the_config_alone_stays_out_of_the_environment() {
    let config = block("  variables: {KEY: {deliver: config}}\nkey: ${KEY}\n");
    Scenario::new()
        .configured_env_file("x.paper.env", "KEY=abc\n")
        .config(config)
        .shell("echo \"env=$KEY\"; grep ^key \"$ENVGATE_CONFIG\"")
        .run("paper")
        .launched()
        .printed("env=\nkey: \"abc\"\n");
}

#[test]
fn an_unfilled_template_is_refused() {
    scenario("KEY=your_api_key_here\nHOOK=https://x/YOUR_WEBHOOK_ID\n", "")
        .run("paper")
        .refused(78, "dummy-value")
        .found("HOOK");
}

#[test]
fn a_templates_leftover_is_refused_wherever_it_comes_from() {
    let rest = "  variables: {TOKEN: {from: environment, secret: false}}\n";
    scenario("A=1\n", rest).caller_variable("TOKEN", "changeme").run("paper").refused(78, "dummy-value");
    scenario("A=1\n", rest)
        .argument("--set")
        .argument("TOKEN=changeme")
        .run("paper")
        .refused(78, "dummy-value");
}

#[test]
fn a_fallback_that_is_empty_is_passed_over() {
    let rest = "  variables: {KEY: {fallback: [ONE, TWO]}}\n";
    scenario("ONE=\nTWO=two\n", rest).shell("echo $KEY").run("paper").launched().printed("two\n");
    scenario("ONE=\n", rest).run("paper").refused(78, "required").found("KEY is empty");
}

#[test]
fn a_loader_variable_cannot_name_the_config() {
    let config = "envgate:\n  config: {variable: LD_PRELOAD}\na: 1\n";
    let scenario = || Scenario::new().env_file("x.paper.env", "A=1\n").config(config).shell("true");
    scenario().run("paper").refused(77, "loader-variable").found("LD_PRELOAD cannot name the config");
}

#[test]
fn a_script_without_its_interpreter_is_found_before_the_launch() {
    let scenario = || {
        let scenario = Scenario::new()
            .env_file("x.paper.env", "A=1\n")
            .file("worker", "#!/no/such/python\n")
            .mode(0o755);
        let worker = scenario.path("worker");
        scenario.command([worker])
    };
    scenario().run("paper").refused(126, "command").found("is run by /no/such/python");
    scenario().check().run("paper").refused(126, "command");
}

#[test]
fn an_instance_reaches_the_worker_and_the_paths() {
    let config =
        "envgate:\n  modes:\n    paper: {env_files: [\"{instance}.{mode}.env\"]}\na: ${ENVGATE_INSTANCE}\n";
    let scenario = || {
        Scenario::new()
            .configured_env_file("ES.paper.env", "A=1\n")
            .config(config)
            .shell("echo $ENVGATE_INSTANCE")
    };
    scenario().argument("-i").argument("ES").run("paper").launched().printed("ES\n");
    scenario().run("paper").refused(64, "usage").found("-i");
    scenario().argument("-i").argument("../ES").run("paper").refused(64, "usage");
}

#[test]
fn ten_faults_are_ten_findings() {
    let config = "envgate:\n  comand: [/bin/true]\n  modes:\n    paper: {env_files: [x.paper.env]}\n  variables:\n    ONE: {}\n    TWO: {length: 3}\n  pass: [LD_PRELOAD]\na: ${THREE}\nb: ${FOUR}\n";
    let outcome = Scenario::new()
        .configured_env_file("x.paper.env", "TWO=toolong\nexport FIVE=1\nSIX=changeme\nNODE_OPTIONS=x\n")
        .mode(0o644)
        .config(config)
        .shell("true")
        .check()
        .run("paper")
        .refused(77, "permission")
        .found("did you mean command?")
        .found("10 findings");
    for gate in ["syntax", "required", "length", "loader-variable", "placeholder", "dummy-value"] {
        assert!(outcome.stdout().contains(&format!("refused [{gate}]")), "{gate}");
    }
}

#[test]
fn an_optional_credential_that_no_unit_loads_is_left_out() {
    let config = "envgate:\n  modes: {paper: {env_files: [x.paper.env, {path: \"credential:token\", optional: true}]}}\na: ${A}\n";
    let scenario = || Scenario::new().configured_env_file("x.paper.env", "A=1\n");
    scenario().config(config).shell("echo $A").run("paper").launched().printed("1\n");
    let config = config.replace(", optional: true", "");
    scenario().config(config).shell("echo $A").run("paper").refused(66, "input");
}

#[test]
fn a_fallback_does_not_depend_on_the_order_of_the_declarations() {
    for order in [["B: {fallback: [C]}", "C: {default: c}"], ["C: {default: c}", "B: {fallback: [C]}"]] {
        let config = format!("envgate:\n  variables: {{{}, {}}}\na: ${{B}}\n", order[0], order[1]);
        Scenario::new()
            .env_file("x.paper.env", "A=1\n")
            .config(config)
            .shell("echo $B")
            .run("paper")
            .launched()
            .printed("c\n");
    }
    let cycle = "envgate:\n  variables: {B: {fallback: [C]}, C: {fallback: [B]}}\na: 1\n";
    Scenario::new()
        .env_file("x.paper.env", "A=1\n")
        .config(cycle)
        .shell("")
        .run("paper")
        .refused(78, "required");
}
