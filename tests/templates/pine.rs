//! The Pine worker: market data of Databento, orders by a webhook of `TradersPost`, a kill switch.

use libtest_mimic::Trial;
use serde_json::json;

use super::case::{Case, made_up, made_up_uuid, replaced, sentence, without};

pub fn cases() -> Vec<Case> {
    ["paper", "live"].map(case).into()
}

fn case(mode: &'static str) -> Case {
    // One key serves both modes.
    let databento = format!("db-{}", made_up("databento", 29));
    let webhook = format!(
        "https://webhooks.traderspost.io/trading/webhook/{}/{}",
        made_up_uuid(mode),
        made_up(&format!("{mode} webhook"), 32)
    );
    let discord =
        format!("https://discord.com/api/webhooks/1183220193847566{}/{}", mode.len(), made_up(mode, 68));
    Case {
        template: "pine",
        mode,
        variable: "PINE_RUNTIME_CONFIG",
        config: json!({
            "mode": mode,
            "symbols": ["ES", "NQ", "CL", "GC"],
            "databento_api_key": databento,
            "traderspost_webhook": webhook,
            "discord_webhook_url": discord,
            "killswitch": "true",
            "portfolio": {
                "max_positions": 2,
                "daily_stop_loss": 3000,
                "instruments": [
                    {"symbol": "ES", "strategy": "AvgHLRangeIBS", "params": {"length": 25, "range_multiplier": 3.0}},
                    {"symbol": "CL", "strategy": "ATRBuyDip", "params": {"atr_period": 28, "atr_multiplier": 2.0}},
                ],
            },
            "starting_cash": 250_000,
            "resample_session_start": "23:00",
            "heartbeat_file": "./worker_heartbeat.json",
            "poll_interval": 1.0,
        }),
        secrets: vec![
            ("DATABENTO_API_KEY", databento),
            ("TRADERSPOST_WEBHOOK_URL", webhook),
            ("DISCORD_WEBHOOK_URL", discord),
        ],
    }
}

pub fn trials() -> Vec<Trial> {
    vec![
        sentence("pine_paper_never_trades", || {
            let armed = |mode| {
                let case = case(mode);
                case.launch(&replaced(&case.filled(), "POLICY_KILLSWITCH", "POLICY_KILLSWITCH=false"))
                    .run(mode)
            };
            armed("paper").refused(77, "expect").found("POLICY_KILLSWITCH");
            armed("live").launched();
            let unsaid = case("paper");
            let unsaid = unsaid.launch(&without(&unsaid.filled(), "POLICY_KILLSWITCH"));
            unsaid.run("paper").refused(77, "expect").found("POLICY_KILLSWITCH is not set");
        }),
        sentence("pine_takes_no_webhook_of_another_host_and_no_key_that_was_cut", || {
            for (name, line, status, gate) in [
                ("TRADERSPOST_WEBHOOK_URL", "TRADERSPOST_WEBHOOK_URL=https://hooks.test/1", 77, "expect"),
                ("DATABENTO_API_KEY", "DATABENTO_API_KEY=db-3kJx9vQ2", 78, "length"),
                ("DATABENTO_API_KEY", "DATABENTO_API_KEY=3kJx9vQ2aB7c3kJx9vQ2aB7c3kJx9vQ2", 77, "expect"),
            ] {
                let case = case("live");
                case.launch(&replaced(&case.filled(), name, line))
                    .run("live")
                    .refused(status, gate)
                    .found(name);
            }
        }),
        sentence("pine_runs_without_discord", || {
            let case = case("paper");
            case.launch(&without(&case.filled(), "DISCORD_WEBHOOK_URL")).run("paper").launched();
        }),
        sentence("a_live_webhook_in_the_paper_file_is_a_shared_secret", || {
            let (paper, live) = (case("paper"), case("live"));
            let line = format!("TRADERSPOST_WEBHOOK_URL='{}'", live.secrets[1].1);
            let scenario = paper.launch(&replaced(&paper.filled(), "TRADERSPOST_WEBHOOK_URL", &line));
            let scenario = scenario.configured_env_file("env/pine.live.env", live.filled());
            scenario.run("paper").refused(77, "shared-secret").found("TRADERSPOST_WEBHOOK_URL");
        }),
    ]
}
