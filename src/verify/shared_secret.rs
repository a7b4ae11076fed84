//! The gate `shared-secret`: one secret for both classes makes every other separation worth nothing.

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Gate, Place};
use crate::load::Loaded;
use crate::load::config::{Block, Declaration, Source};
use crate::load::others::{OtherFile, OtherMode};
use crate::mode::Mode;
use crate::name::Name;
use crate::secret::Secret;

/// So many characters a value has at least to count: shorter ones are words and numbers.
const LEAST: usize = 16;

/// A secret of this launch, and where it stands.
struct Own<'a> {
    name: Option<&'a Name>,
    place: Place,
    shared: bool,
}

/// Compares every secret of this launch with those of the other class that can be read.
#[must_use]
pub fn judge(loaded: &Loaded, mode: &Mode) -> Vec<Finding> {
    if loaded.others.iter().all(|other| other.files.iter().all(|file| file.entries.is_empty())) {
        return Vec::new();
    }
    let block = loaded.config.as_ref().map(|config| &config.block);
    let own = own_secrets(loaded, block);
    let mut findings = Vec::new();
    for (other, file) in
        loaded.others.iter().flat_map(|other| other.files.iter().map(move |file| (other, file)))
    {
        for entry in &file.entries {
            let declaration = block.and_then(|block| block.declaration(entry.name.as_str()));
            if !is_secret(&entry.value, declaration) {
                continue;
            }
            // Exposed to be compared; the finding names files, lines and variables.
            let same = own.get(entry.value.expose());
            // A feed's name that may be shared says nothing of a broker's key that was pasted behind it.
            if let Some(same) = same.filter(|same| !same.shared || !is_shared(declaration)) {
                findings.push(shared(same, other, file, &entry.name, entry.line, mode));
            }
        }
    }
    findings
}

fn own_secrets<'a>(loaded: &'a Loaded, block: Option<&Block>) -> FxHashMap<&'a [u8], Own<'a>> {
    let mut own: FxHashMap<&[u8], Own<'_>> = FxHashMap::default();
    let mut add = |value: &'a Secret, found: Own<'a>| {
        // Under two names, the one that may not be shared counts.
        if own.get(value.expose()).is_none_or(|other| other.shared) {
            own.insert(value.expose(), found);
        }
    };
    for file in &loaded.env_files {
        for entry in &file.entries {
            let declaration = block.and_then(|block| block.declaration(entry.name.as_str()));
            if is_secret(&entry.value, declaration) {
                let place = Place::at(&file.opened.path, entry.line, entry.column);
                add(&entry.value, Own { name: Some(&entry.name), place, shared: is_shared(declaration) });
            }
        }
    }
    for credential in &loaded.credentials {
        let declaration = block.and_then(|block| of_credential(block, &credential.name));
        if is_secret(&credential.value, declaration) {
            let place = Place::file(&credential.opened.path);
            add(&credential.value, Own { name: None, place, shared: is_shared(declaration) });
        }
    }
    own
}

/// The variable that a credential is the value of.
fn of_credential<'b>(block: &'b Block, name: &str) -> Option<&'b Declaration> {
    let is_it = |from: &Source| matches!(from, Source::Credential(credential) if credential == name);
    block.variables.iter().find(|declaration| declaration.from.as_ref().is_some_and(is_it))
}

/// Whether a value is a secret, and none that is a mere word.
fn is_secret(value: &Secret, declaration: Option<&Declaration>) -> bool {
    declaration.is_none_or(|declaration| declaration.secret)
        && value.len() >= LEAST
        && value.characters() >= LEAST
}

/// Whether it may serve both classes.
fn is_shared(declaration: Option<&Declaration>) -> bool {
    declaration.is_some_and(|declaration| declaration.shared)
}

fn shared(
    own: &Own<'_>,
    other: &OtherMode,
    file: &OtherFile,
    name: &Name,
    line: usize,
    mode: &Mode,
) -> Finding {
    let what = format!(
        "the mode {} ({}) has the same value: {name} in {}:{line}",
        other.name,
        other.class,
        crate::text::shown_path(&file.path)
    );
    let finding = Finding::refuses(Gate::SharedSecret, what)
        .at(own.place.clone())
        .why("a paper worker that holds a live key can trade real money")
        .mend(format!(
            "let the provider make a key for the mode {} alone; one that may serve both (a data feed's) is declared: \
             variables: {{{}: {{shared: true}}}}, and what is no secret: {{secret: false}}",
            mode.name(),
            own.name.unwrap_or(name)
        ));
    match own.name {
        Some(name) => finding.variable(name),
        None => finding,
    }
}
