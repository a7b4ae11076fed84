//! What is proven of a unit that was restarted or reloaded, under a real systemd.

use crate::lab::Lab;
use crate::rotated::{Rotation, assert_fault, assert_verdict, of_nothing, script};
use crate::sentences;
use crate::service::{Service, Unit};

sentences![
    a_restarted_worker_is_proven_to_run_on_the_next_generation,
    a_worker_that_comes_back_with_the_former_generation_is_a_fault,
    a_child_that_outlives_the_restart_leaves_it_unproven,
    a_process_in_a_group_below_is_looked_at_too,
    a_unit_that_ends_is_told_what_it_is,
    a_reload_is_proven_by_what_the_worker_finds,
];

fn worker(lab: &'static Lab, name: &'static str, file: &str) -> Unit {
    let unit = Service::new(lab, name).kind("exec").argument("-e").argument(file);
    let unit = unit.command(["/bin/sleep", "infinity"]).started();
    unit.main_pid();
    unit
}

/// The processes that `KillMode=process` left in a stopped unit's control group.
fn end_what_is_left(lab: &Lab, name: &str) {
    lab.shell(&format!("kill $(cat /sys/fs/cgroup/system.slice/{name}.service/cgroup.procs)")).ok();
}

fn a_restarted_worker_is_proven_to_run_on_the_next_generation(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/proven/a.paper.env", "API_KEY=abc\n");
    let unit = worker(lab, "proven", "/srv/proven/a.paper.env");
    let before = unit.property("InvocationID");
    let said = rotation.swap().restart("proven.service");
    assert_eq!((&said["verdict"], &said["standing"]), (&"proven".into(), &"runs".into()), "{said:#}");
    assert_eq!(
        (&said["says_next"], &said["started"], &said["processes"]),
        (&true.into(), &true.into(), &1.into())
    );
    assert_eq!(said["pid"].to_string(), unit.property("MainPID"));
    assert_eq!(said["invocation"], unit.property("InvocationID"));
    assert_ne!(said["invocation"], before);
    unit.stop();
}

/// Somebody put the former file back meanwhile.
fn a_worker_that_comes_back_with_the_former_generation_is_a_fault(lab: &'static Lab) {
    let rotation = Rotation::of(lab, "/srv/former/a.paper.env", "API_KEY=abc\n");
    let unit = worker(lab, "former", "/srv/former/a.paper.env");
    let rotation = rotation.swap();
    lab.run(["mv", "/srv/former/a.paper.env.previous", "/srv/former/a.paper.env"]).ok();
    assert_fault(
        &rotation.restart("former.service"),
        "holds the former",
        "was launched with the former generation",
    );
    unit.stop();
}

fn a_child_that_outlives_the_restart_leaves_it_unproven(lab: &'static Lab) {
    let rotation = of_nothing(lab, "survives");
    let unit = script(lab, "survives.service", "Type=exec\nKillMode=process", "sleep 3000 & exec sleep 3001");
    assert_verdict(&rotation.restart("survives.service"), "is older than the restart");
    unit.stop();
    end_what_is_left(lab, "survives");
    // One that says itself what it holds.
    let rotation = Rotation::of(lab, "/srv/survives-too/a.paper.env", "API_KEY=abc\n");
    let unit = Service::new(lab, "survives-too")
        .kind("exec")
        .setting("KillMode=process")
        .argument("-e /srv/survives-too/a.paper.env")
        .command(["/usr/bin/setsid", "--fork", "--wait", "/bin/sleep", "3002"])
        .started();
    unit.main_pid();
    let said = rotation.swap().restart("survives-too.service");
    assert_verdict(&said, "(sleep) was launched with the former generation");
    assert_eq!(said["says_next"], true, "{said:#}");
    unit.stop();
    end_what_is_left(lab, "survives-too");
}

/// A worker may have control groups of its own (`Delegate=`): systemd's list of a unit's processes has them too.
fn a_process_in_a_group_below_is_looked_at_too(lab: &'static Lab) {
    let rotation = of_nothing(lab, "delegates");
    let below = "mkdir -p /sys/fs/cgroup/system.slice/delegates.service/below; test -e /run/delegates && exec sleep 3004; \
                 sleep 3003 & echo $$! >/sys/fs/cgroup/system.slice/delegates.service/below/cgroup.procs; exec sleep 3004";
    let unit = script(lab, "delegates.service", "Type=exec\nDelegate=yes\nKillMode=process", below);
    lab.until("the child is below", || {
        !lab.shell("cat /sys/fs/cgroup/system.slice/delegates.service/below/cgroup.procs").stdout().is_empty()
    });
    lab.write("/run/delegates", "", 0o644, "root");
    assert_verdict(&rotation.restart("delegates.service"), "is older than the restart");
    lab.shell("kill $(cat /sys/fs/cgroup/system.slice/delegates.service/below/cgroup.procs)").ok();
    assert_verdict(&rotation.restart("delegates.service"), "proven");
    unit.stop();
}

fn a_unit_that_ends_is_told_what_it_is(lab: &'static Lab) {
    let rotation = of_nothing(lab, "ends");
    script(lab, "ends.service", "Type=oneshot", "exit 0");
    script(lab, "remains.service", "Type=oneshot\nRemainAfterExit=yes", "exit 0");
    let again = rotation.clone_with("even_if_stopped", true);
    let ended = again.restart("ends.service");
    assert_eq!(ended["standing"], "ran to its end", "{ended:#}");
    assert_verdict(&ended, "systemd keeps nothing of its run");
    // One that another unit needs is kept, and with it its invocation.
    lab.write(
        "/etc/systemd/system/needs.service",
        "[Unit]\nAfter=ends.service\n[Service]\nExecStart=/bin/sleep infinity\n",
        0o644,
        "root",
    );
    lab.run(["systemctl", "daemon-reload"]).ok();
    let needs = Unit::named(lab, "needs.service").started();
    let ended = again.restart("ends.service");
    assert_eq!(
        (&ended["verdict"], &ended["standing"]),
        (&"proven".into(), &"ran to its end".into()),
        "{ended:#}"
    );
    needs.stop();
    let remains = rotation.restart("remains.service");
    assert_eq!(remains["standing"], "has ended, and counts as active", "{remains:#}");
    assert_eq!((&remains["verdict"], &remains["processes"]), (&"proven".into(), &0.into()), "{remains:#}");
    // A worker that ends by itself, even well, is not what was wanted.
    script(lab, "leaves.service", "Type=exec", "test -e /run/leaves && exit 0; exec sleep infinity");
    lab.write("/run/leaves", "", 0o644, "root");
    assert_fault(&rotation.restart("leaves.service"), "did not stay", "it ended after its start");
}

fn a_reload_is_proven_by_what_the_worker_finds(lab: &'static Lab) {
    lab.write("/srv/reloads/config.yml", "key: old\n", 0o644, "root");
    let rotation = of_nothing(lab, "reloads")
        .with("delivered", "/srv/reloads/config.yml")
        .with("contents", "key: new\n");
    let lines = "Type=exec\nExecReload=/bin/sh -c \"! test -e /run/reload-fails\"";
    let unit = script(lab, "reloads.service", lines, "exec sleep infinity");
    let reload = |rotation: &Rotation, unit: &str| rotation.ask("reload", &[unit]);
    let said = reload(&rotation, "reloads.service");
    assert_eq!(
        (said["pid"].to_string(), &said["confirmed"]),
        (unit.property("MainPID"), &false.into()),
        "{said:#}"
    );
    assert_eq!(lab.read("/srv/reloads/config.yml"), "key: new\n");
    lab.write("/run/reload-fails", "", 0o644, "root");
    let said = reload(&rotation, "reloads.service");
    assert_eq!(said["fault"], "not reloaded", "{said:#}");
    lab.run(["rm", "/run/reload-fails"]).ok();
    let unseen = rotation.with("unseen", true);
    assert_fault(
        &reload(&unseen, "reloads.service"),
        "not reloaded",
        "finds another /srv/reloads/config.yml",
    );
    let other = script(lab, "reloads-not.service", "Type=exec", "exec sleep infinity");
    assert_fault(&reload(&unseen, "reloads-not.service"), "not reloaded", "no ExecReload=");
    unit.stop();
    assert_fault(&reload(&unseen, "reloads.service"), "not running", "inactive");
    other.stop();
}
