//! The README's runbooks, line by line as they stand there: the templates' configs, the shipped units, and workers that
//! hold the values. A lab of its own: a step that names no rotation means the one that is open.

use crate::lab::Lab;
use crate::runbook_desk::{Desk, UNITS_OF_MARKET_MAKER, UNITS_OF_PINE};
use crate::sentences;
use crate::service::{CANARY, boot};

sentences![the_runbooks_of_the_readme_do_what_they_say];

const README: &str = include_str!("../../README.md");
fn the_runbooks_of_the_readme_do_what_they_say(_: &'static Lab) {
    let lab: &'static Lab = Box::leak(Box::new(boot()));
    let mut desk = Desk { lab, given: 0 };
    desk.open();
    exchange(&mut desk);
    feed(&mut desk);
    webhook(&mut desk);
    kill_switch(&mut desk);
    emergency(&mut desk);
    at_night(&mut desk);
    from_a_store(&mut desk);
    let verified = lab.run(["envgate", "audit", "verify"]).ok();
    assert!(verified.contains(" 0 faults"), "{verified}");
    let trail = lab.read("/var/log/envgate/audit.jsonl");
    assert!(!trail.contains(CANARY), "{trail}");
    lab.shut_down();
}

/// The blocks of a runbook, each a list of commands.
fn blocks(title: &str) -> Vec<Vec<String>> {
    let section = README.split("### Runbooks\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("an end");
    let runbook = section.split("\n**").find(|runbook| runbook.starts_with(title)).expect("a runbook");
    runbook.split("```").skip(1).step_by(2).map(|block| commands(block.trim_start_matches("sh\n"))).collect()
}

/// A line that goes on behind a backslash or a pipe is one command. The lab's are root's.
fn commands(block: &str) -> Vec<String> {
    let mut commands = vec![String::new()];
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let last = commands.last_mut().expect("one");
        *last += line.strip_suffix('\\').unwrap_or(line);
        last.push(' ');
        if !line.ends_with(['\\', '|']) {
            commands.push(String::new());
        }
    }
    commands.pop();
    commands.iter().map(|command| command.replace("sudo ", "").trim().to_owned()).collect()
}

/// Each of them is the value that was given as this one.
fn ends(values: &[String], serial: u32) -> bool {
    values.iter().all(|value| value.contains(&format!("{serial:04}")))
}

fn exchange(desk: &mut Desk) {
    let blocks = blocks("An exchange's key");
    let [update, confirm, record] = &blocks[..] else { panic!("{blocks:#?}") };
    let before = desk.given;
    let said = desk.run(update);
    assert!(said.contains("market-maker@BTC.service: runs on the new values"), "{said}");
    assert!(ends(&desk.held(&UNITS_OF_MARKET_MAKER, "BYBIT_API_KEY"), before + 1));
    assert!(ends(&desk.held(&UNITS_OF_MARKET_MAKER, "BYBIT_API_SECRET"), before + 2));
    let workers = desk.run(confirm);
    assert!(workers.matches("current").count() >= 2 && !workers.contains("stale"), "{workers}");
    desk.run(record);
    desk.is_closed();
}

fn feed(desk: &mut Desk) {
    let blocks = blocks("A data feed's key");
    let [stage, restart, record] = &blocks[..] else { panic!("{blocks:#?}") };
    let former = desk.held(&UNITS_OF_PINE, "DATABENTO_API_KEY");
    desk.run(stage);
    assert_eq!(desk.held(&UNITS_OF_PINE, "DATABENTO_API_KEY"), former, "no worker has it yet");
    desk.run(restart);
    let given = desk.given;
    assert!(ends(&desk.held(&UNITS_OF_PINE[..2], "DATABENTO_API_KEY"), given - 1));
    assert!(ends(&desk.held(&UNITS_OF_PINE[2..], "DATABENTO_API_KEY"), given));
    desk.run(record);
    desk.is_closed();
}

fn webhook(desk: &mut Desk) {
    let blocks = blocks("The TradersPost webhook");
    let [update, record] = &blocks[..] else { panic!("{blocks:#?}") };
    desk.run(update);
    let given = desk.given;
    assert!(ends(&desk.held(&UNITS_OF_PINE[..2], "TRADERSPOST_WEBHOOK_URL"), given));
    assert!(!ends(&desk.held(&UNITS_OF_PINE[2..], "TRADERSPOST_WEBHOOK_URL"), given), "paper has its own");
    desk.run(record);
    desk.is_closed();
}

fn kill_switch(desk: &mut Desk) {
    let blocks = blocks("The kill switch");
    let [stop, go_on] = &blocks[..] else { panic!("{blocks:#?}") };
    for _ in 0..2 {
        desk.run(stop);
        assert_eq!(desk.held(&UNITS_OF_PINE[..2], "POLICY_KILLSWITCH"), ["true", "true"]);
        desk.run(go_on);
        assert_eq!(desk.held(&UNITS_OF_PINE[..2], "POLICY_KILLSWITCH"), ["false", "false"]);
        desk.is_closed();
    }
}

fn emergency(desk: &mut Desk) {
    let blocks = blocks("An emergency");
    let [update, who] = &blocks[..] else { panic!("{blocks:#?}") };
    let before = desk.given;
    desk.run(update);
    assert!(ends(&desk.held(&UNITS_OF_MARKET_MAKER, "BYBIT_API_KEY"), before + 1));
    desk.is_closed();
    let said = desk.run(who);
    assert!(said.contains("key in a public repository") && !said.contains("stale"), "{said}");
}

fn at_night(desk: &mut Desk) {
    let blocks = blocks("A rotation failed half-way");
    let [show, back, on, look] = &blocks[..] else { panic!("{blocks:#?}") };
    let stage =
        ["envgate rotate stage BYBIT_API_KEY BYBIT_API_SECRET -m prod -c /etc/envgate/market-maker.yml"
            .to_owned()];
    let held = |desk: &Desk| desk.held(&UNITS_OF_MARKET_MAKER, "BYBIT_API_KEY");
    let former = held(desk);
    desk.run(&stage);
    desk.kill_a_promotion();
    assert!(desk.run(show).contains("interrupted: envgate rotate resume"));
    desk.run(back);
    assert_eq!(held(desk), former);
    desk.run(look);
    for line in ["rotate promote --restart", "rotate close --revoked"] {
        desk.run(&[format!("envgate {line}")]);
    }
    let in_the_morning = held(desk);
    assert_ne!(in_the_morning, former);
    desk.is_closed();
    desk.run(&stage);
    desk.kill_a_promotion();
    desk.run(on);
    assert!(held(desk).iter().all(|value| !in_the_morning.contains(value)));
    desk.run(&["envgate rotate close --revoked".to_owned()]);
    desk.is_closed();
}

fn from_a_store(desk: &mut Desk) {
    let blocks = blocks("By cron or CI");
    for (block, close) in blocks.iter().zip(["-m live", "-m prod"]) {
        let said = desk.run(block);
        assert!(said.contains("\"step\": \"proven\""), "{said}");
        desk.run(&[format!("envgate rotate close {close} --revoked")]);
    }
    let of_the_vault = desk.held(&UNITS_OF_PINE[..2], "DATABENTO_API_KEY");
    assert!(of_the_vault.iter().all(|value| value.contains("of-the-vault")), "{of_the_vault:?}");
    let of_the_store = desk.held(&UNITS_OF_MARKET_MAKER, "BYBIT_API_SECRET");
    assert!(of_the_store.iter().all(|value| value.starts_with("secret-")), "{of_the_store:?}");
    // A store that is down.
    desk.lab.write("/usr/local/bin/vault", "#!/bin/sh\nexit 1\n", 0o755, "root");
    let ran = desk.start(&blocks[0][0]);
    assert_eq!(ran.status(), Some(78), "{}", ran.stderr());
    desk.is_closed();
}
