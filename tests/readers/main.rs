//! What envgate accepts, writes and renders, read by the programs that read it in the field: systemd, bash, dash,
//! dotenvy, `PyYAML` and serde-saphyr. A reader that is not there is counted as ignored, with the reason;
//! `ENVGATE_REQUIRE_SYSTEMD=1` makes that a failure for systemd.
#![allow(unreachable_pub, reason = "a test program has no outside")]

mod bulk;
mod constructs;
mod docker;
mod env_file_grammar;
mod env_files;
mod metrics;
mod models;
mod placeholders;
mod python;
mod reader;
mod renderings;
mod rewritten;
mod schemas;
mod schemas_of_audit;
mod schemas_of_lint;
mod schemas_of_modes;
mod schemas_of_rotations;
mod schemas_of_units;
mod schemas_of_workers;
mod shell_names;
mod short_values;
mod systemd;
mod written_values;
mod yaml_grammar;
mod yaml_writer;

#[path = "../support/lab.rs"]
mod lab;
#[path = "../support/schema.rs"]
mod schema;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(constructs::trials());
    trials.extend(env_files::trials());
    trials.extend(shell_names::trials());
    trials.extend(short_values::trials());
    trials.extend(written_values::trials());
    trials.extend(metrics::trials());
    trials.extend(models::trials());
    trials.extend(rewritten::trials());
    trials.extend(placeholders::trials());
    trials.extend(renderings::trials());
    trials.extend(schemas::trials());
    trials.extend(schemas_of_audit::trials());
    trials.extend(schemas_of_lint::trials());
    trials.extend(schemas_of_modes::trials());
    trials.extend(schemas_of_rotations::trials());
    trials.extend(schemas_of_units::trials());
    trials.extend(schemas_of_workers::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
