//! No environment variable can choose, weaken or leak anything: under whatever environment, the verdict, the
//! words and the worker's environment are the same, but for what the config lets through.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::process::Output;

use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};

use crate::Attack;
use crate::support::{ENVGATE, Scenario};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::anybody("no environment variable changes a launch, but by pass", launches),
        Attack::anybody("no environment variable changes a refusal", refusals),
        Attack::anybody("no environment variable changes a failure of the system", failures),
        Attack::anybody("no environment variable changes a check", checks),
        Attack::anybody("an environment with odd entries changes nothing", odd_entries),
        Attack::static_program("no variable of the loader changes a launch of the static program", loader),
    ]
}

/// What envgate, systemd, shells, interpreters and libraries obey. `CI` and `GITHUB_ACTIONS` are left out: they forbid a
/// live launch, and can do nothing else (tests/launch/confirmation.rs).
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "ENVGATE_MODE", "ENVGATE_CLASS", "ENVGATE_CONFIG", "ENVGATE_CONFIG_DIR", "ENVGATE_GENERATION", "ENVGATE_INSTANCE",
    "ENVGATE_ENV_FILE", "ENVGATE_LOG", "ENVGATE_DEBUG", "ENVGATE_POLICY", "ENVGATE_CONFIRM", "MODE", "CONFIG", "LIVE",
    "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID", "INVOCATION_ID",
    "JOURNAL_STREAM", "SYSTEMD_EXEC_PID", "CREDENTIALS_DIRECTORY", "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
    "CACHE_DIRECTORY", "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "MEMORY_PRESSURE_WATCH", "MAINPID", "TRIGGER_UNIT",
    "MONITOR_UNIT", "REMOTE_ADDR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
    "SYSTEMD_LOG_LEVEL", "SYSTEMD_COLORS", "MANAGERPID", "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD",
    "TMPDIR", "TMP", "TEMP", "TERM", "TZ", "TZDIR", "LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "COLUMNS", "LINES",
    "ENV", "BASH_ENV", "IFS", "CDPATH", "PS4", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND", "POSIXLY_CORRECT", "FPATH",
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "NODE_OPTIONS", "PERL5LIB", "PERL5OPT", "RUBYOPT",
    "JAVA_TOOL_OPTIONS", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE", "RUST_LOG", "RUST_MIN_STACK", "RUST_LOG_STYLE",
    "CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "COLORTERM", "FORCE_COLOR", "COMPLETE", "CLAP_COLOR", "MALLOC_ARENA_MAX",
    "MALLOC_CHECK_", "MALLOC_PERTURB_", "MALLOC_TRACE", "MALLOC_TOP_PAD_", "GCONV_PATH", "LOCPATH", "NLSPATH",
    "HOSTALIASES", "RESOLV_HOST_CONF", "RES_OPTIONS", "NIS_PATH", "GETCONF_DIR", "OPENSSL_CONF", "SSL_CERT_FILE",
    "HTTPS_PROXY", "SUDO_USER", "SUDO_UID", "DEBUG", "VERBOSE", "EDITOR", "PAGER", "_", "KEY",
    "SET_BY_CONFIG", "UNSET", "BASH_FUNC_echo%%",
];
/// What the loader of a dynamic program obeys before the program's first instruction.
#[rustfmt::skip]
const LOADER_NAMES: &[&str] = &[
    "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "LD_DEBUG", "LD_DEBUG_OUTPUT", "LD_TRACE_LOADED_OBJECTS", "LD_VERBOSE",
    "LD_BIND_NOW", "LD_BIND_NOT", "LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_SHOW_AUXV", "LD_USE_LOAD_BIAS", "LD_WARN",
    "LD_ORIGIN_PATH", "LD_ASSUME_KERNEL", "LD_HWCAP_MASK", "LD_PREFER_MAP_32BIT_EXEC", "GLIBC_TUNABLES",
];
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "", "1", "0", "true", "full", "live", "paper", "any", "/tmp", "/", ".", ":", "/proc/self/fd/3", "@abstract",
    "/nonexistent", "trace", "always", "() { :;}; echo hijacked", "$(echo hijacked)", "\u{1b}[2J", "glibc.malloc.check=3",
    "unix:path=/run/user/0/bus", "-m live", "4294967295", "-1", "99999999999999999999", "changeme", "two\nlines",
];

type Environment = BTreeMap<Vec<u8>, Vec<u8>>;

fn environments(names: &'static [&'static str]) -> impl Strategy<Value = Environment> {
    let known = (0..names.len()).prop_map(|at| names[at].as_bytes().to_vec());
    let random = vec(any::<u8>(), 1..12);
    let passed = Just(b"PASS_THIS".to_vec());
    let name = prop_oneof![12 => known, 2 => random, 1 => passed];
    let value = prop_oneof![
        3 => (0..VALUES.len()).prop_map(|at| VALUES[at].as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..40),
    ];
    let fits = |text: &[u8]| !text.contains(&0);
    btree_map(name, value, 0..60).prop_map(move |environment| {
        let all = environment.into_iter();
        all.filter(|(name, value)| fits(name) && fits(value) && !name.contains(&b'=')).collect()
    })
}

fn run(scenario: &Scenario, mode: &str, environment: &Environment, program: Option<&PathBuf>) -> Output {
    let prepared = scenario.prepared(mode);
    let mut command =
        std::process::Command::new(program.map_or(prepared.get_program(), |path| path.as_os_str()));
    command.args(prepared.get_args()).current_dir(scenario.folder()).stdin(std::process::Stdio::null());
    let pairs = environment.iter();
    let text = |bytes: &Vec<u8>| OsString::from_vec(bytes.clone());
    command.env_clear().envs(pairs.map(|(name, value)| (text(name), text(value))));
    command.output().expect("the program starts")
}

/// The worker's environment as its own words, sorted, without the number of its process.
fn words(output: &Output) -> Vec<Vec<u8>> {
    let words = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut words: Vec<Vec<u8>> = words.filter(|word| !word.starts_with(b"ENVGATE_PID=")).collect();
    words.sort();
    words
}

/// Runs the scenario under many environments and compares it with the run under none.
fn same_under_all(scenario: &Scenario, mode: &str, status: i32, names: &'static [&'static str], cases: u32) {
    let program = if names == LOADER_NAMES { static_program() } else { None };
    let plain = run(scenario, mode, &Environment::new(), program.as_ref());
    assert_eq!(plain.status.code(), Some(status), "{}", String::from_utf8_lossy(&plain.stderr));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&environments(names), |environment| {
        let output = run(scenario, mode, &environment, program.as_ref());
        assert_eq!(output.status.code(), Some(status), "{}", String::from_utf8_lossy(&output.stderr));
        let mut expected = words(&plain);
        if let Some(value) =
            environment.get(&b"PASS_THIS"[..]).filter(|_| status == 0 && !plain.stdout.is_empty())
            && plain.stdout.contains(&0)
        {
            expected.push([b"PASS_THIS=", value.as_slice()].concat());
            expected.sort();
        }
        let shown = |words: &[Vec<u8>]| {
            words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&words(&output)), shown(&expected));
        assert_eq!(String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&plain.stderr));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

const CONFIG: &str = "envgate:
  pass: [PASS_THIS]
  environment: {SET_BY_CONFIG: constant}
  variables: {KEY: {}, FROM_FALLBACK: {fallback: [UNSET], required: false}}
key: ${KEY}
home: ${HOME:-none}
";

fn launch() -> Scenario {
    Scenario::new().env_file("pine.paper.env", "KEY=good\n").config(CONFIG).command(["/usr/bin/env", "-0"])
}

fn launches() {
    same_under_all(&launch(), "paper", 0, NAMES, 300);
}

fn refusals() {
    // A live mode with a paper file, an undefined placeholder, and a value that only the environment has.
    let config = "envgate: {variables: {CI: {from: environment}}}\nkey: ${NOWHERE}\nci: ${CI}\n";
    let scenario = Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config(config)
        .command(["/usr/bin/env", "-0"]);
    same_under_all(&scenario, "live", 77, NAMES, 150);
}

fn failures() {
    let scenario = Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .file("script", "#!/no/such/interpreter\n")
        .mode(0o755)
        .command(["./script"]);
    same_under_all(&scenario, "paper", 126, NAMES, 100);
}

fn checks() {
    same_under_all(&launch().check().argument("--json"), "paper", 0, NAMES, 100);
}

/// Entries without `=`, names twice, an empty name: what `execve` takes and no shell makes.
fn odd_entries() {
    use std::ffi::CString;
    let scenario = launch();
    let prepared = scenario.prepared("paper");
    let mut argv = vec![CString::new(ENVGATE).expect("no NUL")];
    argv.extend(prepared.get_args().map(|word| CString::new(word.as_bytes()).expect("no NUL")));
    let entries =
        ["NOEQUALS", "=nameless", "", "PASS_THIS=first", "PASS_THIS=second", "KEY=theirs", "=", "A==b"];
    let entries: Vec<CString> = entries.iter().map(|text| CString::new(*text).expect("no NUL")).collect();
    let out = scenario.path("out");
    let file = std::fs::File::create(&out).expect("a file");
    #[allow(unsafe_code, reason = "std's Command makes no such environment")]
    // SAFETY: between fork and exec nothing is allocated: both vectors are made before.
    let child = unsafe {
        let (argv_pointers, entry_pointers) = (pointers(&argv), pointers(&entries));
        match nix::unistd::fork().expect("fork") {
            nix::unistd::ForkResult::Parent { child } => child,
            nix::unistd::ForkResult::Child => {
                let _ = nix::unistd::dup2_stdout(&file);
                nix::libc::execve(argv_pointers[0], argv_pointers.as_ptr(), entry_pointers.as_ptr());
                nix::libc::_exit(99)
            }
        }
    };
    let status = nix::sys::wait::waitpid(child, None).expect("waited");
    assert_eq!(status, nix::sys::wait::WaitStatus::Exited(child, 0));
    let stdout = std::fs::read(out).expect("what the worker printed");
    let passed = stdout.split(|byte| *byte == 0).filter(|word| word.starts_with(b"PASS_THIS=")).count();
    assert_eq!(passed, 1, "one name, one value");
    assert!(!stdout.windows(6).any(|part| part == b"theirs"));
    assert!(!stdout.split(|byte| *byte == 0).any(|word| word.starts_with(b"=") || word == b"NOEQUALS"));
}

fn pointers(strings: &[std::ffi::CString]) -> Vec<*const nix::libc::c_char> {
    strings.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
}

/// The program without a loader: the one under test, or the one that `ENVGATE_STATIC` names.
pub fn static_program() -> Option<PathBuf> {
    let named = std::env::var_os("ENVGATE_STATIC").map(PathBuf::from);
    [named, Some(PathBuf::from(ENVGATE))].into_iter().flatten().find(|path| is_static(path))
}

/// An ELF program that asks for no loader (`PT_INTERP`).
fn is_static(path: &std::path::Path) -> bool {
    let Ok(bytes) = std::fs::read(path) else { return false };
    let number = |at: usize, size: usize| -> Option<u64> {
        let mut number = [0; 8];
        number[..size].copy_from_slice(bytes.get(at..at + size)?);
        Some(u64::from_le_bytes(number))
    };
    let headers = || Some((number(32, 8)?, number(54, 2)?, number(56, 2)?));
    let Some((start, size, count)) = headers().filter(|_| bytes.starts_with(b"\x7fELF\x02\x01")) else {
        return false;
    };
    (0..count).all(|index| number(usize::try_from(start + index * size).unwrap_or(0), 4) != Some(3))
}

fn loader() {
    same_under_all(&launch(), "paper", 0, LOADER_NAMES, 150);
}
