//! The env file language, both dialects, on any bytes: no panic, every span in the file, and every accepted value
//! that can be written reads back as itself.
#![no_main]

use envgate::load::env_file::{self, Dialect, Parsed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|contents: &[u8]| {
    let portable = env_file::parse(contents, Dialect::Portable);
    let systemd = env_file::parse(contents, Dialect::Systemd);
    for parsed in [&portable, &systemd] {
        check_places(contents, parsed);
        if parsed.faults.is_empty() {
            parsed.entries.iter().for_each(|entry| check_written(entry));
        }
    }
    if portable.faults.is_empty() {
        assert!(systemd.faults.is_empty(), "portable, but not what systemd reads: {:?}", systemd.faults);
        let values = |parsed: &Parsed| -> Vec<_> {
            let entries = parsed.entries.iter();
            entries.map(|entry| (entry.name.clone(), entry.value.expose().to_vec())).collect()
        };
        assert_eq!(values(&portable), values(&systemd));
    }
});

fn check_places(contents: &[u8], parsed: &Parsed) {
    let lines = contents.split(|byte| *byte == b'\n').count();
    for fault in &parsed.faults {
        assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{fault:?}");
    }
    let mut behind = 0;
    for entry in &parsed.entries {
        assert!(behind <= entry.value_span.start, "spans overlap");
        assert!(entry.value_span.start <= entry.value_span.end && entry.value_span.end <= contents.len());
        behind = entry.value_span.end;
        // An edit puts a value there: it must stand behind `NAME` and `=`.
        let before = &contents[..entry.value_span.start];
        assert!(before.trim_ascii_end().ends_with(b"="), "a span that does not begin behind =");
        assert!((1..=lines).contains(&entry.line) && entry.column >= 1);
    }
}

fn check_written(entry: &env_file::Entry) {
    let value = std::str::from_utf8(entry.value.expose()).expect("a file of text has values of text");
    let Some(written) = env_file::portable_form(value) else { return };
    let file = format!("{}={}\n", entry.name, written.as_str());
    if file.len() > env_file::MAX_ASSIGNMENT || entry.name.is_shell_variable() {
        return;
    }
    for dialect in [Dialect::Portable, Dialect::Systemd] {
        let parsed = env_file::parse(file.as_bytes(), dialect);
        assert!(parsed.faults.is_empty(), "{dialect:?}: {:?}", parsed.faults);
        assert_eq!(parsed.entries.len(), 1);
        assert_eq!(parsed.entries[0].value.expose(), value.as_bytes());
    }
}
