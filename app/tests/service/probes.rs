//! Probes leave no trace: not one byte of ten thousand of them is logged, at any level.

use rustix::process::Signal;
use serde_json::Value;

use crate::client::{Client, get};
use crate::program::Program;

const PROBES: usize = 10_000;

#[test]
fn ten_thousand_probes_are_not_logged_and_a_request_is() {
    let program = Program::start(&[("RUST_LOG", "trace"), ("DRAIN_SECONDS", "0")]);
    let mut public = Client::connect(program.public);
    let mut admin = Client::connect(program.admin);
    for number in 0..PROBES {
        assert_eq!(public.get("/readyz").status, 200);
        let path = if number % 2 == 0 { "/livez" } else { "/readyz" };
        assert_eq!(admin.get(path).status, 200);
    }
    // As kubelet and load balancer ask: a connection for each, and methods and queries of their own.
    for _ in 0..100 {
        get(program.public, "/readyz?from=balancer");
        get(program.admin, "/livez");
    }
    admin.get("/metrics");
    assert_eq!(public.get("/version?token=secret").status, 200);

    let line = program.line();
    let logged: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(logged["message"], "request");
    assert_eq!(logged["method"], "GET");
    assert_eq!(logged["path"], "/version");
    assert_eq!(logged["status"], 200);
    assert!(
        logged["latency_ms"].as_f64().is_some_and(|latency| latency > 0.0),
        "{line}"
    );
    assert!(!line.contains("secret"), "{line}");

    program.signal(Signal::TERM);
    let outcome = program.outcome();
    let messages: Vec<Value> = outcome
        .lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].clone())
        .collect();
    assert_eq!(messages, ["draining", "ended"]);
    assert_eq!(outcome.errors, "");
}

#[test]
fn probes_of_a_draining_pod_are_not_logged_either() {
    let program = Program::start(&[("DRAIN_SECONDS", "600")]);
    program.terminate();
    assert!(program.line().contains("draining"));
    assert_eq!(get(program.public, "/readyz").status, 503);
    assert_eq!(get(program.admin, "/readyz").status, 503);
    assert_eq!(get(program.admin, "/livez").status, 200);
    assert_eq!(get(program.public, "/").status, 200);
    assert!(program.line().contains("\"path\":\"/\""));
}
