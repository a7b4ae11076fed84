//! A rotation of real workers that fails, and is taken back: what each unit runs on then.

use crate::desk::Desk;
use crate::lab::Lab;
use crate::sentences;

sentences![
    a_canary_that_the_provider_refuses_leaves_all_five_on_the_old_key,
    a_third_instance_that_fails_brings_back_the_first_two,
    a_worker_that_dies_ten_seconds_after_its_start_is_caught_by_settle,
    a_check_that_fails_before_the_swap_changes_nothing,
    a_check_that_fails_behind_the_canary_takes_it_back,
    a_rotation_that_is_tried_again_does_not_meet_the_units_start_limit,
    a_unit_that_somebody_stops_meanwhile_is_not_started_by_the_way_back,
    a_unit_that_crashes_meanwhile_and_comes_up_on_the_new_key_is_brought_back_too,
    a_process_that_outlives_the_restart_makes_its_unit_unknown,
    an_env_file_that_was_edited_since_the_launches_is_no_reason_to_restart_who_was_not_touched,
    a_unit_that_was_stopped_behind_the_promotion_is_not_started_by_the_way_back,
];

const FIVE: [&str; 5] = ["AVAX", "BTC", "ETH", "SOL", "XRP"];
const INSTANCES: &str = "-i AVAX -i BTC -i ETH -i SOL -i XRP";

fn a_canary_that_the_provider_refuses_leaves_all_five_on_the_old_key(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-canary", 9111, &FIVE);
    let before = desk.runs();
    let ran = desk.rotate_to("second", "run", &format!("{INSTANCES} --restart --settle 1s"));
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    let after = desk.runs();
    assert_ne!(after[0], before[0], "the canary was restarted on the old key");
    assert_eq!(after[1..], before[1..], "the others were never restarted");
    desk.assert_all_on("first");
    assert_eq!(desk.refused(), 1);
    assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
    assert!(said.starts_with("rolled back: "), "{said}");
    for text in [
        "mm-canary@AVAX.service: runs on the former values",
        "mm-canary@BTC.service: was not touched, and runs on the former values",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    let trail = desk.trail();
    let restart = trail.iter().find(|line| line.starts_with("restart failed")).expect("a record");
    assert!(
        restart.contains("@AVAX: did not come up: ") && restart.contains("@XRP: was not touched"),
        "{trail:#?}"
    );
    let back = trail.last().expect("a record");
    assert!(back.starts_with("rollback done @AVAX: runs on the former values"), "{trail:#?}");
    desk.rotate("discard", "").ok();
    desk.close_down();
}

fn a_third_instance_that_fails_brings_back_the_first_two(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-third", 9112, &FIVE);
    desk.accepts_but(&["first", "second"], "ETH");
    let before = desk.runs();
    let ran = desk.rotate_to("second", "run", &format!("{INSTANCES} --restart --settle 1s"));
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    let after = desk.runs();
    assert!((0..3).all(|at| after[at] != before[at]) && after[3..] == before[3..], "{progress}");
    desk.assert_all_on("first");
    assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
    assert_eq!(said.matches(": runs on the former values").count(), 3, "{said}");
    let seen = desk.logins();
    let on_second = |instance: &str| {
        seen.iter().any(|login| login.instance == instance && login.key == desk.key("second"))
    };
    assert_eq!(FIVE.map(on_second), [true, true, true, false, false]);
    desk.close_down();
}

fn a_worker_that_dies_ten_seconds_after_its_start_is_caught_by_settle(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-settle", 9113, &["BTC", "ETH"]);
    desk.accepts_for(&["first", "second"], 10);
    let before = desk.runs();
    let ran = desk.rotate_to("second", "run", "-i BTC -i ETH --restart --settle 12s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    assert!(progress.contains("24 seconds at least"), "{progress}");
    assert_eq!(desk.runs()[1], before[1], "{progress}");
    desk.assert_all_on("first");
    let on_second = desk.logins().iter().filter(|login| login.key == desk.key("second")).count();
    assert!(on_second > 5, "it was up for ten seconds: {progress}");
    desk.close_down();
}

fn a_check_that_fails_before_the_swap_changes_nothing(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-checked", 9114, &["BTC", "ETH"]);
    let before = desk.runs();
    let verify = "--verify '/usr/bin/python3 /srv/mm-checked/worker.py login'";
    let ran = desk.rotate_to("second", "run", &format!("-i BTC -i ETH --restart --settle 1s {verify}"));
    assert_eq!(ran.status(), Some(1), "{}", ran.stderr());
    assert!(ran.stderr().contains("nothing was changed"), "{}", ran.stderr());
    assert_eq!((desk.runs(), desk.refused()), (before, 0));
    assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
    // The provider's console was slow; what is staged is good, and goes on.
    desk.accepts(&["first", "second"]);
    let ran = desk.rotate("promote", &format!("--restart --settle 1s {verify}"));
    assert_eq!(ran.status(), Some(0), "{}", ran.stderr());
    desk.assert_all_on("second");
    desk.close_down();
}

/// As unprivileged as the worker: it looks whether the canary still runs as it did.
fn a_check_that_fails_behind_the_canary_takes_it_back(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-behind", 9115, &["BTC", "ETH", "SOL"]);
    desk.accepts(&["first", "second"]);
    let before = desk.runs();
    let look = format!(
        "#!/bin/sh\ntest \"$(systemctl show -P InvocationID mm-behind@BTC.service)\" = {}\n",
        before[0]
    );
    lab.write(&desk.path("look"), look, 0o755, "root");
    let ran = desk.rotate_to("second", "run", "-i BTC --restart --settle 1s --verify /srv/mm-behind/look");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    assert!(progress.contains("--verify ended with status 1"), "{progress}");
    assert_eq!(desk.runs()[1..], before[1..], "{progress}");
    desk.assert_all_on("first");
    assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
    desk.close_down();
}

/// The units have the shipped limit, five starts in ten minutes: a person who tries again is no crash loop.
fn a_rotation_that_is_tried_again_does_not_meet_the_units_start_limit(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-again", 9116, &["BTC", "ETH"]);
    let ran = desk.rotate_to("second", "run", "-i BTC --restart --settle 1s");
    assert_eq!(ran.status(), Some(1), "{}", ran.stderr());
    for _ in 0..2 {
        let ran = desk.rotate("promote", "--restart --settle 1s");
        assert_eq!(ran.status(), Some(1), "{}", ran.stderr());
        desk.assert_all_on("first");
    }
    desk.accepts(&["first", "second"]);
    let ran = desk.rotate("promote", "--restart --settle 1s");
    assert_eq!(ran.status(), Some(0), "{}", ran.stderr());
    desk.assert_all_on("second");
    desk.close_down();
}

fn a_unit_that_somebody_stops_meanwhile_is_not_started_by_the_way_back(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-stopped", 9117, &["BTC", "ETH"]);
    desk.accepts(&["first", "second"]);
    let mut running = desk.begin("second", "run", "-i BTC --restart --settle 3s");
    running.until("1/2 mm-stopped@BTC.service: is up");
    let stopped = desk.unit("ETH");
    stopped.stop();
    let ran = running.end();
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    assert_eq!(stopped.property("ActiveState"), "inactive", "who stopped it had a reason: {progress}");
    assert!(said.contains("mm-stopped@ETH.service: was not touched: it does not run"), "{said}");
    assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
    desk.close_down();
}

/// systemd brings it back between the swap and the way back, when its own turn had not come yet.
fn a_unit_that_crashes_meanwhile_and_comes_up_on_the_new_key_is_brought_back_too(lab: &'static Lab) {
    let desk = Desk::new(lab, "mm-crashed", 9119);
    desk.install("RestartSec=200ms");
    let desk = desk.started(&["BTC", "ETH", "SOL"]);
    desk.accepts_but(&["first", "second"], "ETH");
    let mut running = desk.begin("second", "run", "-i BTC --restart --settle 3s");
    running.until("1/3 mm-crashed@BTC.service: is up");
    lab.run(["systemctl", "kill", "--signal=KILL", "mm-crashed@SOL"]).ok();
    let ran = running.end();
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    assert!(progress.contains("mm-crashed@SOL.service was started meanwhile"), "{progress}");
    assert_eq!(said.matches(": runs on the former values\n").count(), 3, "{said}");
    desk.assert_all_on("first");
    desk.close_down();
}

fn a_process_that_outlives_the_restart_makes_its_unit_unknown(lab: &'static Lab) {
    let desk = Desk::new(lab, "mm-child", 9118);
    let child = "'/bin/sleep 3000 & exec /usr/bin/python3 /srv/mm-child/worker.py'";
    desk.install(&format!(
        "KillMode=process\nExecStart=\n\
         ExecStart=/usr/local/bin/envgate exec -m prod -c {} -i %i -- /bin/sh -c {child}",
        desk.config()
    ));
    let desk = desk.started(&["BTC"]);
    desk.accepts(&["first", "second"]);
    let old = lab
        .run([
            "cat",
            "/sys/fs/cgroup/system.slice/system-mm\\x2dchild.slice/mm-child@BTC.service/cgroup.procs",
        ])
        .ok();
    let main = desk.unit("BTC").property("MainPID");
    let old = old.lines().find(|pid| *pid != main).expect("the child").to_owned();
    let ran = desk.rotate_to("second", "run", "-i BTC --restart --settle 1s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    let why = format!("unknown: its process {old} (sleep) was launched with the former generation");
    assert!(said.contains(&why), "{said}");
    assert!(lab.read(&desk.env_file()).contains(&desk.key("second")), "the new key stays");
    let refused = desk.rotate("close", "--revoked").failed(77).stderr();
    assert!(
        refused.contains(&format!("mm-child@BTC.service (process {old}, older than its last start)")),
        "{refused}"
    );
    assert!(refused.contains(&format!("kill {old}; then close again")), "{refused}");
    lab.run(["kill", &old]).ok();
    lab.until("it has ended", || lab.run(["test", "-d", &format!("/proc/{old}")]).status() != Some(0));
    desk.rotate("close", "--revoked").ok();
    desk.assert_all_on("second");
    desk.close_down();
}

/// Somebody adds a comment: the workers run on a generation that is neither of the rotation's two.
fn an_env_file_that_was_edited_since_the_launches_is_no_reason_to_restart_who_was_not_touched(
    lab: &'static Lab,
) {
    let desk = Desk::with(lab, "mm-edited", 9151, &["BTC", "ETH", "SOL"]);
    let before = desk.runs();
    lab.shell(&format!("echo '# rotate me soon' >>{}", desk.env_file())).ok();
    let ran = desk.rotate_to("second", "run", "-i BTC -i ETH -i SOL --restart --settle 1s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "the provider refuses the canary: {said}{progress}");
    let after = desk.runs();
    assert_ne!(after[0], before[0], "{progress}");
    assert_eq!(after[1..], before[1..], "{progress}");
    assert!(!progress.contains("was started meanwhile"), "{progress}");
    desk.rotate("discard", "").ok();
    desk.close_down();
}

fn a_unit_that_was_stopped_behind_the_promotion_is_not_started_by_the_way_back(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-halted", 9152, &["BTC", "ETH"]);
    desk.accepts(&["first", "second"]);
    desk.rotate_to("second", "run", "-i BTC -i ETH --restart --settle 1s").ok();
    desk.unit("ETH").stop();
    let ran = desk.rotate("rollback", "");
    assert_eq!(ran.status(), Some(0), "{}{}", ran.stdout(), ran.stderr());
    assert!(ran.stderr().contains("mm-halted@ETH.service is stopped, and stays so"), "{}", ran.stderr());
    assert_eq!(desk.unit("ETH").property("ActiveState"), "inactive");
    assert_eq!(desk.unit("BTC").property("ActiveState"), "active");
    desk.rotate("discard", "").ok();
    desk.close_down();
}
