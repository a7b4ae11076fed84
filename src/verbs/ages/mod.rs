//! `ages`: how old each secret of the configs named is against its limit. What may not be read is unknown and said,
//! never left out.

mod look;
mod prometheus;
mod record;
mod refused;
mod row;
mod state;
mod text;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::caller::Caller;
use crate::error::Status;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::policy::{self, ListedConfig};
use crate::moment::Moment;
use crate::name::Name;
use crate::output;
use crate::resolve::aging::LimitSource;
use crate::screen::Screen;
use crate::verify::ownership;
pub use record::AGE;
use row::Row;
use state::State;

/// What is asked.
#[derive(Debug)]
pub struct Options {
    /// The configs; none for those that the host policy lists.
    pub configs: Vec<PathBuf>,
    /// The instances, for paths that hold `{instance}`.
    pub instances: Vec<String>,
    /// Whether what is soon over or not known counts.
    pub strict: bool,
    /// Whether the journal hears of each secret that somebody should look at.
    pub journal: bool,
    /// Whether to print JSON.
    pub json: bool,
    /// Where the metrics go.
    pub prometheus: Option<PathBuf>,
}

/// Looks at every secret of every mode and says how old it is.
#[must_use]
pub fn ages(options: &Options, caller: &Caller) -> Status {
    let now = Moment::now();
    let mut findings = Findings::new();
    let mut rows = Vec::new();
    for config in configs(options, &mut findings) {
        rows.extend(look::look(&config.path, &config.instances, caller, now, &mut findings));
    }
    // One file may serve several instances, and a config may be named twice.
    let mut seen = std::collections::HashSet::new();
    rows.retain(|row| seen.insert(row.key()));
    rows.sort_by_key(|row| (row.state, row.left.unwrap_or(i64::MAX)));
    if let Some(file) = &options.prometheus
        && let Err(finding) = prometheus::write(file, &rows, &findings, caller)
    {
        findings.push(finding);
    }
    if options.journal {
        for row in &rows {
            record::send(row, caller);
        }
    }
    let status = status(&rows, &findings, options.strict);
    if options.json {
        output::print(&output::json(&report(&rows, &findings, status)));
    } else {
        output::print(&text::text(&rows, &findings, Screen::of_output(caller)));
    }
    status
}

/// Those that are named, each once; else those that the host policy lists.
fn configs(options: &Options, findings: &mut Findings) -> Vec<ListedConfig> {
    let mut listed = if options.configs.is_empty() {
        listed(findings)
    } else {
        let named = |path: &PathBuf| ListedConfig { path: path.clone(), instances: Vec::new() };
        options.configs.iter().map(named).collect()
    };
    for config in &mut listed {
        config.instances.extend(options.instances.iter().cloned());
    }
    listed
}

fn listed(findings: &mut Findings) -> Vec<ListedConfig> {
    let policy = crate::load::host_policy(findings);
    findings.extend(policy.opened.iter().flat_map(ownership::judge_host_policy));
    if findings.status().is_some() {
        return Vec::new();
    }
    if policy.configs.is_empty() {
        findings.push(
            Finding::refuses(Gate::Usage, "no config is named, and the host policy lists none")
                .at(Place::file(Path::new(policy::PATH)))
                .why("nobody would notice that nothing is looked at")
                .mend("name the configs, or list them in the host policy: configs: [/etc/envgate/NAME.yml]"),
        );
    }
    policy.configs
}

/// What keeps a config from being looked at decides; else what is over.
fn status(rows: &[Row], findings: &Findings, strict: bool) -> Status {
    let counts = |row: &Row| match row.state {
        State::Ended | State::Over => true,
        State::Soon | State::Unknown => strict,
        State::Fine => false,
    };
    let of_rows = if rows.iter().any(counts) { Status::Findings } else { Status::Fine };
    findings.status().unwrap_or(of_rows)
}

/// What `ages --json` prints. `schema` counts up when a field changes its meaning or goes.
#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    status: u8,
    secrets: Vec<SecretData<'a>>,
    findings: Vec<&'a Finding>,
}

#[derive(Serialize)]
struct SecretData<'a> {
    config: String,
    mode: &'a str,
    class: &'static str,
    file: String,
    line: Option<usize>,
    variable: Option<&'a str>,
    state: State,
    age: Option<AgeData>,
    limit: Option<LimitData>,
    left: Option<i64>,
    expires: Option<Moment>,
    reason: Option<&'a str>,
}

/// As `status --json` has it.
#[derive(Serialize)]
struct AgeData {
    seconds: u64,
    since: &'static str,
}

#[derive(Serialize)]
struct LimitData {
    seconds: u64,
    source: LimitSource,
}

fn report<'a>(rows: &'a [Row], findings: &'a Findings, status: Status) -> Report<'a> {
    let secrets = rows.iter().map(|row| SecretData {
        config: row.config.to_string_lossy().into_owned(),
        mode: row.mode.name().as_str(),
        class: row.mode.class().as_str(),
        file: row.file.to_string_lossy().into_owned(),
        line: row.line,
        variable: row.variable.as_ref().map(Name::as_str),
        state: row.state,
        age: row.age.map(|age| AgeData {
            seconds: age.span.as_secs(),
            since: if age.is_recorded { "rotated" } else { "file-changed" },
        }),
        limit: row.limit.map(|limit| LimitData { seconds: limit.span.as_secs(), source: limit.source }),
        left: row.left,
        expires: row.expires,
        reason: row.reason.as_deref(),
    });
    Report {
        schema: 1,
        status: status.code(),
        secrets: secrets.collect(),
        findings: findings.iter().collect(),
    }
}
