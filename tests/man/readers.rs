//! The pages as groff, mandoc and man read them.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::Sentence;
use crate::roff::{names, page};

pub fn sentences() -> Vec<Sentence> {
    vec![
        Sentence::with_program("groff", "groff renders every page without a warning", groff),
        Sentence::with_program("mandoc", "mandoc finds nothing wrong in any page", mandoc),
        Sentence::anywhere("every page is ASCII: no reader has to guess an encoding", ascii),
    ]
}

/// What a program prints and complains of, with a page on its standard input.
fn read(program: &str, arguments: &[&str], roff: &str) -> (String, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(roff.as_bytes()).expect("the page");
    let output = child.wait_with_output().expect("an end");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// All warnings, and text without bold and colours.
const GROFF: &[&str] = &["-man", "-ww", "-Tutf8", "-P-cbou"];

fn groff() {
    for name in names() {
        let (printed, complaints) = read("groff", GROFF, &page(&name));
        assert_eq!(complaints, "", "{name}");
        assert!(printed.contains("SEE ALSO"), "{name}: {printed}");
    }
    // The test would see one.
    let broken = page("envgate").replace(".SH NAME\n", ".SH NAME\n\\*(zz\n");
    assert_ne!(read("groff", GROFF, &broken).1, "");
}

fn mandoc() {
    for name in names() {
        let (printed, complaints) = read("mandoc", &["-Tlint", "-W", "warning"], &page(&name));
        let all = printed + &complaints;
        // A page of a program that builds the same each time has no date of its build.
        let wrong: Vec<&str> = all.lines().filter(|line| !line.contains("missing date")).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
    let broken = page("envgate").replace(".SH NAME\n", ".SH NAME\n.PP\n");
    let (printed, complaints) = read("mandoc", &["-Tlint", "-W", "warning"], &broken);
    assert!((printed + &complaints).contains("PP"), "the test sees nothing");
}

fn ascii() {
    for name in names() {
        let page = page(&name);
        assert!(page.is_ascii(), "{name}");
        assert!(page.lines().all(|line| !line.ends_with(' ')), "{name}: blanks at the end of a line");
    }
}
