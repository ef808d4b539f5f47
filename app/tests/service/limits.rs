//! Slow, oversized and too many clients: each is refused, and none keeps another from being served.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use crate::client::{Client, get};
use crate::program::{Program, until};

const HEAD: &str = "GET / HTTP/1.1\r\nHost: hello\r\n";

#[test]
fn a_head_sent_byte_by_byte_is_cut_off() {
    let program = Program::start(&[("HEADER_SECONDS", "1")]);
    for address in [program.public, program.admin] {
        let mut slow = Client::connect(address);
        slow.send(HEAD).unwrap();
        // Each byte is progress, and none of it helps: the loop ends when the server has closed.
        until(|| {
            assert_eq!(get(program.public, "/").status, 200);
            slow.send("x").is_err()
        });
        assert!(slow.is_closed(), "without an answer");
    }
}

#[test]
fn silence_is_cut_off() {
    let program = Program::start(&[("HEADER_SECONDS", "1"), ("IDLE_SECONDS", "1")]);
    assert!(Client::connect(program.public).is_closed(), "before a request");
    let mut kept = Client::connect(program.public);
    assert!(!kept.get("/").closes());
    assert!(kept.is_closed(), "between two requests");
}

#[test]
fn a_connection_at_rest_outlives_the_limit_of_a_head() {
    let program = Program::start(&[("HEADER_SECONDS", "1")]);
    let mut kept = Client::connect(program.public);
    kept.get("/");
    assert!(
        Client::connect(program.public).is_closed(),
        "one second has passed"
    );
    assert!(!kept.get("/").closes());
}

#[test]
fn a_slow_body_is_answered_with_408() {
    let program = Program::start(&[("REQUEST_SECONDS", "1")]);
    for address in [program.public, program.admin] {
        let mut slow = Client::connect(address);
        slow.send(&format!("{HEAD}Content-Length: 10\r\n\r\n1")).unwrap();
        assert_eq!(get(program.public, "/").status, 200);
        let answer = slow.receive().unwrap();
        assert_eq!((answer.status, answer.closes()), (408, true));
        assert!(slow.is_closed());
    }
}

#[test]
fn an_oversized_head_is_answered_with_431() {
    let program = Program::start(&[("HEADER_BYTES", "2048")]);
    for address in [program.public, program.admin] {
        let fits = format!("{HEAD}X-Padding: {}\r\n\r\n", "a".repeat(1900));
        let mut client = Client::connect(address);
        client.send(&fits).unwrap();
        assert!(client.receive().unwrap().status < 431);
        client
            .send(&format!("{HEAD}X-Padding: {}\r\n\r\n", "a".repeat(2048)))
            .unwrap();
        let answer = client.receive().unwrap();
        assert_eq!((answer.status, answer.closes()), (431, true));
        assert!(client.is_closed());
    }
    assert_eq!(get(program.public, "/").status, 200);
}

#[test]
fn an_oversized_body_is_answered_with_413() {
    let program = Program::start(&[("BODY_BYTES", "1024")]);
    let large = "a".repeat(1_000_000);
    for body in [
        format!("Content-Length: {}\r\n\r\n{large}", large.len()),
        format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
            large.len()
        ),
        // The client waits to be told to go on, and is told not to.
        format!("Content-Length: {}\r\nExpect: 100-continue\r\n\r\n", large.len()),
    ] {
        let mut client = Client::connect(program.public);
        client.send(&format!("{HEAD}{body}")).unwrap();
        let answer = client.receive().unwrap();
        assert_eq!((answer.status, answer.closes()), (413, true));
    }
    assert_eq!(get(program.public, "/").status, 200);
}

#[test]
fn a_small_body_is_read_and_the_connection_kept() {
    let program = Program::start(&[]);
    let mut client = Client::connect(program.public);
    client
        .send(&format!("{HEAD}Content-Length: 4\r\n\r\n1234"))
        .unwrap();
    let answer = client.receive().unwrap();
    assert_eq!((answer.status, answer.closes()), (200, false));
    assert_eq!(client.get("/").status, 200);
}

#[test]
fn nonsense_is_answered_with_400() {
    let program = Program::start(&[]);
    let mut client = Client::connect(program.public);
    client.send("nonsense\r\n\r\n").unwrap();
    let answer = client.receive().unwrap();
    assert_eq!((answer.status, answer.closes()), (400, true));
    assert!(client.is_closed());
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let program = Program::start(&[
        ("REQUEST_SECONDS", "1"),
        ("ANSWER_SECONDS", "1"),
        ("RUST_LOG", "hello::serve=info"),
    ]);
    let deaf = Client::connect(program.public);
    deaf.socket()
        .set_write_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let requests = format!("{HEAD}\r\n").repeat(200);
    // Its answers fill the kernel's buffers until the server can write no more, and it does not wait for ever.
    until(|| match deaf.socket().write(requests.as_bytes()) {
        Ok(_) => false,
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            assert_eq!(get(program.public, "/").status, 200);
            false
        }
        Err(error) => {
            assert!(
                matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe),
                "{error}"
            );
            true
        }
    });
}

#[test]
fn a_full_public_port_leaves_the_admin_port_reachable() {
    let program = Program::start(&[("PUBLIC_CONNECTIONS", "2"), ("REQUEST_SECONDS", "60")]);
    let mut busy: Vec<Client> = (0..2)
        .map(|_| {
            let mut client = Client::connect(program.public);
            client
                .send(&format!("{HEAD}Content-Length: 4\r\n\r\n12"))
                .unwrap();
            client
        })
        .collect();
    program.wait_for("http_requests_in_flight 2");
    let mut waiting = Client::connect(program.public);
    waiting.send(&format!("{HEAD}\r\n")).unwrap();
    waiting
        .socket()
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    assert_eq!(
        waiting.receive().unwrap_err().kind(),
        ErrorKind::WouldBlock,
        "the cap holds"
    );
    assert_eq!(get(program.admin, "/livez").status, 200);
    for client in &mut busy {
        client.send("34").unwrap();
        assert_eq!(client.receive().unwrap().status, 200);
    }
    waiting
        .socket()
        .set_read_timeout(Some(crate::program::PATIENCE))
        .unwrap();
    assert_eq!(waiting.receive().unwrap().status, 200, "it has come in by now");
}

#[test]
fn connections_at_rest_make_room() {
    let program = Program::start(&[("PUBLIC_CONNECTIONS", "2")]);
    let mut resting = [0, 1].map(|_| {
        let mut client = Client::connect(program.public);
        client.get("/");
        client
    });
    let mut third = Client::connect(program.public);
    assert_eq!(third.get("/").status, 200);
    let kept = resting.iter_mut().filter_map(|client| client.try_get("/").ok());
    assert_eq!(kept.count(), 1, "one of them leaves, and no more");
    assert_eq!(third.get("/").status, 200);
}

#[test]
fn the_admin_port_has_a_cap_too() {
    let program = Program::start(&[("ADMIN_CONNECTIONS", "1")]);
    let mut first = Client::connect(program.admin);
    first.get("/livez");
    assert_eq!(get(program.admin, "/livez").status, 200);
    assert!(first.is_closed());
}
