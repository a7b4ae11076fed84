//! One template in one mode: its files as they are, and as a person fills them in.

use std::fs;
use std::path::{Path, PathBuf};

use envgate::load::env_file::{Dialect, parse};
use envgate::moment::Moment;
use libtest_mimic::Trial;
use serde_json::Value;

use super::support::Scenario;

/// A template's mode, what is filled in, and what the worker must have then.
#[derive(Clone)]
pub struct Case {
    /// The folder's name, and the config's.
    pub template: &'static str,
    pub mode: &'static str,
    /// Where the worker finds its config.
    pub variable: &'static str,
    /// The real values of all secrets.
    pub secrets: Vec<(&'static str, String)>,
    /// The config that the worker must read.
    pub config: Value,
}

/// A line of an env file.
pub type Assignment = (String, String);

impl Case {
    /// `pine.live.env`.
    pub fn env_file(&self) -> String {
        format!("{}.{}.env", self.template, self.mode)
    }

    /// The template of the config.
    pub fn config_text(&self) -> String {
        read(&folder(self.template).join(format!("{}.yml", self.template)))
    }

    /// The env file as it is shipped.
    pub fn unfilled(&self) -> String {
        read(&folder(self.template).join(self.env_file() + ".example"))
    }

    /// The env file with every secret in place, each with the record of its age.
    pub fn filled(&self) -> String {
        let today = Moment::now();
        self.secrets.iter().fold(self.unfilled(), |text, (name, value)| {
            replaced(&text, name, &format!("# rotated: {today} by ops\n{name}='{value}'"))
        })
    }

    /// A launch of this case with this env file.
    pub fn launch(&self, env_file: &str) -> Scenario {
        Scenario::new()
            .configured_env_file(&format!("env/{}", self.env_file()), env_file)
            .config_named(&format!("{}.yml", self.template), self.config_text())
            .command(["/bin/true"])
    }
}

/// The text with the line of this variable written anew.
pub fn replaced(text: &str, name: &str, line: &str) -> String {
    let start = format!("{name}=");
    let lines = text.lines().map(|old| if old.starts_with(&start) { line } else { old });
    let text_with = lines.collect::<Vec<_>>().join("\n") + "\n";
    assert_ne!(text_with, text, "no line {name}= to write anew");
    text_with
}

/// The text without the line of this variable.
pub fn without(text: &str, name: &str) -> String {
    replaced(text, name, "")
}

/// What the portable dialect reads in a text, which must have no fault.
pub fn assignments(text: &str) -> Vec<Assignment> {
    let parsed = parse(text.as_bytes(), Dialect::Portable);
    assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
    let value = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    parsed.entries.iter().map(|entry| (entry.name.to_string(), value(entry.value.expose()))).collect()
}

/// The folder of a template.
pub fn folder(template: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("env-templates").join(template)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A test of what the real program does.
pub fn sentence(name: impl Into<String>, body: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, || {
        body();
        Ok(())
    })
}

/// So many letters and digits, the same for the same words and others for others.
pub fn made_up(words: &str, length: usize) -> String {
    made_up_of(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", words, length)
}

/// A UUID, the same for the same words.
pub fn made_up_uuid(words: &str) -> String {
    let hex = made_up_of(b"0123456789abcdef", words, 32);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Made up at run time, so that no scanner of repositories takes it for a leak.
fn made_up_of(alphabet: &[u8], words: &str, length: usize) -> String {
    // FNV-1a over the words, stirred on for each character.
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut stir = |byte: u8| {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        state ^ (state >> 29)
    };
    for byte in words.bytes() {
        stir(byte);
    }
    let size = alphabet.len() as u64;
    (0..length).map(|_| char::from(alphabet[usize::try_from(stir(b'+') % size).expect("small")])).collect()
}
