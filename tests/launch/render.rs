//! `render` shows the config that the worker would get, with its secrets masked; `--reveal` is for a pipe alone.

use std::fs::File;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::support::Scenario;
use crate::support::pseudo_terminal::PseudoTerminal;

const SECRET: &str = "long-secret-of-the-worker";

const CONFIG: &str = "\
# the desk's config
envgate:
  command: [/bin/sh, -c, 'cat $ENVGATE_CONFIG']
  modes: {paper: {env_files: [x.paper.env]}}
  variables: {LEVEL: {secret: false}, MAYBE: {required: false}, EMPTY: {required: false}}
symbols: [ES, NQ]   # kept
url: 'https://host/${KEY}/x?level=$LEVEL'
short: ${SHORT}
maybe: \"${MAYBE}\"
other: ${ELSE:-default}
empty: '${EMPTY}${EMPTY:-none}'
start: 23:00
";

fn scenario() -> Scenario {
    Scenario::new()
        .configured_env_file("x.paper.env", format!("KEY={SECRET}\nSHORT=abc123\nLEVEL=debug\nEMPTY=\n"))
        .config(CONFIG)
}

#[test]
fn secrets_are_masked_inside_their_scalars_and_the_rest_is_the_workers() {
    scenario().verb("render").run("paper").launched().hides("long-").hides("abc123").printed(
        "# the desk's config\nsymbols: [ES, NQ]   # kept\nurl: \"https://host/lon…/x?level=debug\"\nshort: \"…\"\nmaybe: \"\"\nother: \"default\"\nempty: \"none\"\nstart: 23:00\n",
    );
}

#[test]
fn a_program_gets_the_masked_text_with_the_findings_and_never_the_secrets() {
    let outcome =
        scenario().verb("render").argument("--json").run("paper").ended(0).hides("long-").hides("abc123");
    let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    let text = report["text"].as_str().expect("the text");
    assert_eq!(text, scenario().verb("render").run("paper").launched().stdout());
    let fields = serde_json::json!({"schema": 1, "status": 0, "class": "paper", "delivery": "memfd"});
    for (field, value) in fields.as_object().expect("fields") {
        assert_eq!(report[field], *value, "{report:#}");
    }
    assert!(report["config"].as_str().expect("a path").ends_with("/config.yml"), "{report:#}");
    let block = "envgate: {command: [/bin/true], modes: {paper: {env_files: [x.paper.env]}}}\n";
    for (rest, status, gate) in [("a: ${MISSING}\n", 78, "placeholder"), ("a: [\n", 65, "syntax")] {
        let scenario = Scenario::new().configured_env_file("x.paper.env", "KEY=abc\n");
        let scenario = scenario.config(format!("{block}{rest}"));
        let outcome = scenario.verb("render").argument("--json").run("paper").ended(status);
        let report: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
        assert_eq!(report["findings"][0]["gate"], gate, "{report:#}");
        assert_eq!(report["text"].is_null(), gate == "syntax", "{report:#}");
    }
    // The secrets are for a program that reads the config itself.
    let both = scenario().verb("render").argument("--json").argument("--reveal").run("paper").ended(64);
    assert_eq!(both.stdout(), "");
}

#[test]
fn a_masked_json_config_is_json() {
    let outcome = Scenario::new()
        .env_file("x.paper.env", format!("KEY='\"{SECRET}\"'\n"))
        .config_named("config.json", "{\"envgate\": {}, \"a\": [\"${KEY}\", 1]}\n")
        .command(["/bin/true"])
        .verb("render")
        .run("paper")
        .launched();
    let rendered: serde_json::Value = serde_json::from_slice(&outcome.output.stdout).expect("JSON");
    assert_eq!(rendered, serde_json::json!({"a": ["\"lo…", 1]}));
}

#[test]
fn what_is_revealed_to_a_pipe_is_what_the_worker_gets() {
    let worker = scenario().run("paper").launched().stdout();
    assert!(worker.contains(SECRET));
    let revealed = scenario().verb("render").argument("--reveal").run("paper").launched().printed(&worker);
    assert!(revealed.stderr().contains("goes to the pipe with its secrets"), "{}", revealed.stderr());
}

/// More than a pipe takes at once, into one that whoever shares it made not to wait.
#[test]
fn a_slow_reader_gets_all_of_it() {
    let long = || {
        let config = format!("a: ${{KEY}}\nb: {}\n", "x".repeat(300_000));
        Scenario::new().env_file("x.paper.env", format!("KEY={SECRET}\n")).config(config)
    };
    let worker = long().shell("cat $ENVGATE_CONFIG").run("paper").launched().stdout();
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a flag");
    let revealing = long().shell("true").verb("render").argument("--reveal");
    let mut command = revealing.prepared("paper");
    let mut child = command.stdout(writer).stderr(Stdio::null()).spawn().expect("it starts");
    drop(command);
    std::thread::sleep(Duration::from_millis(100));
    let mut revealed = String::new();
    reader.read_to_string(&mut revealed).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(revealed, worker);
}

#[test]
fn secrets_are_revealed_to_no_terminal_no_file_and_no_socket() {
    let revealing = scenario().verb("render").argument("--reveal");
    let terminal = PseudoTerminal::open();
    let file = File::create(revealing.path("output")).expect("a file");
    let (socket, _other) = UnixStream::pair().expect("a pair of sockets");
    let null = File::options().write(true).open("/dev/null").expect("the null device");
    for output in [terminal.program, file.into(), std::os::fd::OwnedFd::from(socket), null.into()] {
        let output = revealing.prepared("paper").stdout(Stdio::from(output)).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains("refused [usage]") && said.contains("| PROGRAM"), "{said}");
    }
    assert_eq!(std::fs::read(revealing.path("output")).expect("a file"), b"");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let revealing = scenario().verb("render").argument("--reveal");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status = revealing.prepared("paper").stdout(writer).stderr(Stdio::null()).status();
    assert_eq!(status.expect("it starts").code(), Some(0));
}

#[test]
fn a_refused_launch_is_rendered_masked_and_never_revealed() {
    let refused = || {
        Scenario::new()
            .env_file("x.paper.env", format!("KEY={SECRET}\n"))
            .config("a: ${KEY}\nb: \"is ${MISSING} or ${MISSING:-not}\"\nc: $<GONE>\n")
            .command(["/bin/true"])
            .verb("render")
    };
    refused()
        .run("paper")
        .refused(78, "placeholder")
        .found("no worker gets this config")
        .printed("a: \"lon…\"\nb: \"is ${MISSING} or not\"\nc: \"$<GONE>\"\n");
    refused()
        .argument("--reveal")
        .run("paper")
        .refused(78, "placeholder")
        .found("a gate refuses")
        .printed("");
}

#[test]
fn a_config_that_cannot_be_read_to_its_end_is_not_shown() {
    for broken in
        [format!("a: {SECRET}\nb: \"${{KEY}}\n"), format!("a: {SECRET}\n---\nb: ${{KEY}}\n"), String::new()]
    {
        let outcome = Scenario::new()
            .env_file("x.paper.env", "KEY=abc\n")
            .config(&broken)
            .command(["/bin/true"])
            .verb("render")
            .run("paper");
        outcome.refused(65, "syntax").found("nothing can be rendered").printed("");
    }
    scenario()
        .verb("render")
        .run("nonsense")
        .refused(78, "mode")
        .found("nothing can be rendered")
        .printed("");
}

#[test]
fn what_a_worker_expands_by_itself_is_rendered_too() {
    Scenario::new()
        .env_file("x.paper.env", format!("KEY={SECRET}\n"))
        .config("envgate: {config: {delivery: source}}\na: ${KEY}\n")
        .command(["/bin/true"])
        .verb("render")
        .run("paper")
        .launched()
        .found("the worker reads the source")
        .printed("a: \"lon…\"\n");
}

#[test]
fn without_a_config_there_is_nothing_to_render() {
    Scenario::new()
        .env_file("x.paper.env", "KEY=abc\n")
        .verb("render")
        .run("paper")
        .refused(64, "usage")
        .printed("");
}

#[test]
fn a_comment_that_a_terminal_would_obey_is_shown_harmless() {
    Scenario::new()
        .env_file("x.paper.env", "KEY=abc\n")
        .config("a: 1 # \u{202e}gnp.exe\r\nb: \"${KEY}\"\r\n")
        .command(["/bin/true"])
        .verb("render")
        .run("paper")
        .launched()
        .printed("a: 1 # \u{fffd}gnp.exe\r\nb: \"…\"\r\n");
}
