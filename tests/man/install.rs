//! `make install`: every file where those look for it who read it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, os::unix::fs::PermissionsExt};

use crate::Sentence;
use crate::roff::names;
use crate::support::ENVGATE;

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::with_program(
            "make",
            "make install puts pages and completions where they are read",
            install,
        ),
        Sentence::with_program("man", "man finds an installed page by its name", found),
    ]
}

/// Installs the program under test below a folder that goes with the test.
fn installed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new("make")
        .args(["--no-print-directory", "-C", env!("CARGO_MANIFEST_DIR"), "pages", "install"])
        .arg(format!("BINARY={ENVGATE}"))
        .arg(format!("GENERATED={}", folder.path().join("generated").display()))
        .arg(format!("DESTDIR={}", folder.path().join("root").display()))
        .args(["PREFIX=/usr", "SYSCONFDIR=/etc", "UNITDIR=/etc/systemd/system"])
        .output()
        .expect("make starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

fn install() {
    let folder = installed();
    let root = folder.path().join("root");
    let mut expected: Vec<PathBuf> = [
        "usr/share/bash-completion/completions/envgate",
        "usr/share/zsh/site-functions/_envgate",
        "etc/fish/completions/envgate.fish",
        "etc/envgate/policy.yml.example",
        "etc/systemd/system/envgate-live@.service",
        "etc/systemd/system/envgate-ages.service",
        "etc/systemd/system/envgate-ages.timer",
    ]
    .iter()
    .map(|path| root.join(path))
    .collect();
    for name in names() {
        let section = name.rsplit('.').next().expect("a section").to_owned();
        expected.push(root.join(format!("usr/share/man/man{section}/{name}")));
    }
    for path in expected {
        let metadata = fs::metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(metadata.len() > 100, "{} is empty", path.display());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o644, "{}", path.display());
    }
    let program = fs::metadata(root.join("usr/bin/envgate")).expect("the program");
    assert_eq!(program.permissions().mode() & 0o777, 0o755);
    let page = fs::read_to_string(root.join("usr/share/man/man1/envgate-exec.1")).expect("a page");
    assert_eq!(page, crate::roff::page("envgate-exec"));
}

fn found() {
    let folder = installed();
    let pages: &Path = &folder.path().join("root/usr/share/man");
    for (section, name) in [("1", "envgate-exec"), ("5", "envgate.yml"), ("7", "envgate-gates")] {
        let output = Command::new("man")
            .arg("-M")
            .arg(pages)
            .args([section, name])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("MANPAGER", "cat"), ("MANWIDTH", "80")])
            .output()
            .expect("man starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let head = format!("{}({section})", name.to_uppercase());
        assert!(
            output.status.success() && text.starts_with(&head),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
