//! The gate `shared-secret`: one secret for both classes makes every other separation worth nothing.

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Gate, Place};
use crate::load::Loaded;
use crate::load::config::{Block, Declaration, Source};
use crate::load::env_file::Entry;
use crate::load::others::{OtherFile, OtherMode};
use crate::mode::Mode;
use crate::name::Name;
use crate::secret::Secret;

/// So many characters a value has at least to count: shorter ones are words and numbers.
const LEAST: usize = 16;

/// A secret of this launch, and where it stands.
struct Own<'a> {
    name: Option<&'a Name>,
    place: Option<Place>,
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
    for theirs in of_others(loaded) {
        let declaration = block.and_then(|block| block.declaration(theirs.entry.name.as_str()));
        if !is_secret(&theirs.entry.value, declaration) {
            continue;
        }
        // Exposed to be compared; the finding names files, lines and variables.
        let same = own.get(theirs.entry.value.expose());
        // A feed's name that may be shared says nothing of a broker's key that was pasted behind it.
        if let Some(same) = same.filter(|same| !same.shared || !is_shared(declaration)) {
            findings.push(shared(same, &theirs, mode));
        }
    }
    findings
}

/// The same for a value that stands in no file: the caller's environment or command line gave it.
#[must_use]
pub fn judge_given(loaded: &Loaded, mode: &Mode, name: &Name, value: &Secret) -> Option<Finding> {
    let block = loaded.config.as_ref().map(|config| &config.block);
    let declaration = |name: &Name| block.and_then(|block| block.declaration(name.as_str()));
    let ours = declaration(name);
    if !is_secret(value, ours) {
        return None;
    }
    let is_same = |theirs: &Theirs<'_>| {
        let declaration = declaration(&theirs.entry.name);
        // Exposed to be compared, as above.
        theirs.entry.value.expose() == value.expose()
            && is_secret(&theirs.entry.value, declaration)
            && !(is_shared(ours) && is_shared(declaration))
    };
    let own = Own { name: Some(name), place: None, shared: is_shared(ours) };
    of_others(loaded).find(is_same).map(|theirs| shared(&own, &theirs, mode))
}

/// A variable of a mode of the other class.
struct Theirs<'a> {
    other: &'a OtherMode,
    file: &'a OtherFile,
    entry: &'a Entry,
}

fn of_others(loaded: &Loaded) -> impl Iterator<Item = Theirs<'_>> {
    let files = loaded.others.iter().flat_map(|other| other.files.iter().map(move |file| (other, file)));
    files.flat_map(|(other, file)| file.entries.iter().map(move |entry| Theirs { other, file, entry }))
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
                let place = Some(Place::at(&file.opened.path, entry.line, entry.column));
                add(&entry.value, Own { name: Some(&entry.name), place, shared: is_shared(declaration) });
            }
        }
    }
    for credential in &loaded.credentials {
        let declaration = block.and_then(|block| of_credential(block, &credential.name));
        if is_secret(&credential.value, declaration) {
            let place = Some(Place::file(&credential.opened.path));
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

fn shared(own: &Own<'_>, theirs: &Theirs<'_>, mode: &Mode) -> Finding {
    let Theirs { other, file, entry } = theirs;
    let name = &entry.name;
    // It is shared under each of its names, and a mode that lacks one of them must not need it.
    let declared = match own.name {
        Some(own) if own != name => {
            format!("{own}: {{shared: true, required: false}}, {name}: {{shared: true, required: false}}")
        }
        own => format!("{}: {{shared: true}}", own.unwrap_or(name)),
    };
    let what = format!(
        "the mode {} ({}) has the same value: {} in {}:{}",
        other.name,
        other.class,
        entry.name,
        crate::text::shown_path(&file.path),
        entry.line
    );
    let finding = Finding::refuses(Gate::SharedSecret, what)
        .why("a paper worker that holds a live key can trade real money")
        .mend(format!(
            "let the provider make a key for the mode {} alone; one that may serve both (a data feed's) is declared: \
             variables: {{{declared}}}, and what is no secret: {{secret: false}}",
            mode.name()
        ));
    let finding = match own.name {
        Some(name) => finding.variable(name),
        None => finding,
    };
    Finding { place: own.place.clone(), ..finding }
}
