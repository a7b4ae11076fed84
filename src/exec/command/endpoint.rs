//! The gate `endpoint` over the command: a worker is told by its arguments as well where it connects.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::finding::Finding;
use crate::load::config::Config;
use crate::mode::Mode;
use crate::verify::endpoints::{self, Context, Holder};

/// How a config calls its command where it declares of which keys the hosts and ports are for data alone.
const CONFIGURED: &str = "envgate.command";

/// Judges every word behind the program; of the configured command, when the config is given.
pub(super) fn judge(words: &[OsString], configured: Option<&Config>, mode: &Mode) -> Vec<Finding> {
    let is_declared = configured
        .is_some_and(|config| config.block.data_endpoints.iter().any(|declared| declared == CONFIGURED));
    let declaration = if configured.is_some() {
        format!(
            "if the worker only reads market data there, or the command names the hosts of every mode and the worker \
             takes the mode's, declare it: endpoints: {{data: [{CONFIGURED}]}}"
        )
    } else {
        "if the worker only reads market data there, declare that variable: variables: {NAME: {endpoint: data}}"
            .to_owned()
    };
    let mut findings = Vec::new();
    let mut before = "";
    for (at, word) in words.iter().enumerate().skip(1) {
        let (name, value) = parts(word.as_bytes());
        let context = Context::variable(name.unwrap_or(before));
        let holder = || Holder {
            name: format!("word {} of the command", at + 1),
            correction: "take it out of the command, and give it to the worker as a variable in the mode's env file",
            declaration: declaration.clone(),
        };
        let mut evidence = context.against(mode, value);
        evidence.retain(|evidence| !(is_declared && evidence.kind.is_place()));
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
