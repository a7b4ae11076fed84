//! A real worker in the shipped units, with the shipped config: what hardening breaks, breaks here.

use serde_json::{Value, json};

use crate::lab::Lab;
use crate::sentences;
use crate::service::{CANARY, Unit};
use crate::units::install;

sentences![
    a_python_worker_with_threads_ctypes_numpy_tls_and_a_heartbeat_runs_in_the_paper_unit,
    a_python_worker_with_threads_ctypes_numpy_tls_and_a_heartbeat_runs_in_the_live_unit,
    a_killed_worker_is_restarted_and_its_limits_forbid_a_core_dump,
];

/// What Debian's packages are called, for the message of a machine that has none of them.
const NEEDED: &str =
    "python3 -c 'import numpy, yaml' and openssl: apt-get install python3-numpy python3-yaml openssl";

/// The worker in a virtual environment's place, a TLS server on the lab's loopback, and its certificate.
fn prepare(lab: &'static Lab) {
    static PREPARED: std::sync::Once = std::sync::Once::new();
    install(lab);
    PREPARED.call_once(|| {
        let found = lab.shell("/usr/bin/python3 -c 'import numpy, yaml' && openssl version");
        assert_eq!(found.status(), Some(0), "the worker needs {NEEDED}\n{}", found.stderr());
        lab.write("/opt/pine/scripts/launch_worker.py", include_str!("real_worker.py"), 0o644, "root");
        lab.shell("mkdir -p /opt/pine/venv/bin && ln -s /usr/bin/python3 /opt/pine/venv/bin/python").ok();
        lab.shell(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
             -addext subjectAltName=DNS:localhost -keyout /run/loopback.key -out /opt/pine/loopback.pem",
        )
        .ok();
        let server = "/usr/bin/openssl s_server -accept 127.0.0.1:8443 -key /run/loopback.key \
                      -cert /opt/pine/loopback.pem -www -quiet";
        let run = ["systemd-run", "--quiet", "--unit=loopback"].into_iter().chain(server.split_whitespace());
        lab.run(run).ok();
        lab.until("the TLS server listens", || {
            lab.shell("openssl s_client -connect 127.0.0.1:8443 </dev/null").status() == Some(0)
        });
    });
}

/// Fills in the env file as a person would, and starts the unit.
fn started(lab: &'static Lab, mode: &str, symbol: &str) -> Unit {
    prepare(lab);
    let secrets = format!(
        "ENVGATE_MODE={mode}\nDATABENTO_API_KEY='{CANARY} with # and \"quotes\"'\n\
         TRADERSPOST_WEBHOOK_URL='https://localhost:8443/?token={CANARY}'\n\
         DISCORD_WEBHOOK_URL='https://localhost:8443/discord'\nPOLICY_KILLSWITCH=true\n"
    );
    lab.write(&format!("/etc/envgate/env/pine.{mode}.env"), secrets, 0o600, &format!("pine-{mode}"));
    Unit::named(lab, &format!("pine-worker-{mode}@{symbol}.service")).started()
}

fn state(mode: &str, symbol: &str, file: &str) -> String {
    format!("/var/lib/pine-worker-{mode}/{symbol}/{file}")
}

#[track_caller]
fn assert_works(lab: &'static Lab, mode: &str) {
    let unit = started(lab, mode, "6A");
    let path = state(mode, "6A", "report.json");
    lab.until("the worker has reported", || {
        assert_eq!(unit.property("ActiveState"), "active", "{}", unit.journal());
        lab.run(["test", "-s", &path]).status() == Some(0)
    });
    let report: Value = serde_json::from_str(&lab.read(&path)).expect("JSON");
    assert_eq!(report["qsort"], json!([1, 3, 5, 9]));
    // The trace of 0..250000 in rows of 500, and 500 more for each thread.
    let trace = 62_499_750.0;
    assert_eq!(report["threads"], json!([trace, trace + 500.0, trace + 1000.0, trace + 1500.0]));
    assert_eq!(report["tls"], json!([200, true]));
    assert_eq!(
        (&report["affinity"], &report["mode"], &report["killswitch"]),
        (&json!(true), &json!(mode), &json!(true))
    );
    let config = &report["config"];
    assert_eq!(config["databento_api_key"], format!("{CANARY} with # and \"quotes\""));
    assert_eq!(config["symbols"], json!(["6A"]));
    assert_eq!(config["resample_session_start"], "23:00", "not 1380, as YAML 1.1 would read it unquoted");
    assert_eq!(config["portfolio"]["instruments"][0]["params"]["range_multiplier"], 3.0);
    assert_eq!(config.get("envgate"), None, "the launcher's block is not the worker's");
    let heartbeat = format!("/run/pine-worker-{mode}/6A/worker_heartbeat.json");
    let first = lab.read(&heartbeat);
    lab.until("the heart beats", || lab.read(&heartbeat) != first);
    unit.stop();
    assert_eq!(lab.read(&state(mode, "6A", "stopped")), "SIGTERM", "the worker itself got the signal");
    assert_eq!(unit.property("Result"), "success");
    assert!(!unit.journal().contains(CANARY));
}

fn a_python_worker_with_threads_ctypes_numpy_tls_and_a_heartbeat_runs_in_the_paper_unit(lab: &'static Lab) {
    assert_works(lab, "paper");
}

fn a_python_worker_with_threads_ctypes_numpy_tls_and_a_heartbeat_runs_in_the_live_unit(lab: &'static Lab) {
    assert_works(lab, "live");
}

fn a_killed_worker_is_restarted_and_its_limits_forbid_a_core_dump(lab: &'static Lab) {
    let unit = started(lab, "paper", "NQ");
    let limits = unit.proc("limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a core limit");
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
    assert_eq!(unit.proc("coredump_filter"), "00000010\n", "headers alone");
    // Not with a signal that dumps core: a handler of this machine's would be handed the dump.
    lab.run(["systemctl", "kill", "--signal=KILL", &unit.name]).ok();
    lab.until("it waits for its restart", || unit.property("SubState") == "auto-restart");
    unit.stop();
}
