//! The gate `endpoint` over the command: a worker is told by its arguments as well where it connects.

use std::os::unix::ffi::OsStrExt;

use std::ffi::OsString;

use crate::finding::Finding;
use crate::mode::Mode;
use crate::verify::endpoints::{self, Context, Holder};

/// Judges every word behind the program.
pub(super) fn judge(words: &[OsString], mode: &Mode) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut before = "";
    for (at, word) in words.iter().enumerate().skip(1) {
        let (name, value) = parts(word.as_bytes());
        let context = Context::variable(name.unwrap_or(before));
        let holder = || Holder {
            name: format!("word {} of the command", at + 1),
            correction: "leave it out of the command",
            declaration: "give it to the worker as a variable, with variables: {NAME: {endpoint: data}}"
                .to_owned(),
        };
        let evidence = context.against(mode, value);
        findings.extend(evidence.into_iter().map(|evidence| endpoints::finding(evidence, &holder(), mode)));
        before = if name.is_none() {
            word.to_str().filter(|word| word.starts_with('-')).unwrap_or("")
        } else {
            ""
        };
    }
    findings
}

/// `--ib-port=7496` and `IB_PORT=7496` say what the value is; any other word is one.
fn parts(word: &[u8]) -> (Option<&str>, &[u8]) {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let named = || {
        let at = word.iter().position(|byte| *byte == b'=')?;
        let name = word[..at].iter().all(is_of_name).then_some(&word[..at])?;
        Some((std::str::from_utf8(name).ok()?, &word[at + 1..]))
    };
    named().map_or((None, word), |(name, value)| (Some(name), value))
}
