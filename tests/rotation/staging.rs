//! What is asked for and staged, and what is refused there and then.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use crate::Proof;
use crate::commands::{ask, ends, of, stage};
use crate::place::{Place, key, said, secret, text};

pub fn proofs() -> Vec<Proof> {
    vec![
        of("what files share is asked for once, and what differs for each of them", questions),
        of("what is refused at the staging has changed nothing", refused_at_the_staging),
        of("a value that was replaced or retired does not come back", old_values),
        of("a live value is not staged for paper", other_class),
        of("a link stays, and its target is rotated", link),
        of("the old value's end goes with it, and the new one has its own", expiry),
    ]
}

fn questions(place: &Place) {
    let own = text(0).replace(&secret(0), "a secret of its own, of NQ");
    fs::write(place.env_file("NQ"), own).unwrap();
    let words = stage(&["API_KEY", "API_SECRET"]);
    ends(
        place,
        &words,
        "one\ntwo\n",
        65,
        "API_KEY (ES.paper.env), API_SECRET (ES.paper.env), API_SECRET (NQ.paper.env)",
    );
    ends(place, &words, "shared-key\nsecret-of-es\nsecret-of-nq\n", 0, "staged: API_KEY, API_SECRET");
    let staged =
        |instance: &str| fs::read_to_string(place.path(&format!("env/{instance}.paper.env.staged"))).unwrap();
    assert!(staged("ES").contains("API_KEY=shared-key\n") && staged("NQ").contains("API_KEY=shared-key\n"));
    assert!(
        staged("ES").contains("API_SECRET=secret-of-es\n")
            && staged("NQ").contains("API_SECRET=secret-of-nq\n")
    );
}

fn refused_at_the_staging(place: &Place) {
    // Its folders are there, so that nothing new is.
    place.done("stage", 1);
    place.done("discard", 1);
    let before = place.exactly();
    let bad = |name: &'static str| -> Vec<&'static str> { stage(&[name]) };
    for (words, values, status, shows) in [
        (bad("MISSING_KEY"), "x", 78, "MISSING_KEY"),
        (bad("API_KEY=value"), "x", 64, "values are never given here"),
        (bad("API_KEY"), "", 78, "the new value is empty"),
        (bad("API_KEY"), "a\0b", 65, ""),
        (bad("API_KEY"), "a\rb", 65, ""),
        (stage(&["API_KEY", "API_SECRET"]), "only-one\n", 65, "2 values are wanted"),
        (stage(&["API_KEY", "API_KEY"]), "x\ny\n", 64, "twice"),
        (vec!["rotate", "stage", "API_KEY", "-m", "nowhere", "-c", "config.yml"], "x", 78, "nowhere"),
        (
            vec!["rotate", "stage", "API_KEY", "-m", "paper", "-c", "none.yml", "-i", "ES"],
            "x",
            66,
            "none.yml",
        ),
        (vec!["rotate", "stage", "API_KEY", "-m", "paper", "-e", "env/none.env"], "x", 66, "none.env"),
        (vec!["rotate", "stage", "API_KEY", "-m", "paper", "-c", "config.yml", "-i", "../x"], "x", 64, "-i"),
        (
            vec![
                "rotate",
                "stage",
                "API_KEY",
                "-m",
                "paper",
                "-c",
                "config.yml",
                "-i",
                "ES",
                "--value-fd",
                "77",
            ],
            "x",
            64,
            "77",
        ),
        (bad("API_KEY"), "changeme", 78, "dummy-value"),
    ] {
        let output = ask(place, &words, values);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(status), "{words:?} {values:?}: {text}");
        assert!(text.contains(shows), "{words:?}: {text}");
        assert_eq!(place.exactly(), before, "{words:?}");
    }
    fs::set_permissions(place.env_file("ES"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    ends(place, &stage(&["API_KEY"]), "x", 77, "permission");
}

fn old_values(place: &Place) {
    ends(place, &stage(&["API_KEY"]), &key(0), 77, "is the value that it is to replace");
    place.done("stage", 1);
    place.done("promote", 1);
    place.done("close", 1);
    ends(place, &stage(&["API_KEY"]), &key(0), 77, "was retired on 20");
    // Under another name it is the same key.
    ends(place, &stage(&["API_SECRET"]), &key(0), 77, "(as API_KEY)");
    ends(place, &stage(&["API_KEY"]), &key(2), 0, "staged");
}

fn other_class(place: &Place) {
    let words = stage(&["API_KEY"]);
    ends(place, &words, "https://api.alpaca.markets", 77, "endpoint");
    assert_eq!((place.beside(), place.open()), (vec![], None));
}

fn link(place: &Place) {
    let target = place.path("env/real-ES.paper.env");
    fs::rename(place.env_file("ES"), &target).unwrap();
    symlink("real-ES.paper.env", place.env_file("ES")).unwrap();
    std::os::unix::fs::lchown(place.env_file("ES"), Some(fs::metadata(&target).unwrap().uid()), None)
        .unwrap();
    place.done("stage", 1);
    place.done("promote", 1);
    assert!(fs::symlink_metadata(place.env_file("ES")).unwrap().is_symlink());
    assert_eq!(place.whole(&target), 1);
    assert!(place.path("env/real-ES.paper.env.previous").exists());
}

fn expiry(place: &Place) {
    let dated = text(0).replace("API_KEY=", "# expires: 2031-01-01\nAPI_KEY=");
    fs::write(place.env_file("ES"), &dated).unwrap();
    fs::write(place.env_file("NQ"), &dated).unwrap();
    place.done("stage", 1);
    let staged = fs::read_to_string(place.path("env/ES.paper.env.staged")).unwrap();
    assert!(!staged.contains("# expires:"), "{staged}");
    place.done("discard", 1);
    ends(place, &[stage(&["API_KEY"]), vec!["--expires", "2032-02-02"]].concat(), &key(1), 0, "");
    let staged = fs::read_to_string(place.path("env/ES.paper.env.staged")).unwrap();
    assert!(staged.contains("# expires: 2032-02-02T00:00:00Z\n") && !staged.contains("2031"), "{staged}");
}
