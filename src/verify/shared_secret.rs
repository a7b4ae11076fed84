//! The gate `shared-secret`: one secret for both classes makes every other separation worth nothing.

use rustc_hash::FxHashMap;

use crate::finding::{Finding, Gate, Place};
use crate::load::Loaded;
use crate::load::config::Block;
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
        for entry in file.entries.iter().filter(|entry| counts(Some(&entry.name), &entry.value, block)) {
            // Exposed to be compared; the finding names files, lines and variables.
            if let Some(same) = own.get(entry.value.expose()) {
                findings.push(shared(same, other, file, &entry.name, entry.line, mode));
            }
        }
    }
    findings
}

fn own_secrets<'a>(loaded: &'a Loaded, block: Option<&Block>) -> FxHashMap<&'a [u8], Own<'a>> {
    let mut own = FxHashMap::default();
    for file in &loaded.env_files {
        for entry in file.entries.iter().filter(|entry| counts(Some(&entry.name), &entry.value, block)) {
            let place = Place::at(&file.opened.path, entry.line, entry.column);
            own.insert(entry.value.expose(), Own { name: Some(&entry.name), place });
        }
    }
    for credential in loaded.credentials.iter().filter(|credential| counts(None, &credential.value, block)) {
        let place = Place::file(&credential.opened.path);
        own.insert(credential.value.expose(), Own { name: None, place });
    }
    own
}

/// Whether a value is a secret that one class must have for itself.
fn counts(name: Option<&Name>, value: &Secret, block: Option<&Block>) -> bool {
    let declaration = name.and_then(|name| block?.declaration(name.as_str()));
    let is_free = declaration.is_some_and(|declaration| declaration.shared || !declaration.secret);
    // Exposed to be counted.
    !is_free && value.len() >= LEAST && characters(value.expose()) >= LEAST
}

fn characters(bytes: &[u8]) -> usize {
    std::str::from_utf8(bytes).map_or(bytes.len(), |text| text.chars().count())
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
