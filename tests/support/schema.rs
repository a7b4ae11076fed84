//! The published schemas, and a validator that is not ours: Python's jsonschema.
#![allow(dead_code, unreachable_pub, reason = "each test program uses its part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const PYTHON: &str = "/usr/bin/python3";
/// The faults of each document, one list a line.
const VALIDATOR: &str = "
import json, sys
from jsonschema import Draft202012Validator as Validator
asked = json.load(sys.stdin)
Validator.check_schema(asked['schema'])
validator = Validator(asked['schema'])
for document in asked['documents']:
    print(json.dumps([f'{error.json_path}: {error.message}' for error in validator.iter_errors(document)]))
";

/// Why nothing can be validated here; none where it can.
pub fn missing() -> Option<String> {
    let probe = Command::new(PYTHON)
        .args(["-c", "from jsonschema import Draft202012Validator"])
        .stderr(Stdio::null())
        .status();
    let there = probe.is_ok_and(|status| status.success());
    (!there).then(|| format!("{PYTHON} with jsonschema is not there (apt-get install python3-jsonschema)"))
}

/// Where the schemas are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/verbs/schemas")
}

/// The published schema of a verb.
pub fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the validator finds wrong with each document.
pub fn faults(name: &str, documents: &[Value]) -> Vec<Vec<String>> {
    let mut python = Command::new(PYTHON)
        .args(["-c", VALIDATOR])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let asked = json!({"schema": schema(name), "documents": documents}).to_string();
    python.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("Python listens");
    let output = python.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "the validator failed on {name}");
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("a list of faults")).collect()
}

/// Every document is what the schema of the verb says.
#[track_caller]
pub fn valid(name: &str, documents: &[Value]) {
    for (document, faults) in documents.iter().zip(faults(name, documents)) {
        assert!(faults.is_empty(), "{name}: {}\n{document:#}", faults.join("\n"));
    }
}
