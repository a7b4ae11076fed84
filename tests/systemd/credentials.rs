//! Secrets that systemd loads for the unit: plain and encrypted, as env files and as single variables.

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Service, USER};

sentences![
    a_plain_credential_is_read_as_an_env_file_and_as_a_variable,
    an_encrypted_credential_is_read_as_an_env_file_and_as_a_variable,
    a_live_worker_takes_its_env_file_from_a_credential,
    a_credential_that_holds_the_other_classes_secret_is_refused,
    a_credential_that_the_unit_does_not_load_is_named,
    a_folder_that_calls_itself_the_credentials_directory_is_refused,
    a_credential_that_systemd_cannot_load_is_status_243_and_not_restarted,
];

const CONFIG: &str = "envgate:
  ready: launcher
  modes: {paper: {env_files: ['credential:worker.paper.env']}}
  variables: {TOKEN: {from: 'credential:token'}}
token: ${TOKEN}
";

/// The worker's user cannot read the sources: only what systemd loads of them.
fn a_plain_credential_is_read_as_an_env_file_and_as_a_variable(lab: &'static Lab) {
    let unit = Service::new(lab, "plain-credential")
        .file("secret.env", &format!("API_KEY={CANARY}-plain\n"), 0o600, "root")
        .file("token", &format!("{CANARY}-token\n"), 0o600, "root")
        .setting("LoadCredential=worker.paper.env:/srv/plain-credential/secret.env")
        .setting("LoadCredential=token:/srv/plain-credential/token")
        .config(CONFIG)
        .command(["/bin/sleep", "infinity"])
        .started();
    let environment = unit.environment();
    assert_eq!(environment["API_KEY"], format!("{CANARY}-plain"));
    assert_eq!(environment["TOKEN"], format!("{CANARY}-token"), "the final newline is not the value's");
    assert_eq!(environment["CREDENTIALS_DIRECTORY"], "/run/credentials/plain-credential.service");
    let source = lab.run(["runuser", "-u", USER, "--", "cat", "/srv/plain-credential/secret.env"]);
    assert_eq!(source.status(), Some(1), "the worker's user cannot read the source");
}

fn an_encrypted_credential_is_read_as_an_env_file_and_as_a_variable(lab: &'static Lab) {
    lab.run(["systemd-creds", "setup"]).ok();
    let service = Service::new(lab, "encrypted-credential")
        .setting("LoadCredentialEncrypted=worker.paper.env:/srv/encrypted-credential/secret.cred")
        .setting("LoadCredentialEncrypted=token:/srv/encrypted-credential/token.cred")
        .config(CONFIG)
        .command(["/bin/sleep", "infinity"]);
    let encrypt = |name: &str, secret: &str, file: &str| {
        let target = service.path(file);
        lab.shell(&format!(
            "printf '%s\\n' '{secret}' | systemd-creds encrypt --with-key=host --name={name} - {target}"
        ))
        .ok();
        assert!(!lab.read(&target).contains(CANARY), "it is encrypted");
    };
    encrypt("worker.paper.env", &format!("API_KEY={CANARY}-encrypted"), "secret.cred");
    encrypt("token", &format!("{CANARY}-token"), "token.cred");
    let environment = service.started().environment();
    assert_eq!(environment["API_KEY"], format!("{CANARY}-encrypted"));
    assert_eq!(environment["TOKEN"], format!("{CANARY}-token"));
}

fn a_live_worker_takes_its_env_file_from_a_credential(lab: &'static Lab) {
    let unit = Service::new(lab, "live-credential")
        .mode("live")
        .kind("exec")
        .file("secret.env", &format!("ENVGATE_MODE=live\nAPI_KEY={CANARY}-live\n"), 0o600, "root")
        .setting("LoadCredential=secrets:/srv/live-credential/secret.env")
        .argument("-e")
        .argument("credential:secrets")
        .command(["/bin/sleep", "infinity"])
        .started();
    assert_eq!(unit.environment()["API_KEY"], format!("{CANARY}-live"));
    assert_eq!(unit.environment()["ENVGATE_CLASS"], "live");
}

/// Nothing says of a single value for which mode it is: the same value in the live file does.
fn a_credential_that_holds_the_other_classes_secret_is_refused(lab: &'static Lab) {
    let config = |declared: &str| {
        let modes = "{paper: {env_files: []}, live: {env_files: [x.live.env]}}";
        format!(
            "envgate:\n  ready: launcher\n  modes: {modes}\n  \
             variables: {{TOKEN: {{from: 'credential:token'{declared}}}, API_KEY: {{required: false, shared: true}}}}\n\
             token: ${{TOKEN}}\n"
        )
    };
    let service = |name: &'static str, declared: &str| {
        Service::new(lab, name)
            .file("token", &format!("{CANARY}-token\n"), 0o600, "root")
            .file("x.live.env", &format!("ENVGATE_MODE=live\nAPI_KEY={CANARY}-token\n"), 0o600, USER)
            .setting(&format!("LoadCredential=token:/srv/{name}/token"))
            .config(&config(declared))
            .command(["/bin/sleep", "infinity"])
    };
    service("feed-credential", ", shared: true").started();
    let unit = service("mixed-credential", "").install();
    unit.start().failed(1);
    let said = unit.journal();
    assert!(said.contains("refused [shared-secret]") && !said.contains(CANARY), "{said}");
}

fn a_credential_that_the_unit_does_not_load_is_named(lab: &'static Lab) {
    let unit = Service::new(lab, "absent-credential")
        .argument("-e")
        .argument("credential:absent")
        .command(["/bin/sleep", "infinity"])
        .install();
    unit.start().failed(1);
    assert_eq!(unit.property("ExecMainStatus"), "66");
    let journal = unit.journal();
    assert!(journal.contains("LoadCredential=absent:"), "the mend names the line to add:\n{journal}");
}

/// The variable that names the directory is whatever the unit's author, or a caller, sets it to.
fn a_folder_that_calls_itself_the_credentials_directory_is_refused(lab: &'static Lab) {
    let unit = Service::new(lab, "forged-credential")
        .file("worker.paper.env", "API_KEY=abc\n", 0o400, USER)
        .setting("Environment=CREDENTIALS_DIRECTORY=/srv/forged-credential")
        .argument("-e")
        .argument("credential:worker.paper.env")
        .command(["/bin/sleep", "infinity"])
        .install();
    unit.start().failed(1);
    assert_eq!(unit.property("ExecMainStatus"), "77");
    let journal = unit.journal();
    assert!(journal.contains("not a credentials directory of systemd's"), "{journal}");
}

fn a_credential_that_systemd_cannot_load_is_status_243_and_not_restarted(lab: &'static Lab) {
    let unit = Service::new(lab, "unloadable-credential")
        .setting("LoadCredential=worker.paper.env:/srv/unloadable-credential/nowhere")
        .setting("Restart=on-failure\nRestartSec=0\nRestartPreventExitStatus=77 243")
        .argument("-e")
        .argument("credential:worker.paper.env")
        .command(["/bin/sleep", "infinity"])
        .install();
    unit.start().failed(1);
    assert_eq!(unit.property("ExecMainStatus"), "243");
    assert_eq!(unit.property("ActiveState"), "failed");
    assert_eq!(unit.property("NRestarts"), "0");
}
