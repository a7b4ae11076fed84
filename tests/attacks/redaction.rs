//! Canary secrets in every position that a mistake can put one: none shows, in text or in JSON.

use crate::Attack;
use crate::support::{ENVGATE, Outcome, Scenario};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("no fault of an env file shows a line's text", env_file_faults),
        Attack::anybody("no fault of an env file in systemd's dialect shows a line's text", systemd_faults),
        Attack::anybody("a key file or a config named as env file is not shown", wrong_files),
        Attack::anybody("a secret that is judged by its value is not shown", judged_values),
        Attack::anybody("a secret on the command line is not repeated", command_line),
        Attack::anybody("the caller's environment is not shown", callers_environment),
        Attack::anybody("a PATH from an env file is not shown when a command is not in it", secret_path),
        Attack::anybody("a failure behind the gates shows nothing of what was read", late_failure),
        Attack::anybody("memory that runs out shows nothing", out_of_memory),
    ]
}

/// No word of the program's own, with a beginning that would be noticed alone.
pub const CANARY: &str = "c4n4ryQ7secretZ9";

/// `exec`, `check` and `check --json` of a scenario: each refuses, and none shows the canary or a part of it.
pub fn refused_and_hidden(scenario: impl Fn() -> Scenario, what: &str) {
    let runs = [
        scenario().run("paper"),
        scenario().check().run("paper"),
        scenario().check().argument("--json").run("paper"),
    ];
    for outcome in runs {
        assert_ne!(outcome.status(), Some(0), "{what:?} was accepted\n{}", outcome.stdout());
        hidden(&outcome, what);
    }
}

fn hidden(outcome: &Outcome, what: &str) {
    let said = outcome.stdout() + &outcome.stderr();
    for part in [CANARY, "c4n4ry", "Q7secret", "secretZ9"] {
        assert!(!said.contains(part), "{part} of {what:?} shows:\n{said}");
    }
}

fn env_file_refused(contents: &[u8], dialect: Option<&str>) {
    let what = String::from_utf8_lossy(contents).into_owned();
    let what = what.chars().take(200).collect::<String>();
    let scenario = || {
        let scenario = Scenario::new().env_file("pine.paper.env", contents).shell("true");
        match dialect {
            Some(dialect) => scenario.argument("--dialect").argument(dialect),
            None => scenario,
        }
    };
    refused_and_hidden(scenario, &what);
}

/// Lines with a fault; `@` stands for the secret.
///
/// Without "@=": a secret that ends in = and stands alone is a name without a value to every reader.
pub const ENV_FILE_FAULTS: &[&str] = &[
    "@",
    "KEY=\"@",
    "KEY='@",
    "KEY=\"a\n@",
    "KEY=@\\",
    "KEY=$@",
    "KEY=\"$@\"",
    "KEY=`@`",
    "KEY=a @",
    "KEY=@ b",
    "KEY='a'@",
    "KEY=@'a'",
    "KEY=@ # note",
    "KEY=@#note",
    "export KEY=@",
    "KEY = @",
    "KEY= @",
    "KEY: @",
    "-@=x",
    "1@=x",
    "@-x=y",
    "#@\\",
    "; @",
    "KEY=@;x",
    "KEY=(@)",
    "KEY=<@>",
    "KEY=~@",
    "KEY=é@",
    "KEY='@\\'",
    "KEY=\"@\\n\"",
    "KEY=@\nKEY=@",
    "KEY=@\nKEY='@",
    "KEY=@\r",
    "KEY=@\u{7}",
    "KEY=@\u{200b}",
    "KEY=@\u{202e}",
    "KEY=@\0",
    "\u{feff}KEY=@",
    "UID=@",
    "ENVGATE_MODE=@",
    "ENVGATE_MODE=live,@",
    "ENVGATE_MODE='@ @'",
    "ENVGATE_CLASS=@",
    "NOTIFY_SOCKET=@",
    "LD_PRELOAD=@",
    "PATH=/@",
    "BASH_ENV=@",
    "https://user:@@host/",
    "ssh-rsa @",
    "{\"KEY\": \"@\"}",
    "KEY=\"@\"\"",
    "KEY=''@''",
    "'@'=x",
    "\"KEY\"=@",
];

fn env_file_faults() {
    for line in ENV_FILE_FAULTS {
        let text = line.replace('@', CANARY);
        env_file_refused(format!("GOOD=good\n{text}\n").as_bytes(), None);
    }
    env_file_refused(format!("KEY={CANARY}\u{a0}").as_bytes(), None);
    env_file_refused(&[b"KEY=", CANARY.as_bytes(), b"\xff\n"].concat(), None);
    env_file_refused(&[b"KEY=\xff", CANARY.as_bytes(), b"\n"].concat(), None);
    env_file_refused(format!("KEY={}\n", CANARY.repeat(9000)).as_bytes(), None);
    env_file_refused(format!("KEY={CANARY}").repeat(200_000).as_bytes(), None);
}

fn systemd_faults() {
    let lines = [
        "@",
        "KEY=\"@",
        "KEY='@",
        "export KEY=@",
        "-@=x",
        "1@=x",
        "@ x=y",
        "KEY=@\0",
        "KEY=@\u{7}",
        "KEY=@\nKEY=@",
        "ENVGATE_MODE=@",
        "LD_PRELOAD=@",
        "KEY: @",
        "KEY=@\nOTHER='@",
    ];
    for line in lines {
        let text = line.replace('@', CANARY);
        env_file_refused(format!("GOOD=good\n{text}\n").as_bytes(), Some("systemd"));
    }
}

fn wrong_files() {
    let body = format!("{CANARY}{}\n", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC+/".repeat(2)).repeat(8);
    for contents in [
        format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"),
        format!("KEY=-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"),
        format!("KEY=\"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----\n"),
        format!("password: {CANARY}\nlist:\n  - {CANARY}\n"),
        format!("{{\"api_key\": \"{CANARY}\"}}\n"),
        format!("root:$6${CANARY}:19000:0:99999:7:::\n"),
        format!("machine host login me password {CANARY}\n"),
    ] {
        env_file_refused(contents.as_bytes(), None);
        // The same as config: what is valid YAML is the worker's affair, all else a refusal.
        let outcome = Scenario::new()
            .env_file("pine.paper.env", "KEY=good\n")
            .config(&contents)
            .shell("true")
            .run("paper");
        hidden(&outcome, &contents);
    }
}

fn judged_values() {
    let with = |contents: String, config: &str| {
        let config = config.to_owned();
        refused_and_hidden(
            || Scenario::new().env_file("pine.paper.env", &contents).config(&config).shell("true"),
            &contents,
        );
    };
    with(format!("KEY=changeme-{CANARY}\n"), "a: 1\n");
    with(format!("KEY='<{CANARY}>'\n"), "a: 1\n");
    with(format!("KEY=https://host/{CANARY}/your_key\n"), "a: 1\n");
    with(format!("KEY={CANARY}\n"), "envgate: {variables: {KEY: {length: 3}}}\na: 1\n");
    with(format!("KEY={CANARY}\n"), "envgate: {variables: {OTHER: {}}}\na: ${NOWHERE}\n");
    with(format!("KEY={CANARY}\n"), "envgate: {sets: {pair: [KEY, OTHER]}}\na: 1\n");
    with(format!("KEY={CANARY}\nENVGATE_MODE=any\n"), "a: 1\n");
    with(format!("KEY={CANARY}\nENVGATE_MODE=live\n"), "a: 1\n");
    with(format!("KEY='{CANARY}$NAME'\n"), "a: ${KEY}\nb: ${NOWHERE}\n");
    // Warned of, launched, and not shown.
    let outcome = Scenario::new()
        .env_file("pine.paper.env", format!("KEY='{CANARY}$NAME'\n"))
        .config("a: ${KEY}\n")
        .command(["/bin/true"])
        .run("paper")
        .warned("placeholder");
    hidden(&outcome, "a value with a $");
}

fn command_line() {
    let declared = "envgate: {variables: {TOKEN: {}}}\na: 1\n";
    let settings =
        [format!("TOKEN={CANARY}"), format!("KEY={CANARY}"), CANARY.to_owned(), format!("1-{CANARY}=x")];
    for setting in settings.iter().chain([&format!("LD_PRELOAD={CANARY}"), &format!("-{CANARY}")]) {
        let scenario = || {
            let scenario =
                Scenario::new().env_file("pine.paper.env", "KEY=good\n").config(declared).shell("true");
            scenario.argument("--set").argument(setting)
        };
        refused_and_hidden(scenario, setting);
    }
    for words in [&["--token", CANARY][..], &[CANARY], &[&format!("--api-key={CANARY}")]] {
        let output = std::process::Command::new(ENVGATE).args(["exec", "-m", "paper"]).args(words).output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(64));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains(CANARY), "{said}");
    }
}

fn callers_environment() {
    let scenario = || {
        Scenario::new()
            .env_file("pine.paper.env", "KEY=good\n")
            .config("envgate: {pass: [PASSED], variables: {TOKEN: {from: environment, length: 3}}}\na: ${NOWHERE}\n")
            .caller_variable("PASSED", format!("{CANARY}$HOME"))
            .caller_variable("TOKEN", CANARY)
            .caller_variable("CREDENTIALS_DIRECTORY", CANARY)
            .caller_variable("RUST_LOG", CANARY)
            .caller_variable(CANARY, CANARY)
            .shell("true")
    };
    refused_and_hidden(scenario, "the caller's environment");
}

fn secret_path() {
    let scenario = || {
        Scenario::new()
            .env_file("pine.paper.env", format!("PATH=/{CANARY}\n"))
            .config("envgate: {variables: {PATH: {}}}\na: 1\n")
            .command(["no-such-program"])
    };
    refused_and_hidden(scenario, "PATH");
}

fn late_failure() {
    let scenario = || {
        Scenario::new()
            .env_file("pine.paper.env", format!("KEY={CANARY}\n"))
            .config("a: ${KEY}\n")
            .file("script", "#!/no/such/interpreter\n")
            .mode(0o755)
            .command(["./script"])
            .caller_variable("RUST_BACKTRACE", "full")
    };
    let outcome = scenario().run("paper");
    assert_eq!(outcome.status(), Some(126), "{}", outcome.stderr());
    hidden(&outcome, "a failed execve");
}

/// Each step of memory less, until the program cannot start: whatever happens, nothing shows, and no worker
/// starts with a part.
fn out_of_memory() {
    use nix::sys::resource::{Resource, setrlimit};
    use std::os::unix::process::CommandExt;
    let big = format!("KEY={}\n", CANARY.repeat(8000));
    let scenario =
        Scenario::new().env_file("pine.paper.env", &big).config("a: ${KEY}\n").command(["/bin/true"]);
    let mut failed = 0;
    for kibibytes in (2_000..12_000).step_by(250) {
        let mut command = scenario.prepared("paper");
        #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
        // SAFETY: one system call, nothing is allocated.
        unsafe {
            let bytes = kibibytes << 10;
            command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_AS, bytes, bytes)?));
        }
        // Below a certain size, the kernel or the loader gives up before the program.
        let Ok(output) = command.output() else { continue };
        failed += u32::from(output.status.code() != Some(0));
        let outcome = Outcome { output, scenario: Scenario::new() };
        hidden(&outcome, "a process without memory");
    }
    assert!(failed > 0, "no run was short of memory");
}
