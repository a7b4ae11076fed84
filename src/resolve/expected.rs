//! The gate `expect`: values that break the rules of the mode.

use super::variables::{Variable, Variables};
use crate::finding::{Finding, Gate, Place};
use crate::load::config::{Config, Expectation, Rule};
use crate::mode::Mode;

/// Judges every expectation of the mode.
pub(super) fn judge(config: &Config, variables: &Variables, mode: &Mode, incomplete: bool) -> Vec<Finding> {
    let expectations = config.block.mode(mode.name()).map_or(&[][..], |mode| &mode.expectations);
    let judged = expectations.iter().flat_map(|expectation| {
        let place = Place::at(&config.opened.path, expectation.place.0, expectation.place.1);
        let findings = match variables.get(expectation.name.as_str()) {
            Some(variable) if variable.is_hidden => Vec::new(),
            Some(variable) => broken(expectation, variable, mode),
            None if incomplete => Vec::new(),
            None => vec![unset(expectation, mode)],
        };
        findings.into_iter().map(move |finding| finding.at(place.clone()))
    });
    judged.collect()
}

fn unset(expectation: &Expectation, mode: &Mode) -> Finding {
    let name = &expectation.name;
    Finding::refuses(
        Gate::Expect,
        format!("{name} is not set, and the mode {} expects a value of it", mode.name()),
    )
    .variable(name)
    .why("the rule is there because the worker's safety depends on the value")
    .mend(format!("add the line {name}=… to an env file of the mode {}", mode.name()))
}

fn broken(expectation: &Expectation, variable: &Variable, mode: &Mode) -> Vec<Finding> {
    // Exposed to be compared; the finding says the rule, never the value.
    let value = std::str::from_utf8(variable.value.expose()).ok();
    let is_broken = |rule: &&Rule| !value.is_some_and(|value| holds(rule, value));
    let finding = |rule: &Rule| {
        let what = format!(
            "the mode {} expects {} to {}: its value ({}) breaks this rule",
            mode.name(),
            expectation.name,
            describe(rule),
            variable.provenance
        );
        Finding::refuses(Gate::Expect, what)
            .variable(&expectation.name)
            .why("a value of another mode or another account breaks this rule")
            .mend("look whether this is the env file of the mode; correct the value there, or the rule here")
    };
    expectation.rules.iter().filter(is_broken).map(finding).collect()
}

fn holds(rule: &Rule, value: &str) -> bool {
    match rule {
        Rule::Equals(text) => value == text,
        Rule::OneOf(texts) => texts.iter().any(|text| value == text),
        Rule::Matches(pattern) => pattern.is_match(value),
        Rule::Prefix(texts) => texts.iter().any(|text| value.starts_with(text.as_str())),
        Rule::Host(hosts) => {
            host(value).is_some_and(|host| hosts.iter().any(|expected| host.eq_ignore_ascii_case(expected)))
        }
        Rule::Length(length) => (length.min..=length.max).contains(&value.chars().count()),
    }
}

/// What may stand before the scheme: after any other word, some clients take what follows for the host
/// (`https:evil.test://…`, `evil.test:ssh://…`).
const WRAPPERS: [&str; 2] = ["jdbc:", "r2dbc:"];

/// The host of a URL, without user, port and path (RFC 3986, 3.2); none where clients differ about which host it is:
/// one that takes `\` for `/`, or leaves tabs and line ends out, as browsers do (WHATWG URL, 4.4), would go elsewhere.
fn host(url: &str) -> Option<&str> {
    let (before, rest) = url.split_once("://")?;
    let unwrapped = WRAPPERS.iter().find_map(|wrapper| before.strip_prefix(wrapper));
    let scheme = unwrapped.unwrap_or(before);
    // Kafka's have a `_` (SASL_SSL).
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    if scheme.is_empty() || !scheme.bytes().all(is_of_scheme) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    // A driver's own properties begin at `;`, and an @ behind it is no user's.
    let is_cut = authority.contains('\\') || (unwrapped.is_some() && authority.contains(';'));
    if is_cut || url.contains(['\t', '\n', '\r']) || url.trim() != url {
        return None;
    }
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    let (host, port) = match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?,
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    // Behind the first of several hosts (`one:9092,two:9092`) stands more than a port.
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let is_alone = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (is_alone && !host.contains(|character: char| character.is_whitespace() || character.is_control()))
        .then_some(host)
}

fn describe(rule: &Rule) -> String {
    match rule {
        Rule::Equals(text) => format!("be {text:?}"),
        Rule::OneOf(texts) => format!("be one of {}", texts.join(", ")),
        Rule::Matches(_) => "match its pattern".to_owned(),
        Rule::Prefix(texts) => format!("begin with {}", texts.join(" or ")),
        Rule::Host(hosts) => format!("be a URL of {}", hosts.join(" or ")),
        Rule::Length(length) if length.min == length.max => format!("have {} characters", length.min),
        Rule::Length(length) => format!("have {} to {} characters", length.min, length.max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_not_its_user_port_or_path() {
        for (url, expected) in [
            ("https://api.test/v2", Some("api.test")),
            ("wss://user:p@ss@api.test:8443?x=https://evil.test", Some("api.test")),
            ("https://[::1]:443/x", Some("::1")),
            ("https://api.test#@evil.test", Some("api.test")),
            ("api.test", None),
            ("https://evil.test\\@api.test/", None),
            ("https://evil.test\\.api.test/", None),
            ("https:evil.test://api.test/", None),
            ("https:/evil.test/x://api.test/", None),
            ("://api.test", None),
            ("https://api.test\t.evil.test/", None),
            (" https://api.test", None),
            ("https://api.test https://evil.test", None),
            ("fix+tls://api.test:9000", Some("api.test")),
            ("https://api.test?x=a://b", Some("api.test")),
            ("jdbc:postgresql://db.test:5432/x", Some("db.test")),
            ("SASL_SSL://k.test:9093", Some("k.test")),
            ("postgresql://u:p w@db.test/x", Some("db.test")),
            ("https://db.test/x?path=C:\\x y", Some("db.test")),
            ("https://api.test:/", Some("api.test")),
            ("https:evil://api.test/", None),
            ("evil:ssh://api.test/", None),
            ("jdbc:x:postgresql://api.test/", None),
            ("jdbc:://api.test/", None),
            ("jdbc:sqlserver://evil.test;user=a@api.test", None),
            ("https://evil.test\\x y@api.test/", None),
            ("https://api.test .evil.test/", None),
            ("https://api.test/x ", None),
            ("https://api.test/x\ty", None),
            ("https://api.test/x\ny", None),
            ("SASL_SSL://api.test:9093,SASL_SSL://evil.test:9093", None),
            ("postgresql://api.test:5432,evil.test:5432/x", None),
            ("https://[::1]evil.test/", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
