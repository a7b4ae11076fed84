//! What `lint` says of the readers, compared with the readers: a value that it claims is the one that they set, what
//! it calls not set is not, and where a reader has a variable that it does not know of, it has said so.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use envgate::readers::{self, End, Outcome, Reading};
use libtest_mimic::{Completion, Failed, Trial};

use super::bulk::{self, Verdict};
use super::constructs::CONSTRUCTS;
use super::docker;
use super::env_file_grammar::{Aim, file, numbered};
use super::env_files::trial;
use super::reader::{self, Reader};

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, reader, cases) in [
        ("lint_says_what_bash_makes_of_any_file", Reader::Bash, 1500),
        ("lint_says_what_dash_makes_of_any_value_that_bash_has", Reader::Dash, 800),
        ("lint_says_what_dotenvy_makes_of_any_file", Reader::Dotenvy, 1500),
        ("lint_says_what_systemd_makes_of_any_file", Reader::Systemd, 300),
    ] {
        trials.push(trial(name, reader, move || agree(cases, |files| judge_all(reader, files))));
    }
    trials.push(Trial::ignorable_test("lint_says_what_docker_makes_of_any_file", || {
        // Its client alone is asked: it reads the file, and tells a daemon, which is ours, what it has read.
        if !docker::is_here() {
            return Ok(Completion::ignored_with("no docker"));
        }
        agree(60, |files| files.iter().map(|file| docker_verdict(file)).collect())?;
        Ok(Completion::Completed)
    }));
    trials
}

/// Constructs one by one, then files of either aim.
fn agree(cases: usize, judge: impl Fn(&[String]) -> Vec<Verdict>) -> Result<(), Failed> {
    let constructs: Vec<String> =
        CONSTRUCTS.iter().map(|(file, ..)| (*file).to_owned()).chain(SHELL.map(str::to_owned)).collect();
    let wrong: Vec<String> = judge(&constructs)
        .into_iter()
        .zip(&constructs)
        .filter_map(|(verdict, file)| match verdict {
            Verdict::Differs(how) => Some(format!("{file:?}: {how}")),
            _ => None,
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    for (aim, percent) in [(Aim::Portable, 50), (Aim::Systemd, 10)] {
        bulk::hold(&file(aim), cases, |templates| {
            let files: Vec<String> =
                templates.iter().enumerate().map(|(index, template)| numbered(template, index)).collect();
            judge(&files)
        })?
        .at_least(percent)?;
    }
    Ok(())
}

/// What a shell does beside assigning.
const SHELL: [&str; 58] = [
    "K=a; X=b\n",
    "K=a&X=b\n",
    "K=a|X=b\n",
    "K=a&&X=b\n",
    "K=a||X=b\n",
    "K=a;;X=b\n",
    "K=a;\nX=b\n",
    ";K=a\nX=b\n",
    "X=b\n&K=a\n",
    "K=a>/dev/null\nX=b\n",
    "K=a 2>/dev/null\nX=b\n",
    "K=a </dev/null b\nX=b\n",
    "K=a>\nX=b\n",
    "K=a<<E\nX=b\nE\n",
    "K=a<(true)\nX=b\n",
    "K=(a b)\nX=b\n",
    "K=a(b\nX=b\n",
    "K=a)b\nX=b\n",
    "X=b\nK=a (b\n",
    "f() { K=a; }\nX=b\n",
    "if true; then K=a; fi\nX=b\n",
    "{ K=a; }\nX=b\n",
    "! K=a\nX=b\n",
    "K=a if\nX=b\n",
    "K=a exit\nX=b\n",
    "K=1\nexit\nX=b\n",
    "K=1\nunset K\nX=b\n",
    "K=1\nK=2 true\nX=b\n",
    "K=1\nK=2 export X=b\n",
    "export K=1 X=2\n",
    "export K\nK=1\n",
    "export -n K=1\n",
    "export K={a,b}\n",
    "export K=*\n",
    "export \"K=1\"\n",
    "export K=1 # c\nX=b # don't\n",
    "K+=a\nX=b\n",
    "K[0]=a\nX=b\n",
    "K\\\n=a\nX=b\n",
    "K=a\\\n#b\nX=b\n",
    "# c\\\nK=a\n",
    "K=\"a\\\nb\"'c\\\nd'\n",
    "K=$'a\\nb'\nX=b\n",
    "K=$\"a\"\nX=b\n",
    "K=a$ X=b\n",
    "K=\"a$\"b\n",
    "K=\"$\"\n",
    "K=${A:=x}\nX=b\n",
    "K=${A:?x}\nX=b\n",
    "K=${A:-x y}\nX=b\n",
    "K=$((1+1))\nX=b\n",
    "K=`echo \\`echo a\\``\nX=b\n",
    "K=`exit 3`b\nX=b\n",
    "UID=1\nX=b\n",
    "\"K\"=a\nX=b\n",
    "K=a\\",
    "K=1\nK='a\n",
    "POSIXLY_CORRECT=1\nUID=1\nX=b\n",
];

fn judge_all(reader: Reader, files: &[String]) -> Vec<Verdict> {
    match reader {
        Reader::Bash | Reader::Dash => files.iter().map(|file| shell_verdict(reader, file)).collect(),
        Reader::Dotenvy => files.iter().map(|file| dotenvy_verdict(file)).collect(),
        Reader::Systemd => {
            let readings = reader.read(files);
            let verdict = |(file, real): (&String, reader::Reading)| {
                let claimed = readers::Reader::Systemd.read(file.as_bytes());
                let real = real.ok().map(|real| (real, true));
                judge(&claimed, real, None)
            };
            files.iter().zip(readings).map(verdict).collect()
        }
    }
}

type Environment = BTreeMap<String, Vec<u8>>;

/// Compares what is claimed with what the reader has in the end, if it has come so far, and whether it reached the
/// file's end.
fn judge(claimed: &Reading, real: Option<(Environment, bool)>, only_values: Option<()>) -> Verdict {
    let Some((real, whole)) = real else {
        return match claimed.end {
            End::Whole if claimed.statements.iter().all(|seen| !seen.does_more) && !is_doubtful(claimed) => {
                Verdict::Differs(format!("the reader fails, and {claimed:?} was claimed"))
            }
            _ => Verdict::Refused,
        };
    };
    if let End::Program(_) = claimed.end {
        return Verdict::Refused;
    }
    if matches!(claimed.end, End::StopsAt(_) | End::Fails(_)) && whole && only_values.is_none() {
        return Verdict::Differs(format!("the reader comes to the end, and {:?} was claimed", claimed.end));
    }
    let finals = claimed.finals();
    for (name, found) in &finals {
        let name = String::from_utf8_lossy(name);
        let has = real.get(name.as_ref());
        let holds = match found.outcome {
            Outcome::Value(value) => has.is_some_and(|has| has == value.expose()),
            Outcome::NotSet if only_values.is_none() => has.is_none(),
            _ => true,
        };
        if !holds {
            let has = has.map(|has| String::from_utf8_lossy(has).into_owned());
            let claim =
                found.outcome.value().map(|value| String::from_utf8_lossy(value.expose()).into_owned());
            return Verdict::Differs(format!(
                "{name} is {has:?}, and {:?} {claim:?} was claimed",
                found.outcome
            ));
        }
    }
    let unknown = real.keys().find(|name| !finals.contains_key(name.as_bytes()));
    if let (Some(name), None) = (unknown, only_values) {
        return Verdict::Differs(format!("{name} is set, and nothing was claimed of it"));
    }
    if finals.values().any(|found| found.outcome.value().is_some()) {
        Verdict::Alike
    } else {
        Verdict::Refused
    }
}

fn is_doubtful(claimed: &Reading) -> bool {
    let mut outcomes = claimed.statements.iter().flat_map(|seen| &seen.assignments);
    outcomes.any(|one| {
        matches!(one.outcome, Outcome::Unknown | Outcome::Own | Outcome::Runs | Outcome::TakesRest)
    })
}

/// Not in a subshell, where an error would end more than it does in a shell.
fn shell_verdict(reader: Reader, file: &str) -> Verdict {
    let claimed = readers::Reader::Bash.read(file.as_bytes());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file.env");
    fs::write(&path, file).expect("a file");
    let program = if matches!(reader, Reader::Bash) { "/bin/bash" } else { "/bin/dash" };
    let script = "set -a; . \"$1\"; reached=$?; PATH=/usr/bin:/bin; exec /usr/bin/env -0 >\"$2\"";
    let output = folder.path().join("output");
    let mut command = Command::new(program);
    command.args(["-c", script, "shell"]).arg(&path).arg(&output).current_dir(folder.path());
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("a shell");
    let own = ["PWD", "OLDPWD", "SHLVL", "_", "PATH", "LC_ALL", "reached"];
    let real = fs::read(&output).ok().map(|output| reader::variables(&output, &own));
    // bash does not say whether it came to the end of a file: what it has set says it.
    let dash = matches!(reader, Reader::Dash).then_some(());
    if dash.is_some() && real.is_none() {
        return Verdict::Refused;
    }
    judge(&claimed, real.map(|real| (real, false)), dash)
}

fn dotenvy_verdict(file: &str) -> Verdict {
    let claimed = readers::Reader::Dotenv.read(file.as_bytes());
    let mut real = Environment::new();
    let mut whole = true;
    let text = file.strip_prefix('\u{feff}').unwrap_or(file);
    if text.contains('\0') {
        return if matches!(claimed.end, End::Fails(_)) {
            Verdict::Refused
        } else {
            Verdict::Differs("a NUL".to_owned())
        };
    }
    for item in dotenvy::from_read_iter(text.as_bytes()) {
        let Ok((name, value)) = item else {
            whole = false;
            break;
        };
        // As `load` does: the first one counts.
        real.entry(name).or_insert(value.into_bytes());
    }
    if !whole && claimed.end == End::Whole {
        return Verdict::Differs("dotenvy stops".to_owned());
    }
    judge(&claimed, Some((real, whole)), None)
}

fn docker_verdict(file: &str) -> Verdict {
    let claimed = readers::Reader::Docker.read(file.as_bytes());
    let real = docker::read(file);
    judge(&claimed, real.map(|real| (real, true)), None)
}
