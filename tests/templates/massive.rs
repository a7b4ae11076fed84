//! Massive: market data by REST, and flat files with a pair of keys for S3 that may have the names of AWS.

use libtest_mimic::Trial;
use serde_json::json;

use super::case::{Case, made_up, made_up_uuid, replaced, sentence, without};

pub fn cases() -> Vec<Case> {
    ["paper", "live"].map(case).into()
}

fn case(mode: &'static str) -> Case {
    // Market data alone: one key serves both modes.
    let (api_key, key_id) = (made_up("massive rest", 32), made_up_uuid("massive s3"));
    let secret_key = made_up("massive s3 secret", 32);
    Case {
        template: "massive",
        mode,
        variable: "ENVGATE_CONFIG",
        config: json!({
            "mode": mode,
            "rest": {"url": "https://api.massive.com", "api_key": api_key, "requests_per_second": 5},
            "flat_files": {
                "endpoint": "https://files.massive.com",
                "bucket": "flatfiles",
                "key_id": key_id,
                "secret_key": secret_key,
                "prefixes": ["us_stocks_sip/day_aggs_v1", "us_stocks_sip/minute_aggs_v1"],
            },
            "store": "./massive",
        }),
        secrets: vec![
            ("MASSIVE_API_KEY", api_key),
            ("MASSIVE_KEY_ID", key_id),
            ("MASSIVE_SECRET_KEY", secret_key),
        ],
    }
}

/// The filled file with the pair under the names of AWS.
fn with_names_of_aws(case: &Case) -> String {
    let text = case.filled();
    let text = text.replace("\nMASSIVE_KEY_ID=", "\nAWS_ACCESS_KEY_ID=");
    text.replace("\nMASSIVE_SECRET_KEY=", "\nAWS_SECRET_ACCESS_KEY=")
}

pub fn trials() -> Vec<Trial> {
    vec![
        sentence("massive_takes_its_pair_under_the_names_of_aws", || {
            for mode in ["paper", "live"] {
                let case = case(mode);
                let script = r#"printf '%s %s' "$MASSIVE_KEY_ID" "$MASSIVE_SECRET_KEY"; cat "$ENVGATE_CONFIG" >config"#;
                let outcome = case.launch(&with_names_of_aws(&case)).shell(script).run(mode).launched();
                let outcome = outcome.printed(&format!("{} {}", case.secrets[1].1, case.secrets[2].1));
                let config = std::fs::read_to_string(outcome.scenario.path("config")).expect("a config");
                assert!(config.contains(&format!("key_id: \"{}\"", case.secrets[1].1)), "{config}");
                assert!(config.contains(&format!("secret_key: \"{}\"", case.secrets[2].1)), "{config}");
            }
        }),
        sentence("massive_is_never_sent_a_key_of_amazons_own", || {
            let case = case("paper");
            let line = format!("AWS_ACCESS_KEY_ID=AKIA{}", made_up("amazon", 16).to_uppercase());
            let text = replaced(&with_names_of_aws(&case), "AWS_ACCESS_KEY_ID", &line);
            case.launch(&text).run("paper").refused(78, "length").found("MASSIVE_KEY_ID");
        }),
        sentence("half_of_a_pair_is_refused_under_either_name", || {
            let case = case("live");
            for (text, name) in [
                (case.filled(), "MASSIVE_SECRET_KEY"),
                (with_names_of_aws(&case), "AWS_SECRET_ACCESS_KEY"),
                (with_names_of_aws(&case), "AWS_ACCESS_KEY_ID"),
            ] {
                let outcome = case.launch(&replaced(&text, name, &format!("{name}="))).run("live");
                outcome.refused(78, "required").found("is incomplete");
            }
        }),
        sentence("a_key_of_massives_and_a_secret_of_amazons_are_no_pair", || {
            let case = case("live");
            let amazon = format!(
                "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n",
                made_up_uuid("a"),
                made_up("b", 40)
            );
            for name in ["MASSIVE_KEY_ID", "MASSIVE_SECRET_KEY"] {
                let text = without(&case.filled(), name) + &amazon;
                case.launch(&text).run("live").refused(78, "required").found("the set massive_s3 is mixed");
            }
            // Both pairs whole: its own is taken.
            let script = r#"printf '%s %s' "$MASSIVE_KEY_ID" "$MASSIVE_SECRET_KEY""#;
            let outcome = case.launch(&(case.filled() + &amazon)).shell(script).run("live").launched();
            outcome.printed(&format!("{} {}", case.secrets[1].1, case.secrets[2].1));
        }),
    ]
}
