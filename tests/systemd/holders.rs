//! Who holds the former generation of a file, among real units.

use serde_json::Value;

use crate::lab::Lab;
use crate::rotated::{Rotation, install};
use crate::sentences;
use crate::service::{Service, USER, Unit, add_user};

sentences![
    the_holders_are_the_instances_of_the_file_and_no_others,
    a_worker_with_an_even_older_generation_holds_the_former_one_too,
    what_systemd_loaded_of_the_file_before_the_swap_is_held,
    an_encrypted_credential_is_held_as_a_plain_one_is,
    a_worker_that_says_nothing_is_judged_by_its_units_command_or_unknown,
    what_is_left_of_a_stopped_unit_is_its_owners_and_starts_nothing,
    patterns_choose_among_the_holders_and_refuse_all_others,
    without_systemds_answer_the_workers_that_say_so_are_known_all_the_same,
];

const LIVE: &str = "ENVGATE_MODE=live\nAPI_KEY=abc\n";
const SLEEP: [&str; 2] = ["/bin/sleep", "infinity"];

/// A template of live workers on this file; `ready` by the launcher.
fn template(lab: &'static Lab, name: &str, mode: &str, file: &str, more: &str) {
    let config = format!(
        "envgate:\n  ready: launcher\n  command: [/bin/sleep, infinity]\n  modes: {{{mode}: {{env_files: [{file}]}}}}\nkey: ${{API_KEY}}\n"
    );
    lab.write(&format!("/srv/{name}/{name}.yml"), config, 0o644, "root");
    let command = format!("envgate exec -m {mode} -c /srv/{name}/{name}.yml -i %i");
    let unit =
        format!("Type=notify\nNotifyAccess=main\nUser={USER}\n{more}\nExecStart=/usr/local/bin/{command}");
    install(lab, &format!("{name}@.service"), &unit);
}

/// Started, and the workers themselves by now: with `ready: launcher` systemd hears of it a moment before.
fn start(lab: &'static Lab, units: &[&str]) {
    lab.run(["systemctl", "start"].into_iter().chain(units.iter().copied())).ok();
    for unit in units {
        Unit::named(lab, unit).main_pid();
    }
}

fn the_holders_are_the_instances_of_the_file_and_no_others(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/held/held.live.env", LIVE);
    // Named through a link, as a deployment does.
    lab.run(["ln", "-s", "/srv/held/held.live.env", "/srv/held/link.live.env"]).ok();
    lab.write("/srv/held-paper/held.paper.env", "API_KEY=abc\n", 0o600, USER);
    template(lab, "held", "live", "/srv/held/link.live.env", "");
    template(lab, "held-paper", "paper", "/srv/held-paper/held.paper.env", "");
    start(lab, &["held@NQ", "held@ES", "held-paper@ES"]);
    let by_hand = "cd / && envgate exec -m live -e /srv/held/held.live.env --confirm live -- /bin/sleep 50";
    let mut child = lab.command(["runuser", "-u", USER, "--", "sh", "-c", by_hand]).spawn().expect("nsenter");
    lab.until("the worker by hand runs", || {
        rotation.holders()["by_hand"].as_array().is_some_and(|held| !held.is_empty())
    });
    assert_eq!(rotation.units(), ["held@ES.service", "held@NQ.service"]);
    let said = rotation.holders();
    assert_eq!(said["units"][0]["holders"][0]["instance"], "ES", "{said:#}");
    assert_eq!(said["units"][0]["holders"][0]["evidence"], "its generation", "{said:#}");
    assert_eq!(said["units"][0]["kind"], "notify");
    assert_eq!((&said["by_hand"][0]["user"], &said["by_hand"][0]["unit"]), (&USER.into(), &Value::Null));
    assert_eq!((&said["unknown"], &said["unreadable"]), (&serde_json::json!([]), &0.into()), "{said:#}");

    let rotation = rotation.swap();
    assert_eq!(rotation.units(), ["held@ES.service", "held@NQ.service"], "the swap restarts nobody");
    lab.run(["systemctl", "restart", "held@ES"]).ok();
    assert_eq!(rotation.units(), ["held@NQ.service"]);
    lab.run(["systemctl", "stop", "held@NQ"]).ok();
    assert_eq!(rotation.units(), [""; 0]);
    assert_eq!(rotation.holders()["by_hand"].as_array().map(Vec::len), Some(1));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    lab.run(["systemctl", "stop", "held@*", "held-paper@*"]).ok();
}

fn a_worker_with_an_even_older_generation_holds_the_former_one_too(lab: &'static Lab) {
    lab.write("/srv/older/older.live.env", LIVE, 0o600, USER);
    template(lab, "older", "live", "/srv/older/older.live.env", "");
    start(lab, &["older@A"]);
    // Edited since, and nobody restarted the worker.
    lab.run(["rm", "/srv/older/older.live.env"]).ok();
    let rotation = Rotation::of(lab, "/srv/older/older.live.env", LIVE);
    start(lab, &["older@B"]);
    assert_eq!(rotation.units(), ["older@A.service", "older@B.service"]);
    let rotation = rotation.swap();
    assert_eq!(rotation.units(), ["older@A.service", "older@B.service"]);
    lab.run(["systemctl", "restart", "older@A", "older@B"]).ok();
    assert_eq!(rotation.units(), [""; 0]);
    lab.run(["systemctl", "stop", "older@*"]).ok();
}

/// Root's file, for workers that could not read it themselves; and a service that has never heard of envgate.
fn what_systemd_loaded_of_the_file_before_the_swap_is_held(lab: &'static Lab) {
    add_user(lab, "credited");
    let rotation = Rotation::owned(lab, "/srv/loaded/a.env", "API_KEY=abc\n", "root");
    let launch = "ExecStart=/usr/local/bin/envgate exec -m paper -e credential:worker.paper.env -- /bin/sleep infinity";
    install(
        lab,
        "loaded-credential.service",
        &format!("Type=exec\nUser=credited\nLoadCredential=worker.paper.env:/srv/loaded/a.env\n{launch}"),
    );
    install(
        lab,
        "loaded-alone.service",
        "Type=exec\nLoadCredential=x:/srv/loaded/a.env\nExecStart=/bin/sleep infinity",
    );
    install(
        lab,
        "loaded-folder.service",
        "Type=exec\nLoadCredential=x:/srv/loaded\nExecStart=/bin/sleep infinity",
    );
    install(
        lab,
        "loaded-file.service",
        "Type=exec\nEnvironmentFile=/srv/loaded/a.env\nExecStart=/bin/sleep infinity",
    );
    install(
        lab,
        "loaded-other.service",
        "Type=exec\nEnvironmentFile=/srv/loaded/b.env\nExecStart=/bin/sleep infinity",
    );
    lab.write("/srv/loaded/b.env", "A=1\n", 0o600, "root");
    let all =
        ["loaded-alone.service", "loaded-credential.service", "loaded-file.service", "loaded-folder.service"];
    start(lab, &all);
    start(lab, &["loaded-other.service"]);
    Unit::named(lab, "loaded-credential.service").main_pid();
    assert_eq!(rotation.units(), all);
    let rotation = rotation.swap();
    let said = rotation.holders();
    assert_eq!(rotation.units(), all, "{said:#}");
    assert_eq!(said["units"][0]["evidence"], "a credential loaded before the swap", "{said:#}");
    assert_eq!(said["units"][2]["evidence"], "EnvironmentFile= read before the swap", "{said:#}");
    assert_eq!(said["unknown"], serde_json::json!([]), "{said:#}");
    lab.run(["systemctl", "restart"].into_iter().chain(all)).ok();
    assert_eq!(rotation.units(), [""; 0]);
    lab.run(["systemctl", "stop", "loaded-*"]).ok();
}

fn an_encrypted_credential_is_held_as_a_plain_one_is(lab: &'static Lab) {
    lab.run(["systemd-creds", "setup"]).ok();
    let file = "/srv/sealed-alone/secret.cred";
    let encrypt = format!(
        "mkdir -p /srv/sealed-alone && echo API_KEY=abc | systemd-creds encrypt --with-key=host --name=x - {file}"
    );
    lab.shell(&encrypt).ok();
    let service = format!("Type=exec\nLoadCredentialEncrypted=x:{file}\nExecStart=/bin/sleep infinity");
    install(lab, "sealed-alone.service", &service);
    start(lab, &["sealed-alone.service"]);
    let rotation = Rotation::owned(lab, file, "written since", "root").swap();
    let said = rotation.holders();
    assert_eq!(said["units"][0]["name"], "sealed-alone.service", "{said:#}");
    lab.run(["systemctl", "stop", "sealed-alone.service"]).ok();
}

/// As `setproctitle` does: it writes over the memory that its environment was passed in.
const OVERWRITES: &str = "import ctypes, time, sys
fields = open('/proc/self/stat').read().rsplit(')', 1)[1].split()
start, end = int(fields[47]), int(fields[48])
ctypes.memset(start, 0, end - start)
open(sys.argv[1] + '/done', 'w')
time.sleep(3600)
";

fn a_worker_that_says_nothing_is_judged_by_its_units_command_or_unknown(lab: &'static Lab) {
    let file = "/srv/mute-named/a.paper.env";
    let rotation = Rotation::of(lab, file, "API_KEY=abc\n");
    let mute =
        |name: &'static str, settings: &str| {
            let unit = Service::new(lab, name)
                .kind("exec")
                .setting(&format!("RuntimeDirectory={name}"))
                .file("worker.py", OVERWRITES, 0o644, "root");
            let (script, done) = (unit.path("worker.py"), format!("/run/{name}"));
            let unit = match settings {
                "named" => unit.argument("-e").argument(file),
                _ => unit.config(&format!(
                    "envgate: {{modes: {{paper: {{env_files: [{file}]}}}}}}\nkey: ${{API_KEY}}\n"
                )),
            };
            let unit = unit.command(["/usr/bin/python3", &script, &done]).started();
            lab.until("it has overwritten its environment", || {
                lab.run(["test", "-e", &format!("/run/{name}/done")]).status() == Some(0)
            });
            unit
        };
    let named = mute("mute-named", "named");
    let configured = mute("mute-configured", "configured");
    let said = rotation.holders();
    assert_eq!(rotation.units(), ["mute-named.service"], "{said:#}");
    assert_eq!(said["units"][0]["holders"][0]["evidence"], "its command, started before the swap");
    assert_eq!(said["unknown"][0]["unit"], "mute-configured.service", "{said:#}");
    assert_eq!(said["unknown"][0]["why"], "it has overwritten its environment", "{said:#}");
    let rotation = rotation.swap();
    for unit in [&named, &configured] {
        lab.run(["systemctl", "restart", &unit.name]).ok();
        unit.main_pid();
    }
    let said = rotation.holders();
    assert_eq!((rotation.units().len(), &said["unknown"]), (0, &serde_json::json!([])), "{said:#}");
    named.stop();
    configured.stop();
}

fn what_is_left_of_a_stopped_unit_is_its_owners_and_starts_nothing(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/leftover/leftover.paper.env", "API_KEY=abc\n");
    let unit = Service::new(lab, "leftover")
        .kind("exec")
        .setting("KillMode=process")
        .argument("-e /srv/leftover/leftover.paper.env")
        .command(["/usr/bin/setsid", "--fork", "--wait", "/bin/sleep", "3000"])
        .started();
    lab.until("its child runs", || {
        let group = "/sys/fs/cgroup/system.slice/leftover.service/cgroup.procs";
        lab.read(group).lines().count() == 2
    });
    assert_eq!(rotation.units(), ["leftover.service"]);
    // systemd keeps a failed unit in its list.
    lab.run(["systemctl", "kill", "--kill-who=main", "--signal=KILL", &unit.name]).ok();
    lab.until("the unit has failed", || unit.property("ActiveState") == "failed");
    let said = rotation.holders();
    assert_eq!(rotation.units(), [""; 0], "{said:#}");
    assert_eq!(said["by_hand"][0]["unit"], "leftover.service", "{said:#}");
    let pid = said["by_hand"][0]["pid"].to_string();
    lab.run(["kill", &pid]).ok();
}

fn patterns_choose_among_the_holders_and_refuse_all_others(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/chosen/chosen.live.env", LIVE);
    lab.write("/srv/chosen-paper/chosen.paper.env", "API_KEY=abc\n", 0o600, USER);
    template(lab, "chosen", "live", "/srv/chosen/chosen.live.env", "");
    template(lab, "chosen-paper", "paper", "/srv/chosen-paper/chosen.paper.env", "");
    start(lab, &["chosen@B", "chosen@A", "chosen-paper@A"]);
    let all = serde_json::json!({"units": ["chosen@A.service", "chosen@B.service"], "left_out": []});
    assert_eq!(rotation.ask("choose", &[]), all);
    assert_eq!(rotation.ask("choose", &["chosen@*"]), all);
    let one = rotation.ask("choose", &["chosen@[!B]"]);
    assert_eq!(
        (&one["units"][0], &one["left_out"][0]),
        (&"chosen@A.service".into(), &"chosen@B.service".into())
    );
    // A unit that exists and does not run, one that does not exist, and one that runs on another file.
    let refused = rotation.ask("choose", &["chosen@C", "chosen@A", "nowhere", "none@*", "chosen*@A"]);
    let refused: Vec<&str> =
        refused["refused"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(
        refused,
        [
            "NotHolding { pattern: \"chosen@C\", unit: \"chosen@C.service\", runs: false }",
            "NoSuchUnit { pattern: \"nowhere\" }",
            "NoSuchUnit { pattern: \"none@*\" }",
            "NotHolding { pattern: \"chosen*@A\", unit: \"chosen-paper@A.service\", runs: true }",
        ]
    );
    lab.run(["systemctl", "stop", "chosen@*", "chosen-paper@*"]).ok();
}

fn without_systemds_answer_the_workers_that_say_so_are_known_all_the_same(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/unasked/a.paper.env", "API_KEY=abc\n");
    let unit = Service::new(lab, "unasked")
        .kind("exec")
        .argument("-e /srv/unasked/a.paper.env")
        .command(SLEEP)
        .started();
    unit.main_pid();
    let said = rotation.as_user_without_bus("holders", &[]);
    assert!(said["systemd"].as_str().is_some_and(|why| why.contains("does not answer")), "{said:#}");
    // Whether the unit runs is not known: nothing is taken for a unit that may be restarted.
    assert_eq!(said["units"].as_array().map(Vec::len), Some(0), "{said:#}");
    assert_eq!(said["by_hand"][0]["unit"], unit.name, "{said:#}");
    unit.stop();
}
