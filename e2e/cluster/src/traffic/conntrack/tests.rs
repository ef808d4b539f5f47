use super::*;
use crate::traffic::{Cause, Phase};

/// Recorded on a cluster with real nodes whose zone c was cut; one line of the API server's, one of DNS.
const RECORDED: &str = "\
ipv4     2 tcp      6 4 SYN_SENT src=10.217.0.1 dst=10.217.0.2 sport=37335 dport=30080 [UNREPLIED] src=10.217.32.2 dst=10.217.0.2 sport=8080 dport=65383 mark=0 zone=0 use=2
ipv4     2 tcp      6 101 TIME_WAIT src=10.217.0.1 dst=10.217.0.2 sport=38231 dport=30080 src=10.217.31.2 dst=10.217.0.2 sport=8080 dport=27804 [ASSURED] mark=0 zone=0 use=2
ipv4     2 tcp      6 9 CLOSE src=10.217.0.1 dst=10.217.0.2 sport=42326 dport=16443 src=10.217.0.2 dst=10.217.0.1 sport=16443 dport=42326 [ASSURED] mark=0 zone=0 use=2
ipv4     2 udp      17 29 src=10.217.0.1 dst=10.217.0.2 sport=37335 dport=53 src=10.217.0.2 dst=10.217.0.1 sport=53 dport=37335 mark=0 zone=0 use=2
ipv6     10 tcp      6 299 ESTABLISHED src=0000:0000:0000:0000:0000:0000:0000:0001 dst=0000:0000:0000:0000:0000:0000:0000:0001 sport=16443 dport=59640 src=0000:0000:0000:0000:0000:0000:0000:0001 dst=0000:0000:0000:0000:0000:0000:0000:0001 sport=59640 dport=16443 [ASSURED] mark=0 zone=0 use=2
";

/// The lines of one connection from a port to a pod.
fn towards(port: u16, pod: &str) -> String {
    let line = RECORDED.lines().next().unwrap();
    line.replace("37335", &port.to_string())
        .replace("10.217.32.2", pod)
        + "\n"
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn lost(at: u64, took: u64) -> Lost {
    Lost {
        at: Duration::from_millis(at),
        took: Duration::from_millis(took),
        cause: Cause::Timeout,
        phase: Phase::Connecting,
        port: Some(37335),
    }
}

/// What a sampler saw that read the given texts, one a second, each within 10 ms.
fn seen(texts: &[String]) -> Seen {
    let mut seen = Seen::default();
    for (second, text) in (0_u64..).zip(texts) {
        let start = Duration::from_secs(second);
        seen.sample(
            start..start + Duration::from_millis(10),
            address("10.217.0.2:30080"),
            Ok(text.clone()),
        );
    }
    seen
}

#[test]
fn recorded_lines_are_read() {
    let found = tracked(RECORDED);
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(
        found[0],
        Tracked {
            state: "SYN_SENT".to_owned(),
            client: address("10.217.0.1:37335"),
            asked: address("10.217.0.2:30080"),
            destination: address("10.217.32.2:8080"),
        }
    );
    assert_eq!(found[3].client, address("[::1]:16443"));
    assert_eq!(
        destinations(RECORDED),
        HashMap::from([
            (37335, address("10.217.32.2:8080")),
            (38231, address("10.217.31.2:8080"))
        ])
    );
}

#[test]
fn lines_cut_short_are_passed_over() {
    let whole = RECORDED.lines().next().unwrap();
    // From here on the ports of both tuples are there.
    let enough = whole.find(" dport=65383").unwrap();
    for end in 0..enough - " sport=8080".len() {
        assert_eq!(tracked(&whole[..end]), Vec::new(), "{end}");
    }
    assert_eq!(tracked("tcp src=x dst=y\n\u{0}\n"), Vec::new());
}

#[test]
fn a_lost_request_is_told_its_pod() {
    let one = towards(37335, "10.217.32.2");
    let nothing = String::new();
    let seen = seen(&[nothing.clone(), one.clone(), one, nothing]);
    assert_eq!(
        seen.destination(&lost(500, 5000)),
        Some(address("10.217.32.2:8080"))
    );
    assert_eq!(
        seen.destination(&lost(1500, 300)),
        Some(address("10.217.32.2:8080")),
        "a kept connection was there before"
    );
    assert_eq!(
        seen.destination(&lost(500, 1)),
        Some(address("10.217.32.2:8080")),
        "refused between two samples"
    );
    assert_eq!(seen.destination(&lost(2500, 5000)), None);
    assert_eq!(seen.destination(&lost(0, 500)), Some(address("10.217.32.2:8080")));
    assert_eq!(
        seen.destination(&Lost {
            port: Some(1),
            ..lost(500, 5000)
        }),
        None
    );
    assert_eq!(
        seen.destination(&Lost {
            port: None,
            ..lost(500, 5000)
        }),
        None
    );
}

#[test]
fn what_is_seen_long_after_a_loss_does_not_count() {
    let nothing = String::new();
    let seen = seen(&[nothing.clone(), nothing, towards(37335, "10.217.32.2")]);
    assert_eq!(seen.destination(&lost(500, 1)), None);
    assert_eq!(
        seen.destination(&lost(1500, 1)),
        Some(address("10.217.32.2:8080"))
    );
}

#[test]
fn a_port_that_is_used_again_does_not_mislead() {
    let [before, during, after] =
        ["10.217.11.2", "10.217.32.2", "10.217.12.2"].map(|pod| towards(37335, pod));
    let seen = seen(&[
        before.clone(),
        before,
        during.clone(),
        during,
        after.clone(),
        after,
    ]);
    assert_eq!(
        seen.destination(&lost(1500, 2000)),
        Some(address("10.217.32.2:8080"))
    );
    assert_eq!(
        seen.destination(&lost(1005, 2000)),
        Some(address("10.217.32.2:8080")),
        "the sample while it started still shows what was before"
    );
    assert_eq!(
        seen.destination(&lost(1500, 5000)),
        Some(address("10.217.32.2:8080"))
    );
}

#[test]
fn what_could_not_be_read_is_counted() {
    let mut seen = Seen::default();
    let moment = Duration::ZERO..Duration::ZERO;
    seen.sample(
        moment.clone(),
        address("10.217.0.2:30080"),
        Err("no such place".to_owned()),
    );
    seen.sample(moment, address("10.217.0.2:30080"), Ok(RECORDED.to_owned()));
    assert_eq!(
        (seen.samples, seen.failures),
        (2, (1, Some("no such place".to_owned())))
    );
    assert_eq!(
        seen.sightings.len(),
        2,
        "connections to other addresses are not kept"
    );
}
