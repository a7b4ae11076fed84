//! The market maker: three exchanges, four modes, and no way from one into the other.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::case::{Case, made_up, made_up_uuid, replaced, sentence};
use super::support::Scenario;

pub fn cases() -> Vec<Case> {
    ["dev", "shadow", "soak", "prod"].map(case).into()
}

/// The hosts of a mode.
struct Hosts {
    bybit: [&'static str; 3],
    binance: [&'static str; 3],
    kucoin_order: &'static str,
}

fn hosts(mode: &str) -> Hosts {
    let bybit = ["https://api.bybit.com", "wss://stream.bybit.com/v5/public/spot", "https://api.bybit.com"];
    let binance = ["https://api.binance.com", "wss://stream.binance.com:9443/ws", "https://api.binance.com"];
    match mode {
        "dev" => Hosts {
            bybit: [
                "https://api-testnet.bybit.com",
                "wss://stream-testnet.bybit.com/v5/public/spot",
                "https://api-testnet.bybit.com",
            ],
            binance: [
                "https://testnet.binance.vision",
                "wss://stream.testnet.binance.vision/ws",
                "https://testnet.binance.vision",
            ],
            kucoin_order: "",
        },
        "shadow" => {
            Hosts { bybit: [bybit[0], bybit[1], ""], binance: [binance[0], binance[1], ""], kucoin_order: "" }
        }
        _ => Hosts { bybit, binance, kucoin_order: "https://api.kucoin.com" },
    }
}

fn case(mode: &'static str) -> Case {
    let secret = |name: &str, length| made_up(&format!("{mode} {name}"), length);
    let mut secrets = vec![
        ("BYBIT_API_KEY", secret("bybit key", 18)),
        ("BYBIT_API_SECRET", secret("bybit secret", 36)),
        ("BINANCE_API_KEY", secret("binance key", 64)),
        ("BINANCE_API_SECRET", secret("binance secret", 64)),
    ];
    if mode != "dev" {
        secrets.extend([
            ("KUCOIN_API_KEY", secret("kucoin key", 24)),
            ("KUCOIN_API_SECRET", made_up_uuid(&format!("{mode} kucoin"))),
            // Chosen by a person: quotes, blanks and the comment sign reach the worker as they are.
            ("KUCOIN_API_PASSPHRASE", format!(r#"{mode} & "hold"; #7 \ ok"#)),
        ]);
    }
    let value =
        |name| secrets.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str());
    let (send_orders, max_notional) = match mode {
        "dev" => ("true", "10000"),
        "shadow" => ("false", "10000"),
        "soak" => ("false", "100"),
        _ => ("false", "25000"),
    };
    let Hosts { bybit, binance, kucoin_order } = hosts(mode);
    let venue = |urls: [&str; 3], key, secret| -> Value {
        json!({
            "symbols": ["BTCUSDT", "ETHUSDT"],
            "data_url": urls[0],
            "stream_url": urls[1],
            "order_url": urls[2],
            "api_key": value(key),
            "api_secret": value(secret),
        })
    };
    let config = json!({
        "mode": mode,
        "send_orders": send_orders,
        "max_notional_usd": max_notional,
        "quoting": {"spread_bps": 8, "levels": 3, "refresh_ms": 250},
        "venues": {
            "bybit": venue(bybit, "BYBIT_API_KEY", "BYBIT_API_SECRET"),
            "binance": venue(binance, "BINANCE_API_KEY", "BINANCE_API_SECRET"),
            "kucoin": {
                "symbols": ["BTC-USDT", "ETH-USDT"],
                "data_url": "https://api.kucoin.com",
                "order_url": kucoin_order,
                "api_key": value("KUCOIN_API_KEY"),
                "api_secret": value("KUCOIN_API_SECRET"),
                "api_passphrase": value("KUCOIN_API_PASSPHRASE"),
            },
        },
    });
    Case { template: "market-maker", mode, variable: "MARKET_MAKER_CONFIG", secrets, config }
}

/// A filled file with one line written anew is refused by the rules of its mode.
fn refused(mode: &'static str, name: &str, value: &str) {
    let case = case(mode);
    let text = replaced(&case.filled(), name, &format!("{name}={value}"));
    case.launch(&text).run(mode).refused(77, "expect").found(name);
}

pub fn trials() -> Vec<Trial> {
    vec![
        sentence("the_market_maker_takes_no_host_of_another_mode", || {
            for (name, testnet, live) in [
                ("BYBIT_DATA_URL", "https://api-testnet.bybit.com", "https://api.bybit.com"),
                ("BYBIT_STREAM_URL", "wss://stream-testnet.bybit.com/v5", "wss://stream.bybit.com/v5"),
                ("BYBIT_ORDER_URL", "https://api-testnet.bybit.com", "https://api.bybit.com"),
                ("BINANCE_DATA_URL", "https://testnet.binance.vision", "https://api.binance.com"),
                (
                    "BINANCE_STREAM_URL",
                    "wss://stream.testnet.binance.vision/ws",
                    "wss://stream.binance.com/ws",
                ),
                ("BINANCE_ORDER_URL", "https://testnet.binance.vision", "https://api.binance.com"),
            ] {
                refused("dev", name, live);
                for mode in ["shadow", "soak", "prod"] {
                    refused(mode, name, testnet);
                }
            }
        }),
        sentence("shadow_has_nowhere_to_send_an_order", || {
            refused("shadow", "SEND_ORDERS", "true");
            for name in ["BYBIT_ORDER_URL", "BINANCE_ORDER_URL", "KUCOIN_ORDER_URL"] {
                refused("shadow", name, "https://localhost:8080");
            }
            refused("dev", "KUCOIN_ORDER_URL", "https://api.kucoin.com");
        }),
        sentence("only_what_is_read_from_may_be_a_real_exchange_without_real_money", || {
            let case = case("shadow");
            let text = case.filled();
            let order = replaced(&text, "BYBIT_ORDER_URL", "BYBIT_ORDER_URL=https://api.bybit.com");
            let outcome = case.launch(&order).run("shadow").refused(77, "endpoint");
            outcome.found("BYBIT_ORDER_URL holds a host");
            // It is the declarations that let the others pass.
            let config = case.config_text().replace(", endpoint: data", "");
            let scenario = Scenario::new().configured_env_file("env/market-maker.shadow.env", &text);
            let outcome =
                scenario.config(config).command(["/bin/true"]).run("shadow").refused(77, "endpoint");
            ["BYBIT_DATA_URL", "BYBIT_STREAM_URL", "BINANCE_DATA_URL", "KUCOIN_DATA_URL"]
                .iter()
                .fold(outcome, |outcome, name| outcome.found(&format!("{name} holds a host")));
        }),
        sentence("soak_stays_small", || {
            refused("soak", "MAX_NOTIONAL_USD", "1000");
            refused("soak", "MAX_NOTIONAL_USD", "1e6");
            let case = case("soak");
            let text = replaced(&case.filled(), "MAX_NOTIONAL_USD", "MAX_NOTIONAL_USD=999");
            case.launch(&text).run("soak").launched();
        }),
        sentence("half_of_an_exchanges_keys_is_refused", || {
            for name in ["BYBIT_API_SECRET", "BINANCE_API_KEY", "KUCOIN_API_PASSPHRASE"] {
                let case = case("prod");
                case.launch(&replaced(&case.filled(), name, &format!("{name}=")))
                    .run("prod")
                    .refused(78, "required")
                    .found("is incomplete");
            }
        }),
    ]
}
