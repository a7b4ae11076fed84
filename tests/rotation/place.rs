//! Where a rotation happens: two workers' env files that hold one credential, and the folders in which envgate keeps
//! its state and its trail. Root's are the machine's own, so that root works in mounts that nobody else sees.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use envgate::trail;
use nix::unistd::Uid;
use serde_json::Value;

use crate::ALICE;
use crate::seal;
use crate::support::reachable;

/// The workers.
pub const INSTANCES: [&str; 2] = ["ES", "NQ"];
const CONFIG: &str = "envgate:\n  modes: {paper: {env_files: ['env/{instance}.paper.env']}}\n";

/// Who rotates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Who {
    /// Root, on files of the worker's user.
    Root,
    /// The user who runs the tests; Alice where that is root.
    User,
}

/// The folders of one run after another.
pub struct Place {
    who: Who,
    folder: PathBuf,
    owner: u32,
}

/// What is open: `phase` and whether it is halfway.
pub type Open = Option<(String, bool)>;

impl Place {
    /// Does something in a place of its own, in a thread whose mounts are its own where root runs the tests.
    pub fn with<T: Send>(who: Who, work: impl FnOnce(&Self) -> T + Send) -> T {
        Self::in_a_thread(who, |place| {
            if Uid::effective().is_root() {
                seal::mounts(&place.folder);
            }
            work(place)
        })
    }

    /// The same, where root runs the tests with no process in sight but those that the thread starts: a look at all
    /// workers makes the same calls each time. Such a thread can start no other.
    pub fn alone<T: Send>(who: Who, work: impl FnOnce(&Self) -> T + Send) -> T {
        Self::in_a_thread(who, |place| {
            let _processes = Uid::effective().is_root().then(|| {
                seal::mounts(&place.folder);
                seal::Processes::new()
            });
            work(place)
        })
    }

    fn in_a_thread<T: Send>(who: Who, work: impl FnOnce(&Self) -> T + Send) -> T {
        let folder = tempfile::Builder::new().prefix("envgate-test-").tempdir().expect("a temporary folder");
        let is_root = Uid::effective().is_root();
        let owner = if is_root { ALICE } else { Uid::effective().as_raw() };
        let place = Self { who, folder: folder.path().to_owned(), owner };
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| work(&place));
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Everything as if no rotation ever was.
    pub fn reset(&self) {
        for folder in [self.state(), self.trail(), self.path("env"), self.path("state")] {
            let _ = fs::remove_dir_all(folder);
        }
        for folder in ["env", "state"] {
            fs::create_dir(self.path(folder)).expect("a folder");
            self.give(&self.path(folder), 0o700);
        }
        fs::write(self.path("config.yml"), CONFIG).expect("a file");
        self.give(&self.path("config.yml"), 0o644);
        for instance in INSTANCES {
            fs::write(self.env_file(instance), text(0)).expect("a file");
            self.give(&self.env_file(instance), 0o600);
        }
        // Root's config is judged as root's.
        if self.who == Who::Root {
            std::os::unix::fs::chown(self.path("config.yml"), Some(0), Some(0)).expect("chown");
        }
    }

    /// Makes it the user's, with this mode.
    pub fn give(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
        std::os::unix::fs::lchown(path, Some(self.owner), Some(self.owner)).expect("chown");
    }

    /// In the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whose files they are.
    pub fn owner(&self) -> u32 {
        self.owner
    }

    /// Of an instance.
    pub fn env_file(&self, instance: &str) -> PathBuf {
        self.path(&format!("env/{instance}.paper.env"))
    }

    /// What envgate remembers.
    pub fn state(&self) -> PathBuf {
        if self.who == Who::Root { "/var/lib/envgate".into() } else { self.path("state/envgate") }
    }

    /// The folder of the trail.
    pub fn trail(&self) -> PathBuf {
        if self.who == Who::Root { "/var/log/envgate".into() } else { self.state() }
    }

    /// The trail itself.
    pub fn trail_file(&self) -> PathBuf {
        self.trail().join("audit.jsonl")
    }

    /// The program with these words, behind others that start it.
    pub fn command<'a>(&self, before: &[&str], words: impl IntoIterator<Item = &'a str>) -> Command {
        let program = reachable::program();
        let mut command = match before {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(words).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.current_dir(&self.folder).stdin(Stdio::null());
        if self.who == Who::User {
            command.env("XDG_STATE_HOME", self.path("state"));
            if Uid::effective().is_root() {
                std::os::unix::process::CommandExt::uid(&mut command, self.owner);
                std::os::unix::process::CommandExt::gid(&mut command, self.owner);
            }
        }
        command
    }

    /// A step of the rotation; `stage` gives the values of this serial.
    pub fn step(&self, before: &[&str], step: &str, serial: u32) -> Command {
        let mut words = vec!["rotate", step];
        if step == "stage" {
            words.extend([
                "API_KEY",
                "API_SECRET",
                "-m",
                "paper",
                "-c",
                "config.yml",
                "-i",
                "ES",
                "-i",
                "NQ",
            ]);
        }
        if step == "close" {
            words.push("--revoked");
        }
        let mut command = self.command(before, words);
        if step == "stage" {
            let (reader, mut writer) = std::io::pipe().expect("a pipe");
            writer.write_all(format!("{}\n{}\n", key(serial), secret(serial)).as_bytes()).expect("written");
            command.stdin(reader);
        }
        command
    }

    /// A step that is done, or the test fails.
    #[track_caller]
    pub fn done(&self, step: &str, serial: u32) {
        let output = self.step(&[], step, serial).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{step}: {}", said(&output));
    }

    /// What is open, as it is remembered.
    #[track_caller]
    pub fn remembered(&self) -> Open {
        let folder = self.state().join("rotations");
        let records =
            names(&folder).into_iter().filter_map(|id| fs::read(folder.join(id).join("record.json")).ok());
        let records: Vec<Value> =
            records.map(|record| serde_json::from_slice(&record).expect("a whole record")).collect();
        assert!(records.len() <= 1, "{records:?}");
        records.first().map(|record| {
            let phase = record["phase"].as_str().expect("a phase").to_owned();
            let halfway = !matches!(phase.as_str(), "staged" | "promoted");
            (phase, halfway)
        })
    }

    /// What `rotate show` says is open.
    #[track_caller]
    pub fn open(&self) -> Open {
        let output = self.command(&[], ["rotate", "show", "--json"]).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "show: {}", said(&output));
        let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let all = shown["rotations"].as_array().expect("a list");
        assert!(all.len() <= 1, "{shown}");
        all.first().map(|one| {
            let phase = one["phase"].as_str().expect("a phase").to_owned();
            (phase, one["interrupted"].as_bool().expect("a bool"))
        })
    }

    /// The worker's user launches: `exec` as root would accept root's files alone.
    pub fn as_worker(&self) -> Self {
        Self { who: Who::User, folder: self.folder.clone(), owner: self.owner }
    }

    /// A launch gets one whole generation; which.
    #[track_caller]
    pub fn launched(&self, instance: &str) -> u32 {
        let words = ["exec", "-m", "paper", "-c", "config.yml", "-i", instance, "--"];
        let worker = ["/usr/bin/printenv", "API_KEY", "API_SECRET", "OTHER"];
        // `exec` as root would accept root's files alone: the worker's user launches.
        let place = Self { who: Who::User, folder: self.folder.clone(), owner: self.owner };
        let command =
            place.command(&[], words.into_iter().chain(worker)).output().expect("the program starts");
        assert_eq!(command.status.code(), Some(0), "{}", said(&command));
        let given = String::from_utf8_lossy(&command.stdout).into_owned();
        let found =
            (0..9).find(|serial| given == format!("{}\n{}\nstays as it is\n", key(*serial), secret(*serial)));
        found.unwrap_or_else(|| panic!("a mixture: {given}"))
    }

    /// The env file is whole, private and its owner's; whose values it holds.
    #[track_caller]
    pub fn whole(&self, path: &Path) -> u32 {
        let now = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let facts = fs::symlink_metadata(path).expect("facts");
        let (mode, uid, gid) = (facts.permissions().mode(), facts.uid(), facts.gid());
        assert_eq!((mode, uid, gid), (0o100_600, self.owner, self.owner), "{}", path.display());
        let without_dates: String =
            now.split_inclusive('\n').filter(|line| !line.starts_with("# rotated: ")).collect();
        let found = (0..9).find(|serial| without_dates == text(*serial));
        found.unwrap_or_else(|| panic!("{} is not whole: {now:?}", path.display()))
    }

    /// The names beside the env files, and how many.
    pub fn beside(&self) -> Vec<String> {
        names(&self.path("env")).into_iter().filter(|name| !name.ends_with(".paper.env")).collect()
    }

    /// How often each step was done, as the trail has it. No fault is in it.
    #[track_caller]
    pub fn recorded(&self) -> BTreeMap<String, usize> {
        let mut steps = BTreeMap::new();
        let Ok(contents) = fs::read(self.trail_file()) else { return steps };
        let verdict = trail::verify(contents.as_slice()).expect("it is read");
        assert!(verdict.faults.is_empty(), "{:?}", verdict.faults);
        for line in contents.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let record: Value = serde_json::from_slice(line).expect("a record");
            let step = format!(
                "{} {}",
                record["action"].as_str().unwrap_or(""),
                record["outcome"].as_str().unwrap_or("")
            );
            *steps.entry(step).or_default() += 1;
        }
        steps
    }
}

/// The names in a folder, sorted; none where it is missing.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The values of a generation: what belongs together has one serial.
pub fn key(serial: u32) -> String {
    format!("key-{serial:08}-of-the-broker")
}

/// Its secret.
pub fn secret(serial: u32) -> String {
    format!("secret {serial:08} of the broker")
}

/// An env file, without the dates that a rotation writes.
pub fn text(serial: u32) -> String {
    format!(
        "# head\nAPI_KEY={}\nOTHER='stays as it is'\n# about the secret\nAPI_SECRET='{}'\n\n# tail",
        key(serial),
        secret(serial)
    )
}

/// What a program said on both streams.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
