//! One config: its modes, their env files, and every secret in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::row::Row;
use super::state::{self, State};
use crate::caller::Caller;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::load::config::{Block, Declaration, EnvFileSpec, Source};
use crate::load::env_file::Entry;
use crate::load::{self, ActingFor, EnvFile, Inputs, Loaded, Origin};
use crate::mode::{Mode, ModeName};
use crate::moment::Moment;
use crate::name::Name;
use crate::resolve::aging::{self, Age, Limits};
use crate::resolve::variables::Dates;

/// Looks at every mode of a config. What keeps it from being looked at is a finding.
pub(super) fn look(
    config: &Path,
    instances: &[String],
    caller: &Caller,
    now: Moment,
    findings: &mut Findings,
) -> Vec<Row> {
    let mut of_config = Findings::new();
    let modes = load::declared_modes(&inputs(config, "", None, caller), caller, &mut of_config);
    if modes.is_empty() && of_config.status().is_none() {
        of_config.push(
            Finding::refuses(Gate::Mode, "the config lists no modes")
                .at(Place::file(config))
                .why("nothing says which env files belong to it")
                .mend("list them under modes: in the envgate: block"),
        );
    }
    let mut rows = Vec::new();
    for mode in modes {
        rows.extend(look_at_mode(config, &mode, instances, caller, now, &mut of_config));
    }
    add_new(of_config, findings);
    rows
}

/// Every mode says the same of the config and of the host policy.
fn add_new(found: Findings, findings: &mut Findings) {
    for finding in found {
        // A warning is the launch's affair.
        let is_known = findings.iter().any(|known| *known == finding);
        if !is_known && finding.severity == crate::finding::Severity::Refuses {
            findings.push(finding);
        }
    }
}

/// As root, for whoever owns the files.
fn inputs(config: &Path, mode: &str, instance: Option<&str>, caller: &Caller) -> Inputs {
    let acting_for = if caller.uid.is_root() { ActingFor::FileOwner } else { ActingFor::Caller };
    Inputs {
        config: Some(config.to_owned()),
        instance: instance.map(str::to_owned),
        ..Inputs::look(mode, acting_for)
    }
}

fn look_at_mode(
    config: &Path,
    mode: &ModeName,
    instances: &[String],
    caller: &Caller,
    now: Moment,
    findings: &mut Findings,
) -> Vec<Row> {
    let look = |instance: Option<&str>, findings: &mut Findings| {
        let mut found = Findings::new();
        let loaded = load::load(&inputs(config, mode.as_str(), instance, caller), caller, &mut found);
        let rows = Looked::new(&loaded, config, now).map(|looked| looked.rows(&found));
        let of_config = found.into_iter().filter(|finding| is_of_config(finding, &loaded, config));
        add_new(of_config.collect(), findings);
        let needs_instance = specs(&loaded).iter().any(needs_instance);
        (rows.unwrap_or_default(), needs_instance)
    };
    // An instance is needed where a path has a place for one, and only there.
    let (rows, needs_instance) = look(None, findings);
    if !needs_instance || instances.is_empty() {
        return rows;
    }
    instances.iter().flat_map(|instance| look(Some(instance), findings).0).collect()
}

fn specs(loaded: &Loaded) -> &[EnvFileSpec] {
    let of_mode = loaded.mode.as_ref().and_then(|mode| loaded.block_of(mode));
    of_mode.map_or(&[], |mode| &mode.env_files)
}

fn needs_instance(spec: &EnvFileSpec) -> bool {
    spec.path.contains("{instance}")
}

/// Whether a finding is about the config or the host policy; what is wrong with an env file is said in its row.
fn is_of_config(finding: &Finding, loaded: &Loaded, config: &Path) -> bool {
    match &finding.place {
        // That a path needs an instance is a row of its own.
        Some(place) => is_config(place, loaded, config) && finding.gate != Gate::Usage,
        // Of a credential, which has a row of its own, or of -i.
        None => finding.gate != Gate::Input,
    }
}

fn is_config(place: &Place, loaded: &Loaded, config: &Path) -> bool {
    let opened = loaded.config.as_ref().map(|config| config.opened.path.as_path());
    *place.file == *config || Some(&*place.file) == opened || *place.file == *Path::new(load::policy::PATH)
}

/// A mode that was read.
struct Looked<'a> {
    loaded: &'a Loaded,
    /// As it was named.
    config: &'a Path,
    block: &'a Block,
    mode: &'a Mode,
    limits: Limits,
    now: Moment,
}

impl<'a> Looked<'a> {
    /// None where the config has no such mode, or nothing says what it risks: then there is a finding.
    fn new(loaded: &'a Loaded, config: &'a Path, now: Moment) -> Option<Self> {
        let block = &loaded.config.as_ref()?.block;
        let mode = loaded.mode.as_ref()?;
        let limits = Limits::of(Some(block), mode, &loaded.policy);
        Some(Self { loaded, config, block, mode, limits, now })
    }

    fn rows(&self, found: &Findings) -> Vec<Row> {
        let mut rows = self.unread(found);
        let mut names: Vec<&Name> = Vec::new();
        // The last file that has a name wins, as it does in a launch.
        // One for any mode holds no secret: a launch refuses one that does.
        for file in self.loaded.env_files.iter().rev().filter(|file| !file.is_for_any_mode()) {
            for entry in &file.entries {
                if !names.contains(&&entry.name) {
                    names.push(&entry.name);
                    rows.extend(self.of_entry(file, entry));
                }
            }
        }
        for declaration in &self.block.variables {
            if let Some(Source::Credential(credential)) = &declaration.from
                && declaration.secret
                && !names.contains(&&declaration.name)
            {
                let row = self.dated(&declaration.name, Some(declaration), Dates::default());
                rows.push(Row { file: format!("credential:{credential}").into(), ..row });
            }
        }
        rows
    }

    /// Files of which not every variable can be told, each once.
    fn unread(&self, found: &Findings) -> Vec<Row> {
        let mut reasons: BTreeMap<PathBuf, (String, usize)> = BTreeMap::new();
        for finding in found.refusals() {
            if let Some(place) = &finding.place
                && !is_config(place, self.loaded, self.config)
            {
                let line = place.line.map(|line| format!(" (line {line})")).unwrap_or_default();
                let first = || (format!("{}{line}", finding.what), 0);
                reasons.entry(place.file.to_path_buf()).or_insert_with(first).1 += 1;
            }
        }
        let told = reasons.into_iter().map(|(file, (reason, count))| match count {
            1 => (file, reason),
            _ => (file, format!("{reason}, and {} more", count - 1)),
        });
        let silent = specs(self.loaded).iter().filter_map(|spec| {
            if needs_instance(spec) && self.loaded.instance.is_none() {
                return Some((
                    spec.path.clone().into(),
                    "its path needs an instance: name it with -i".to_owned(),
                ));
            }
            let name = spec.path.strip_prefix("credential:")?;
            let is_read = self.loaded.env_files.iter().any(|file| {
                file.origin == Origin::Credential
                    && file.opened.path.file_name().is_some_and(|read| read == name)
            });
            let reason = "only the unit that loads the credential can read it";
            (!is_read).then(|| (spec.path.clone().into(), reason.to_owned()))
        });
        told.chain(silent).map(|(file, reason)| self.unknown(file, reason)).collect()
    }

    fn unknown(&self, file: PathBuf, reason: String) -> Row {
        Row {
            config: self.config_path(),
            mode: self.mode.clone(),
            file,
            line: None,
            variable: None,
            state: State::Unknown,
            age: None,
            limit: None,
            left: None,
            expires: None,
            reason: Some(reason),
        }
    }

    fn of_entry(&self, file: &EnvFile, entry: &Entry) -> Option<Row> {
        let declaration = self.block.declaration(entry.name.as_str());
        if declaration.is_some_and(|declaration| !declaration.secret) {
            return None;
        }
        let row = self.dated(&entry.name, declaration, Dates::of_entry(entry.record, file));
        Some(Row { file: file.opened.path.clone(), line: Some(entry.line), ..row })
    }

    fn dated(&self, name: &Name, declaration: Option<&Declaration>, dates: Dates) -> Row {
        let age = Age::of(&dates, self.now);
        let limit = self.limits.limit(declaration).unwrap_or_else(|| aging::default_limit(self.mode));
        let expires = aging::expires(&dates, declaration);
        let (mut state, left) = state::judge(age, limit, expires, self.now);
        // The day that cannot be read may be the one that has come.
        if dates.record.is_unreadable && state == State::Fine {
            state = State::Unknown;
        }
        let reason = (state == State::Unknown).then(|| {
            if dates.record.is_unreadable {
                "what stands above it as its date cannot be read".to_owned()
            } else if dates.record.rotated.is_some() {
                "what stands above it as its date is still to come".to_owned()
            } else {
                "nothing says how old it is".to_owned()
            }
        });
        let (variable, limit) = (Some(name.clone()), Some(limit));
        Row {
            variable,
            state,
            age,
            limit,
            left,
            expires,
            reason,
            ..self.unknown(PathBuf::new(), String::new())
        }
    }

    fn config_path(&self) -> PathBuf {
        self.loaded
            .config
            .as_ref()
            .map_or_else(|| self.config.to_owned(), |config| config.opened.path.clone())
    }
}
