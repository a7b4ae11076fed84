//! Restarts that are watched and proven, under a real systemd.

use crate::lab::Lab;
use crate::rotated::{ask_as, assert_fault, assert_verdict, of_nothing, script};
use crate::sentences;
use crate::service::add_user;

sentences![
    a_unit_that_dies_ten_seconds_after_its_start_does_not_stay,
    a_unit_that_systemd_brings_back_does_not_stay,
    a_unit_that_fails_to_start_failed,
    a_slow_start_is_waited_for_longer_than_a_question_to_systemd,
    a_unit_that_does_not_exist_or_was_stopped_is_not_started,
    a_unit_that_is_called_like_an_option_is_restarted_as_a_unit,
    who_may_not_restart_is_told_so_before_and_nothing_happens,
    without_a_bus_systemd_does_not_answer,
    a_wait_that_is_given_up_leaves_the_restart_to_systemd,
    ctrl_c_does_not_reach_the_tool_that_waits,
    all_units_at_once_have_their_own_results,
];

fn a_unit_that_dies_ten_seconds_after_its_start_does_not_stay(lab: &'static Lab) {
    let rotation = of_nothing(lab, "dies");
    let dies = "test -e /run/dies && sleep 10 && exit 1; exec sleep infinity";
    script(lab, "dies.service", "Type=exec", dies);
    lab.write("/run/dies", "", 0o644, "root");
    let hasty = rotation.restart("dies.service");
    assert_verdict(&hasty, "proven");
    let said = rotation.with("settle", 12).restart("dies.service");
    assert_fault(&said, "did not stay", "it is failed (failed, exit-code)");
}

fn a_unit_that_systemd_brings_back_does_not_stay(lab: &'static Lab) {
    let rotation = of_nothing(lab, "back").with("settle", 5);
    let lines = "Type=exec\nRestart=always\nRestartSec=100ms\nStartLimitIntervalSec=0";
    let dies = "test -e /run/dies-back && sleep 2 && exit 1; exec sleep infinity";
    let unit = script(lab, "back.service", lines, dies);
    lab.write("/run/dies-back", "", 0o644, "root");
    let said = rotation.restart("back.service");
    assert_eq!(said["fault"], "did not stay", "{said:#}");
    unit.stop();
    // It dies so early that the first look finds it brought back, or just about to be.
    let at_once = "test -e /run/dies-back && exit 1; exec sleep infinity";
    lab.run(["rm", "/run/dies-back"]).ok();
    let unit = script(lab, "back-at-once.service", &lines.replace("exec", "simple"), at_once);
    lab.write("/run/dies-back", "", 0o644, "root");
    let said = rotation.restart("back-at-once.service");
    assert_eq!(said["fault"], "did not stay", "{said:#}");
    unit.stop();
}

fn a_unit_that_fails_to_start_failed(lab: &'static Lab) {
    let rotation = of_nothing(lab, "refuses");
    let fails = "test -e /run/refuses && exit 77; systemd-notify --ready; exec sleep infinity";
    let unit = script(lab, "refuses.service", "Type=notify\nNotifyAccess=all", fails);
    lab.write("/run/refuses", "", 0o644, "root");
    let said = rotation.restart("refuses.service");
    assert_fault(&said, "failed", "it is failed (failed, exit-code): Job for refuses.service failed");
    // The way back: what failed is started again.
    lab.run(["rm", "/run/refuses"]).ok();
    assert_fault(&rotation.restart("refuses.service"), "not running", "it does not run");
    assert_eq!(unit.property("ActiveState"), "failed");
    assert_verdict(&rotation.with("even_if_stopped", true).restart("refuses.service"), "proven");
    unit.stop();
}

fn a_slow_start_is_waited_for_longer_than_a_question_to_systemd(lab: &'static Lab) {
    let rotation = of_nothing(lab, "slow");
    let slow = "test -e /run/slow && sleep 13; systemd-notify --ready; exec sleep infinity";
    let unit = script(lab, "slow.service", "Type=notify\nNotifyAccess=all", slow);
    lab.write("/run/slow", "", 0o644, "root");
    let said = rotation.ask("restart", &["slow.service"]);
    assert_verdict(&said["results"][0], "proven");
    assert!(said["seconds"].as_u64() >= Some(13) && said["working"].as_u64() >= Some(40), "{said:#}");
    unit.stop();
}

fn a_unit_that_does_not_exist_or_was_stopped_is_not_started(lab: &'static Lab) {
    let rotation = of_nothing(lab, "absent");
    for name in ["absent.service", "absent@X.service", "absent@*"] {
        assert_fault(&rotation.restart(name), "no such unit", "no such unit");
    }
    let unit = script(lab, "stopped.service", "Type=exec", "exec sleep infinity");
    unit.stop();
    assert_fault(&rotation.restart("stopped.service"), "not running", "inactive (dead)");
    assert_eq!(unit.property("ActiveState"), "inactive");
}

fn a_unit_that_is_called_like_an_option_is_restarted_as_a_unit(lab: &'static Lab) {
    let rotation = of_nothing(lab, "option");
    let name = "--no-block.service";
    lab.write(
        &format!("/etc/systemd/system/{name}"),
        "[Service]\nExecStart=/bin/sleep infinity\n",
        0o644,
        "root",
    );
    lab.run(["systemctl", "daemon-reload"]).ok();
    lab.run(["systemctl", "start", "--", name]).ok();
    assert_verdict(&rotation.restart(name), "proven");
    lab.run(["systemctl", "stop", "--", name]).ok();
}

fn who_may_not_restart_is_told_so_before_and_nothing_happens(lab: &'static Lab) {
    add_user(lab, "visitor");
    let rotation = of_nothing(lab, "guarded");
    let unit = script(lab, "guarded.service", "Type=exec", "exec sleep infinity");
    let before = unit.property("InvocationID");
    let asked = ask_as(lab, "visitor", "may-restart", "guarded.service");
    assert_eq!(asked, "Refused(\"Interactive authentication required.\")");
    assert_fault(
        &rotation.as_user("visitor", "restart", &["guarded.service"])["results"][0],
        "not allowed",
        "you may not restart it",
    );
    assert_eq!(unit.property("InvocationID"), before);
    // One unit of them all, by a rule that looks at its name and at the verb.
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id == \"org.freedesktop.systemd1.manage-units\" && subject.user == \"visitor\"
            && action.lookup(\"unit\") == \"guarded.service\" && action.lookup(\"verb\") == \"restart\") { return polkit.Result.YES; }
    });";
    lab.write("/etc/polkit-1/rules.d/10-visitor.rules", rule, 0o644, "root");
    lab.run(["systemctl", "restart", "polkit"]).ok();
    assert_eq!(ask_as(lab, "visitor", "may-restart", "guarded.service"), "Granted");
    assert_eq!(unit.property("InvocationID"), before, "nothing was restarted by asking");
    let other = script(lab, "guarded-other.service", "Type=exec", "exec sleep infinity");
    assert_ne!(ask_as(lab, "visitor", "may-restart", "guarded-other.service"), "Granted");
    let said = rotation.as_user("visitor", "restart", &["guarded.service"])["results"][0].clone();
    assert_verdict(&said, "proven");
    assert_eq!(ask_as(lab, "root", "may-restart", "guarded.service"), "Granted");
    let now = unit.property("InvocationID");
    assert_eq!(ask_as(lab, "root", "would-restart", "guarded.service"), "Granted");
    assert_eq!(unit.property("InvocationID"), now, "nor by root's asking over the bus");
    lab.run(["rm", "/etc/polkit-1/rules.d/10-visitor.rules"]).ok();
    unit.stop();
    other.stop();
}

fn without_a_bus_systemd_does_not_answer(lab: &'static Lab) {
    let rotation = of_nothing(lab, "busless");
    let unit = script(lab, "busless.service", "Type=exec", "exec sleep infinity");
    let before = unit.property("InvocationID");
    let said = rotation.as_user_without_bus("restart", &["busless.service"]);
    assert_fault(&said["results"][0], "unanswered", "systemd does not answer");
    let said = rotation.plain_without_bus("may-restart", "busless.service");
    assert!(said["error"].as_str().is_some_and(|why| why.contains("systemd does not answer")), "{said:#}");
    assert_eq!(unit.property("InvocationID"), before);
    unit.stop();
}

fn a_wait_that_is_given_up_leaves_the_restart_to_systemd(lab: &'static Lab) {
    let rotation = of_nothing(lab, "given-up").with("patience", 1);
    let slow = "test -e /run/given-up && sleep 5; systemd-notify --ready; exec sleep infinity";
    let unit = script(lab, "given-up.service", "Type=notify\nNotifyAccess=all", slow);
    let before = unit.property("InvocationID");
    lab.write("/run/given-up", "", 0o644, "root");
    let said = rotation.ask("restart", &["given-up.service"]);
    assert_fault(&said["results"][0], "interrupted", "systemd goes on");
    assert!(said["seconds"].as_u64() <= Some(4), "{said:#}");
    assert_eq!(unit.property("ActiveState"), "activating");
    assert_eq!(
        lab.shell("pgrep -f -x 'systemctl restart .*given-up.service'").status(),
        Some(1),
        "nobody waits"
    );
    lab.until("systemd has ended what was asked of it", || unit.property("ActiveState") == "active");
    assert_ne!(unit.property("InvocationID"), before);
    unit.stop();
}

/// A terminal's Ctrl-C goes to its whole group of processes.
fn ctrl_c_does_not_reach_the_tool_that_waits(lab: &'static Lab) {
    let rotation = of_nothing(lab, "apart");
    let slow = "test -e /run/apart && sleep 3; systemd-notify --ready; exec sleep infinity";
    let unit = script(lab, "apart.service", "Type=notify\nNotifyAccess=all", slow);
    lab.write("/run/apart", "", 0o644, "root");
    let groups = std::thread::spawn(move || {
        let mut groups = String::new();
        lab.until("systemctl waits", || {
            groups = lab
                .shell("pgrep -f '^systemctl restart .*apart.service' | xargs -r ps -o pid=,pgid= -p")
                .stdout();
            !groups.is_empty()
        });
        groups
    });
    assert_verdict(&rotation.restart("apart.service"), "proven");
    let groups = groups.join().expect("a look");
    let numbers: Vec<&str> = groups.split_whitespace().collect();
    assert_eq!(numbers.first(), numbers.get(1), "it leads a group of its own: {groups}");
    unit.stop();
}

fn all_units_at_once_have_their_own_results(lab: &'static Lab) {
    let rotation = of_nothing(lab, "together").with("settle", 3);
    let waits = "test -e /run/together && sleep 4; systemd-notify --ready; exec sleep infinity";
    let one = script(lab, "together-1.service", "Type=notify\nNotifyAccess=all", waits);
    let two = script(lab, "together-2.service", "Type=notify\nNotifyAccess=all", waits);
    let bad = "test -e /run/together && exit 1; systemd-notify --ready; exec sleep infinity";
    script(lab, "together-bad.service", "Type=notify\nNotifyAccess=all", bad);
    let dies = "test -e /run/together && sleep 1 && exit 1; exec sleep infinity";
    script(lab, "together-dies.service", "Type=exec", dies);
    lab.write("/run/together", "", 0o644, "root");
    let names = [
        "together-1.service",
        "together-2.service",
        "together-bad.service",
        "together-dies.service",
        "together-none.service",
    ];
    let said = rotation.ask("restart", &names);
    assert_verdict(&said["results"][0], "proven");
    assert_verdict(&said["results"][1], "proven");
    assert_fault(&said["results"][2], "failed", "it is failed");
    assert_eq!(said["results"][3]["fault"], "failed", "{said:#}");
    assert_fault(&said["results"][4], "no such unit", "");
    assert!(
        said["seconds"].as_u64().is_some_and(|seconds| (7..11).contains(&seconds)),
        "side by side: {said:#}"
    );
    one.stop();
    two.stop();
}
