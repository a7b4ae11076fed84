//! The way to a file: directories and links that a neighbour owns or can write to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::permissions::{alice, chmod, env_file, give};
use crate::support::{Outcome, Scenario};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::root("a folder that others or the group can write is refused", shared_folders),
        Attack::root("a sticky folder of root that everybody can write is accepted", sticky_folder),
        Attack::root("a sticky folder of a neighbour is refused", sticky_folder_of_a_neighbour),
        Attack::root("a folder of a neighbour anywhere on the way is refused", foreign_folder),
        Attack::root("a folder that may only be passed through is enough", pass_through),
        Attack::root("a folder that may not be passed through is a refusal", closed_folder),
        Attack::root("a neighbour's link in a sticky folder is refused, before it is followed", foreign_link),
        Attack::root("a neighbour's link in the middle of the way is refused", foreign_link_in_the_middle),
        Attack::root("a link of one's own or of root is followed", own_link),
        Attack::root("a link through a neighbour's folder is refused", link_through_foreign_folder),
        Attack::root("a way that climbs out of a neighbour's folder is refused all the same", climbing),
        Attack::anybody("two dots mean the folder that was really entered", two_dots),
        Attack::anybody("a loop of links is a refusal", link_loop),
        Attack::anybody(
            "a chain of links as long as the kernel's own limit is followed, a longer one not",
            chain,
        ),
        Attack::root("a neighbour's working directory in /proc is no way in", proc_links),
    ]
}

/// A launch by Alice with the env file at this path below the scenario's folder, all of it hers.
fn below(name: &str) -> Scenario {
    Scenario::new().env_file(name, "KEY=good\n").shell("echo $KEY").as_user(ALICE)
}

fn shared_folders() {
    for mode in [0o777, 0o775, 0o757, 0o2770] {
        let scenario = below("env/pine.paper.env");
        chmod(&scenario.path("env"), mode);
        scenario.run("paper").refused(77, "parent-directory").found(&format!("{mode:04o}"));
    }
}

fn sticky_folder() {
    let scenario = below("env/pine.paper.env");
    give(&scenario.path("env"), 0);
    chmod(&scenario.path("env"), 0o1777);
    scenario.run("paper").launched().printed("good\n");
}

fn sticky_folder_of_a_neighbour() {
    let scenario = below("env/pine.paper.env");
    give(&scenario.path("env"), MALLORY);
    chmod(&scenario.path("env"), 0o1777);
    scenario.run("paper").refused(77, "parent-directory");
}

fn foreign_folder() {
    for folder in ["a", "a/b", "a/b/c"] {
        let scenario = below("a/b/c/pine.paper.env");
        give(&scenario.path(folder), MALLORY);
        chmod(&scenario.path(folder), 0o755);
        scenario.run("paper").refused(77, "parent-directory").found("54322");
    }
}

fn pass_through() {
    let scenario = below("env/pine.paper.env");
    chmod(&scenario.path("env"), 0o100);
    scenario.run("paper").launched().printed("good\n");
    let scenario = below("env/pine.paper.env");
    give(&scenario.path("env"), 0);
    chmod(&scenario.path("env"), 0o711);
    scenario.run("paper").launched().printed("good\n");
}

fn closed_folder() {
    let scenario = below("env/pine.paper.env");
    give(&scenario.path("env"), 0);
    chmod(&scenario.path("env"), 0o700);
    scenario.run("paper").refused(77, "permission").found("the system denies");
}

/// A sticky folder of root with a link in it that this user made, to Alice's own good file.
fn linked(owner: u32) -> Scenario {
    let scenario = Scenario::new().file("own/pine.paper.env", "KEY=good\n").mode(0o600);
    let link = scenario.path("shared/link.paper.env");
    let target = scenario.path("own/pine.paper.env");
    let scenario = scenario.argument("-e").argument(&link).shell("echo $KEY");
    fs::create_dir(scenario.path("shared")).expect("a folder");
    symlink(target, &link).expect("a link");
    let scenario = scenario.as_user(ALICE);
    give(&scenario.path("shared"), 0);
    chmod(&scenario.path("shared"), 0o1777);
    give(&link, owner);
    scenario
}

fn foreign_link() {
    linked(MALLORY).run("paper").refused(77, "parent-directory").found("a link of user 54322");
    // What it leads to is not looked at, and so not told.
    let scenario = linked(MALLORY);
    fs::remove_file(scenario.path("own/pine.paper.env")).expect("unlink");
    scenario.run("paper").refused(77, "parent-directory").found("a link of user 54322");
}

fn own_link() {
    linked(ALICE).run("paper").launched().printed("good\n");
    linked(0).run("paper").launched().printed("good\n");
}

fn foreign_link_in_the_middle() {
    let scenario = Scenario::new().file("own/pine.paper.env", "KEY=good\n").mode(0o600);
    let link = scenario.path("middle");
    symlink(scenario.path("own"), &link).expect("a link");
    let scenario = scenario.argument("-e").argument(link.join("pine.paper.env")).shell("true").as_user(ALICE);
    give(&link, MALLORY);
    scenario.run("paper").refused(77, "parent-directory").found("a link of user 54322");
}

fn link_through_foreign_folder() {
    let scenario = linked(ALICE);
    give(&scenario.path("own"), MALLORY);
    chmod(&scenario.path("own"), 0o755);
    scenario.run("paper").refused(77, "parent-directory");
}

fn climbing() {
    let scenario = Scenario::new().file("pine.paper.env", "KEY=good\n").mode(0o600);
    fs::create_dir(scenario.path("theirs")).expect("a folder");
    let path = scenario.path("theirs/../pine.paper.env");
    let scenario = scenario.argument("-e").argument(path).shell("true").as_user(ALICE);
    give(&scenario.path("theirs"), MALLORY);
    chmod(&scenario.path("theirs"), 0o755);
    scenario.run("paper").refused(77, "parent-directory");
}

fn two_dots() {
    // `link/..` is the parent of the link's target, not the link's own folder.
    let scenario = Scenario::new()
        .file("pine.paper.env", "KEY=beside the link\n")
        .file("a/pine.paper.env", "KEY=good\n")
        .mode(0o600);
    fs::create_dir(scenario.path("a/b")).expect("a folder");
    symlink(scenario.path("a/b"), scenario.path("link")).expect("a link");
    let path = scenario.path("link/../pine.paper.env");
    scenario.argument("-e").argument(path).shell("echo $KEY").run("paper").launched().printed("good\n");
    // Above the root there is nothing but the root.
    let scenario = Scenario::new().file("pine.paper.env", "KEY=good\n").mode(0o600);
    let path = format!("{}{}/pine.paper.env", "/..".repeat(20), scenario.folder().display());
    scenario.argument("-e").argument(path).shell("echo $KEY").run("paper").launched().printed("good\n");
}

fn link_loop() {
    let scenario = Scenario::new();
    let (one, two) = (scenario.path("one.paper.env"), scenario.path("two.paper.env"));
    symlink(&two, &one).expect("a link");
    symlink(&one, &two).expect("a link");
    scenario.argument("-e").argument(one).shell("true").run("paper").refused(77, "file-kind").found("loop");
}

fn chain_of(links: usize) -> Outcome {
    let scenario = Scenario::new().file("0.paper.env", "KEY=good\n").mode(0o600);
    let link = |number: usize| -> PathBuf { scenario.path(&format!("{number}.paper.env")) };
    for number in 1..=links {
        symlink(link(number - 1), link(number)).expect("a link");
    }
    let last = link(links);
    scenario.argument("-e").argument(last).shell("echo $KEY").run("paper")
}

fn chain() {
    chain_of(40).launched().printed("good\n");
    chain_of(41).refused(77, "file-kind");
}

/// `/proc/PID/cwd` of a neighbour's process is a link of the neighbour's, to wherever the neighbour likes.
fn proc_links() {
    let scenario = alice();
    let mut neighbour = std::process::Command::new("/bin/sleep");
    std::os::unix::process::CommandExt::uid(&mut neighbour, MALLORY);
    let mut neighbour = neighbour.arg("60").current_dir("/").spawn().expect("sleep");
    let path = format!("/proc/{}/cwd{}", neighbour.id(), env_file(&scenario).display());
    let outcome = scenario.argument("-e").argument(path).run("paper");
    neighbour.kill().expect("kill");
    neighbour.wait().expect("wait");
    assert_eq!(outcome.status(), Some(77), "{}", outcome.stderr());
}
