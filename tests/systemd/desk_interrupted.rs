//! A rotation of real workers that is killed or interrupted between two units: one command finishes it, or takes it
//! back.

use crate::desk::Desk;
use crate::lab::Lab;
use crate::sentences;

sentences![
    killed_between_any_two_units_resume_brings_all_five_to_the_new_key,
    killed_between_any_two_units_rollback_brings_all_five_back,
    killed_behind_the_canary_it_is_verified_before_the_second_unit_is_touched,
    interrupted_from_the_keyboard_it_stops_between_two_units_and_resume_or_rollback_ends_it,
];

const FIVE: [&str; 5] = ["AVAX", "BTC", "ETH", "SOL", "XRP"];
const INSTANCES: &str = "-i AVAX -i BTC -i ETH -i SOL -i XRP";

/// Where the rotation is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    /// systemd has not heard of the restart of this unit.
    Before(u32),
    /// This unit was restarted, and nobody has looked at it yet.
    Behind(u32),
    /// The canary is being watched.
    Settling,
}

const POINTS: [At; 4] = [At::Before(1), At::Settling, At::Behind(2), At::Before(3)];

/// `systemctl` for the rotation alone: at the restart with the given number it kills who asks.
const SYSTEMCTL: &str = r#"#!/bin/sh
cd FOLDER || exit
if [ "$1" = restart ]; then
  read -r count <count; count=$((count + 1)); echo $count >count
  read -r number when <kill-at
  if [ "$count" = "$number" ]; then
    [ "$when" = before ] || ./real-systemctl "$@"
    kill -KILL $PPID
    exit
  fi
fi
exec ./real-systemctl "$@"
"#;

/// A desk whose rotation can be killed.
struct Killed(Desk);

impl Killed {
    fn with(lab: &'static Lab, name: &'static str, port: u16) -> Self {
        let desk = Desk::with(lab, name, port, &FIVE);
        let folder = desk.path("");
        lab.write(&desk.path("systemctl"), SYSTEMCTL.replace("FOLDER", &folder), 0o755, "root");
        let killable = format!(
            "#!/bin/sh\nexec unshare --mount sh -ec 'touch {folder}real-systemctl\n\
             mount --bind /usr/bin/systemctl {folder}real-systemctl\n\
             mount --bind {folder}systemctl /usr/bin/systemctl\nexec envgate \"$@\"' killable \"$@\"\n"
        );
        lab.write(&desk.path("killable"), killable, 0o755, "root");
        Self(desk)
    }

    /// Rotates to this key and is killed on its way.
    #[track_caller]
    fn at(&self, at: At, label: &str) {
        let Self(desk) = self;
        let (number, when) = match at {
            At::Before(number) => (number, "before"),
            At::Behind(number) => (number, "behind"),
            At::Settling => (0, "-"),
        };
        desk.lab.write(&desk.path("kill-at"), format!("{number} {when}\n"), 0o644, "root");
        desk.lab.write(&desk.path("count"), "0\n", 0o644, "root");
        let words = format!("run BYBIT_API_KEY BYBIT_API_SECRET {INSTANCES} --restart --settle 1s");
        let mut running = desk.begin_as(&desk.path("killable"), label, &words);
        if matches!(at, At::Settling) {
            running.until("is up, and has to stay so");
            desk.signal("KILL");
        }
        let ran = running.end();
        // `timeout` ends as what it has run: by a signal, and no status.
        assert_eq!(ran.status(), None, "{at:?}: {}", ran.stderr());
        let shown = desk.rotate("show", "").ok();
        assert!(shown.contains("interrupted: envgate rotate resume, or envgate rotate rollback"), "{shown}");
    }
}

fn killed_between_any_two_units_resume_brings_all_five_to_the_new_key(lab: &'static Lab) {
    let killed = Killed::with(lab, "mm-resumed", 9131);
    let desk = &killed.0;
    desk.accepts(&["first", "key0", "key1", "key2", "key3"]);
    for (number, at) in POINTS.into_iter().enumerate() {
        let label = format!("key{number}");
        killed.at(at, &label);
        let ran = desk.rotate("resume", "");
        let (said, progress) = (ran.stdout(), ran.stderr());
        assert_eq!(ran.status(), Some(0), "{at:?}: {said}{progress}");
        assert_eq!(said.matches(": runs on the new values\n").count(), 5, "{at:?}: {said}");
        desk.assert_all_on(&label);
        desk.rotate("close", "--revoked").ok();
    }
    assert_eq!(desk.refused(), 0);
    desk.close_down();
}

fn killed_between_any_two_units_rollback_brings_all_five_back(lab: &'static Lab) {
    let killed = Killed::with(lab, "mm-undone", 9132);
    let desk = &killed.0;
    desk.accepts(&["first", "key0", "key1", "key2", "key3"]);
    for (number, at) in POINTS.into_iter().enumerate() {
        let before = desk.runs();
        killed.at(at, &format!("key{number}"));
        let ran = desk.rotate("rollback", "");
        assert_eq!(ran.status(), Some(0), "{at:?}: {}", ran.stderr());
        assert_eq!(lab.read(&desk.env_file()), desk.contents("prod", "first"));
        desk.assert_all_on("first");
        assert_eq!(desk.runs()[4], before[4], "{at:?}: the last was never reached");
        desk.rotate("discard", "").ok();
    }
    desk.close_down();
}

/// The canary is up, and whether it is well was just being found out.
fn killed_behind_the_canary_it_is_verified_before_the_second_unit_is_touched(lab: &'static Lab) {
    let desk = Desk::with(lab, "mm-verified", 9134, &["BTC", "ETH"]);
    desk.accepts(&["first", "second"]);
    let before = desk.runs();
    let check = format!(
        "#!/bin/sh\ntest -e /run/mm-verified-ill && exit 1\n\
         test \"$(systemctl show -P InvocationID mm-verified@BTC.service)\" = {} || sleep 3\n",
        before[0]
    );
    lab.write(&desk.path("check"), check, 0o755, "root");
    let mut running =
        desk.begin("second", "run", "-i BTC --restart --settle 1s --verify /srv/mm-verified/check");
    running.until("1/2 mm-verified@BTC.service: runs on the new values");
    running.until("verifying");
    desk.signal("KILL");
    drop(running.end());
    lab.write("/run/mm-verified-ill", "", 0o644, "root");
    let ran = desk.rotate("resume", "");
    assert_eq!(ran.status(), Some(1), "{}{}", ran.stdout(), ran.stderr());
    assert_eq!(desk.runs()[1], before[1], "{}", ran.stderr());
    desk.assert_all_on("first");
    desk.close_down();
}

fn interrupted_from_the_keyboard_it_stops_between_two_units_and_resume_or_rollback_ends_it(
    lab: &'static Lab,
) {
    let desk = Desk::with(lab, "mm-keyboard", 9133, &["BTC", "ETH", "SOL"]);
    desk.accepts(&["first", "second", "third"]);
    let interrupted = |label: &str, text: &str| {
        let mut running = desk.begin(label, "run", "-i BTC --restart --settle 2s");
        running.until(text);
        let shown = desk.rotate("show", "").ok();
        assert!(shown.contains("  next      another process works on it"), "{shown}");
        assert!(shown.contains("service: is being restarted\n"), "{shown}");
        desk.signal("INT");
        let ran = running.end();
        let (said, progress) = (ran.stdout(), ran.stderr());
        assert_eq!(ran.status(), Some(130), "{said}{progress}");
        assert!(progress.contains("interrupted"), "{progress}");
        assert!(said.contains("was asked to restart, and its end was not seen"), "{said}");
        assert!(said.contains("envgate rotate resume, or envgate rotate rollback"), "{said}");
    };
    interrupted("second", "1/3 mm-keyboard@BTC.service: is up");
    let ran = desk.rotate("rollback", "");
    assert_eq!(ran.status(), Some(0), "{}", ran.stderr());
    desk.assert_all_on("first");
    desk.rotate("discard", "").ok();
    interrupted("third", "2/3 mm-keyboard@ETH.service: is up");
    let ran = desk.rotate("resume", "");
    assert_eq!(ran.status(), Some(0), "{}", ran.stderr());
    desk.assert_all_on("third");
    desk.close_down();
}
