//! The question before real money is traded, on terminals that are set or used in other ways than usual.

use std::process::Command;
use std::time::Duration;

use crate::support::Scenario;
use crate::support::terminal::Terminal;

const QUESTION: &str = "to launch: ";

fn live() -> Scenario {
    Scenario::new()
        .env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n")
        .command(["/bin/echo", "the worker"])
        .unconfirmed()
}

/// A launch by a shell that does this with the terminal before: `\"$@\"` is the launch.
fn by_shell(script: &str) -> Terminal {
    let scenario = live();
    let launch = scenario.prepared("live");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", script, "sh"]).arg(launch.get_program()).args(launch.get_args());
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(scenario.folder());
    Terminal::of(scenario, command, "")
}

#[test]
fn a_line_without_its_end_is_waited_for_and_an_interrupt_ends_it() {
    // Ctrl-D hands on what was typed so far.
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1).types("li\u{4}");
    std::thread::sleep(Duration::from_millis(50));
    terminal.types("\u{3}");
    assert_eq!(terminal.ends(), Some(130), "{}", terminal.screen);
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1).types("li\u{4}");
    std::thread::sleep(Duration::from_millis(50));
    terminal.types("ve\n");
    assert_eq!(terminal.ends(), Some(0), "{}", terminal.screen);
}

#[test]
fn a_raw_terminal_has_an_enter_an_interrupt_and_an_end_too() {
    for (keys, status) in [("live\r", 0), ("lib\u{7f}ve\r", 0), ("liv\u{3}", 130), ("liv\u{4}", 77)] {
        let mut terminal = by_shell("stty raw; exec \"$@\"");
        terminal.shows(QUESTION, 1).types(keys);
        assert_eq!(terminal.ends(), Some(status), "{keys:?}: {}", terminal.screen);
        assert_eq!(terminal.screen.matches("the worker").count(), if status == 0 { 2 } else { 1 });
    }
}

#[test]
fn an_endless_answer_is_a_wrong_one() {
    let mut terminal = by_shell("stty raw -echo; exec \"$@\"");
    for time in 1..=3 {
        terminal.shows(QUESTION, time).types(&"live".repeat(300));
    }
    assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
}

#[test]
fn nobody_is_asked_about_what_was_not_shown() {
    for closed in ["2>&-", "2>/dev/null", "2>log"] {
        let mut terminal = by_shell(&format!("exec \"$@\" {closed}"));
        terminal.shows(QUESTION, 1);
        for text in ["live (live: real money)", "x.live.env (changed", "/bin/echo 'the worker'"] {
            assert_eq!(terminal.screen.matches(text).count(), 1, "{closed}: {}", terminal.screen);
        }
        terminal.types("live\n");
        assert_eq!(terminal.ends(), Some(0), "{closed}: {}", terminal.screen);
    }
}

#[test]
fn what_distinguishes_this_launch_is_shown() {
    let scenario = live().argument("--set").argument("KILL_SWITCH=o f\u{1b}f").argument("--allow-second");
    let mut terminal = Terminal::start(scenario, "live");
    terminal.shows(QUESTION, 1);
    for text in ["set        KILL_SWITCH='o f\u{fffd}f'", "(--allow-second)"] {
        assert!(terminal.screen.contains(text), "{text}: {}", terminal.screen);
    }
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1);
    assert!(!terminal.screen.contains("  set ") && !terminal.screen.contains("--allow-second"));
}
