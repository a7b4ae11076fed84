//! The expanded config in the unit's runtime directory.

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Service};

sentences![
    the_expanded_config_is_a_private_file_in_the_runtime_directory_and_goes_with_the_unit,
    of_several_runtime_directories_the_first_gets_the_config,
    a_restart_delivers_the_config_anew_where_the_directory_is_preserved,
    an_input_that_is_its_own_rendered_output_is_refused_and_stays,
];

const CONFIG: &str = "envgate: {ready: launcher}\n# kept\nkey: ${API_KEY}\n";

fn the_expanded_config_is_a_private_file_in_the_runtime_directory_and_goes_with_the_unit(lab: &'static Lab) {
    let unit = Service::new(lab, "delivered")
        .env_file("delivered.paper.env", &format!("API_KEY={CANARY}-delivered\n"))
        .config(CONFIG)
        .setting("RuntimeDirectory=delivered\nRuntimeDirectoryMode=0700")
        .command(["/bin/sleep", "infinity"])
        .started();
    assert_eq!(unit.environment()["ENVGATE_CONFIG"], "/run/delivered/config.yml");
    assert_eq!(lab.read("/run/delivered/config.yml"), format!("# kept\nkey: \"{CANARY}-delivered\"\n"));
    let stat = lab.run(["stat", "-c", "%a %U %F", "/run/delivered/config.yml"]).ok();
    assert_eq!(stat, "400 worker regular file\n");
    assert_eq!(
        lab.run(["ls", "-A", "/run/delivered"]).ok(),
        "config.yml\n",
        "and no temporary file beside it"
    );
    unit.stop();
    assert_eq!(lab.run(["ls", "/run/delivered"]).status(), Some(2), "gone with the unit");
}

fn of_several_runtime_directories_the_first_gets_the_config(lab: &'static Lab) {
    let unit = Service::new(lab, "several")
        .env_file("several.paper.env", "API_KEY=abc\n")
        .config(CONFIG)
        .setting("RuntimeDirectory=several/a several/b")
        .command(["/bin/sleep", "infinity"])
        .started();
    assert_eq!(unit.environment()["RUNTIME_DIRECTORY"], "/run/several/a:/run/several/b");
    assert_eq!(unit.environment()["ENVGATE_CONFIG"], "/run/several/a/config.yml");
}

fn a_restart_delivers_the_config_anew_where_the_directory_is_preserved(lab: &'static Lab) {
    let service = Service::new(lab, "preserved")
        .env_file("preserved.paper.env", "API_KEY=first\n")
        .config(CONFIG)
        .setting("RuntimeDirectory=preserved\nRuntimeDirectoryPreserve=yes")
        .command(["/bin/sleep", "infinity"]);
    let path = service.path("preserved.paper.env");
    let unit = service.started();
    assert!(lab.read("/run/preserved/config.yml").contains("first"));
    lab.write(&path, "API_KEY=second\n", 0o600, "worker");
    lab.run(["systemctl", "restart", &unit.name]).ok();
    assert!(lab.read("/run/preserved/config.yml").contains("second"));
    assert_eq!(lab.run(["stat", "-c", "%a", "/run/preserved/config.yml"]).ok(), "400\n");
}

fn an_input_that_is_its_own_rendered_output_is_refused_and_stays(lab: &'static Lab) {
    let unit = Service::new(lab, "own-output")
        .env_file("own-output.paper.env", "API_KEY=abc\n")
        .file("source.yml", CONFIG, 0o644, "root")
        .argument("-c /run/own-output/config.yml")
        .setting("RuntimeDirectory=own-output\nRuntimeDirectoryPreserve=yes")
        .setting("ExecStartPre=+/bin/cp /srv/own-output/source.yml /run/own-output/config.yml")
        .command(["/bin/sleep", "infinity"])
        .install();
    assert_ne!(unit.start().status(), Some(0));
    assert!(unit.journal().contains("refused [delivery]"), "{}", unit.journal());
    assert_eq!(lab.read("/run/own-output/config.yml"), CONFIG);
}
