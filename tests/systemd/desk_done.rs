//! A rotation of real workers that comes to its end: what the provider saw, and what the operator is told.

use crate::desk::Desk;
use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, USER};

sentences![
    five_live_instances_are_rotated_with_one_command_and_the_provider_saw_each_of_them,
    promoted_alone_nobody_is_restarted_and_close_waits_for_a_restart_by_hand,
    a_unit_that_loads_the_file_as_a_credential_is_restarted_and_proven,
    a_compromised_key_is_replaced_everywhere_at_once_and_leaves_no_way_back,
    workers_that_the_revoked_key_has_ended_come_up_on_the_new_one,
    a_compromised_key_whose_successor_is_refused_too_is_replaced_once_more,
];

const FIVE: [&str; 5] = ["AVAX", "BTC", "ETH", "SOL", "XRP"];
const INSTANCES: &str = "-i AVAX -i BTC -i ETH -i SOL -i XRP";

fn five_live_instances_are_rotated_with_one_command_and_the_provider_saw_each_of_them(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm", 9101, &FIVE);
    let paper = desk.unit("PAPER").started();
    let (before, before_paper) = (desk.runs(), paper.property("InvocationID"));
    let hand = desk.by_hand("DESK");
    desk.accepts(&["testnet", "first", "second"]);
    let verify = "'/usr/bin/python3 /srv/mm/worker.py login'";
    let words = format!("{INSTANCES} --restart --settle 1s --verify {verify} --reason monthly");
    let ran = desk.rotate_to("second", "run", &words);
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(0), "{said}{progress}");
    let announced = "restarting 5 units, one by one, mm@AVAX.service first; each has to stay up for 1 second: 5 seconds at least";
    let owner = format!("process {hand} of {USER} (prod DESK) holds the old values");
    for text in [announced, &owner, "1/5 mm@AVAX.service: runs on the new values", "5/5 mm@XRP.service"] {
        assert!(progress.contains(text), "{text}: {progress}");
    }
    assert!(said.contains(&format!("  remains   {owner}")), "{said}");
    assert_eq!(said.matches(": runs on the new values\n").count(), 5, "{said}");

    desk.assert_all_on("second");
    let after = desk.runs();
    assert!(before.iter().all(|run| !after.contains(run)), "each was started anew");
    assert_eq!(paper.property("InvocationID"), before_paper);
    let starts: Vec<String> = desk
        .logins()
        .iter()
        .filter(|login| login.when == "start" && login.key == desk.key("second"))
        .map(|login| login.instance.clone())
        .collect();
    assert_eq!(starts, FIVE, "the canary first, one by one, each once");
    let is_written = |line: &str| desk.lab.read(&desk.env_file()).lines().any(|written| written == line);
    assert!(is_written("# The desk's keys: ask ops before you touch them.") && is_written("LOG_LEVEL=info"));
    let facts = ["stat", "-c", "%U %G %a"];
    let facts = |path: String| lab.run(facts.into_iter().chain([path.as_str()])).ok();
    assert_eq!(facts(desk.env_file()), format!("{USER} {USER} 600\n"));
    assert_eq!(facts(desk.env_file() + ".previous"), format!("{USER} {USER} 600\n"));

    assert!(said.contains("  next      restart who remains, then revoke the old key"), "{said}");
    let shown = desk.rotate("show", "").ok();
    assert!(shown.contains(&format!("  remains   {owner}")), "{shown}");

    // The old key is not to be revoked yet: the worker by hand has it.
    let refused = desk.rotate("close", "--revoked").failed(77).stderr();
    assert!(refused.contains(&format!("1 worker still holds the old values: process {hand} ")), "{refused}");
    assert!(
        refused.contains(&format!("mend: its owner, {USER}, has to restart it; then close again")),
        "{refused}"
    );
    assert_eq!(lab.read(&(desk.env_file() + ".previous")), desk.contents("prod", "first"));
    lab.run(["kill", &hand]).ok();
    lab.until("it has ended", || lab.run(["test", "-d", &format!("/proc/{hand}")]).status() != Some(0));
    let again = desk.by_hand("DESK");
    let closed = desk.rotate("close", "--revoked").ok();
    assert!(closed.starts_with("closed: "), "{closed}");
    assert_ne!(lab.run(["test", "-e", &(desk.env_file() + ".previous")]).status(), Some(0));

    // The console: the old key is gone, and nobody notices.
    desk.accepts(&["testnet", "second"]);
    let count = desk.logins().len();
    lab.until("everybody has logged in once more", || {
        let later: Vec<String> =
            desk.logins().iter().skip(count).map(|login| login.instance.clone()).collect();
        FIVE.iter().chain(&["DESK", "PAPER"]).all(|one| later.iter().any(|instance| instance == one))
    });
    assert_eq!(desk.refused(), 0);
    desk.assert_all_on("second");
    let trail = desk.trail();
    let actions: Vec<&str> =
        trail.iter().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert_eq!(actions, ["stage", "test", "promote", "restart", "prove", "close"], "{trail:#?}");
    assert_eq!(trail[4].matches(": runs on the new values").count(), 5, "{trail:#?}");
    assert!(!(said + &progress + &refused + &closed).contains(CANARY), "no value is printed");
    let journal = lab.run(["journalctl", "--no-pager", "-o", "export"]).stdout();
    assert!(!journal.contains(CANARY), "nor is one in the journal");
    lab.run(["kill", &again]).ok();
    desk.close_down();
}

fn promoted_alone_nobody_is_restarted_and_close_waits_for_a_restart_by_hand(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-alone", 9102, &["BTC", "ETH"]);
    desk.accepts(&["first", "second"]);
    let before = desk.runs();
    desk.rotate_to("second", "stage", "-i BTC").ok();
    let said = desk.rotate("promote", "").ok();
    for unit in ["mm-alone@BTC.service", "mm-alone@ETH.service"] {
        assert!(said.contains(&format!("  remains   {unit} holds the old values")), "{said}");
    }
    assert_eq!(desk.runs(), before);
    assert!(desk.workers().iter().all(|worker| worker["state"] == "stale"));
    let refused = desk.rotate("close", "--revoked").failed(77).stderr();
    let both = "2 workers still hold the old values: mm-alone@BTC.service, mm-alone@ETH.service";
    assert!(refused.contains(both), "{refused}");
    lab.run(["systemctl", "restart", "mm-alone@BTC"]).ok();
    let refused = desk.rotate("close", "--revoked").failed(77).stderr();
    assert!(refused.contains("1 worker still holds the old values: mm-alone@ETH.service"), "{refused}");
    lab.run(["systemctl", "restart", "mm-alone@ETH"]).ok();
    desk.rotate("close", "--revoked").ok();
    desk.accepts(&["second"]);
    desk.assert_all_on("second");
    desk.close_down();
}

/// Root's file, which the workers could not read themselves: systemd loads it for them.
fn a_unit_that_loads_the_file_as_a_credential_is_restarted_and_proven(lab: &'static Lab) {
    let desk = Desk::new(lab, "mm-loaded", 9103);
    lab.run(["chown", "-R", "root:root", &desk.path("env")]).ok();
    desk.install(&format!(
        "LoadCredential=mm.prod.env:{}\nExecStart=\n\
         ExecStart=/usr/local/bin/envgate exec -m prod -c {} -i %i -e credential:mm.prod.env",
        desk.env_file(),
        desk.config()
    ));
    let desk = desk.started(&["BTC", "ETH"]);
    desk.accepts(&["first", "second"]);
    let before = desk.runs();
    let ran = desk.rotate_to("second", "run", "-i BTC --restart --settle 1s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(0), "{said}{progress}");
    assert!(before.iter().zip(desk.runs()).all(|(before, after)| *before != after), "{progress}");
    assert_eq!(said.matches(": runs on the new values\n").count(), 2, "{said}");
    desk.assert_all_on("second");
    desk.rotate("close", "--revoked").ok();
    desk.close_down();
}

fn a_compromised_key_is_replaced_everywhere_at_once_and_leaves_no_way_back(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-leaked", 9104, &FIVE);
    let before = desk.runs();
    desk.accepts(&["first", "second"]);
    let begin = std::time::Instant::now();
    let words = format!("{INSTANCES} --compromised --restart --settle 1s --reason 'seen in a paste'");
    let ran = desk.rotate_to("second", "run", &words);
    let taken = begin.elapsed();
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(0), "{said}{progress}");
    assert!(taken.as_secs() < 60, "five workers took {taken:?}");
    assert!(progress.contains("restarting 5 units at once"), "{progress}");
    assert!(said.contains("  next      nothing: it is closed"), "{said}");
    assert!(progress.contains(" after the swap: there is no way back"), "{progress}");
    assert!(before.iter().zip(desk.runs()).all(|(before, after)| *before != after));
    for ending in [".previous", ".staged"] {
        assert_ne!(lab.run(["test", "-e", &(desk.env_file() + ending)]).status(), Some(0), "{ending}");
    }
    desk.assert_all_on("second");
    let back = desk.rotate("rollback", "").failed(66).stderr();
    assert!(back.contains("no rotation is open") || back.contains("no open rotation"), "{back}");
    // The old value never comes back.
    let again = desk.rotate_to("first", "stage", "-i BTC").failed(77).stderr();
    assert!(again.contains("retired"), "{again}");
    desk.close_down();
}

/// Revoked first, as the emergency has it: the workers are refused and end before the new key is there.
fn workers_that_the_revoked_key_has_ended_come_up_on_the_new_one(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-ended", 9105, &["BTC", "ETH"]);
    desk.accepts(&["second"]);
    lab.until("both are refused and wait for their restart", || {
        ["BTC", "ETH"].iter().all(|instance| desk.unit(instance).property("SubState") == "auto-restart")
    });
    let ran = desk.rotate_to("second", "run", "-i BTC --compromised --restart --settle 1s");
    assert!(ran.stderr().contains("restarting 2 units at once"), "{}", ran.stderr());
    assert_eq!(ran.status(), Some(0), "{}{}", ran.stdout(), ran.stderr());
    desk.assert_all_on("second");
    desk.close_down();
}

/// A secret that was pasted wrong, in the emergency: each unit says its own, and other values are the way on.
fn a_compromised_key_whose_successor_is_refused_too_is_replaced_once_more(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-wrong", 9106, &["BTC", "ETH"]);
    let ran = desk.rotate_to("second", "run", "-i BTC --compromised --restart --settle 1s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(1), "{said}{progress}");
    assert!(progress.contains("2 of 2 units did not come up"), "{progress}");
    for line in said.lines().chain(progress.lines()) {
        let is_mixed = line.contains("mm-wrong@BTC") && line.contains("mm-wrong@ETH");
        assert!(!is_mixed && !line.contains('\u{fffd}'), "{line}");
    }
    assert!(said.contains("or replace the values once more: envgate rotate run --compromised"), "{said}");
    desk.accepts(&["third"]);
    let ran = desk.rotate_to("third", "run", "-i BTC --compromised --restart --settle 1s");
    assert_eq!(ran.status(), Some(0), "{}{}", ran.stdout(), ran.stderr());
    desk.assert_all_on("third");
    desk.rotate("close", "--revoked").failed(66);
    desk.close_down();
}
