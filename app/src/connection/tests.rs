use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;
use crate::settings::Settings;

fn pace() -> Pace {
    Pace::new(Settings::from_lookup(|_| None).unwrap().limits)
}

fn left(pace: &Pace) -> Duration {
    pace.now().1 - Instant::now()
}

#[tokio::test]
async fn a_request_passes_through_its_phases() {
    let pace = pace();
    assert_eq!(pace.now().0, Phase::Fresh);
    pace.received();
    assert_eq!(pace.now().0, Phase::Head);
    pace.called();
    assert_eq!(pace.now().0, Phase::Answer);
    // hyper flushes `100 Continue` while the answer is being made.
    pace.flushed();
    assert_eq!(pace.now().0, Phase::Answer);
    pace.answered();
    pace.flushed();
    assert_eq!(pace.now().0, Phase::Idle);
    pace.received();
    assert_eq!(pace.now().0, Phase::Head);
}

#[tokio::test]
async fn progress_moves_no_deadline() {
    let pace = pace();
    pace.received();
    let begun = pace.now();
    pace.received();
    assert_eq!(pace.now(), begun);
    pace.called();
    let begun = pace.now();
    pace.received();
    pace.flushed();
    pace.answered();
    assert_eq!(pace.now(), begun);
}

#[tokio::test]
async fn only_a_connection_at_rest_has_long() {
    let pace = pace();
    assert!(left(&pace) <= pace.limits.header);
    pace.called();
    assert!(left(&pace) <= pace.limits.request + pace.limits.answer);
    pace.answered();
    pace.flushed();
    assert!(left(&pace) > pace.limits.request + pace.limits.answer);
    pace.received();
    assert!(left(&pace) <= pace.limits.header);
}

#[tokio::test]
async fn an_ended_connection_reads_on_until_the_client_closes() {
    let (mut client, stream) = duplex(64);
    let mut socket = Socket {
        stream,
        pace: Arc::new(pace()),
        half_closed: false,
    };
    let server = async {
        socket.write_all(b"too large").await.unwrap();
        socket.shutdown().await.unwrap();
        assert_eq!(socket.pace.now().0, Phase::Closing);
        socket
    };
    let client = async {
        // More than the pipe holds: this goes on only as long as the server takes it.
        client.write_all(&[b'x'; 4096]).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "too large");
        drop(client);
    };
    let both = async { tokio::join!(server, client) };
    tokio::time::timeout(Duration::from_secs(30), both)
        .await
        .expect("the server reads on");
}
