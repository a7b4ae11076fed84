//! Each row is found, counts where it should, and is well made.

use super::{broker, classes, examples, seen};
use crate::mode::Class;
use crate::verify::endpoints::broker::{fits, is_host};
use crate::verify::endpoints::words::contain;
use crate::verify::endpoints::{BROKERS, Kind, Part};

#[test]
fn every_host_of_every_row_is_found_as_what_it_is() {
    for broker in BROKERS {
        for (class, signs) in classes(broker) {
            for known in signs.hosts {
                let host = known.replace('*', "any.thing");
                for value in [host.clone(), format!("wss://{host}:8443/v1?x=1"), host.to_uppercase() + "."] {
                    assert_eq!(seen("URL", &value), [(broker.name, Kind::Host, class)], "{value}");
                }
            }
        }
    }
}

#[test]
fn every_key_of_every_row_is_found_under_any_name_but_that_of_another() {
    for broker in BROKERS {
        for (class, signs) in classes(broker) {
            for key in signs.keys {
                for text in examples(key.shape) {
                    let expected = [(broker.name, Kind::Key, class)];
                    let own = format!("{}_KEY", broker.words[0]);
                    for name in ["API_KEY", &own, &format!("AWS_{own}")] {
                        assert_eq!(seen(name, &text), expected, "{name} {text}");
                    }
                    assert_eq!(seen("API_KEY", &format!("{{\"key\": \"{text}\"}}")), expected);
                    for name in ["AWS_ACCESS_KEY_ID", "minio.key", "S3_KEY", "BYBIT_API_KEY"] {
                        assert_eq!(seen(name, &text), [], "{name} {text}");
                    }
                    assert_eq!(seen(&own, &format!("{text}A")), [], "longer than the shape");
                    assert_eq!(seen(&own, &text[..text.len() - 1]), [], "shorter");
                    assert_eq!(seen(&own, &text.to_lowercase()), [], "small letters");
                }
            }
        }
    }
}

#[test]
fn every_port_and_account_counts_beside_its_broker_alone() {
    for broker in BROKERS {
        for (class, signs) in classes(broker) {
            for word in broker.words {
                for port in signs.ports {
                    let expected = [(broker.name, Kind::Port, class)];
                    for value in
                        [port.to_string(), format!(" {port}"), format!("{port}\n"), format!("a:{port}")]
                    {
                        assert_eq!(seen(&format!("{word}_PORT"), &value), expected);
                    }
                    assert_eq!(seen(&format!("{word}_GATEWAY"), &format!("127.0.0.1:{port}")), expected);
                    assert_eq!(seen(&format!("{word}_URL"), &format!("tcp://[::1]:{port}/")), expected);
                    for (name, value) in [
                        ("PORT".to_owned(), port.to_string()),
                        ("GATEWAY".to_owned(), format!("127.0.0.1:{port}")),
                        (format!("{word}_CLIENT_ID"), port.to_string()),
                        (format!("{word}_PORTFOLIO"), port.to_string()),
                        (format!("{word}_PORT"), format!("{port}0")),
                    ] {
                        assert_eq!(seen(&name, &value), [], "{name} {value}");
                    }
                }
                for text in signs.accounts.iter().flat_map(|shape| examples(shape)) {
                    let expected = [(broker.name, Kind::Account, class)];
                    assert_eq!(seen(&format!("{word}_ACCOUNT"), &text), expected);
                    assert_eq!(seen(&format!("{word}_ACCOUNTS"), &format!("{text},X1")), expected);
                    for name in ["ACCOUNT".to_owned(), format!("{word}_ORDER"), format!("{word}_ACCOUNTING")]
                    {
                        assert_eq!(seen(&name, &text), [], "{name} {text}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_account_counts_beside_its_brokers_host_too() {
    let value = "https://api-fxpractice.oanda.com/v3/accounts/001-004-1234567-001/orders";
    assert_eq!(
        seen("URL", value),
        [("OANDA", Kind::Host, Class::Paper), ("OANDA", Kind::Account, Class::Live)]
    );
}

#[test]
fn every_broker_that_was_asked_for_has_a_row_or_a_reason() {
    for name in [
        "Alpaca",
        "Interactive Brokers",
        "Tradovate",
        "TradersPost",
        "OANDA",
        "Binance",
        "Bybit",
        "KuCoin",
        "Deribit",
        "Kraken",
        "Coinbase",
        "BitMEX",
        "OKX",
        "Databento",
        "Massive",
    ] {
        assert!(!broker(name).left_out.is_empty(), "{name}");
    }
}

#[test]
fn every_row_says_who_says_so_and_when() {
    for broker in BROKERS {
        assert!(!broker.sources.is_empty(), "{}", broker.name);
        for source in broker.sources {
            assert!(source.url.starts_with("https://") && !source.url.contains(' '), "{}", source.url);
            assert!(source.says.len() > 10, "{}", source.url);
            let date: Vec<usize> =
                source.read.split('-').map(|part| part.parse().expect("a number")).collect();
            assert!(source.read.len() == 10 && date[0] >= 2026, "{}", source.read);
            assert!((1..=12).contains(&date[1]) && (1..=31).contains(&date[2]), "{}", source.read);
        }
    }
}

#[test]
fn every_host_is_written_as_hosts_are() {
    for (_, known) in hosts() {
        let host = known.strip_prefix("*.").unwrap_or(known);
        let is_written_well = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        assert!(host.split('.').all(is_written_well) && host.matches('.').count() >= 2, "{known}");
        // Below a whole domain of a broker's, anything may be.
        assert!(!known.starts_with('*') || host.matches('.').count() >= 2, "{known}");
    }
}

#[test]
fn no_sign_stands_for_two_classes_or_two_brokers() {
    let all: Vec<_> = hosts().collect();
    for (at, (one_owner, one)) in all.iter().enumerate() {
        for (other_owner, other) in &all[at + 1..] {
            let below = |known: &str| known.replace('*', "x");
            let overlap = is_host(one, below(other).as_bytes()) || is_host(other, below(one).as_bytes());
            assert!(!overlap, "{one} ({one_owner:?}) and {other} ({other_owner:?})");
        }
    }
    for broker in BROKERS {
        assert!(!broker.paper.ports.iter().any(|port| broker.live.ports.contains(port)), "{}", broker.name);
        for paper in broker.paper.accounts.iter().flat_map(|shape| examples(shape)) {
            assert!(!broker.live.accounts.iter().any(|shape| fits(shape, paper.as_bytes())), "{paper}");
        }
        for paper in broker.paper.keys.iter().flat_map(|key| examples(key.shape)) {
            let others = BROKERS.iter().flat_map(|other| other.live.keys);
            assert!(!others.into_iter().any(|key| key.fits(paper.as_bytes())), "{paper}");
        }
        for word in broker.words {
            assert_eq!(*word, word.to_uppercase());
            let others = BROKERS.iter().filter(|other| other.name != broker.name);
            assert!(
                !others.flat_map(|other| other.words).any(|other| contain(&format!("_{other}_"), word)),
                "{word}"
            );
        }
    }
}

#[test]
fn every_shape_is_long_enough_to_be_no_accident_and_has_one_reading() {
    for signs in BROKERS.iter().flat_map(classes).map(|(_, signs)| signs) {
        for key in signs.keys {
            assert!(examples(key.shape)[0].len() >= 20, "a short key");
        }
        for shape in signs.accounts {
            assert!(examples(shape)[0].len() >= 6, "a short account");
        }
        for port in signs.ports {
            assert!(*port > 1023);
        }
        for shape in signs.accounts.iter().copied().chain(signs.keys.iter().map(|key| key.shape)) {
            assert!(
                matches!(shape.first(), Some(Part::Text(text)) if !text.is_empty()),
                "no fixed beginning"
            );
            for pair in shape.windows(2) {
                let Part::Run(alphabet, ..) = pair[0] else { continue };
                let may_follow = (0..=127_u8).filter(|byte| match &pair[1] {
                    Part::Text(text) => text.as_bytes()[0] == *byte,
                    Part::Run(next, ..) => next.contains(*byte),
                });
                assert_eq!(may_follow.filter(|byte| alphabet.contains(*byte)).count(), 0, "two readings");
            }
        }
    }
}

fn hosts() -> impl Iterator<Item = ((&'static str, Class), &'static str)> {
    BROKERS.iter().flat_map(|broker| {
        classes(broker)
            .into_iter()
            .flat_map(move |(class, signs)| signs.hosts.iter().map(move |host| ((broker.name, class), *host)))
    })
}
