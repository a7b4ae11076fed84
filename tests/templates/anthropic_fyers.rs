//! Anthropic, with the other name of its key, and Fyers, which has no test environment.

use libtest_mimic::Trial;
use serde_json::json;

use super::case::{Case, made_up, replaced, sentence};

pub fn cases() -> Vec<Case> {
    ["paper", "live"].map(case).into()
}

fn case(mode: &'static str) -> Case {
    let secret = |name: &str, length| made_up(&format!("{mode} {name}"), length);
    let api_key = format!("sk-ant-api03-{}-{}AA", secret("anthropic", 86), secret("anthropic end", 6));
    let app_id = format!("{}-100", secret("fyers app", 10).to_uppercase());
    let secret_key = secret("fyers secret", 10);
    // Three parts, as a JSON web token has them.
    let parts = ["header", "payload", "signature"].map(|part| secret(part, 60));
    let access_token = parts.join(".");
    Case {
        template: "anthropic-fyers",
        mode,
        variable: "ASSISTANT_CONFIG",
        config: json!({
            "mode": mode,
            "orders": "simulated",
            "anthropic": {"api_key": api_key, "max_tokens": 2048},
            "fyers": {
                "url": "https://api-t1.fyers.in",
                "app_id": app_id,
                "secret_key": secret_key,
                "access_token": access_token,
            },
            "watchlist": ["NSE:SBIN-EQ", "NSE:NIFTY50-INDEX"],
            "session": {"open": "09:15", "close": "15:30", "timezone": "Asia/Kolkata"},
        }),
        secrets: vec![
            ("ANTHROPIC_API_KEY", api_key),
            ("FYERS_APP_ID", app_id),
            ("FYERS_SECRET_KEY", secret_key),
            ("FYERS_ACCESS_TOKEN", access_token),
        ],
    }
}

pub fn trials() -> Vec<Trial> {
    vec![
        sentence("anthropics_key_may_have_its_other_name", || {
            for mode in ["paper", "live"] {
                let case = case(mode);
                let text = case.filled().replace("\nANTHROPIC_API_KEY=", "\nCLAUDE_API_KEY=");
                let launch = case.launch(&text).shell(r#"printf %s "$ANTHROPIC_API_KEY""#);
                launch.run(mode).launched().printed(&case.secrets[0].1);
            }
        }),
        sentence("paper_orders_are_simulated_where_the_broker_has_no_testnet", || {
            let routed = |mode| {
                let case = case(mode);
                case.launch(&replaced(&case.filled(), "ORDER_ROUTE", "ORDER_ROUTE=fyers")).run(mode)
            };
            routed("paper").refused(77, "expect").found("ORDER_ROUTE");
            routed("live").launched();
        }),
        sentence("a_token_of_another_day_is_a_warning", || {
            let case = case("paper");
            let token = format!("FYERS_ACCESS_TOKEN='{}'", case.secrets[3].1);
            let text = case.unfilled();
            let text =
                replaced(&text, "FYERS_ACCESS_TOKEN", &format!("# rotated: 2026-01-01T03:30:00Z\n{token}"));
            let rest = Case { secrets: case.secrets[..3].to_vec(), ..case.clone() };
            let text = rest
                .secrets
                .iter()
                .fold(text, |text, (name, value)| replaced(&text, name, &format!("{name}='{value}'")));
            let outcome = case.launch(&text).run("paper").warned("age").found("FYERS_ACCESS_TOKEN is ");
            outcome.found("its limit is 1 day");
        }),
    ]
}
