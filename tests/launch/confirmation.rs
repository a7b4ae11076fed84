//! Who confirms a launch with real money. The terminal is a real one: a pseudo-terminal that the program controls.

use std::os::fd::AsRawFd;
use std::time::Duration;

use crate::support::Scenario;
use crate::support::terminal::Terminal;
use crate::worker::{SLEEP, Worker};

fn live() -> Scenario {
    Scenario::new()
        .env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n")
        .command(["/bin/echo", "started"])
        .unconfirmed()
}

const QUESTION: &str = "to launch: ";

#[test]
fn the_right_answer_launches_and_what_is_shown_says_what() {
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1).types("live\n");
    assert_eq!(terminal.ends(), Some(0), "{}", terminal.screen);
    for text in [
        "live (live: real money)",
        "x.live.env (changed",
        "/bin/echo started",
        "host ",
        "user ",
        "\r\nstarted",
    ] {
        assert!(terminal.screen.contains(text), "{text}: {}", terminal.screen);
    }
    assert!(!terminal.screen.contains("abc"), "{}", terminal.screen);
}

#[test]
fn with_an_instance_the_answer_names_it() {
    let scenario = || live().argument("-i").argument("ES");
    let mut terminal = Terminal::start(scenario(), "live");
    terminal.shows("\"live ES\" to launch: ", 1).types("live\n").shows(QUESTION, 2).types("live ES\n");
    assert_eq!(terminal.ends(), Some(0), "{}", terminal.screen);
}

#[test]
fn what_distinguishes_this_launch_is_shown() {
    let config = "envgate: {modes: {live: {env_files: [x.live.env]}}}\na: 1\n";
    let scenario =
        Scenario::new().configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n").config(config);
    let scenario = scenario.command(["/bin/true"]).unconfirmed().argument("-i").argument("ES");
    let set = ["SYMBOL=ES", "NOTE=a b\u{1b}[2J"];
    let scenario = set.iter().fold(scenario, |scenario, set| scenario.argument("--set").argument(set));
    let shown_config = format!("  config     {}\r\n", scenario.path("config.yml").display());
    let mut terminal = Terminal::start(scenario, "live");
    terminal.shows(QUESTION, 1);
    for text in [
        "  instance   ES\r\n",
        &shown_config,
        "  set        SYMBOL=ES\r\n",
        "  set        NOTE='a b\u{fffd}[2J'\r\n",
    ] {
        assert!(terminal.screen.contains(text), "{text}: {}", terminal.screen);
    }
}

#[test]
fn three_wrong_answers_end_it() {
    let mut terminal = Terminal::start(live(), "live");
    for answer in ["yes\n", "\n", "Live\n"].iter().enumerate() {
        terminal.shows(QUESTION, answer.0 + 1).types(answer.1);
    }
    assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
    assert!(terminal.screen.contains("three answers were wrong") && !terminal.screen.contains("\r\nstarted"));
}

#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let mut terminal = Terminal::start_with_keys(live(), "live", "live\nlive\nlive\n");
    terminal.shows(QUESTION, 1);
    std::thread::sleep(Duration::from_millis(100));
    terminal.look();
    if terminal.child.try_wait().expect("a child").is_none() {
        terminal.types("\u{4}");
        assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
    } else {
        panic!("typed-ahead input was taken for an answer:\n{}", terminal.screen);
    }
}

#[test]
fn an_end_of_input_or_an_interrupt_launches_nothing() {
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1).types("\u{4}");
    assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
    assert!(terminal.screen.contains("\n\u{1b}[31mrefused\u{1b}[0m [confirmation]"), "{}", terminal.screen);
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1).types("\u{3}");
    assert_eq!(terminal.ends(), Some(130), "{}", terminal.screen);
    assert!(terminal.screen.contains("\n\u{1b}[31mrefused\u{1b}[0m [confirmation]"), "{}", terminal.screen);
    assert!(!terminal.screen.contains("\r\nstarted"), "{}", terminal.screen);
}

#[test]
fn a_resized_terminal_goes_on_asking() {
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1);
    let size = nix::pty::Winsize { ws_row: 10, ws_col: 40, ws_xpixel: 0, ws_ypixel: 0 };
    #[allow(unsafe_code, reason = "the size of a terminal is set by ioctl")]
    // SAFETY: the descriptor is open and the structure lives as long as the call.
    unsafe {
        nix::libc::ioctl(terminal.keyboard.as_raw_fd(), nix::libc::TIOCSWINSZ, &raw const size);
    }
    terminal.types("live\n");
    assert_eq!(terminal.ends(), Some(0), "{}", terminal.screen);
}

#[test]
fn an_input_that_changes_while_it_waits_is_75() {
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1);
    std::fs::write(terminal.scenario.path("x.live.env"), "ENVGATE_MODE=live\nKEY=another\n")
        .expect("written");
    terminal.types("live\n");
    assert_eq!(terminal.ends(), Some(75), "{}", terminal.screen);
    assert!(!terminal.screen.contains("\r\nstarted"), "{}", terminal.screen);
}

#[test]
fn the_same_worker_that_somebody_else_launches_meanwhile_is_77() {
    let mut terminal = Terminal::start(live(), "live");
    terminal.shows(QUESTION, 1);
    let file = terminal.scenario.path("x.live.env");
    let other = Scenario::new().argument("-e").argument(file).command(SLEEP);
    let other = Worker::start_in(other, "live");
    terminal.types("live\n");
    assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
    let named = format!("the same worker runs already: PID {}", other.child.id());
    assert!(terminal.screen.contains(&named), "{}", terminal.screen);
    assert!(!terminal.screen.contains("an input changed"), "{}", terminal.screen);
}

#[test]
fn confirm_does_not_replace_the_person_on_a_terminal() {
    let mut terminal = Terminal::start(live().argument("--confirm").argument("live"), "live");
    terminal.shows(QUESTION, 1).types("no\n").shows(QUESTION, 2).types("\u{4}");
    assert_eq!(terminal.ends(), Some(77), "{}", terminal.screen);
}

#[test]
fn a_command_that_is_not_the_configured_one_is_shown_in_red() {
    let scenario = |no_color: &str| {
        let config = "envgate:\n  command: [/bin/true]\n  modes: {live: {env_files: [x.live.env]}}\na: 1\n";
        let scenario =
            Scenario::new().configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n").config(config);
        scenario.command(["/bin/echo", "all well"]).unconfirmed().caller_variable("NO_COLOR", no_color)
    };
    let mut terminal = Terminal::start(scenario(""), "live");
    terminal.shows(QUESTION, 1);
    assert!(
        terminal.screen.contains("\u{1b}[31m/bin/echo 'all well'   (NOT the configured command)\u{1b}[0m"),
        "{}",
        terminal.screen
    );
    let mut terminal = Terminal::start(scenario("1"), "live");
    terminal.shows(QUESTION, 1);
    assert!(terminal.screen.contains("(NOT the configured command)") && !terminal.screen.contains('\u{1b}'));
}

#[test]
fn what_the_command_line_puts_in_place_of_the_config_is_shown() {
    let scenario = || {
        let config = "envgate:\n  command: [/bin/true]\n  modes: {live: {env_files: [x.live.env]}}\na: 1\n";
        let scenario = Scenario::new().configured_env_file("x.live.env", "ENVGATE_MODE=live\nKEY=abc\n");
        scenario.config(config).unconfirmed()
    };
    let other = scenario().env_file("other.live.env", "ENVGATE_MODE=live\nKEY=abd\n");
    let mut terminal = Terminal::start(other, "live");
    let screen = &terminal.shows(QUESTION, 1).screen;
    assert!(screen.contains("(NOT the configured file)") && screen.contains("other.live.env"), "{screen}");
    let mut terminal = Terminal::start(scenario(), "live");
    let screen = &terminal.shows(QUESTION, 1).screen;
    assert!(!screen.contains("NOT"), "{screen}");
}

#[test]
fn paper_starts_without_a_question_and_says_one_line() {
    let scenario = Scenario::new().env_file("x.paper.env", "KEY=abc\n").command(["/bin/echo", "started"]);
    let mut terminal = Terminal::start(scenario, "paper");
    assert_eq!(terminal.ends(), Some(0), "{}", terminal.screen);
    assert_eq!(terminal.screen.matches('\n').count(), 2, "{}", terminal.screen);
    assert!(terminal.screen.starts_with("envgate: paper (paper), generation "), "{}", terminal.screen);
}

#[test]
fn without_a_terminal_the_mode_is_said_twice() {
    live().run("live").refused(77, "confirmation").found("--confirm live");
    live().argument("--confirm").argument("paper").run("live").refused(77, "confirmation");
    live().argument("--confirm").argument("live").run("live").launched().printed("started\n");
    live().check().run("live").launched();
}

#[test]
fn a_ci_job_launches_no_live_mode_but_one_that_says_so() {
    for name in ["CI", "GITHUB_ACTIONS"] {
        live()
            .argument("--confirm")
            .argument("live")
            .caller_variable(name, "true")
            .run("live")
            .refused(77, "confirmation");
        live().argument("--confirm").argument("live").caller_variable(name, "false").run("live").launched();
    }
    let soak = |ci: &str| {
        let config = format!("envgate:\n  modes: {{soak: {{env_files: [x.soak.env]{ci}}}}}\na: 1\n");
        let scenario =
            Scenario::new().configured_env_file("x.soak.env", "ENVGATE_MODE=soak\nA=1\n").config(config);
        scenario.command(["/bin/true"]).caller_variable("CI", "1")
    };
    soak(", ci: true").run("soak").launched();
    soak("").run("soak").refused(77, "confirmation").found("ci: true");
}
