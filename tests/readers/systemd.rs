//! The real systemd as a reader of env files: many files in one unit, each with names of its own.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::lab::Lab;
use super::reader::{Reading, variables};

/// How much one unit reads: the environment of a program is 2 MiB at the most, with what it costs the kernel.
const UNIT_FILES: usize = 150;
const UNIT_BYTES: usize = 400_000;

/// What a service has in its environment without any file.
const OF_SYSTEMD: &[&str] = &[
    "PATH",
    "LANG",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
];

/// Why no systemd can be asked here.
pub fn missing() -> Option<String> {
    static OBSTACLE: OnceLock<Option<String>> = OnceLock::new();
    OBSTACLE.get_or_init(Lab::obstacle).clone()
}

/// Whether the run must not pass without systemd.
pub fn is_required() -> bool {
    #[allow(clippy::disallowed_methods, reason = "a test's own setting")]
    std::env::var("ENVGATE_REQUIRE_SYSTEMD").is_ok_and(|value| value == "1")
}

/// The one lab of this program, for one trial at a time; it ends with the program.
fn lab() -> &'static Mutex<Lab> {
    static LAB: OnceLock<Mutex<Lab>> = OnceLock::new();
    LAB.get_or_init(|| Mutex::new(Lab::boot()))
}

/// What the lab shows of what was done in it.
pub fn in_the_lab<T>(what: impl FnOnce(&Lab) -> T) -> T {
    what(&lab().lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Reads many files.
pub fn read(files: &[String]) -> Vec<Reading> {
    let lab = lab().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = copy_into(&lab, files);
    let mut readings: Vec<Reading> = files.iter().map(|_| Err("not read".to_owned())).collect();
    for unit in units(files) {
        match start(&lab, &folder, &unit) {
            Ok(environment) => {
                for index in &unit {
                    readings[*index] = Ok(part_of(&environment, &files[*index]));
                }
                let owned: HashSet<&String> =
                    unit.iter().flat_map(|index| readings[*index].iter().flat_map(BTreeMap::keys)).collect();
                let foreign = environment.keys().find(|name| !owned.contains(name)).cloned();
                if let Some(name) = foreign {
                    readings[unit[0]] = Err(format!("{name} is set by a file that does not assign it"));
                }
            }
            // One file that systemd cannot read stops the unit: then each is asked alone.
            Err(_) => {
                for index in unit {
                    readings[index] = start(&lab, &folder, &[index]);
                }
            }
        }
    }
    lab.run(["rm", "-r", &folder]);
    readings
}

/// Files to units, such that no two files of a unit assign the same name.
fn units(files: &[String]) -> Vec<Vec<usize>> {
    let mut units: Vec<(Vec<usize>, HashSet<String>, usize)> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let names = possible_names(file);
        let fits = |(files, taken, bytes): &&mut (Vec<usize>, HashSet<String>, usize)| {
            files.len() < UNIT_FILES && bytes + file.len() < UNIT_BYTES && names.is_disjoint(taken)
        };
        match units.iter_mut().find(fits) {
            Some((files, taken, bytes)) => {
                files.push(index);
                taken.extend(names);
                *bytes += file.len();
            }
            None => units.push((vec![index], names, file.len())),
        }
    }
    units.into_iter().map(|(files, ..)| files).collect()
}

/// Every word before a `=`: what any reader might take for a name.
fn possible_names(file: &str) -> HashSet<String> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let before_equals =
        file.split('=').map(|part| part.trim_end().trim_end_matches('"').trim_end_matches('\''));
    before_equals
        .map(|part| part.rsplit(|character| !is_name(character)).next().unwrap_or("").to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn part_of(environment: &BTreeMap<String, Vec<u8>>, file: &str) -> BTreeMap<String, Vec<u8>> {
    let names = possible_names(file);
    environment
        .iter()
        .filter(|(name, _)| names.contains(*name))
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect()
}

/// Puts the files into a folder of the lab.
fn copy_into(lab: &Lab, files: &[String]) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let inside = format!("/run/readers-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let outside = tempfile::tempdir().expect("a folder");
    for (index, file) in files.iter().enumerate() {
        fs::write(outside.path().join(index.to_string()), file).expect("a file");
    }
    let mut tar = std::process::Command::new("tar");
    let mut packed = tar
        .arg("-C")
        .arg(outside.path())
        .args(["-cf", "-", "."])
        .stdout(Stdio::piped())
        .spawn()
        .expect("tar");
    lab.run(["mkdir", &inside]).ok();
    let unpacked = lab
        .command(["tar", "-C", &inside, "-xf", "-"])
        .stdin(packed.stdout.take().expect("a pipe"))
        .status()
        .expect("nsenter starts");
    assert!(unpacked.success() && packed.wait().expect("tar ends").success());
    inside
}

/// Starts one unit with these files; what its program finds in its environment.
fn start(lab: &Lab, folder: &str, files: &[usize]) -> Reading {
    let output = format!("{folder}/output");
    let mut words: Vec<String> = ["systemd-run", "--quiet", "--wait", "--collect"].map(str::to_owned).into();
    words.push(format!("--property=StandardOutput=truncate:{output}"));
    words.extend(files.iter().map(|index| format!("--property=EnvironmentFile={folder}/{index}")));
    words.extend(["/usr/bin/env", "-0"].map(str::to_owned));
    let ran = lab.run(words.iter().map(String::as_str));
    if ran.status() != Some(0) {
        return Err(format!("the unit does not start: {}", ran.stderr()));
    }
    let environment = lab.command(["cat", &output]).output().expect("nsenter starts").stdout;
    Ok(variables(&environment, OF_SYSTEMD))
}
