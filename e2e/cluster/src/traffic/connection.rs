//! One connection: made from a port that is known before, asked, and never asked again for what it did not answer.

use std::future::poll_fn;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;

use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::cause::{Cause, Phase};
use super::target::Target;

/// How much of a body is kept to be looked at; the rest is read and dropped.
const KEPT_BODY: usize = 16 * 1024;

/// What is known of a request on its way, also when its time is over.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    pub(super) port: Option<u16>,
    pub(super) phase: Phase,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The server says that it closes the connection.
    pub(super) close: bool,
    /// The beginning of the body.
    pub(super) body: Vec<u8>,
}

/// Why a connection gave no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It was over before a byte of the request was written: nobody can have seen the request.
    NotWritten(Cause),
    /// The request was, or may have been, written.
    Lost(Cause),
}

/// A connection, and the task that moves its bytes, which ends with it.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<String>,
    port: u16,
    bytes: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.bytes.abort();
    }
}

impl Connection {
    /// Connects, and says in `attempt` from which port before it waits.
    pub(super) async fn open(target: &Target, attempt: &mut Attempt) -> Result<Self, Cause> {
        attempt.phase = Phase::Connecting;
        let (stream, port) = connect(target.address, attempt)
            .await
            .map_err(|error| Cause::of_system(&error))?;
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, bytes) = handshake.map_err(|error| Cause::of(&error))?;
        Ok(Self {
            sender,
            port,
            // What ends the connection is told to the request that waits for it.
            bytes: tokio::spawn(async move { drop(bytes.await) }),
        })
    }

    /// Can it be asked? Waits until what has come from the server is read, so that a close is seen that is there.
    pub(super) async fn is_open(&mut self) -> bool {
        tokio::task::yield_now().await;
        self.sender.ready().await.is_ok()
    }

    /// Sends one request and reads its whole answer.
    pub(super) async fn ask(
        &mut self,
        request: Request<String>,
        attempt: &mut Attempt,
    ) -> Result<Answer, Unanswered> {
        attempt.port = Some(self.port);
        attempt.phase = Phase::Answer;
        let sent = self.sender.try_send_request(request).await;
        let response = sent.map_err(|mut refusal| {
            let cause = Cause::of(refusal.error());
            match refusal.take_message() {
                Some(_unwritten) => Unanswered::NotWritten(cause),
                None => Unanswered::Lost(cause),
            }
        })?;
        let status = response.status().as_u16();
        let close = says_close(&response);
        let body = read(response.into_body()).await;
        Ok(Answer {
            status,
            close,
            body: body.map_err(|error| Unanswered::Lost(Cause::of(&error)))?,
        })
    }
}

/// A request for the target; `last` asks the server to close after it.
pub(super) fn request(target: &Target, last: bool) -> Result<Request<String>, hyper::http::Error> {
    let mut builder = Request::get(&target.path)
        .header(HOST, &target.authority)
        .header(USER_AGENT, "cargo-xtask-traffic");
    if last {
        builder = builder.header(CONNECTION, HeaderValue::from_static("close"));
    }
    builder.body(String::new())
}

async fn connect(address: SocketAddr, attempt: &mut Attempt) -> std::io::Result<(TcpStream, u16)> {
    let (socket, any) = match address {
        SocketAddr::V4(_) => (TcpSocket::new_v4()?, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
        SocketAddr::V6(_) => (TcpSocket::new_v6()?, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))),
    };
    socket.bind(any)?;
    let port = socket.local_addr()?.port();
    attempt.port = Some(port);
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok((stream, port))
}

fn says_close(response: &Response<Incoming>) -> bool {
    let values = response.headers().get_all(CONNECTION);
    values.iter().any(|value| {
        let mut options = value.to_str().unwrap_or_default().split(',');
        options.any(|option| option.trim().eq_ignore_ascii_case("close"))
    })
}

async fn read(mut body: Incoming) -> Result<Vec<u8>, hyper::Error> {
    let mut kept = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame?;
        let bytes = frame.data_ref().map_or(&[][..], Bytes::as_ref);
        let room = KEPT_BODY.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }
    Ok(kept)
}
