//! Configs that cannot be what they claim to be: each gets a finding of the right gate, and nothing is started.

use std::fmt::Write as _;

use crate::support::{Outcome, Scenario};

/// `exec` with this config, one env file and a worker that prints its config.
fn launch(config: impl AsRef<[u8]>) -> Outcome {
    launch_named("config.yml", config)
}

fn launch_named(name: &str, config: impl AsRef<[u8]>) -> Outcome {
    Scenario::new()
        .env_file("pine.paper.env", "A=hunter2\nB='it'\"'\"'s: #\"'\n")
        .config_named(name, config)
        .shell("cat $ENVGATE_CONFIG")
        .run("paper")
        .hides("a fault of envgate's own")
}

#[test]
fn bytes_that_are_no_yaml_are_a_syntax_finding() {
    for config in [
        &b"a: \xff\xfe\n"[..],
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0",
        b"\xff\xfea\0:\0 \x001\0",
        b"\xfe\xff\0a\0:\0 \x001",
        b"a: b\0c\n",
        b"a: [1, 2\n",
        b"a: \"${A}\n",
        b"a: 'b\nc: d\n",
        b"{\"a\": ",
        b"a: b: c\n",
        b"a:\n\t- b\n",
        b"a: |\n\ttext\n",
        b"%YAML 9\n---\na: 1\n",
        b"a: @b\n",
        b"a: *nowhere\n",
        b"- a\nb: c\n",
    ] {
        launch(config).refused(65, "syntax").hides("hunter2");
    }
}

#[test]
fn an_empty_config_is_a_syntax_finding() {
    for config in ["", "\n\n", "# a comment alone\n", "\u{feff}", "---\n", "--- \n...\n"] {
        launch(config).refused(65, "syntax");
    }
}

#[test]
fn a_single_value_is_no_config() {
    for config in ["text\n", "${A}\n", "--- |\n  text\n", "42\n", "null\n"] {
        launch(config).refused(65, "syntax");
    }
}

#[test]
fn a_truncated_config_is_found_out_wherever_its_yaml_breaks() {
    let whole = "envgate: {path: \"/bin\"}\nlist: [\"${A}\", {\"b\": 'c'}]\ntext: \"${B}\"\n";
    for length in 1..whole.len() {
        let outcome = launch(&whole[..length]);
        assert!(matches!(outcome.status(), Some(0 | 65 | 78)), "{length}: {}", outcome.stderr());
    }
    launch(whole).launched();
}

#[test]
fn a_config_over_the_limit_is_refused_by_its_size() {
    let mut config = "a: 1\n".to_owned();
    config.push_str(&"# filler filler filler filler\n".repeat(150_000));
    launch(config).refused(65, "size");
}

#[test]
fn a_config_of_a_mebibyte_is_read() {
    let mut config = "a: ${A}\n".to_owned();
    for index in 0..40_000 {
        let _ = writeln!(config, "key{index}: \"value ${{A}}\"");
    }
    launch(config).launched().found("key39999: \"value hunter2\"");
}

#[test]
fn a_yaml_bomb_stays_small_since_nothing_is_built_of_it() {
    let mut config = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let below = format!("*a{}", level - 1);
        let _ = writeln!(config, "a{level}: &a{level} [{}]", vec![below; 10].join(", "));
    }
    config.push_str("secret: ${A}\n");
    launch(config).launched().found("secret: \"hunter2\"");
}

#[test]
fn a_config_nested_without_end_is_a_syntax_finding() {
    launch(format!("a: {}", "[".repeat(200_000))).refused(65, "syntax");
    launch(format!("envgate: {}", "{a: ".repeat(100_000))).refused(65, "syntax");
    launch("- ".repeat(100_000)).refused(65, "syntax");
    launch(format!("{}x\n", "? ".repeat(50_000))).refused(65, "syntax");
}

#[test]
fn a_key_twice_in_one_mapping_is_refused() {
    for config in
        ["a: 1\na: 2\n", "x: {a: 1, \"a\": 2}\n", "- a: 1\n  'a': 2\n", "envgate: {}\nenvgate: {}\n"]
    {
        launch(config).refused(65, "duplicate");
    }
    launch_named("config.json", "{\"a\": 1, \"\\u0061\": 2}").refused(65, "duplicate");
    launch("1: a\n\"1\": b\nx: {a: 1}\ny: {a: 1}\n").launched();
}

#[test]
fn a_second_document_is_refused() {
    launch("a: 1\n---\na: 2\n").refused(65, "syntax").found(":2:1");
    launch("--- \na: 1\n...\n").launched();
}

#[test]
fn a_line_break_that_only_some_readers_see_is_refused() {
    for config in ["a: 1\rb: ${A}\r", "a: 1 # c\u{2028}b: ${A}\n", "a: 'x\u{85}y'\n", "# \u{2029}\na: 1\n"] {
        launch(config).refused(65, "syntax").found("line break");
    }
    launch("a: \"\\u2028 ${A}\"\r\nb: 1\r\n").launched().printed("a: \"\\u2028 hunter2\"\r\nb: 1\r\n");
}

#[test]
fn anchors_aliases_and_merge_keys_round_placeholders_keep_their_meaning() {
    let config = "base: &base\n  key: &key ${A}\n  n: 1\nmore:\n  <<: *base\n  own: $B\ncopy: *key\n";
    launch(config).launched().printed(
        "base: &base\n  key: &key \"hunter2\"\n  n: 1\nmore:\n  <<: *base\n  own: \"it's: #\\\"\"\ncopy: *key\n",
    );
}

#[test]
fn an_alias_that_would_be_a_key_here_and_a_value_there_is_refused() {
    launch("a: &x ${A}\n*x : 1\n").refused(78, "placeholder");
    launch("&x ${A}: 1\nb: *x\n").refused(78, "placeholder");
}

#[test]
fn an_anchor_of_the_block_cannot_be_used_outside_it() {
    launch("envgate:\n  path: &p /bin\nx: *p\n").refused(65, "syntax").found("left out");
    launch("envgate:\n  path: /bin\n  pass: &p [TZ]\nx: {<<: *p}\n").refused(65, "syntax");
    launch("path: &p /bin\nx: *p\nenvgate: {}\n").launched();
}

#[test]
fn an_alias_inside_the_block_is_refused_and_not_ignored() {
    launch("p: &p /bin\nenvgate:\n  path: *p\n").refused(65, "syntax").found("an alias");
}

#[test]
fn a_block_that_cannot_be_left_out_is_refused() {
    for config in
        ["? envgate\n: {}\n", "&a envgate: {}\n", "{? envgate : {}, a: 1}\n", "envgate:\n  !!null\nb: 1\n"]
    {
        launch(config).refused(65, "syntax");
    }
}

#[test]
fn a_block_of_the_wrong_shape_is_refused() {
    for config in
        ["envgate: text\n", "envgate: [a]\n", "envgate: |\n  path: /bin\n", "envgate: {? [a] : b}\n"]
    {
        launch(config).refused(65, "syntax");
    }
}

#[test]
fn a_placeholder_is_expanded_in_every_kind_of_string() {
    launch("t: |  # note\n  x ${A}\n  y\nf: >-\n  a\n  $A\nl: [ $A, \"${A}\", '$<A>' ]\nm: a\n  $A\n").launched().printed(
        "t: \"x hunter2\\ny\\n\"  # note\nf: \"a hunter2\"\nl: [ \"hunter2\", \"hunter2\", \"hunter2\" ]\nm: \"a hunter2\"\n",
    );
}

#[test]
fn a_placeholder_in_a_comment_is_left_alone_and_needs_no_value() {
    launch("a: 1 # ${NOWHERE}\n# $NOWHERE\n").launched().printed("a: 1 # ${NOWHERE}\n# $NOWHERE\n");
}

#[test]
fn a_placeholder_in_a_key_stays_and_is_a_warning() {
    launch("\"${A}\": 1\n").warned("placeholder").printed("\"${A}\": 1\n");
    launch("? [x, \"${A}\"]\n: 1\n").warned("placeholder").printed("? [x, \"${A}\"]\n: 1\n");
}

#[test]
fn an_unquoted_placeholder_in_flow_style_is_explained() {
    launch("a: [${A}]\n").refused(65, "syntax").found("quote it");
    launch("a: {b: ${A}}\n").refused(65, "syntax").found("quote it");
}

#[test]
fn a_placeholder_under_a_tag_is_refused_but_under_the_string_tag() {
    launch("a: !!int ${A}\n").refused(78, "placeholder");
    launch("a: !secret ${A}\n").refused(78, "placeholder");
    launch("a: !secret cash $5\n").launched().printed("a: !secret cash $5\n");
    launch("a: !!str ${A}\n").launched().printed("a: !!str \"hunter2\"\n");
}

#[test]
fn a_dollar_that_is_no_placeholder_changes_nothing_not_even_the_quotes() {
    let config = "a: 'costs $5'\nb: $\nc: |\n  US$ 4,044\n";
    launch(config).launched().printed(config);
}

#[test]
fn a_config_of_the_block_alone_leaves_an_empty_mapping() {
    launch("# head\nenvgate:\n  path: /bin:/usr/bin\n").launched().printed("# head\n{}\n");
}

#[test]
fn a_json_config_is_json_and_not_merely_yaml() {
    for text in
        ["{'a': 1}", "{\"a\": [1, 2,]}", "{\"a\": 1} # comment", "a: 1", "{\"a\": 01}", "{\"a\": 1}{}"]
    {
        launch_named("config.json", text).refused(65, "syntax").found("is not JSON");
    }
}

#[test]
fn a_placeholder_outside_a_json_string_is_refused() {
    launch_named("config.json", "{\"a\": $A}").refused(65, "syntax");
    launch_named("config.json", "{\"a\": '$A'}").refused(65, "syntax");
    launch_named("config.json", "{\"a\":\n\t\"\\u0024A \\ud83d\\ude00\", \"envgate\": {}}")
        .launched()
        .printed("{\"a\":\n\t\"hunter2 😀\"}");
}

#[test]
fn a_config_that_cannot_be_read_is_not_called_one_without_a_command() {
    for (config, status, gate) in [
        ("envgate: {command: [/bin/true]\na: [}\n", 65, "syntax"),
        ("envgate:\n  comand: [/bin/true]\n", 65, "syntax"),
        ("envgate: {command: [/bin/true], command: [/bin/true]}\n", 65, "duplicate"),
    ] {
        let scenario = Scenario::new().env_file("pine.paper.env", "A=hunter2\n").config(config);
        scenario.run("paper").refused(status, gate).hides("there is no command");
    }
    let scenario = || Scenario::new().env_file("pine.paper.env", "A=hunter2\n");
    scenario()
        .argument("-c")
        .argument("/nowhere.yml")
        .run("paper")
        .refused(66, "input")
        .hides("there is no command");
    scenario()
        .argument("-c")
        .argument("/")
        .run("paper")
        .refused(77, "file-kind")
        .hides("there is no command");
    scenario().config("a: 1\n").run("paper").refused(64, "usage");
}
