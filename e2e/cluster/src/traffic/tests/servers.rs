//! Small servers that fail in one way each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a server has seen.
#[derive(Debug, Default)]
pub(super) struct Count {
    requests: AtomicU64,
    connections: AtomicU64,
    over: AtomicBool,
}

/// A server on a port of its own, until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    count: Arc<Count>,
}

impl Server {
    /// `serve` gets each connection, on a thread of its own; what it leaves is closed.
    pub(super) fn start(serve: impl Fn(TcpStream, &Count) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (count, serve) = (Arc::new(Count::default()), Arc::new(serve));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if counted.over.load(Ordering::Relaxed) {
                    return;
                }
                counted.connections.fetch_add(1, Ordering::Relaxed);
                let (count, serve) = (Arc::clone(&counted), Arc::clone(&serve));
                std::thread::spawn(move || serve(stream, &count));
            }
        });
        Self { address, count }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/version", self.address)
    }

    pub(super) fn requests(&self) -> u64 {
        self.count.requests.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> u64 {
        self.count.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.count.over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

/// The head of the next request; none if the client closed.
pub(super) fn read_request(stream: &mut TcpStream, count: &Count) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.extend(byte),
            _ => return None,
        }
    }
    count.requests.fetch_add(1, Ordering::Relaxed);
    String::from_utf8(head).ok()
}

/// Sends an answer; false if the client has gone.
pub(super) fn answer(stream: &mut TcpStream, text: &str) -> bool {
    stream.write_all(text.as_bytes()).is_ok()
}

/// The kernel resets a connection that is closed before all that came was read.
pub(super) fn close_over_unread_bytes(stream: &TcpStream) {
    let mut byte = [0];
    let _waited_for_the_request = stream.peek(&mut byte);
}

/// A port that is taken, so that nobody else gets it, and does not listen.
pub(super) struct ClosedPort(tokio::net::TcpSocket);

pub(super) fn closed_port() -> ClosedPort {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    ClosedPort(socket)
}

impl ClosedPort {
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.0.local_addr().unwrap())
    }
}
