//! Against servers that fail in each way: nothing here depends on how fast they are.

mod servers;

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use servers::{Server, answer, close_over_unread_bytes, read_request};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok\n";

/// Ten requests in all.
fn ten(url: &str, connections: Connections) -> Plan {
    let rate = match connections {
        Connections::New { per_second } => Some(per_second),
        Connections::Kept { per_second, .. } => per_second,
    };
    Plan {
        connections,
        duration: rate.map(|rate| Duration::from_secs(10) / rate),
        ..Plan::new(url)
    }
}

fn new_connections(url: &str) -> Account {
    balanced(
        start(ten(url, Connections::New { per_second: 500 }))
            .unwrap()
            .wait(),
    )
}

fn kept_connection(url: &str) -> Account {
    let connections = Connections::Kept {
        connections: 1,
        per_second: Some(500),
    };
    balanced(start(ten(url, connections)).unwrap().wait())
}

fn balanced(account: Account) -> Account {
    assert_eq!(account.sent, account.answered + account.lost.len() as u64);
    assert_eq!(account.causes.values().sum::<u64>(), account.lost.len() as u64);
    assert_eq!(
        account.lost_per_second.values().sum::<u64>(),
        account.lost.len() as u64
    );
    assert_eq!(account.answers.values().sum::<u64>(), account.answered);
    account
}

fn all_lost(account: &Account, cause: &str, phase: Phase) {
    assert_eq!((account.sent, account.answered), (10, 0), "{account}");
    assert_eq!(account.causes, BTreeMap::from([(cause.to_owned(), 10)]));
    assert!(
        account
            .lost
            .iter()
            .all(|lost| lost.phase == phase && lost.port.is_some()),
        "{:?}",
        account.lost
    );
    assert_eq!(account.latency, None);
    assert!(account.first_loss.is_some() && account.first_loss <= account.last_loss);
}

#[test]
fn answers_are_counted() {
    let server = Server::start(|mut stream, count| {
        while read_request(&mut stream, count).is_some_and(|request| {
            assert!(request.starts_with("GET /version HTTP/1.1\r\n"), "{request}");
            assert!(
                request.to_lowercase().contains("\r\nhost: 127.0.0.1:"),
                "{request}"
            );
            answer(&mut stream, OK)
        }) {}
    });
    for account in [new_connections(&server.url()), kept_connection(&server.url())] {
        assert_eq!((account.sent, account.answered), (10, 10), "{account}");
        assert_eq!(account.answers, BTreeMap::from([("status 200".to_owned(), 10)]));
        assert_eq!((account.first_loss, account.connection_close), (None, 0));
        assert!(account.latency.is_some());
    }
    assert_eq!(server.requests(), 20);
    assert_eq!(server.connections(), 11, "ten new ones and a kept one");
}

#[test]
fn a_port_where_nothing_listens_refuses() {
    let closed = servers::closed_port();
    all_lost(&new_connections(&closed.url()), "refused", Phase::Connecting);
    all_lost(&kept_connection(&closed.url()), "refused", Phase::Connecting);
    let error = probe(&closed.url(), Duration::from_secs(5)).unwrap_err();
    assert!(error.to_string().ends_with("refused while connecting"), "{error}");
}

#[test]
fn a_reset_is_told_from_a_close() {
    let resets = Server::start(|stream, _| close_over_unread_bytes(&stream));
    all_lost(&new_connections(&resets.url()), "reset", Phase::Answer);
    all_lost(&kept_connection(&resets.url()), "reset", Phase::Answer);
    let closes = Server::start(|mut stream, count| drop(read_request(&mut stream, count)));
    all_lost(&new_connections(&closes.url()), "closed", Phase::Answer);
    all_lost(&kept_connection(&closes.url()), "closed", Phase::Answer);
    assert_eq!(closes.requests(), 20, "each request was sent once");
}

#[test]
fn half_an_answer_is_none() {
    for half in [
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 300\r\n\r\nok\n",
    ] {
        let server = Server::start(move |mut stream, count| {
            if read_request(&mut stream, count).is_some() {
                answer(&mut stream, half);
            }
        });
        all_lost(&new_connections(&server.url()), "closed", Phase::Answer);
        all_lost(&kept_connection(&server.url()), "closed", Phase::Answer);
        assert_eq!(server.requests(), 20);
    }
}

#[test]
fn what_is_not_http_is_said() {
    let server = Server::start(|mut stream, count| {
        if read_request(&mut stream, count).is_some() {
            answer(&mut stream, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
        }
    });
    all_lost(
        &new_connections(&server.url()),
        "not an answer in HTTP",
        Phase::Answer,
    );
}

#[test]
fn a_status_without_success_is_a_loss() {
    let server = Server::start(|mut stream, count| {
        while read_request(&mut stream, count).is_some_and(|_| {
            answer(
                &mut stream,
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
            )
        }) {}
    });
    all_lost(&new_connections(&server.url()), "status 503", Phase::Answer);
    all_lost(&kept_connection(&server.url()), "status 503", Phase::Answer);
    assert_eq!(
        server.connections(),
        11,
        "an answer of any status keeps its connection"
    );
    assert!(
        probe(&server.url(), Duration::from_secs(5)).is_ok(),
        "somebody answers"
    );
}

#[test]
fn a_server_that_stalls_costs_each_request_that_was_due() {
    let server = Server::start(|mut stream, count| {
        read_request(&mut stream, count);
        // Until the client gives up.
        read_request(&mut stream, count);
    });
    let plan = Plan {
        timeout: Duration::from_millis(50),
        ..ten(&server.url(), Connections::New { per_second: 500 })
    };
    all_lost(&balanced(start(plan).unwrap().wait()), "timeout", Phase::Answer);
    let kept = Connections::Kept {
        connections: 1,
        per_second: Some(500),
    };
    let plan = Plan {
        timeout: Duration::from_millis(10),
        ..ten(&server.url(), kept)
    };
    all_lost(&balanced(start(plan).unwrap().wait()), "timeout", Phase::Answer);
    assert!(
        server.connections() >= 11,
        "a connection whose request was given up is not used again"
    );
}

#[test]
fn an_answer_that_says_close_costs_nothing() {
    let server = Server::start(|mut stream, count| {
        if read_request(&mut stream, count).is_some() {
            answer(
                &mut stream,
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n",
            );
        }
    });
    let account = kept_connection(&server.url());
    assert_eq!(
        (account.answered, account.connection_close),
        (10, 10),
        "{account}"
    );
    assert_eq!((account.kept_connections_made, account.closed_at_rest), (10, 0));
    assert_eq!(server.requests(), 10);
}

#[test]
fn a_request_on_a_kept_connection_that_closes_is_lost_and_not_sent_again() {
    let server = Server::start(|mut stream, count| {
        if read_request(&mut stream, count).is_some() {
            answer(&mut stream, OK);
            read_request(&mut stream, count);
        }
    });
    let account = kept_connection(&server.url());
    assert_eq!((account.answered, account.lost.len()), (5, 5), "{account}");
    assert_eq!(account.causes, BTreeMap::from([("closed".to_owned(), 5)]));
    assert_eq!(server.requests(), 10, "each request was sent once");
    assert_eq!(server.connections(), 5);
}

#[test]
fn a_connection_closed_at_rest_is_replaced_or_its_request_lost_but_nothing_is_sent_twice() {
    let server = Server::start(|mut stream, count| {
        if read_request(&mut stream, count).is_some() {
            answer(&mut stream, OK);
        }
    });
    let connections = Connections::Kept {
        connections: 3,
        per_second: None,
    };
    let running = start(Plan {
        connections,
        ..Plan::new(&server.url())
    });
    let running = running.unwrap();
    while running.progress().sent < 200 {
        std::thread::yield_now();
    }
    let account = balanced(running.stop());
    assert_eq!(
        server.requests(),
        account.answered,
        "what was read was answered once: {account}"
    );
    assert!(
        account
            .lost
            .iter()
            .all(|lost| matches!(lost.cause, Cause::Closed | Cause::Reset)),
        "{account}"
    );
    assert!(account.closed_at_rest > 0, "{account}");
}

#[test]
fn answers_are_told_apart_by_pod_and_zone() {
    let server = Server::start(|mut stream, count| {
        let body = r#"{"pod":"hello-1","node":"node-a1","zone":"unknown"}"#;
        if read_request(&mut stream, count).is_some() {
            answer(
                &mut stream,
                &format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()),
            );
        }
    });
    let plan = Plan {
        zones: BTreeMap::from([("node-a1".to_owned(), "a".to_owned())]),
        ..ten(&server.url(), Connections::New { per_second: 500 })
    };
    let account = balanced(start(plan).unwrap().wait());
    assert_eq!(account.answers, BTreeMap::from([("hello-1".to_owned(), 10)]));
    assert_eq!(account.per_zone, BTreeMap::from([("a".to_owned(), 10)]));
}

#[test]
fn traffic_that_is_dropped_ends() {
    let server =
        Server::start(
            |mut stream, count| {
                while read_request(&mut stream, count).is_some_and(|_| answer(&mut stream, OK)) {}
            },
        );
    let connections = Connections::Kept {
        connections: 2,
        per_second: None,
    };
    let running = start(Plan {
        connections,
        ..Plan::new(&server.url())
    })
    .unwrap();
    let Running { stop, thread, .. } = running;
    drop(stop);
    thread.join().unwrap();
}

#[test]
fn the_system_names_causes() {
    use std::io::{Error, ErrorKind};
    let words = |kind: ErrorKind| Cause::of_system(&Error::from(kind)).to_string();
    assert_eq!(words(ErrorKind::HostUnreachable), "unreachable");
    assert_eq!(words(ErrorKind::NetworkUnreachable), "unreachable");
    assert_eq!(words(ErrorKind::BrokenPipe), "reset");
    assert_eq!(words(ErrorKind::TimedOut), "timeout");
    assert_eq!(words(ErrorKind::AddrNotAvailable), "address not available");
}

/// What a server does with a connection: the status of each answer; 0 reads a request and closes.
fn behaves(mut stream: std::net::TcpStream, count: &servers::Count, statuses: &[u16]) {
    for status in statuses {
        let sent = read_request(&mut stream, count).is_some()
            && *status != 0
            && answer(
                &mut stream,
                &format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"),
            );
        if !sent {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_account_adds_up_whatever_the_server_does(
        statuses in prop::collection::vec(prop_oneof![Just(0_u16), Just(200), Just(204), Just(404), Just(500)], 1..6),
    ) {
        let script = statuses.clone();
        let server = Server::start(move |stream, count| behaves(stream, count, &script));
        let connections = Connections::Kept { connections: 2, per_second: Some(1000) };
        for connections in [connections, Connections::New { per_second: 1000 }] {
            let before = server.requests();
            let account = balanced(start(ten(&server.url(), connections)).unwrap().wait());
            prop_assert_eq!(account.sent, 10);
            prop_assert!(server.requests() - before <= 10, "something was sent twice");
        }
    }
}
