//! A rotation of real workers that is refused, or not now: nothing was changed.

use crate::desk::Desk;
use crate::lab::{Lab, Ran};
use crate::sentences;
use crate::service::USER;

sentences![
    a_clock_that_was_put_forward_hides_nobody_from_the_close,
    a_guard_that_says_not_now_changes_nothing,
    a_glob_that_names_a_unit_without_the_old_key_is_refused_before_anything_is_changed,
    a_holder_that_no_glob_names_is_reported_and_left_alone,
    a_unit_that_does_not_exist_is_refused_before_anything_is_changed,
    without_systemds_answer_nothing_is_changed,
    who_may_not_restart_the_units_changes_nothing,
];

/// What must be as it was.
struct Before(Vec<String>);

impl Before {
    fn of(desk: &Desk) -> Self {
        Self(desk.runs())
    }

    /// Refused with this status and these words; the file and the runs are as they were, and one command ends it.
    #[track_caller]
    fn assert_still(&self, desk: &Desk, ran: &Ran, status: i32, texts: &[&str]) {
        let said = ran.stderr();
        assert_eq!(ran.status(), Some(status), "{}{said}", ran.stdout());
        for text in texts {
            assert!(said.contains(text), "{text}: {said}");
        }
        assert_eq!(desk.lab.read(&desk.env_file()), desk.contents("prod", "first"));
        assert_eq!(desk.runs(), self.0);
        desk.assert_all_on("first");
    }
}

fn a_guard_that_says_not_now_changes_nothing(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-guard", 9121, &["BTC"]);
    let before = Before::of(&desk);
    // It has today's key, and is not root.
    let guard = format!(
        "#!/bin/sh\ntest \"$(id -un)\" = {USER} && grep -q {} \"$MARKET_MAKER_CONFIG\" && exit 3\nexit 0\n",
        desk.key("first")
    );
    lab.write(&desk.path("positions"), guard, 0o755, "root");
    let words = "-i BTC --restart --settle 1s --guard /srv/mm-guard/positions";
    let ran = desk.rotate_to("second", "run", words);
    let texts = ["not now: --guard ended with status 3", "what is staged stays"];
    before.assert_still(&desk, &ran, 75, &texts);
    // Nobody was asked for a value yet.
    desk.rotate("discard", "").failed(66);
    desk.rotate_to("second", "stage", "-i BTC").ok();
    let ran = desk.rotate("promote", "--restart --settle 1s --guard /srv/mm-guard/positions");
    before.assert_still(&desk, &ran, 75, &texts);
    desk.rotate("discard", "").ok();
    desk.close_down();
}

fn a_glob_that_names_a_unit_without_the_old_key_is_refused_before_anything_is_changed(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-glob", 9122, &["BTC", "ETH"]);
    let paper = desk.unit("PAPER").started();
    let before = Before::of(&desk);
    let ran = desk.rotate_to("second", "run", "-i BTC --restart 'mm-glob@*' --settle 1s");
    let texts = ["--restart mm-glob@*: mm-glob@PAPER.service does not hold the old values"];
    before.assert_still(&desk, &ran, 77, &texts);
    desk.rotate("discard", "").failed(66);
    desk.rotate_to("second", "stage", "-i BTC").ok();
    let ran = desk.rotate("promote", "--restart mm-glob@BTC mm-glob-provider --settle 1s");
    before.assert_still(&desk, &ran, 77, &["mm-glob-provider.service does not hold the old values"]);
    paper.stop();
    desk.rotate("discard", "").ok();
    desk.close_down();
}

fn a_holder_that_no_glob_names_is_reported_and_left_alone(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-some", 9123, &["BTC", "ETH", "SOL"]);
    desk.accepts(&["first", "second"]);
    let before = desk.runs();
    let ran = desk.rotate_to("second", "run", "-i BTC --restart 'mm-some@[BE]*' --settle 1s");
    let (said, progress) = (ran.stdout(), ran.stderr());
    assert_eq!(ran.status(), Some(0), "{said}{progress}");
    assert!(
        progress.contains("mm-some@SOL.service holds the old values too, and is not named"),
        "{progress}"
    );
    assert!(said.contains("  remains   mm-some@SOL.service holds the old values"), "{said}");
    let after = desk.runs();
    assert_eq!((after[0] == before[0], after[1] == before[1], after[2] == before[2]), (false, false, true));
    desk.rotate("close", "--revoked").failed(77);
    desk.rotate("rollback", "").ok();
    desk.assert_all_on("first");
    desk.close_down();
}

fn a_unit_that_does_not_exist_is_refused_before_anything_is_changed(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-none", 9124, &["BTC"]);
    let before = Before::of(&desk);
    let ran = desk.rotate_to("second", "run", "-i BTC --restart mm-none@BTC mm-nine@BTC --settle 1s");
    before.assert_still(&desk, &ran, 66, &["--restart mm-nine@BTC: there is no such unit"]);
    desk.rotate("discard", "").failed(66);
    desk.close_down();
}

/// Root asks systemd by a socket of its own, everybody else over the bus.
fn without_systemds_answer_nothing_is_changed(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-deaf", 9125, &["BTC"]);
    let before = Before::of(&desk);
    let script = "#!/bin/sh\nexec unshare --mount sh -ec 'mount --bind /dev/null /run/systemd/private\n\
                  mount -t tmpfs tmpfs /run/dbus\nexec envgate \"$@\"' deaf \"$@\"\n";
    lab.write(&desk.path("deaf"), script, 0o755, "root");
    let words = "run BYBIT_API_KEY BYBIT_API_SECRET -i BTC --restart --settle 1s";
    let ran = desk.begin_as(&desk.path("deaf"), "second", words).end();
    before.assert_still(&desk, &ran, 71, &["systemd does not answer"]);
    desk.rotate("discard", "").failed(66);
    desk.close_down();
}

/// The worker's own user may stage and promote, and restart nothing: with polkit, and where there is none.
fn who_may_not_restart_the_units_changes_nothing(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-user", 9126, &["BTC", "ETH"]);
    let before = Before::of(&desk);
    lab.shell(&format!("mkdir /srv/mm-user/state && chown {USER}: /srv/mm-user/state")).ok();
    let program = format!("runuser -u {USER} -- env XDG_STATE_HOME=/srv/mm-user/state envgate");
    let words = "run BYBIT_API_KEY BYBIT_API_SECRET -i BTC --restart --settle 1s";
    let ran = desk.begin_as(&program, "second", words).end();
    let texts =
        ["you may not restart mm-user@BTC.service", "you may not restart mm-user@ETH.service", "polkit"];
    before.assert_still(&desk, &ran, 77, &texts);
    desk.begin_as(&program, "second", "stage BYBIT_API_KEY BYBIT_API_SECRET -i BTC").end().ok();
    lab.run(["systemctl", "mask", "--now", "--runtime", "polkit"]).ok();
    let ran = desk.begin_as(&program, "second", "promote --restart --settle 1s").end();
    before.assert_still(&desk, &ran, 77, &["you may not restart mm-user@BTC.service"]);
    lab.run(["systemctl", "unmask", "--runtime", "polkit"]).ok();
    desk.begin_as(&program, "second", "discard").end().ok();
    desk.close_down();
}

/// The record's own time is put back by an hour, as a clock that is put forward by an hour makes it.
fn a_clock_that_was_put_forward_hides_nobody_from_the_close(lab: &'static Lab) {
    let desk = Desk::new(lab, "mm-clock", 9153);
    let unit = format!("[Service]\nEnvironmentFile={}\nExecStart=/bin/sleep infinity\n", desk.env_file());
    lab.write("/etc/systemd/system/mm-past.service", unit, 0o644, "root");
    lab.shell("systemctl daemon-reload && systemctl start mm-past && sleep 0.1").ok();
    desk.rotate_to("second", "stage", "-i BTC").ok();
    desk.rotate("promote", "").ok();
    let put_back = "import glob, json
path, = [path for path in glob.glob('/var/lib/envgate/rotations/*/record.json') if 'mm-clock' in open(path).read()]
record = json.load(open(path))
record['promoted_at'] -= 3600 * 10**9
json.dump(record, open(path, 'w'))";
    lab.run(["python3", "-c", put_back]).ok();
    let ran = desk.rotate("close", "--revoked");
    assert_eq!(ran.status(), Some(77), "{}", ran.stderr());
    assert!(ran.stderr().contains("mm-past.service"), "{}", ran.stderr());
    lab.run(["systemctl", "stop", "mm-past"]).ok();
    desk.rotate("close", "--revoked").ok();
    desk.close_down();
}
