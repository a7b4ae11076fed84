//! Canary secrets of every shape, looked at by `status` and `render`: no more than three characters of one show.

use std::path::Path;

use crate::support::{Outcome, Scenario};
use crate::{ALICE, Attack};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("status shows three characters of a secret at the most", status),
        Attack::anybody("render shows three characters of a secret at the most", render),
        Attack::anybody("a secret on the command line is not shown by a look", settings),
        Attack::anybody("a secret of the caller's environment is not shown by a look", callers_environment),
        Attack::root("root looks at another user's files: check, status and render", by_root),
        Attack::root("root looks at another user's refused launch", refused_by_root),
        Attack::root("another user's look at the files ends where theirs does", by_a_stranger),
    ]
}

/// Secrets whose parts stand nowhere else (a time of day ends in `7Z`): short, long, of several lines, of many scripts,
/// with what a terminal obeys.
const SECRETS: [&str; 11] = [
    "qJ",
    "qJx",
    "qJxK",
    "q7ZkW9xB3mT5vR2",
    "q7ZkW9xB3mT5vR2n",
    "q7ZkW9xB3mT5vR2nL8pD4sF6gH1jC0aE",
    "q7Z\nkW9xB\n\n3mT5vR2nL8p\n",
    "\nq7ZkW9xB\tmT5vR2nL8pD4s",
    "ßñ日本🔑kWёжцxBmTvR漢字Lpδσφ",
    "ßñ日本🔑",
    "{\"q7Zk\":\"W9xB3mT5vR2n\",\"L8pD\":1}",
];

/// The longest part of the secret that may show: three characters from its beginning, of a long one.
fn shows_no_more(outcome: &Outcome, secret: &str, what: &str) {
    assert_ne!(outcome.status(), None, "ended by a signal");
    // The folder's name is chance, and may hold two characters of a secret.
    let folder = outcome.scenario.folder().to_string_lossy().into_owned();
    let said = (outcome.stdout() + &outcome.stderr()).replace(&folder, "");
    let characters: Vec<char> = secret.chars().collect();
    let allowed = if characters.len() < 16 { 0 } else { 3 };
    // A part of so many characters cannot stand there by chance.
    let least = if characters.len() < 4 { 2 } else { 4 };
    for part in characters.windows(least.min(characters.len())) {
        let part: String = part.iter().collect();
        assert!(!said.contains(&part), "{part:?} of {secret:?} ({what}) shows:\n{said}");
    }
    // Of a short one not even its beginning.
    if allowed == 0 {
        let beginning: String = characters.iter().take(2).collect();
        assert!(!said.contains(&beginning), "{beginning:?} of {secret:?} ({what}) shows:\n{said}");
    }
}

/// As an env file's line, in whatever quotes it needs.
fn quoted(secret: &str) -> String {
    format!("'{secret}'")
}

const CONFIG: &str = "\
envgate:
  command: [/bin/true]
  variables: {SECRET: {fallback: [OTHER]}, POSED: {secret: false, fallback: [SECRET]}, ONLY: {deliver: config, fallback: [SECRET]}}
whole: ${SECRET}
part: 'a ${SECRET} b $POSED'
block: |
  of $<SECRET>
  ${ONLY:-none}
";

fn looks(scenario: impl Fn() -> Scenario) -> [Outcome; 4] {
    [
        scenario().verb("status").run("paper"),
        scenario().verb("status").argument("--all").argument("--json").run("paper"),
        scenario().verb("render").run("paper"),
        scenario().check().argument("--json").run("paper"),
    ]
}

fn env_file_of(secret: &str) -> Scenario {
    Scenario::new().env_file("pine.paper.env", format!("SECRET={}\n", quoted(secret))).config(CONFIG)
}

fn status() {
    for secret in SECRETS {
        for json in [false, true] {
            let scenario = env_file_of(secret).verb("status");
            let outcome = if json { scenario.argument("--json") } else { scenario }.run("paper").launched();
            shows_no_more(&outcome, secret, "status");
            let length = secret.chars().count().to_string();
            assert!(outcome.stdout().contains(&length), "its length is shown\n{}", outcome.stdout());
        }
    }
}

fn render() {
    for secret in SECRETS {
        let outcome = env_file_of(secret).verb("render").run("paper").launched();
        shows_no_more(&outcome, secret, "render");
        let rendered: serde_json::Value = serde_saphyr::from_str(&outcome.stdout()).expect("YAML");
        assert_eq!(
            rendered["whole"].as_str().map(|text| text.ends_with('…')),
            Some(true),
            "{}",
            outcome.stdout()
        );
        // Of a launch that is refused, too, and where the secret may not be revealed.
        let refused = || env_file_of(secret).argument("-i").argument("../x").verb("render");
        shows_no_more(&refused().run("paper"), secret, "render of a refused launch");
        shows_no_more(&refused().argument("--reveal").run("paper"), secret, "a refused --reveal");
    }
}

/// `--set` of a declared secret is refused; what it said is in argv already, and is not said once more.
fn settings() {
    for secret in ["q7ZkW9xB3mT5vR2", "q7ZkW9xB3mT5vR2nL8pD4sF6gH1jC0aE"] {
        let scenario =
            || Scenario::new().config(CONFIG).argument("--set").argument(format!("SECRET={secret}"));
        for outcome in looks(scenario) {
            shows_no_more(&outcome, secret, "--set");
            assert_ne!(outcome.status(), Some(0));
        }
    }
}

fn callers_environment() {
    let config = "envgate: {command: [/bin/true], pass: [PASSED], variables: {TOKEN: {from: environment}}}\na: $PASSED $TOKEN\n";
    let obeyed = [
        "\u{1b}[2JkW9xB3mT5vR2n",
        "\u{202e}q7ZkW9xB3mT5vR2n",
        "qJ\u{7}\u{9b}xK",
        "q7Zk\r\nW9xB3mT5\u{7f}vR2n",
    ];
    for secret in SECRETS.into_iter().chain(obeyed) {
        let scenario = || {
            Scenario::new()
                .config(config)
                .caller_variable("PASSED", secret)
                .caller_variable("TOKEN", secret)
                .caller_variable("STRAY", secret)
        };
        for outcome in looks(scenario) {
            let raw = |one: char| matches!(one, '\u{1b}' | '\u{202e}' | '\u{7}' | '\u{9b}' | '\u{7f}' | '\r');
            assert!(
                !outcome.stdout().contains(raw) && !outcome.stderr().contains(raw),
                "{}",
                outcome.stdout()
            );
            shows_no_more(&outcome.launched(), secret, "the caller's environment");
        }
    }
}

/// The service account owns its files, 0600, in a folder that is its own.
fn of_alice(secret: &str) -> Scenario {
    let block = "envgate:\n  command: [/bin/true]\n  modes: {paper: {env_files: [env/pine.paper.env]}}\n";
    let scenario = Scenario::new()
        .configured_env_file("env/pine.paper.env", format!("ENVGATE_MODE=paper\nSECRET={secret}\n"))
        .config(format!("{block}key: ${{SECRET}}\n"))
        .mode(0o600)
        .as_user(ALICE);
    crate::permissions::chmod(&scenario.path("env"), 0o700);
    scenario
}

fn by_root() {
    let secret = "q7ZkW9xB3mT5vR2nL8pD4sF6gH1jC0aE";
    for user in [&[][..], &["--user", &ALICE.to_string()]] {
        let look = |verb| {
            let scenario = of_alice(secret).verb(verb);
            user.iter().fold(scenario, Scenario::argument)
        };
        look("check").run_as_root("paper").launched().hides("q7Zk");
        look("check").argument("--all-modes").run_as_root("").launched().found("mode paper").hides("q7Zk");
        let status = look("status").run_as_root("paper").launched();
        shows_no_more(&status, secret, "status by root");
        assert!(status.stdout().contains("env/pine.paper.env:2"), "{}", status.stdout());
        look("render").run_as_root("paper").launched().printed("key: \"q7Z…\"\n");
        let revealed = look("render").argument("--reveal").run_as_root("paper").launched();
        assert_eq!(revealed.stdout(), format!("key: \"{secret}\"\n"), "into a pipe");
    }
}

fn refused_by_root() {
    let secret = "q7ZkW9xB3mT5vR2nL8pD4sF6gH1jC0aE";
    let open = |scenario: Scenario| {
        crate::permissions::chmod(&scenario.path("env/pine.paper.env"), 0o640);
        scenario
    };
    let look = |verb| open(of_alice(secret).verb(verb));
    look("check").run_as_root("paper").refused(77, "permission").hides("q7Zk");
    let status = look("status").run_as_root("paper").found("refused: 1 finding (permission)");
    assert_eq!(status.status(), Some(1));
    shows_no_more(&status, secret, "status by root");
    look("render").run_as_root("paper").refused(77, "permission").printed("key: \"q7Z…\"\n");
    look("render")
        .argument("--reveal")
        .run_as_root("paper")
        .refused(77, "permission")
        .printed("")
        .hides("q7Zk");
}

/// Mallory names Alice's files: they cannot be read, and nothing of them shows.
fn by_a_stranger() {
    for verb in ["check", "status", "render"] {
        let scenario = of_alice("q7ZkW9xB3mT5vR2nL8pD4sF6gH1jC0aE");
        crate::permissions::give(Path::new(scenario.folder()), crate::MALLORY);
        let outcome = scenario.verb(verb).run_as(crate::MALLORY, "paper");
        assert_ne!(outcome.status(), Some(0), "{verb}");
        let outcome = outcome.hides("q7Zk");
        assert!(!outcome.stdout().contains("SECRET"), "{verb}: {}", outcome.stdout());
    }
}
