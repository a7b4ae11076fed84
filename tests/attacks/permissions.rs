//! Who owns an env file or a config, and who else can read or write it: mode bits, owners, ACLs.

use std::os::unix::fs::lchown;
use std::path::Path;
use std::process::Command;

use crate::support::{Outcome, Scenario};
use crate::{ALICE, Attack, MALLORY};

pub fn attacks() -> Vec<Attack> {
    vec![
        Attack::root("an env file that group or others can read or write is refused", open_modes),
        Attack::anybody("nobody is told to close a file that is none of envgate's", another_file),
        Attack::root("an env file of its owner alone is accepted", closed_modes),
        Attack::root("an env file of another user is refused even where it can be read", another_owner),
        Attack::root("an env file of root is accepted from a worker who can read it", roots_file),
        Attack::root("root launches with files of root alone", root_wants_roots_files),
        Attack::root("root is sent to the user whose file it is", root_is_sent_to_the_owner),
        Attack::root("an ACL that lets another user read the env file is refused", acl_on_the_file),
        Attack::root("an ACL that its mask switches off is harmless", masked_acl),
        Attack::root(
            "an ACL that lets another user write to a folder on the way is refused",
            acl_on_the_folder,
        ),
        Attack::root("a default ACL makes the new file readable, and the file is refused", default_acl),
        Attack::root("a config that group or others can write is refused", writable_config),
        Attack::root("a config that everybody can read is accepted", readable_config),
        Attack::root("a config of another user is refused", foreign_config),
        Attack::root("a config whose ACL lets another user write is refused", acl_on_the_config),
        Attack::root("a look by root has one worker: files of two users are refused", two_owners),
        Attack::root("what the worker's user may not read or run is found by root too", closed_to_the_worker),
        Attack::root("no message tells a person to open or give away a folder", closed_folder),
        Attack::root("a hard link has the owner and the mode of its file", hard_link),
    ]
}

/// A launch by Alice with one env file of hers.
pub fn alice() -> Scenario {
    Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell("echo $KEY").as_user(ALICE)
}

/// Where [`alice`] has her env file.
pub fn env_file(scenario: &Scenario) -> std::path::PathBuf {
    scenario.path("pine.paper.env")
}

pub fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}

/// Gives a file, or a link itself, to a user.
pub fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).expect("chown");
}

/// A look by root for Alice: what is closed to her, and to whom it belongs then.
fn closed_to_the_worker() {
    for (closed, mode, status) in
        [("", 0o755, 0), ("config.yml", 0o600, 77), ("x.paper.env", 0o600, 77), ("worker", 0o700, 126)]
    {
        let scenario = Scenario::new().file("worker", "#!/bin/sh\n").mode(0o755);
        let config = format!(
            "envgate:\n  command: [{}]\n  modes: {{paper: {{env_files: [x.paper.env]}}}}\nkey: ${{KEY}}\n",
            scenario.path("worker").display()
        );
        let scenario = scenario
            .configured_env_file("x.paper.env", "KEY=abc\n")
            .config(config)
            .check()
            .argument("--user")
            .argument(ALICE.to_string());
        chmod(scenario.folder(), 0o755);
        give(&scenario.path("x.paper.env"), ALICE);
        if !closed.is_empty() {
            give(&scenario.path(closed), 0);
            chmod(&scenario.path(closed), mode);
        }
        let outcome = scenario.run("paper");
        assert_eq!(outcome.status(), Some(status), "{closed}\n{}", outcome.stdout());
    }
}

/// The folder and the first file are Alice's, the second file is Mallory's: no user could launch with both.
fn two_owners() {
    let scenario = || {
        let scenario =
            Scenario::new().env_file("a.paper.env", "A=1\n").env_file("b.paper.env", "B=1\n").shell("true");
        let folder = scenario.folder().to_owned();
        for (name, owner) in [("", ALICE), ("a.paper.env", ALICE), ("b.paper.env", MALLORY)] {
            give(&folder.join(name), owner);
        }
        scenario.check()
    };
    scenario().run("paper").refused(77, "owner").found("b.paper.env");
    let scenario = scenario();
    give(&scenario.path("b.paper.env"), ALICE);
    scenario.run("paper").launched();
}

/// The folder is root's alone: as root it is found for Alice, and Alice herself cannot enter it.
fn closed_folder() {
    let scenario = || {
        let scenario =
            Scenario::new().env_file("closed/a.paper.env", "KEY=good\n").shell("true").as_user(ALICE);
        give(&scenario.path("closed"), 0);
        chmod(&scenario.path("closed"), 0o700);
        scenario
    };
    let user = ALICE.to_string();
    let mut said = scenario()
        .check()
        .argument("--user")
        .argument(user)
        .run_as_root("paper")
        .refused(77, "permission")
        .stdout();
    said += &scenario().run("paper").refused(77, "permission").stderr();
    assert!(said.contains("may enter") && !said.contains("chown") && !said.contains("chmod"), "{said}");
}

fn with_mode(mode: u32) -> Outcome {
    let scenario = alice();
    chmod(&env_file(&scenario), mode);
    scenario.run("paper")
}

fn open_modes() {
    for mode in [0o640, 0o644, 0o660, 0o604, 0o620, 0o602, 0o666, 0o440, 0o4644] {
        with_mode(mode)
            .refused(77, "permission")
            .found(&format!("mode {mode:04o}"))
            .found("chmod 600 ")
            .hides("good");
    }
}

/// Whoever typed the advice would close the user database, or a config, to everybody.
fn another_file() {
    let passwd = Scenario::new().argument("-e").argument("/etc/passwd").command(["/bin/true"]);
    passwd.run("paper").refused(77, "permission").found("name the env file: ").hides("chmod");
    let advice = |contents: &[u8]| {
        let scenario = Scenario::new().file("x.paper.env", contents).mode(0o644);
        let lint = scenario.ask(["lint", "x.paper.env"]);
        format!("{}{}", lint.stdout(), lint.stderr()).contains("chmod 600")
    };
    assert!(!advice(b"root:x:0:0::/root:/bin/sh\n"));
    for badly_written in
        [&b"KEY=a\n"[..], b"KEY=a\n# caf\xe9\n", b"API KEY=a\n", b"KEY='a\n", b"export KEY=a\n"]
    {
        assert!(advice(badly_written), "{}", String::from_utf8_lossy(badly_written));
    }
}

fn closed_modes() {
    for mode in [0o400, 0o600, 0o700, 0o611] {
        with_mode(mode).launched().printed("good\n");
    }
}

fn another_owner() {
    let scenario = alice();
    give(&env_file(&scenario), MALLORY);
    // 0600 of another user cannot be read at all; 0644 can, and is refused for both reasons.
    chmod(&env_file(&scenario), 0o644);
    scenario.run("paper").refused(77, "owner").found("refused [permission]").found("54322");
    let scenario = alice();
    give(&env_file(&scenario), MALLORY);
    scenario.run("paper").refused(77, "permission").found("you may not read");
}

/// Only a capability lets a worker read root's 0600 file: a unit's `AmbientCapabilities=` gives it.
fn roots_file() {
    let scenario = alice();
    give(&env_file(&scenario), 0);
    let inner = scenario.prepared("paper");
    let capability = "+dac_read_search";
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "54321", "--regid", "54321", "--clear-groups"]);
    command.args(["--inh-caps", capability, "--ambient-caps", capability]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(scenario.folder());
    let output = command.output().expect("setpriv");
    Outcome { output, scenario }.launched().printed("good\n");
}

/// Whoever gave the file of a service to root would mend this launch and break the unit.
fn root_is_sent_to_the_owner() {
    let scenario = || {
        let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").shell("true");
        give(scenario.folder(), 0);
        give(&env_file(&scenario), ALICE);
        scenario
    };
    let mend = format!("mend: launch it as the user whose file it is: sudo -u '#{ALICE}' envgate");
    scenario().run_as_root("paper").refused(77, "owner").found(&mend);
    let outcome = scenario().check().argument("--user").argument(MALLORY.to_string()).run_as_root("paper");
    outcome.refused(77, "owner").found(&format!("sudo chown {MALLORY}: ")).hides("chown root");
}

fn root_wants_roots_files() {
    let scenario =
        || Scenario::new().env_file("pine.paper.env", "KEY=good\n").command(["/bin/echo", "started"]);
    scenario().run("paper").launched().printed("started\n");
    let foreign = scenario();
    give(&env_file(&foreign), ALICE);
    foreign.run("paper").refused(77, "owner");
}

fn setfacl(arguments: &[&str], path: &Path) {
    let status = Command::new("setfacl").args(arguments).arg(path).status();
    assert!(status.expect("setfacl, of the package acl").success());
}

fn acl_on_the_file() {
    let scenario = alice();
    setfacl(&["-m", "u:54322:r"], &env_file(&scenario));
    scenario.run("paper").refused(77, "permission");
}

fn masked_acl() {
    let scenario = alice();
    setfacl(&["-m", "u:54322:r,m::-"], &env_file(&scenario));
    scenario.run("paper").launched().printed("good\n");
}

fn acl_on_the_folder() {
    let scenario = alice();
    setfacl(&["-m", "u:54322:rwx"], scenario.folder());
    scenario.run("paper").refused(77, "parent-directory");
}

fn default_acl() {
    let scenario = alice();
    setfacl(&["-m", "d:u:54322:r"], scenario.folder());
    std::fs::remove_file(env_file(&scenario)).expect("unlink");
    std::fs::write(env_file(&scenario), "KEY=good\n").expect("a file");
    give(&env_file(&scenario), ALICE);
    scenario.run("paper").refused(77, "permission");
}

fn configured() -> Scenario {
    Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config("key: ${KEY}\n")
        .shell("cat $ENVGATE_CONFIG")
        .as_user(ALICE)
}

fn writable_config() {
    for mode in [0o664, 0o646, 0o666, 0o620] {
        let scenario = configured();
        chmod(&scenario.path("config.yml"), mode);
        scenario.run("paper").refused(77, "permission").found("chmod go-w ");
    }
}

fn readable_config() {
    configured().run("paper").launched().printed("key: \"good\"\n");
}

fn foreign_config() {
    let scenario = configured();
    give(&scenario.path("config.yml"), MALLORY);
    scenario.run("paper").refused(77, "owner");
}

fn acl_on_the_config() {
    let scenario = configured();
    setfacl(&["-m", "u:54322:rw"], &scenario.path("config.yml"));
    scenario.run("paper").refused(77, "permission");
}

fn hard_link() {
    let scenario = alice();
    let original = scenario.path("another.paper.env");
    std::fs::write(&original, "KEY=another\n").expect("a file");
    give(&original, MALLORY);
    chmod(&original, 0o604);
    std::fs::remove_file(env_file(&scenario)).expect("unlink");
    std::fs::hard_link(&original, env_file(&scenario)).expect("a hard link");
    scenario.run("paper").refused(77, "owner").found("refused [permission]").hides("another\n");
}
