//! One connection: what it is doing, how long it may take for that, and how it ends.
//!
//! hyper's one timeout begins when it waits for a head, so it cannot tell a connection at rest, which a load balancer keeps
//! for ten minutes, from a client that sends its head a byte at a time. Here every phase has its own deadline, which no
//! progress moves. A connection ends politely: after the last answer the sending half is closed and what still comes in is
//! thrown away for a moment, since closing over unread bytes makes the kernel reset the connection and the client lose the
//! answer (RFC 9112, 9.6).

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tower::Service as _;

use crate::lifecycle::{Lifecycle, Stage};
use crate::settings::{LARGEST_HEADER_BYTES, Limits};

#[cfg(test)]
mod tests;

/// How long an ended connection waits for the client to close its half.
const LINGER: Duration = Duration::from_secs(1);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing has come yet.
    Fresh,
    /// The head of a request is coming.
    Head,
    /// A request is being answered, until the last byte of the answer is with the kernel.
    Answer,
    /// At rest between two requests.
    Idle,
    /// The answer is out; waiting for the client to close.
    Closing,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    deadline: Instant,
    /// The handler is done; the next complete flush ends the answer.
    answered: bool,
}

/// The phase of one connection. It is told by the connection's two ends, its socket and its handler, and asked by its task.
#[derive(Debug)]
struct Pace {
    limits: Limits,
    state: Mutex<State>,
}

impl Pace {
    fn new(limits: Limits) -> Self {
        let state = State {
            phase: Phase::Fresh,
            deadline: Instant::now() + limits.header,
            answered: false,
        };
        Self {
            limits,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> (Phase, Instant) {
        let state = self.state();
        (state.phase, state.deadline)
    }

    fn enter(&self, state: &mut State, phase: Phase) {
        let time = match phase {
            Phase::Fresh | Phase::Head => self.limits.header,
            Phase::Answer => self.limits.request + self.limits.answer,
            Phase::Idle => self.limits.idle,
            Phase::Closing => LINGER,
        };
        state.phase = phase;
        state.deadline = Instant::now() + time;
    }

    fn received(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::Fresh | Phase::Idle) {
            self.enter(&mut state, Phase::Head);
        }
    }

    fn called(&self) {
        let mut state = self.state();
        state.answered = false;
        self.enter(&mut state, Phase::Answer);
    }

    fn answered(&self) {
        self.state().answered = true;
    }

    fn flushed(&self) {
        let mut state = self.state();
        if state.phase == Phase::Answer && state.answered {
            self.enter(&mut state, Phase::Idle);
        }
    }

    fn closing(&self) {
        let mut state = self.state();
        self.enter(&mut state, Phase::Closing);
    }
}

/// A socket that tells what passes through it, and lingers at its end.
struct Socket<S> {
    stream: S,
    pace: Arc<Pace>,
    half_closed: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.pace.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // hyper flushes the socket once its own buffer is empty.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.pace.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.half_closed {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.half_closed = true;
            self.pace.closing();
        }
        let mut scratch = [0_u8; 2048];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// What all connections of a port have in common.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) router: Router,
    pub(crate) limits: Limits,
    pub(crate) lifecycle: Lifecycle,
    /// The stage at which the port closes.
    pub(crate) last: Stage,
    /// Wakes the connection that has rested longest, because another waits for its place.
    pub(crate) crowded: Arc<Notify>,
}

/// hyper answers 431 and closes where a head is larger than the limit.
fn protocol(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(None)
        .max_header_size(limits.header_bytes)
        .max_buf_size(LARGEST_HEADER_BYTES);
    builder
}

/// Serves one connection until it is over, too slow, or, being at rest, unwanted: where the port closes or is crowded.
pub(crate) async fn serve(stream: TcpStream, mut terms: Terms) {
    let pace = Arc::new(Pace::new(terms.limits));
    let socket = TokioIo::new(Socket {
        stream,
        pace: Arc::clone(&pace),
        half_closed: false,
    });
    let service = service_fn(|request| call(&terms.router, &pace, request));
    let mut connection = pin!(protocol(&terms.limits).serve_connection(socket, service));
    loop {
        let (phase, deadline) = pace.now();
        let over_or_changed = poll_fn(|context| match connection.as_mut().poll(context) {
            Poll::Ready(_answered_or_broken) => Poll::Ready(true),
            Poll::Pending if pace.now() != (phase, deadline) => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        });
        let over = tokio::select! {
            biased;
            over = over_or_changed => over,
            () = sleep_until(deadline) => true,
            // At rest every answer is with the kernel, so that nothing is lost by dropping the connection.
            () = terms.lifecycle.reached(terms.last), if matches!(phase, Phase::Fresh | Phase::Idle) => true,
            () = terms.crowded.notified(), if phase == Phase::Idle => true,
        };
        if over {
            return;
        }
    }
}

async fn call(
    router: &Router,
    pace: &Pace,
    request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, Infallible> {
    pace.called();
    let answer = router.clone().call(request).await;
    pace.answered();
    answer
}
