//! What is there after a step: once without what differs from run to run, and once to the inodes and their times.

use std::fmt::Write as _;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::Value;

use crate::place::{Place, names};

impl Place {
    /// What is there, without what differs from run to run: names, kinds, modes, whose values, how far.
    pub fn shape(&self) -> String {
        let each = |path: &Path, facts: &Metadata| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut line = format!("{} {:o} {}", without_numbers(&name), facts.mode(), facts.uid());
            if facts.is_file() {
                let contents = fs::read_to_string(path).unwrap_or_default();
                let _ = match name.as_ref() {
                    "audit.jsonl" => {
                        write!(line, " {} {}", contents.lines().count(), contents.ends_with('\n'))
                    }
                    name if name.contains("record.json") => write!(line, " {}", record_shape(&contents)),
                    _ => write!(line, " {} of {}", facts.nlink(), contents.len()),
                };
            }
            line
        };
        self.each(&each).join("\n")
    }

    /// What is there, to the inodes and their times.
    pub fn exactly(&self) -> Vec<String> {
        self.each(&|path, facts| {
            let (changed, nanos) = (facts.ctime(), facts.ctime_nsec());
            format!("{} {} {} {changed}.{nanos}", path.display(), facts.ino(), facts.size())
        })
    }

    fn each(&self, of: &impl Fn(&Path, &Metadata) -> String) -> Vec<String> {
        let mut all = Vec::new();
        let mut folders = vec![self.path("env"), self.state(), self.trail()];
        folders.dedup();
        while let Some(folder) = folders.pop() {
            for name in names(&folder) {
                let path = folder.join(&name);
                let facts = fs::symlink_metadata(&path).expect("facts");
                all.push(of(&path, &facts));
                if facts.is_dir() {
                    folders.push(path);
                }
            }
        }
        all
    }
}

/// How far a record says that the rotation is.
fn record_shape(contents: &str) -> String {
    let record: Value = serde_json::from_str(contents).unwrap_or_default();
    let files = record["files"].as_array().cloned().unwrap_or_default();
    let staged: Vec<bool> = files.iter().map(|file| file["staged"] != "").collect();
    format!("{} {staged:?} {}", record["phase"], record["promoted_at"] != 0)
}

fn without_numbers(name: &str) -> String {
    name.chars().filter(|character| !character.is_ascii_digit()).collect()
}
