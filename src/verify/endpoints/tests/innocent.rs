//! Some hundreds of values of other people, which no row may take for its own.

use super::seen;

/// Names that speak of nobody, and one that speaks of the broker with the loosest shapes.
const NAMES: &[&str] = &["VALUE", "API_KEY", "PORT", "ACCOUNT", "url", "feed.key"];

const VALUES: &[&str] = &[
    // Words, numbers, switches.
    "",
    "true",
    "false",
    "none",
    "0",
    "1",
    "-1",
    "1.25",
    "7496",
    "7497",
    "4001",
    "4002",
    "443",
    "8443",
    "20261120",
    "2026-11-20",
    "23:00",
    "09:30:00",
    "2026-11-20T09:30:00Z",
    "INFO",
    "DEBUG",
    "paper",
    "live",
    "AAPL",
    "ES",
    "NQZ6",
    "AKTIENGESELLSCHAFTEN",
    "PKCSPKCSPKCSPKCSPKCS",
    "AKAKAKAKAKAKAKAKAKAKAKAKAK",
    "PKG-INFO",
    "AKAMAI",
    "PKI",
    "BTC-USDT",
    "EUR_USD",
    "U2",
    "U12345",
    "DU",
    "MU1234567",
    "u1234567",
    "101-004",
    "001-002-003",
    "1e-9",
    "0x7497",
    // Keys of others.
    "AKIAIOSFODNN7EXAMPLE",
    "AKIA2E0A8F3B244C9986",
    "ASIAJEXAMPLEXEG2JICE",
    "ABIAEXAMPLE123456789",
    "AIDACKCEVSQ6C2EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "db-3kJx9vQKQpR7mNwZtYbHcLfGdSaE",
    "sk-ant-api03-Rz8QxxT-AAAA",
    "sk-proj-abcdefghijklmnopqrstuvwx",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "glpat-ABCDEFGHIJ0123456789",
    "xoxb-263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1",
    "AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
    "pk_live_51H8abcdefghijklmnop",
    "pk_test_TYooMQauvdEDq54NiTphI7jx",
    "PK",
    "AK",
    "PK1234567890ABCDEF",
    "pkabcdefghij01234567",
    "PKabcdefghij01234567",
    "CK0123456789ABCDEFGH",
    "AK0123456789ABCDEFGHI",
    "AK-0123456789ABCDEFGH",
    "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",
    "LTAI5tFqZVUSnEXAMPLEKEY1",
    "DO00EXAMPLEKEY000000",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "550e8400-e29b-41d4-a716-446655440000",
    "F6844062-C2B1-4B1A-8BC1-4FAF032C8794",
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "JBSWY3DPEHPK3PXP",
    "AKJBSWY3DPEHPK3PXPJBSWY3DPEHPK3P",
    "-----BEGIN PUBLIC KEY-----",
    "MCowBQYDK2VwAyEACeCSz7VJkh3Bb+NF794hLMU8fLB9Zr+/tGMdVKCC2eo=",
    // Places of others.
    "localhost",
    "localhost:7496",
    "127.0.0.1:4001",
    "[::1]:7497",
    "10.0.0.7",
    "gateway.internal:4002",
    "redis://cache:6379/0",
    "postgres://pine:p4ss@db.internal:5432/pine",
    "https://hooks.slack.com/services/T0/B0/x1y2z3",
    "https://discord.com/api/webhooks/1/x",
    "https://webhooks.traderspost.io/trading/webhook/550e8400-e29b-41d4-a716-446655440000/0123456789abcdef0123456789abcdef",
    "https://hist.databento.com/v0",
    "https://api.massive.com/v3",
    "wss://socket.massive.com/stocks",
    "https://files.massive.com",
    "https://api.polygon.io",
    "https://data.alpaca.markets",
    "wss://stream.data.alpaca.markets/v2/iex",
    "https://app.alpaca.markets/paper",
    "wss://stream.binance.com:9443/ws",
    "https://data-api.binance.vision",
    "wss://data-stream.binance.vision",
    "https://www.binance.com",
    "wss://fstream.binance.com",
    "https://www.binance.us",
    "wss://stream.binance.us:9443/ws",
    "wss://streams.drb.coinbase.com/ws/api/v2",
    "wss://ws-api-spot.kucoin.com",
    "https://www.bybit.com",
    "wss://ws.kraken.com/v2",
    "https://www.kraken.com",
    "https://ws.okx.com:8443",
    "https://www.okx.com",
    "https://www.coinbase.com",
    "wss://ws-feed.exchange.coinbase.com",
    "wss://ws.bitmex.com/realtime",
    "https://docs.deribit.com",
    "wss://md.tradovateapi.com/v1/websocket",
    "https://trader.tradovate.com",
    "https://www.oanda.com",
    "https://api.ibkr.com/v1/api",
    "https://localhost:5000/v1/api",
    "https://www.interactivebrokers.com",
    "https://api.anthropic.com",
    "https://secretsmanager.us-east-1.amazonaws.com",
    "smtp://mail.example.net:587",
    "ops@alpaca.markets",
    // Paths, texts, structures.
    "/etc/envgate/env/pine.paper.env",
    "models/current",
    "data/calendar.yml",
    "./run.sh",
    "C:\\tools\\pk.exe",
    "*.log",
    "a,b,c",
    "held over night, closed at 15:45",
    "{\"a\": [1, 2.5, \"x\"]}",
    "key=value;other=1",
    "--flag=7496",
    "%d.%m.%Y",
    "100%",
    "a%20b.c",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Zurich, 8001",
    "+41 44 123 45 67",
    "v1.2.3-rc.4",
    "sha256:9f86d081884c7d65",
];

#[test]
fn values_of_others_are_nobodys_whatever_they_are_called() {
    for name in NAMES {
        for value in VALUES {
            assert_eq!(seen(name, value), [], "{name}={value}");
        }
    }
}

#[test]
fn numbers_and_words_are_nobodys_under_a_brokers_own_name() {
    for name in
        ["IB_CLIENT_ID", "IBKR_ORDER_SIZE", "ALPACA_SECRET", "OANDA_TOKEN", "IB_ACCOUNTING", "ib.window"]
    {
        for value in
            VALUES.iter().filter(|value| !value.contains(':') && value.len() != 20 && value.len() != 26)
        {
            assert_eq!(seen(name, value), [], "{name}={value}");
        }
    }
}

/// The alphabets in which people make keys, and the lengths that they give them.
const ALPHABETS: &[&str] = &[
    "0123456789",
    "0123456789abcdef",
    "0123456789ABCDEF",
    "abcdefghijklmnopqrstuvwxyz234567",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "!#$%&()*,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~",
];

#[test]
fn generated_secrets_are_nobodys() {
    // A linear congruential generator (Knuth's MMIX): the same thousands of values in every run.
    let mut state = 20_261_120_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for alphabet in ALPHABETS.iter().map(|alphabet| alphabet.as_bytes()) {
        for length in [4, 5, 8, 12, 16, 18, 20, 24, 26, 28, 32, 36, 40, 44, 64, 128, 512] {
            for _ in 0..40 {
                let value: String = (0..length).map(|_| char::from(alphabet[next(alphabet.len())])).collect();
                assert_eq!(seen("API_KEY", &value), [], "{value}");
            }
        }
    }
    for _ in 0..500 {
        let access_key: String =
            (0..16).map(|_| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[next(32)])).collect();
        for prefix in ["AKIA", "ASIA"] {
            assert_eq!(seen("KEY", &format!("{prefix}{access_key}")), [], "{prefix}{access_key}");
            assert_eq!(seen("ALPACA_DATA_BUCKET_KEY", &format!("{prefix}{access_key}")), []);
        }
    }
}
