//! Hosts as they are written, disguised, and imitated.

use super::seen;
use crate::mode::Class;
use crate::verify::endpoints::{Context, Kind, find};

const LIVE: (&str, Kind, Class) = ("Alpaca", Kind::Host, Class::Live);
const PAPER: (&str, Kind, Class) = ("Alpaca", Kind::Host, Class::Paper);

#[test]
fn the_host_of_a_value_is_found_however_it_is_written() {
    for value in [
        "api.alpaca.markets",
        "API.Alpaca.Markets",
        "api.alpaca.markets.",
        "api.alpaca.markets:443",
        "api.alpaca.markets/v2",
        " https://api.alpaca.markets ",
        "https://user:pa55@api.alpaca.markets/v2",
        "https://paper-api.alpaca.markets@api.alpaca.markets/",
        "https://paper-api.alpaca.markets:x@api.alpaca.markets/",
        "https://api%2Ealpaca%2emarkets/v2",
        "https://%61pi.alpaca.markets",
        "https://relay.test/?to=https%3A%2F%2Fapi.alpaca.markets%2Fv2",
        "https://relay.test/?to=https://api.alpaca.markets",
        "https://api.alpaca.markets\\@relay.test",
        "//api.alpaca.markets/v2",
        "https:/api.alpaca.markets/v2",
        "api.alpaca.markets:443|trade@relay.test",
        "host=api.alpaca.markets:443&mail=desk@relay.test",
        "fix+tls://api.alpaca.markets:9000",
        "{\"url\": \"https:\\/\\/api.alpaca.markets\\/v2\"}",
        "['api.alpaca.markets']",
        "a.test,api.alpaca.markets;b.test",
        "host=api.alpaca.markets port=443",
        "first\nhttps://api.alpaca.markets\nlast",
        "<https://api.alpaca.markets>",
        "api。alpaca。markets",
        "https://api．alpaca｡markets/v2",
        "https://ａｐｉ.alpaca.markets",
        "https://api.alpa\u{ad}ca.markets",
        "https://api.alpaca\u{200b}.markets",
        "\u{feff}https://api.alpaca.markets",
        "https://api%E3%80%82alpaca.markets",
    ] {
        assert_eq!(seen("URL", value), [LIVE], "{value}");
    }
}

#[test]
fn another_host_that_looks_like_one_is_left_alone() {
    for value in [
        "https://api.alpaca.markets.evil.test/v2",
        "https://notapi.alpaca.markets",
        "https://not-api.alpaca.markets",
        "https://x.api.alpaca.markets",
        "https://éapi.alpaca.markets",
        "https://éapi。alpaca。markets",
        "https://not-api。alpaca。markets",
        "https://api.alpaca.markets@evil.test/",
        "https://api.alpaca.markets:443@evil.test/",
        "https://evil.test/api.alpaca.markets/v2",
        "https://evil.test/x/api.alpaca.markets",
        "https://api.alpaca.marketsx",
        "https://api-alpaca.markets",
        "https://alpaca.markets/docs",
        "https://data.alpaca.markets/v2/stocks",
        "wss://stream.data.alpaca.markets/v2/sip",
        "https://hist.databento.com",
        "https://sandbox.exchange.coinbase.com.evil.test",
        "/var/lib/api.alpaca.markets",
        "api.alpaca",
        ".",
        "%",
        "%2",
        "%zz.alpaca.markets",
        "",
    ] {
        assert_eq!(seen("URL", value), [], "{value}");
    }
}

#[test]
fn every_sign_of_a_list_is_found_once() {
    let value = "https://api.alpaca.markets,https://paper-api.alpaca.markets,https://api.alpaca.markets/v2";
    assert_eq!(seen("URLS", value), [LIVE, PAPER]);
}

#[test]
fn bytes_that_are_no_text_are_looked_at_too() {
    let value = b"\xff\xfe https://api.alpaca.markets \xff";
    assert_eq!(find(&Context::variable("X"), value).len(), 1);
    assert_eq!(find(&Context::variable("X"), b"\xffapi.alpaca.markets").len(), 0);
}

#[test]
fn a_config_keys_path_speaks_as_a_name_does() {
    for (path, value, found) in [
        ("ibkr.gateway.port", "7496", true),
        ("brokers.ib.socketPort", "4001", true),
        ("ibkr.port", "4003", false),
        ("web.port", "4001", false),
        ("ibkr.port.retries", "7496", false),
        ("ibkr.account", "U1234567", true),
        ("ibkr.accounts", "U1234567", true),
        ("ibkr.account.id", "U1234567", true),
        ("ibkr.account.name", "U1234567", true),
        ("ibkr.account.main", "U1234567", true),
        ("ibaccount.id", "U1234567", true),
        ("ibkr.port.gateway", "4001", true),
        ("ibport.tws", "7496", true),
        // Which of these the worker takes, it decides itself.
        ("ibkr.accounts.main", "U1234567", false),
        ("ibkr.accounts.live", "U1234567", false),
        ("ibkr.accounts.live.id", "U1234567", false),
        ("ibkr.accounts.eval.number", "U1234567", false),
        ("accounts_ibkr.pine_live", "U1234567", false),
        ("accounts_ibkr.eval", "DU1234567", false),
        ("ibkr.account.live", "U1234567", false),
        ("ibkr.account.live.id", "U1234567", false),
        ("ibkr.account.live_id", "U1234567", false),
        ("ibkr.account.eval", "U1234567", false),
        ("ibaccounts.live", "U1234567", false),
        ("ibaccounts.eval", "U1234567", false),
        ("ibaccount.live.id", "U1234567", false),
        ("ibkr.ports.live", "4001", false),
        ("ibkr.ports.live.gateway", "4001", false),
        ("ibkr.ports.gateway", "4001", false),
        ("ibkr.port.live", "4001", false),
        ("ibport.live", "4001", false),
        ("ibport.retries", "4001", false),
        ("ibkr.live.port", "4001", true),
        ("ibkr.accounting.id", "U1234567", false),
        ("oanda.account.number", "001-004-1234567-001", true),
        ("ibPort", "7496", true),
        ("ibport", "7496", true),
        ("ib.ibaccount", "U1234567", true),
        ("gribport", "7496", false),
        ("ibportfolio", "7496", false),
        ("account", "U1234567", false),
    ] {
        assert_eq!(!find(&Context::key(path), value.as_bytes()).is_empty(), found, "{path}: {value}");
    }
}

#[test]
fn a_long_value_is_passed_over_once() {
    // Of the processor: on a busy machine a clock says nothing.
    let spent = || nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID.now().expect("a clock").tv_sec();
    let before = spent();
    for unit in ["a.b:", "api.alpaca.markets:", "a.bc@", "%41", "7496:", "U1234567,", "AKIA."] {
        let _ = find(&Context::variable("ACCOUNT"), unit.repeat(100_000 / unit.len()).as_bytes());
    }
    // Each some milliseconds in one pass; quadratic, minutes.
    assert!(spent() - before < 10, "{}", spent() - before);
}
