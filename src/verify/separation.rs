//! The gate `file-mode`: an env file belongs to the mode that its names and its own line declare.

use crate::finding::{Finding, Gate, Place};
use crate::load::config::Config;
use crate::load::others::{OtherFile, OtherMode};
use crate::load::{EnvFile, Loaded, MODE_LINE};
use crate::mode::{Class, Mode, ModeName};
use crate::text::shown;

/// What an env file declares by its line.
enum Declared {
    /// No line.
    Nothing,
    /// `any`: fit for every mode, and so without secrets.
    Any,
    /// These modes.
    Modes(Vec<ModeName>),
}

/// Judges every env file of a launch.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode) -> Vec<Finding> {
    let config = loaded.config.as_ref();
    let of_file = |file| {
        let shared = config.and_then(|config| given_to_both(file, mode, config, &loaded.others));
        judge_file(file, mode, config).into_iter().chain(shared)
    };
    loaded.env_files.iter().flat_map(of_file).collect()
}

/// The config names one file for modes of both classes. One without secrets may serve them all.
fn given_to_both(file: &EnvFile, mode: &Mode, config: &Config, others: &[OtherMode]) -> Option<Finding> {
    let is_it = |theirs: &OtherFile| theirs.facts.path == file.opened.facts.path;
    let (other, theirs) =
        others.iter().find_map(|other| Some((other, other.files.iter().find(|file| is_it(file))?)))?;
    (!file.is_for_any_mode()).then(|| {
        Finding::refuses(
            Gate::FileMode,
            format!(
                "this env file of the mode {} is one of {} too, which is {}",
                mode.name(),
                other.name,
                other.class
            ),
        )
        .at(Place::at(&config.opened.path, theirs.place.0, theirs.place.1))
        .why("one set of credentials would serve both")
        .mend("make one file for each class; what is not secret may go into a file with ENVGATE_MODE=any")
    })
}

fn judge_file(file: &EnvFile, mode: &Mode, config: Option<&Config>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = Place::file(&file.opened.path);
    let named = modes_in_names(file, config);
    for other in named.iter().filter(|named| !named.eq_ignore_ascii_case(mode.name().as_str())) {
        // Nobody is sent from paper to live by a message.
        let same_risk = class_of(other, config) == Some(mode.class());
        let other_way = if same_risk { format!("launch with -m {other}, or ") } else { String::new() };
        findings.push(
            Finding::refuses(
                Gate::FileMode,
                format!("by its name this is a file of the mode {other}, and {} was asked for", mode.name()),
            )
            .at(place.clone())
            .why("credentials of one mode must never start another")
            .mend(format!("{other_way}name the env file of the mode {}", mode.name())),
        );
    }
    let Some(declared) = declared(file, &mut findings) else { return findings };
    match declared {
        Declared::Nothing if named.is_empty() => findings.push(
            Finding::refuses(Gate::FileMode, "the env file does not say for which mode it is")
                .at(place)
                .why("a file that fits every mode is how live credentials get into a paper worker")
                .mend(if mode.is_live() {
                    // A live file's name alone is not enough.
                    format!("add the line {MODE_LINE}={} to it", mode.name())
                } else {
                    format!("add the line {MODE_LINE}={0} to it, or name it NAME.{0}.env", mode.name())
                }),
        ),
        Declared::Nothing if mode.is_live() => findings.push(
            Finding::refuses(Gate::FileMode, "an env file of a live mode must say so in itself")
                .at(place)
                .why("a copy of it under a paper name is found out by that line alone")
                .mend(format!("add the line {MODE_LINE}={} to it", mode.name())),
        ),
        Declared::Modes(modes) if !modes.contains(mode.name()) => {
            let list: Vec<_> = modes.iter().map(|mode| known_name(mode, config)).collect();
            findings.push(
                Finding::refuses(
                    Gate::FileMode,
                    format!(
                        "by its line {MODE_LINE}= this is a file of {}, and {} was asked for",
                        list.join(", "),
                        mode.name()
                    ),
                )
                .at(line_place(file))
                .why("credentials of one mode must never start another")
                .mend(format!("name the env file of the mode {}", mode.name())),
            );
        }
        Declared::Modes(modes) => findings.extend(mixed_classes(&modes, file, config)),
        Declared::Any => findings.extend(secrets_in_shared_file(file, config)),
        Declared::Nothing => {}
    }
    findings
}

fn declared(file: &EnvFile, findings: &mut Vec<Finding>) -> Option<Declared> {
    let Some(line) = &file.mode_line else { return Some(Declared::Nothing) };
    if file.is_for_any_mode() {
        return Some(Declared::Any);
    }
    // A mode's name is no secret; the value is exposed to be read as one.
    let text = std::str::from_utf8(line.value.expose()).unwrap_or("");
    let modes: Option<Vec<_>> = text.split(',').map(|part| ModeName::parse(part.trim())).collect();
    if modes.is_none() {
        findings.push(
            Finding::refuses(Gate::FileMode, format!("{MODE_LINE}= does not hold a mode"))
                .at(line_place(file))
                .why("a file without a mode fits none")
                .mend(format!("write one mode, several with commas ({MODE_LINE}=dev,shadow), or any")),
        );
    }
    modes.map(Declared::Modes)
}

/// A mode of a line as an error may show it: a word that is no mode of anybody's may be a secret that slipped in.
fn known_name<'a>(mode: &'a ModeName, config: Option<&Config>) -> &'a str {
    let declared = config.is_some_and(|config| config.block.mode(mode).is_some());
    if declared || Class::of_known(mode.as_str()).is_some() { mode.as_str() } else { "an unknown mode" }
}

fn line_place(file: &EnvFile) -> Place {
    match &file.mode_line {
        Some(line) => Place::at(&file.opened.path, line.line, line.column),
        None => Place::file(&file.opened.path),
    }
}

/// One file for a paper and a live mode would be what the whole gate is there to prevent; of a mode that nothing here
/// knows, nobody can say that it is not one of the two.
fn mixed_classes(modes: &[ModeName], file: &EnvFile, config: Option<&Config>) -> Option<Finding> {
    let class = |mode: &ModeName| Class::of_known(mode.as_str()).or_else(|| config?.block.mode(mode)?.class);
    let classes: Vec<Option<Class>> = modes.iter().map(class).collect();
    let mixed = classes.contains(&Some(Class::Live)) && classes.contains(&Some(Class::Paper));
    let finding = if mixed {
        Finding::refuses(Gate::FileMode, format!("{MODE_LINE}= names modes with and without real money"))
            .mend("make one file for each class; what is not secret may go into a file with ENVGATE_MODE=any")
    } else if modes.len() > 1 && classes.contains(&None) {
        Finding::refuses(
            Gate::FileMode,
            format!("{MODE_LINE}= names a mode of which nothing here says whether it risks real money"),
        )
        .mend("declare its class under modes: of the config, or make a file of its own for it")
    } else {
        return None;
    };
    Some(finding.at(line_place(file)).why("one set of credentials would serve both"))
}

/// A file for any mode may hold only what is declared to be no secret.
fn secrets_in_shared_file(file: &EnvFile, config: Option<&Config>) -> Vec<Finding> {
    let is_public = |name: &str| {
        config
            .and_then(|config| config.block.declaration(name))
            .is_some_and(|declaration| !declaration.secret)
    };
    let secrets = file.entries.iter().filter(|entry| !is_public(entry.name.as_str()));
    secrets.map(|entry| {
        Finding::refuses(Gate::FileMode, format!("{} is in a file with {MODE_LINE}=any", entry.name))
            .at(Place::at(&file.opened.path, entry.line, entry.column))
            .variable(&entry.name)
            .why("a file for any mode holds no secret, and a variable is one unless it is declared otherwise")
            .mend(format!("move it to the file of its mode, or declare variables: {{{}: {{secret: false}}}}", entry.name))
    }).collect()
}

/// The modes that the file's names speak of: of each link that led to it, and its own.
fn modes_in_names(file: &EnvFile, config: Option<&Config>) -> Vec<String> {
    let mut modes: Vec<String> = Vec::new();
    for name in &file.opened.names {
        for mode in modes_in_name(&name.to_string_lossy(), config) {
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
    }
    modes
}

/// A part between dots counts where it is a well-known mode or one that the config declares. The first part is
/// the NAME of `NAME.MODE.env`: it counts where no other part speaks, and where its class is another one.
#[must_use]
pub fn modes_in_name(name: &str, config: Option<&Config>) -> Vec<String> {
    let class = |part: &str| class_of(part, config);
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let mut modes: Vec<&str> = parts.filter(|part| class(part).is_some()).collect();
    let first_counts = class(first).is_some_and(|own| modes.iter().all(|part| class(part) != Some(own)));
    if first_counts {
        modes.push(first);
    }
    modes.into_iter().map(|part| shown(part).into_owned()).collect()
}

/// The class of a mode's name, where it is well known or the config has it. A mode without a class of the
/// config's counts as paper here: it only has to be recognised as a mode.
fn class_of(part: &str, config: Option<&Config>) -> Option<Class> {
    let declared = || {
        let modes = config?.block.modes.as_ref()?;
        modes.iter().find(|mode| mode.name.as_str() == part).map(|mode| mode.class.unwrap_or(Class::Paper))
    };
    Class::of_known(part).or_else(declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_in_a_name_is_the_part_that_is_one() {
        for (name, expected) in [
            ("pine.paper.env", &["paper"][..]),
            ("pine-trader.live.env", &["live"]),
            ("pine.env", &[]),
            (".env", &[]),
            (".env.live", &["live"]),
            ("live.env", &["live"]),
            ("demo.paper.env", &["paper"]),
            ("live.paper.env", &["paper", "live"]),
            ("pine.paper.live.env", &["paper", "live"]),
            ("pine.live.env.bak", &["live"]),
            ("paper", &["paper"]),
        ] {
            assert_eq!(modes_in_name(name, None), expected, "{name}");
        }
    }
}
