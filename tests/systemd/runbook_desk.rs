//! A desk of two kinds of workers, by the templates' configs and the shipped units, and an operator who types commands.
#![allow(unreachable_pub, reason = "a module of a test program")]

use std::io::Write;
use std::process::Stdio;

use crate::lab::{Lab, Ran};
use crate::service::{CANARY, Unit, add_user};
use crate::units::UNITS;

const PINE: &str = include_str!("../../env-templates/pine/pine.yml");
const MARKET_MAKER: &str = include_str!("../../env-templates/market-maker/market-maker.yml");
const MARKET_MAKER_ENV: &str = include_str!("../../env-templates/market-maker/market-maker.prod.env.example");
/// A unit of the operator's own.
const UNIT: &str = "[Service]\nType=notify\nNotifyAccess=main\nUser=mm-live\n\
     ExecStart=/usr/local/bin/envgate exec -m prod -c /etc/envgate/market-maker.yml -i %i\n";
/// What stands for a worker, for what is run with its environment, and for a store's command.
const PROGRAMS: &[(&str, &str)] = &[
    ("/opt/market-maker/venv/bin/python", "exec sleep infinity"),
    ("/opt/pine/venv/bin/python", "exec sleep infinity"),
    ("/opt/market-maker/bin/signs-in", "test -n \"$BYBIT_API_SECRET\" && test \"$(id -un)\" = mm-live"),
    ("/opt/pine/bin/feed-answers", "test \"${DATABENTO_API_KEY#db-}\" != \"$DATABENTO_API_KEY\""),
    ("/opt/pine/bin/market-is-closed", "test -n \"$ENVGATE_MODE\""),
    ("/opt/pine/bin/is-flat", "test -n \"$ENVGATE_MODE\""),
    ("/usr/local/bin/vault", "printf %s db-Canary4f1d9c-of-the-vault-123"),
    ("/usr/local/bin/aws", "cat /dev/null"),
    ("/usr/local/bin/jq", "printf 'key-Canary4f1d9c-of-the-store\\nsecret-Canary4f1d9c-of-the-store\\n'"),
];
pub const UNITS_OF_PINE: [&str; 3] = ["pine-worker-live@ES", "pine-worker-live@NQ", "pine-worker-paper@ES"];
pub const UNITS_OF_MARKET_MAKER: [&str; 2] = ["market-maker@BTC", "market-maker@ETH"];

/// The desk: its lab, and how many values it was given.
pub struct Desk {
    pub lab: &'static Lab,
    pub given: u32,
}

impl Desk {
    pub fn open(&mut self) {
        for user in ["pine-live", "pine-paper", "mm-live"] {
            add_user(self.lab, user);
        }
        for (path, script) in PROGRAMS {
            self.lab.write(path, format!("#!/bin/sh\n{script}\n"), 0o755, "root");
        }
        for (name, contents, _) in UNITS {
            self.lab.write(&format!("/etc/systemd/system/{name}@.service"), contents, 0o644, "root");
        }
        self.lab.write("/etc/systemd/system/market-maker@.service", UNIT, 0o644, "root");
        self.lab.write("/etc/envgate/pine.yml", PINE, 0o644, "root");
        self.lab.write("/etc/envgate/market-maker.yml", MARKET_MAKER, 0o644, "root");
        // One key for both modes, as the template allows.
        let feed = self.value("DATABENTO_API_KEY");
        for (mode, switch) in [("live", "false"), ("paper", "true")] {
            let webhook = self.value("TRADERSPOST_WEBHOOK_URL");
            let contents = format!(
                "ENVGATE_MODE={mode}\nDATABENTO_API_KEY={feed}\nTRADERSPOST_WEBHOOK_URL={webhook}\nPOLICY_KILLSWITCH={switch}\n"
            );
            self.lab.write(
                &format!("/etc/envgate/env/pine.{mode}.env"),
                contents,
                0o600,
                &format!("pine-{mode}"),
            );
        }
        // As a person fills it in: each dummy gets a value of its own.
        let filled: Vec<String> = MARKET_MAKER_ENV
            .lines()
            .map(|line| match line.split_once('=').filter(|(_, value)| value.contains("your_")) {
                Some((name, _)) => format!("{name}={}-{name}\n", self.value(name)),
                None => format!("{line}\n"),
            })
            .collect();
        self.lab.write("/etc/envgate/env/market-maker.prod.env", filled.concat(), 0o600, "mm-live");
        self.lab.shell("mkdir -p /opt/pine && systemctl daemon-reload").ok();
        for name in UNITS_OF_PINE.iter().chain(&UNITS_OF_MARKET_MAKER) {
            self.unit(name).started();
        }
    }

    pub fn unit(&self, name: &str) -> Unit {
        Unit::named(self.lab, &format!("{name}.service"))
    }

    /// A new value, as its provider would make it.
    pub fn value(&mut self, name: &str) -> String {
        self.given += 1;
        let serial = self.given;
        match name {
            "DATABENTO_API_KEY" => format!("db-{CANARY}-of-databent-{serial:04}"),
            "TRADERSPOST_WEBHOOK_URL" => {
                format!("https://webhooks.traderspost.io/trading/webhook/{CANARY}-{serial:04}/")
            }
            _ => format!("{CANARY}-of-an-exchange-{serial:04}"),
        }
    }

    /// Runs the commands of a block; a rotation gets new values, one a line. What they printed.
    #[track_caller]
    pub fn run(&mut self, block: &[String]) -> String {
        let mut all = String::new();
        for command in block {
            let ran = self.start(command);
            let said = ran.stdout() + &ran.stderr();
            assert_eq!(ran.status(), Some(0), "{command}: {said}");
            assert!(!said.contains(CANARY), "{command}: {said}");
            all += &said;
        }
        all
    }

    pub fn start(&mut self, command: &str) -> Ran {
        let words: Vec<&str> = command.split(' ').collect();
        let asks = |pair: &[&str]| pair[0] == "rotate" && ["run", "stage"].contains(&pair[1]);
        let step = words.windows(2).position(asks).filter(|_| !command.contains('|'));
        let names = step.map_or(&[][..], |at| &words[at + 2..]).iter().take_while(|word| **word != "-m");
        let values: String = names.map(|name| self.value(name) + "\n").collect();
        // Thirty seconds for each unit are the operator's time.
        let quick = command.contains("--restart") && !command.contains("--settle");
        let command = if quick {
            command.replacen("--restart", "--settle 1s --restart", 1)
        } else {
            command.to_owned()
        };
        let mut child = self
            .lab
            .command(["sh", "-c", &command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("nsenter starts");
        // Most commands read nothing.
        let _ = child.stdin.take().expect("a pipe").write_all(values.as_bytes());
        Ran::of(child.wait_with_output().expect("an end"))
    }

    /// A promotion that is killed while the canary has to stay up.
    pub fn kill_a_promotion(&self) {
        let script = "envgate rotate promote --restart --settle 10s & \
                      until envgate rotate show --json | grep -q '\"step\": \"touched\"'; do \
                      kill -0 $! || exit 9; sleep 0.1; done; \
                      until systemctl is-active -q market-maker@BTC; do sleep 0.1; done; kill -9 $!";
        self.lab.shell(script).ok();
    }

    /// What each of these units holds.
    pub fn held(&self, units: &[&str], name: &str) -> Vec<String> {
        units.iter().map(|unit| self.unit(unit).environment()[name].clone()).collect()
    }

    /// Nothing is open, and nothing lies beside the env files.
    #[track_caller]
    pub fn is_closed(&self) {
        let shown = self.lab.run(["envgate", "rotate", "show"]).ok();
        assert_eq!(shown, "no rotation is open\n");
        let beside = self.lab.shell("ls /etc/envgate/env | grep -v 'env$'").stdout();
        assert_eq!(beside, "");
    }
}
