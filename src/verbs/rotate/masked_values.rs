//! The former and the next value of each variable, masked: so that a person sees which key goes and which one comes.

use crate::caller::Caller;
use crate::generation::word;
use crate::load::env_file::{self, Entry};
use crate::load::secure_file::FileSystem;
use crate::mask::masked;
use crate::rotation::{FileRecord, trust};

/// A line for each variable of the file, in the order of the command line; a value that cannot be read is not shown.
pub(super) fn lines(file: &FileRecord, caller: &Caller) -> Vec<String> {
    let (before, after) = (entries(file, &file.base, caller), entries(file, &file.staged, caller));
    let value = |entries: &[Entry], name: &str| {
        let entry = entries.iter().find(|entry| entry.name.as_str() == name);
        // Exposed to be masked.
        entry.map_or_else(
            || "?".to_owned(),
            |entry| format!("{} ({})", masked(entry.value.expose()), entry.value.characters()),
        )
    };
    file.names
        .iter()
        .map(|name| format!("{name}: {} to {}", value(&before, name), value(&after, name)))
        .collect()
}

/// What the content of this word holds, under whatever of the three names it is now.
fn entries(file: &FileRecord, content: &str, caller: &Caller) -> Vec<Entry> {
    let trust = trust(caller);
    for path in file.paths() {
        let Ok(opened) = FileSystem::new().open(&path, &trust, env_file::MAX_FILE) else { continue };
        if let Some(contents) = opened.contents.filter(|_| word(&opened.identity) == content) {
            return env_file::parse(&contents, file.dialect()).entries;
        }
    }
    Vec::new()
}
