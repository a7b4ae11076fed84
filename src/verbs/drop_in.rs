//! What a unit's move to envgate is written down as: the block for its config, and the drop-in.

use std::fmt::Write as _;
use std::path::Path;

use super::move_over::MoveOver;
use crate::systemd::units::Unit;

pub(super) fn block(unit: &Unit, move_over: &MoveOver) -> String {
    let mut block = String::from("envgate:\n");
    if let Some(variable) = &move_over.config_variable {
        let _ = writeln!(block, "  config: {{variable: {variable}}}");
    }
    let command: Vec<String> = unit.command.iter().map(|word| yaml(word)).collect();
    let _ = writeln!(block, "  command: [{}]", command.join(", "));
    if unit.kind != "notify" {
        block.push_str("  ready: launcher   # the worker does not notify: envgate says READY=1 right before it becomes the worker\n");
    }
    if !move_over.constants.is_empty() {
        block.push_str("  environment:\n");
        for (name, value) in &move_over.constants {
            let _ = writeln!(block, "    {name}: {}", yaml(value));
        }
    }
    let _ = writeln!(block, "  modes:\n    {}:\n      env_files:", move_over.mode_or_blank());
    for (path, optional) in &unit.environment_files {
        let optional = if *optional { ", optional: true" } else { "" };
        let _ = writeln!(
            block,
            "        - {{path: {}, dialect: systemd{optional}}}",
            yaml(&path.to_string_lossy())
        );
    }
    block
}

/// A text as a double-quoted YAML scalar.
fn yaml(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

pub(super) fn drop_in(unit: &Unit, move_over: &MoveOver) -> String {
    let mut drop_in = format!("# {}\n[Service]\n", move_over.drop_in_path.display());
    if unit.kind != "notify" {
        drop_in.push_str("Type=notify\n");
    }
    drop_in.push_str("NotifyAccess=main\nEnvironmentFile=\nEnvironment=\n");
    if unit.runtime_directories.is_empty() {
        let name = unit.name.strip_suffix(".service").unwrap_or(&unit.name);
        let _ = writeln!(drop_in, "RuntimeDirectory={}", systemd_word(name));
    }
    drop_in.push_str("RuntimeDirectoryMode=0700\nLimitCORE=0\nRestartPreventExitStatus=64 65 66 70 77 78 126 127 243\nExecStart=\n");
    let config = move_over.config.clone().unwrap_or_else(|| {
        Path::new("/etc/envgate")
            .join(format!("{}.yml", unit.name.strip_suffix(".service").unwrap_or(&unit.name)))
    });
    let instance = move_over.instance.as_ref().map_or(String::new(), |_| " -i %i".to_owned());
    let _ = writeln!(
        drop_in,
        "ExecStart=/usr/local/bin/envgate exec -m {} -c {}{instance}",
        move_over.mode_or_blank(),
        systemd_word(&config.to_string_lossy())
    );
    drop_in
}

/// A word as systemd takes it in a unit (systemd.service(5), "Command lines").
fn systemd_word(word: &str) -> String {
    let word = word.replace('%', "%%").replace('$', "$$");
    let plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./:@%+,=$-".contains(&byte));
    if plain { word } else { format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"")) }
}
