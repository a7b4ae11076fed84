//! The judgement over data: launches, paths and what stands at them.

use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::{Evidence, Files, Judged, Rotated, UNSURE, credential_paths};
use crate::generation::Source;
use crate::workers::Launch;

const SWAPPED: i128 = 1_000_000_000_000;

fn rotated() -> [Rotated; 1] {
    [Rotated { location: "/env/a.env".into(), former: "f".repeat(12), next: "e".repeat(12) }]
}

fn launch(words: &[&str], sources: Option<&[&str]>) -> Launch {
    let source = |path: &&str| match path.strip_prefix("credential:") {
        Some(name) => Source::Credential(name.to_owned()),
        None => Source::File(path.into()),
    };
    Launch {
        mode: None,
        class: None,
        instance: None,
        config: None,
        generation: Some(words.iter().map(|word| word.repeat(12)).collect()),
        sources: sources.map(|sources| sources.iter().map(source).collect()),
        break_glass: None,
    }
}

/// What stands at a path today: the next file under two names, another one, and one that may not be looked at.
fn look(path: &Path) -> Result<String, Errno> {
    match path.to_str().unwrap() {
        "/env/a.env" | "/link/a.env" => Ok("e".repeat(12)),
        "/env/other.env" => Ok("0".repeat(12)),
        "/closed/x.env" => Err(Errno::EACCES),
        _ => Err(Errno::ENOENT),
    }
}

fn judged(words: &[&str], sources: Option<&[&str]>) -> Judged {
    Files::new(&rotated(), SWAPPED).judge_launch(&launch(words, sources), &look)
}

#[test]
fn a_worker_holds_the_former_file_by_its_word_or_by_any_name_of_the_file() {
    let holds = Judged::Holds(Evidence::Generation);
    assert_eq!(judged(&["f"], Some(&["/env/a.env"])), holds);
    assert_eq!(judged(&["0", "f"], Some(&["/env/other.env", "/link/a.env"])), holds);
    let earlier = Judged::Holds(Evidence::Earlier);
    assert_eq!(judged(&["d"], Some(&["/link/a.env"])), earlier, "a generation before the former one");
    assert_eq!(judged(&["f"], None), holds, "the word alone says it");
    assert_eq!(judged(&["f"], Some(&["/gone.env"])), holds, "whatever became of the name");
}

#[test]
fn a_worker_with_the_next_file_or_with_others_does_not_hold_the_former_one() {
    for (words, sources) in [
        (&["e"][..], &["/env/a.env"][..]),
        (&["0", "e"], &["/env/other.env", "/link/a.env"]),
        (&["d"], &["/env/other.env"]),
        (&["d"], &["/gone.env"]),
        (&[], &[]),
        (&["e", "d"], &["/env/a.env", "/closed/x.env"]),
    ] {
        assert_eq!(judged(words, Some(sources)), Judged::Not, "{words:?} {sources:?}");
    }
}

#[test]
fn what_may_not_be_looked_at_or_says_nothing_is_unknown() {
    assert!(
        matches!(judged(&["d"], Some(&["/closed/x.env"])), Judged::Unknown(why) if why.contains("/closed/x.env"))
    );
    assert!(matches!(judged(&["d"], None), Judged::Unknown(_)));
    let silent = Launch { generation: None, ..launch(&[], None) };
    assert!(matches!(Files::new(&rotated(), SWAPPED).judge_launch(&silent, &look), Judged::Unknown(_)));
}

#[test]
fn a_file_that_cannot_be_seen_is_known_by_its_place() {
    let blind = |_: &Path| Err(Errno::EACCES);
    let judged = |word: &str| {
        Files::new(&rotated(), SWAPPED).judge_launch(&launch(&[word], Some(&["/env/a.env"])), &blind)
    };
    assert_eq!((judged("d"), judged("e")), (Judged::Holds(Evidence::Earlier), Judged::Not));
}

#[test]
fn what_began_with_the_swap_may_have_read_the_former_file() {
    let files = rotated();
    let files = Files::new(&files, SWAPPED);
    assert!(files.is_before_swap(SWAPPED - 1) && files.is_before_swap(SWAPPED + UNSURE - 1));
    assert!(!files.is_before_swap(SWAPPED + UNSURE));
}

#[test]
fn a_credential_without_a_path_is_looked_for_in_the_stores_and_a_folder_is_its_files() {
    assert_eq!(credential_paths(Path::new("/env/a.env")), [PathBuf::from("/env/a.env")]);
    assert!(credential_paths(Path::new("a.env")).contains(&PathBuf::from("/etc/credstore/a.env")));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a.env")).unwrap();
    assert_eq!(credential_paths(folder.path()), [folder.path().join("a.env")]);
}
