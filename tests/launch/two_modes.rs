//! A config with a mode of each class.

use crate::support::Scenario;

/// The modes paper and live, each with a file of these lines, and this declaration of the variables.
pub fn paper_and_live(paper: &str, live: &str, variables: &str) -> Scenario {
    let config = format!(
        "envgate:\n  command: [/bin/true]\n  modes:\n    paper: {{env_files: [x.paper.env]}}\n    \
         live: {{env_files: [x.live.env]}}\n  variables: {variables}\na: 1\n"
    );
    Scenario::new()
        .configured_env_file("x.paper.env", format!("ENVGATE_MODE=paper\n{paper}\n"))
        .configured_env_file("x.live.env", format!("ENVGATE_MODE=live\n{live}\n"))
        .config(config)
}
