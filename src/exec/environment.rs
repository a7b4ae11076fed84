//! The worker's environment as one prepared block of memory.

use std::ffi::CStr;

use nix::sys::resource::{Resource, getrlimit};
use zeroize::Zeroizing;

use super::command::Program;
use super::delivery::{Delivered, Place};
use crate::error::Status;
use crate::finding::{Finding, Gate};
use crate::load::env_file::MAX_ASSIGNMENT;
use crate::resolve::Resolved;
use crate::resolve::variables::Variable;

/// All `NAME=value` strings, one behind the other, each with its NUL.
pub struct EnvironmentBlock {
    bytes: Zeroizing<Vec<u8>>,
    ends: Vec<usize>,
}

impl EnvironmentBlock {
    /// Builds it from empty: the launch's variables, and where the config was delivered.
    #[must_use]
    pub fn build(resolved: &Resolved, delivered: Option<&Delivered>) -> Self {
        let told: Vec<(&str, &[u8])> = delivered.map(Delivered::variables).unwrap_or_default();
        let is_told = |variable: &&Variable| !told.iter().any(|(name, _)| *name == variable.name.as_str());
        let variables: Vec<&Variable> =
            resolved.variables.iter().filter(|variable| !variable.config_only).filter(is_told).collect();
        // Exposed to be handed to the worker: this is what the launch is for.
        let all = || {
            variables
                .iter()
                .map(|variable| (variable.name.as_str(), variable.value.expose()))
                .chain(told.iter().copied())
        };
        let size = all().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut block = Self {
            bytes: Zeroizing::new(Vec::with_capacity(size)),
            ends: Vec::with_capacity(variables.len() + told.len()),
        };
        for (name, value) in all() {
            block.bytes.extend_from_slice(name.as_bytes());
            block.bytes.push(b'=');
            block.bytes.extend_from_slice(value);
            block.bytes.push(0);
            block.ends.push(block.bytes.len());
        }
        block
    }

    /// All of it, as it stands in memory.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The strings, as `execve` takes them. No value holds a NUL: the inputs refuse it.
    #[must_use]
    pub fn strings(&self) -> Vec<&CStr> {
        let mut start = 0;
        let string = |end: &usize| {
            let bytes = &self.bytes[start..*end];
            start = *end;
            CStr::from_bytes_until_nul(bytes).ok()
        };
        self.ends.iter().filter_map(string).collect()
    }
}

/// Foresees `E2BIG` and names the variable: the kernel only refuses.
pub(super) fn foresee_too_big(program: &Program, resolved: &Resolved, place: Option<&Place>) -> Vec<Finding> {
    let handed_over: Vec<&Variable> =
        resolved.variables.iter().filter(|variable| !variable.config_only).collect();
    let size = |variable: &Variable| variable.name.as_str().len() + variable.value.len() + 2;
    let mut findings: Vec<Finding> = handed_over
        .iter()
        .filter(|variable| size(variable) > MAX_ASSIGNMENT + 1)
        .map(|variable| {
            too_big(format!(
                "{} has {} bytes; the kernel takes 131,071 with its name",
                variable.name,
                variable.value.len()
            ))
            .variable(&variable.name)
        })
        .collect();
    if let Some(longest) = program
        .arguments
        .iter()
        .map(|word| word.as_bytes().len())
        .max()
        .filter(|longest| *longest > MAX_ASSIGNMENT)
    {
        findings.push(too_big(format!(
            "an argument of the command has {longest} bytes; the kernel takes 131,071"
        )));
    }
    let strings: usize = handed_over.iter().map(|variable| size(variable)).sum::<usize>()
        + program.arguments.iter().map(|word| word.as_bytes_with_nul().len()).sum::<usize>()
        + program.path.as_bytes_with_nul().len()
        + place.map_or(0, Place::size_of_variables);
    let pointers = 8 * (handed_over.len() + program.arguments.len() + 6);
    let limit = exec_limit();
    if findings.is_empty() && strings + pointers > limit {
        let largest = handed_over.iter().max_by_key(|variable| size(variable));
        let what =
            format!("environment and arguments take {} bytes; the kernel takes {limit}", strings + pointers);
        findings.push(match largest {
            Some(variable) => {
                too_big(format!("{what}; the largest variable is {}", variable.name)).variable(&variable.name)
            }
            None => too_big(what),
        });
    }
    findings
}

fn too_big(what: String) -> Finding {
    Finding::refuses(Gate::Command, what)
        .status(Status::CannotExecute)
        .why("the kernel would start no program with it (E2BIG)")
        .mend("put the value into a file and its path into the variable")
}

/// What `execve` takes in all: a quarter of the stack limit, between 128 KiB and 6 MiB (execve(2), "Limits on
/// size of arguments and environment").
fn exec_limit() -> usize {
    let stack = getrlimit(Resource::RLIMIT_STACK).map_or(8 << 20, |(soft, _)| soft);
    usize::try_from(stack / 4).unwrap_or(usize::MAX).clamp(128 << 10, 6 << 20)
}
