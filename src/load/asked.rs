//! The mode and the instance that were asked for, where they are one.

use super::Inputs;
use super::config::Config;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::mode::{Instance, Mode, ModeFault, ModeName};

/// The mode asked for, where its class is known and the config has it.
pub(super) fn mode(inputs: &Inputs, config: Option<&Config>, findings: &mut Findings) -> Option<Mode> {
    let block = config.map(|config| &config.block);
    let at = |finding: Finding| match config {
        Some(config) => finding.at(Place::file(&config.opened.path)),
        None => finding,
    };
    let declared: Vec<&str> = block
        .and_then(|block| block.modes.as_ref())
        .into_iter()
        .flatten()
        .map(|mode| mode.name.as_str())
        .collect();
    let Some(name) = ModeName::parse(&inputs.mode) else {
        findings.push(at(Finding::refuses(Gate::Mode, "the value of -m is not the name of a mode")
            .why("a mode may stand in paths")
            .mend("a mode's name is letters, digits, _ and -, such as paper or live")));
        return None;
    };
    let of_config = block.and_then(|block| block.mode(&name));
    if of_config.is_none() && block.is_some_and(|block| block.modes.is_some()) {
        findings.push(at(Finding::refuses(Gate::Mode, format!("the config has no mode {name}"))
            .why("what the mode may use is not said anywhere")
            .mend(format!("use one of its modes ({}), or add it under modes:", declared.join(", ")))));
        return None;
    }
    match Mode::new(name.clone(), of_config.and_then(|mode| mode.class)) {
        Ok(mode) => Some(mode),
        Err(ModeFault::ClassUnknown) => {
            findings.push(at(Finding::refuses(
                Gate::Mode,
                format!("nothing says whether the mode {name} risks real money"),
            )
            .why("paper and live are kept apart by the class of a mode")
            .mend(format!("declare it in the config: modes: {{{name}: {{class: paper}}}} or class: live"))));
            None
        }
        Err(ModeFault::ClassContradicted { declared, known }) => {
            findings.push(at(Finding::refuses(
                Gate::Mode,
                format!("the mode {name} is {known} everywhere, and the config declares it {declared}"),
            )
            .why("a name that means real money on one host must not mean play on another")
            .mend("remove the class: line, or give the mode a name of its own")));
            None
        }
    }
}

pub(super) fn instance(inputs: &Inputs, findings: &mut Findings) -> Option<Instance> {
    let text = inputs.instance.as_deref()?;
    let instance = Instance::parse(text);
    if instance.is_none() {
        findings.push(
            Finding::refuses(Gate::Usage, "-i is not an instance")
                .why("an instance may stand in paths")
                .mend("an instance is letters, digits, and : _ . @ - after the first, without .. (ES, bybit-BTC)"),
        );
    }
    instance
}
