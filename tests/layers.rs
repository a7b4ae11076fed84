//! The layers of the design: what a module may import. Imports run downwards only.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it may see, from top to bottom. A module sees itself and its own parts; a part that has
/// a line of its own counts as a module.
const LAYERS: &[(&str, &[&str])] = &[
    // The ways in.
    ("cli", &["exec", "load", "moment", "name", "readers", "rotation", "text", "trail", "verbs"]),
    (
        "verbs",
        &[
            "launch",
            "load",
            "exec",
            "render",
            "resolve",
            "systemd::journal",
            "systemd::control",
            "systemd::records",
            "systemd::supervisor",
            "systemd::units",
            "announce",
            "workers",
            "values",
            "signals",
            "caller",
            "error",
            "finding",
            "generation",
            "load::secure_file",
            "load::user",
            "secret",
            "mask",
            "mode",
            "moment",
            "name",
            "output",
            "readers",
            "screen",
            "secure_write",
            "table",
            "text",
            "trail",
            "kept",
            "rotation",
            "verify",
            "written",
        ],
    ),
    // A credential's replacement, step by step, and the proof that units run on it.
    (
        "rotation",
        &[
            "caller",
            "error",
            "exec",
            "finding",
            "fingerprint",
            "generation",
            "kept",
            "launch",
            "load",
            "load::secure_file",
            "load::user",
            "mode",
            "moment",
            "name",
            "resolve",
            "secret",
            "signals",
            "secure_write",
            "systemd::control",
            "systemd::job",
            "systemd::supervisor",
            "systemd::units",
            "text",
            "trail",
            "verify",
            "workers",
            "written",
        ],
    ),
    ("launch", &["load", "verify", "resolve", "render", "exec", "announce", "caller", "error", "finding"]),
    // The stages: each sees what the one before makes.
    (
        "exec",
        &[
            "load",
            "load::user",
            "render",
            "resolve",
            "verify",
            "verify::endpoints",
            "announce",
            "caller",
            "error",
            "finding",
            "load::secure_file",
            "mode",
            "moment",
            "output",
            "screen",
            "secure_write",
            "signals",
            "text",
        ],
    ),
    ("render", &["load", "resolve", "verify::endpoints", "finding", "mode", "text"]),
    (
        "resolve",
        &[
            "load",
            "load::secure_file",
            "verify",
            "verify::endpoints",
            "systemd::supervisor",
            "caller",
            "finding",
            "generation",
            "mode",
            "moment",
            "name",
            "secret",
            "text",
        ],
    ),
    (
        "verify",
        &[
            "load",
            "load::secure_file",
            "workers",
            "caller",
            "systemd::supervisor",
            "finding",
            "mode",
            "moment",
            "name",
            "secret",
            "text",
        ],
    ),
    (
        "load",
        &[
            "load::secure_file",
            "load::user",
            "verify::endpoints",
            "workers",
            "caller",
            "systemd::supervisor",
            "error",
            "finding",
            "generation",
            "mode",
            "moment",
            "name",
            "secret",
            "text",
        ],
    ),
    // What other programs make of an env file.
    ("readers", &["load", "mask", "name", "secret"]),
    // What runs already: for a gate, and for the verbs.
    (
        "workers",
        &[
            "load::secure_file",
            "load::user",
            "systemd::services",
            "systemd::supervisor",
            "systemd::units",
            "error",
            "generation",
            "mode",
        ],
    ),
    // What was done on this host, and by whom; where that is kept, and the key beside it.
    (
        "trail",
        &[
            "kept",
            "lock",
            "load::secure_file",
            "systemd::journal",
            "systemd::records",
            "caller",
            "error",
            "mode",
            "name",
            "text",
        ],
    ),
    ("fingerprint", &["kept", "load::secure_file", "secure_write", "error", "secret", "written"]),
    ("kept", &["load::secure_file", "load::user", "caller", "error"]),
    // What a launch tells the host.
    (
        "announce",
        &[
            "load",
            "resolve",
            "trail",
            "systemd::journal",
            "systemd::notify",
            "caller",
            "error",
            "finding",
            "mode",
            "text",
        ],
    ),
    ("systemd::notify", &["caller"]),
    // New values, from a person or a program.
    ("values", &["load", "caller", "error", "finding", "mask", "name", "secret", "signals", "text"]),
    // Leaves.
    ("start", &["error", "output"]),
    ("caller", &["systemd::supervisor"]),
    ("systemd", &[]),
    ("systemd::supervisor", &["load::secure_file"]),
    ("systemd::ask", &["error", "text"]),
    ("systemd::services", &["error"]),
    ("systemd::control", &["error"]),
    ("systemd::job", &["error"]),
    ("systemd::records", &["error"]),
    ("systemd::units", &["error", "text"]),
    ("systemd::journal", &[]),
    ("generation", &["load::secure_file"]),
    ("secure_write", &["load::secure_file"]),
    ("signals", &["load::secure_file"]),
    ("load::secure_file", &["lock"]),
    ("lock", &[]),
    ("load::user", &[]),
    ("verify::endpoints", &["finding", "mode"]),
    ("written", &["secure_write", "error", "finding", "text"]),
    ("output", &["caller", "error", "finding", "screen", "text"]),
    ("finding", &["error", "gate", "name"]),
    ("gate", &["error"]),
    ("error", &["text"]),
    ("mask", &["text"]),
    ("mode", &[]),
    ("moment", &[]),
    ("name", &[]),
    ("secret", &[]),
    ("screen", &["caller"]),
    ("table", &["screen", "text"]),
    ("text", &[]),
];

/// Modules that other modules of the same folder may not count as their own.
fn layer_of(path: &str) -> Option<&'static str> {
    let fits = |name: &&str| path == *name || path.starts_with(&format!("{name}::"));
    LAYERS.iter().map(|(name, _)| *name).filter(fits).max_by_key(|name| name.len())
}

#[test]
fn imports_run_downwards_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).expect("below src").with_extension("");
        let path = relative.to_string_lossy().replace('/', "::");
        if matches!(path.as_str(), "main" | "lib") {
            continue;
        }
        let layer = layer_of(&path).unwrap_or_else(|| panic!("{path} has no layer"));
        let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == layer).expect("a layer");
        let source = fs::read_to_string(&file).expect("a source file");
        for import in imports(&source) {
            let target =
                layer_of(&import).unwrap_or_else(|| panic!("{path} imports {import}, which has no layer"));
            if target != layer && !allowed.contains(&target) {
                wrong.push(format!("{path} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_layers_has_no_arrow_upwards() {
    // Following the allowed arrows from any module never leads back to it.
    for (start, allowed) in LAYERS {
        let mut reached: Vec<&str> = allowed.to_vec();
        let mut at = 0;
        while at < reached.len() {
            let (_, next) = LAYERS.iter().find(|(name, _)| *name == reached[at]).expect("a layer");
            let new: Vec<&str> = next.iter().copied().filter(|name| !reached.contains(name)).collect();
            reached.extend(new);
            at += 1;
        }
        assert!(!reached.contains(start), "{start} reaches itself");
    }
}

#[test]
fn no_module_takes_all_of_its_parent_but_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&root) {
        let source = fs::read_to_string(&file).expect("a source file");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        // The tests of a module, in a file of their own.
        if file.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        assert!(!code.contains("use super::*"), "{}", file.display());
    }
}

/// The paths that a source file names behind `crate::`, in its code.
fn imports(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut found: Vec<String> =
        code.flat_map(|line| line.split("crate::").skip(1).map(path).collect::<Vec<_>>()).collect();
    found.sort();
    found.dedup();
    found
}

fn path(text: &str) -> String {
    let is_part = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
    text.chars()
        .take_while(|character| is_part(*character))
        .collect::<String>()
        .trim_end_matches(':')
        .to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What the launcher must never carry: network, TLS, asynchronous runtimes.
#[test]
fn the_launcher_depends_on_no_network_tls_or_async_crate() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"granit-parser"), "the tree was not read");
    for banned in [
        "tokio",
        "async-std",
        "smol",
        "hyper",
        "reqwest",
        "ureq",
        "curl",
        "rustls",
        "openssl",
        "native-tls",
        "ring",
        "futures",
        "mio",
        "socket2",
        "h2",
    ] {
        assert!(!names.contains(&banned), "{banned} is in the launcher's tree");
    }
}
