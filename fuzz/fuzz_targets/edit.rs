//! An edit of one variable, on any file and with any value: no panic, a value that can be written is written, and what
//! is undone again is the very file.
#![no_main]

use envgate::load::env_file::{self, Dialect};
use envgate::moment::Moment;
use envgate::rotation::edit::{Change, EditFault, Stamp, edit};
use envgate::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    // The value, and the file behind the first byte that neither may hold.
    let Some(at) = rest.iter().position(|byte| *byte == 0xff) else { return };
    let (value, contents) = (&rest[..at], &rest[at + 1..]);
    let dialect = if choice & 1 == 0 { Dialect::Portable } else { Dialect::Systemd };
    let before = env_file::parse(contents, dialect);
    // An empty value is refused before it comes here.
    if before.entries.is_empty() || value.is_empty() {
        return;
    }
    let entry = &before.entries[usize::from(choice >> 1) % before.entries.len()];
    let value = Secret::copied_from(value);
    let stamp = Stamp { at: Moment::parse("2026-11-20").expect("a day"), by: "fuzz".into() };
    let change = Change { name: &entry.name, value: &value, expires: None };
    let written = std::str::from_utf8(value.expose()).ok().and_then(env_file::portable_form);
    match edit(contents, dialect, &[change], &stamp) {
        Ok(edited) => {
            assert!(written.is_some() && before.faults.is_empty());
            undone(contents, &edited, dialect, entry);
        }
        Err(EditFault::NotPortable) => assert!(written.is_none()),
        Err(EditFault::Unreadable) => assert!(!before.faults.is_empty()),
        Err(EditFault::Missing) => panic!("the variable is there"),
        // A name that makes the assignment too long, or that the readers take for their own.
        Err(EditFault::DoesNotReadBack) => {
            let is_long = entry.name.as_str().len() + value.len() + 1 > env_file::MAX_ASSIGNMENT;
            assert!(is_long || entry.name.is_shell_variable() || dialect == Dialect::Systemd, "{}", entry.name);
        }
    }
});

fn undone(contents: &[u8], edited: &[u8], dialect: Dialect, entry: &env_file::Entry) {
    let has = |word: &[u8]| contents.windows(word.len()).any(|window| window == word);
    if has(b"rotated:") || has(b"expires:") {
        return;
    }
    let after = env_file::parse(edited, dialect);
    let now = after.entries.iter().find(|now| now.name == entry.name).expect("the variable");
    let record = b"# rotated: 2026-11-20T00:00:00Z by fuzz\n";
    let old = &contents[entry.value_span.clone()];
    let mut again = [&edited[..now.value_span.start], old, &edited[now.value_span.end..]].concat();
    let at = again.windows(record.len()).position(|window| window == record).expect("the record");
    again.drain(at..at + record.len());
    assert_eq!(String::from_utf8_lossy(&again), String::from_utf8_lossy(contents));
}
