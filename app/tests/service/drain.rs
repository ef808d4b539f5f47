//! SIGTERM: the service goes on answering, asks every client to leave, and ends without having lost a request.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use rustix::process::Signal;

use crate::client::{Client, get};
use crate::program::{Program, until};

/// What one client of the load saw.
#[derive(Default)]
struct Tally {
    before: usize,
    after: usize,
    failures: Vec<String>,
}

/// One request. Gives the connection back where it may be used again, and in words what is wrong with the answer.
fn once(mut client: Client, after: bool) -> Result<Option<Client>, String> {
    let answer = client.try_get("/").map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("{answer:?}"));
    }
    if !answer.closes() {
        return if after {
            Err("not asked to leave".to_owned())
        } else {
            Ok(Some(client))
        };
    }
    if client.is_closed() {
        Ok(None)
    } else {
        Err("asked to leave, and kept".to_owned())
    }
}

/// Asks again and again until `stop`, over one connection as long as the server keeps it, or over a new one each time.
/// `told` is set once the server is known to drain: from then on each answer has to close.
fn ask(address: SocketAddr, keep: bool, told: &AtomicBool, stop: &AtomicBool) -> Tally {
    let mut tally = Tally::default();
    let mut kept: Option<Client> = None;
    while !stop.load(Ordering::SeqCst) {
        let after = told.load(Ordering::SeqCst);
        let client = kept.take().map_or_else(|| Client::try_connect(address), Ok);
        match client
            .map_err(|error| error.to_string())
            .and_then(|client| once(client, after))
        {
            Ok(client) => {
                kept = client.filter(|_| keep);
                *(if after {
                    &mut tally.after
                } else {
                    &mut tally.before
                }) += 1;
            }
            Err(failure) => tally.failures.push(failure),
        }
        sleep(Duration::from_millis(2));
    }
    tally
}

/// Ends the load, also where the test fails before.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn no_request_of_a_load_is_lost() {
    let program = Program::start(&[("DRAIN_SECONDS", "5")]);
    let (told, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let tallies: Vec<Tally> = scope(|scope| {
        let clients: Vec<_> = (0..6)
            .map(|number| {
                let (address, told, stop) = (program.public, &told, &stop);
                scope.spawn(move || ask(address, number % 2 == 0, told, stop))
            })
            .collect();
        let end = End(&stop);
        sleep(Duration::from_millis(700));
        program.terminate();
        told.store(true, Ordering::SeqCst);
        assert_eq!(get(program.public, "/readyz").status, 503);
        sleep(Duration::from_millis(1500));
        drop(end);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let mut answered = 0;
    for tally in &tallies {
        assert!(tally.failures.is_empty(), "{:?}", tally.failures);
        assert!(
            tally.before > 0 && tally.after > 0,
            "{} before, {} after",
            tally.before,
            tally.after
        );
        answered += tally.before + tally.after;
    }
    let outcome = program.outcome();
    assert_eq!((outcome.code, outcome.errors.as_str()), (Some(0), ""));
    let logged = outcome
        .lines
        .iter()
        .filter(|line| line.contains("\"request\""))
        .count();
    assert_eq!(logged, answered, "each request is logged once");
}

/// A request whose head has arrived and whose body has not.
fn unfinished(program: &Program) -> Client {
    let mut client = Client::connect(program.public);
    client
        .send("GET / HTTP/1.1\r\nHost: hello\r\nContent-Length: 4\r\n\r\n12")
        .unwrap();
    program.wait_for("http_requests_in_flight 1");
    client
}

#[test]
fn what_is_in_flight_when_the_port_closes_is_answered() {
    let program = Program::start(&[
        ("DRAIN_SECONDS", "1"),
        ("FINISH_SECONDS", "60"),
        ("REQUEST_SECONDS", "60"),
    ]);
    let mut resting = Client::connect(program.public);
    assert!(!resting.get("/").closes());
    let mut fresh = Client::connect(program.public);
    let mut late = unfinished(&program);
    program.terminate();
    assert!(resting.is_closed(), "a connection at rest ends with the drain");
    assert!(
        fresh.is_closed(),
        "a connection that never asked ends with the drain"
    );
    until(|| {
        let refused = Client::try_connect(program.public).err();
        refused.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    });
    assert_eq!(
        get(program.admin, "/livez").status,
        200,
        "the kubelet still finds it alive"
    );
    late.send("34").unwrap();
    let answer = late.receive().unwrap();
    assert_eq!((answer.status, answer.closes()), (200, true));
    drop(late);
    assert_eq!(program.outcome().code, Some(0));
}

#[test]
fn what_never_finishes_is_cut_off() {
    let program = Program::start(&[
        ("DRAIN_SECONDS", "0"),
        ("FINISH_SECONDS", "1"),
        ("REQUEST_SECONDS", "600"),
    ]);
    let mut stuck = unfinished(&program);
    program.signal(Signal::TERM);
    let outcome = program.outcome();
    assert_eq!(outcome.code, Some(0));
    let cut = outcome
        .lines
        .iter()
        .find(|line| line.contains("cut off"))
        .unwrap();
    assert!(cut.contains("\"connections\":1"), "{cut}");
    assert!(stuck.is_closed());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let program = Program::start(&[("DRAIN_SECONDS", "3600")]);
        program.terminate();
        program.signal(signal);
        assert_eq!(program.outcome().code, Some(code));
    }
}

#[test]
fn an_interrupt_drains_too() {
    let program = Program::start(&[("DRAIN_SECONDS", "0")]);
    program.signal(Signal::INT);
    let outcome = program.outcome();
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.lines.iter().any(|line| line.contains("\"draining\"")));
}
