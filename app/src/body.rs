//! Limits of a request's body and of its time.
//!
//! No route wants a body. One that comes is read and dropped, up to the limit, so that an honest client keeps its connection
//! and a dishonest one is refused instead of being waited for. The time limit covers body and handler together.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::{Service, headers};

/// Why a body was not read to its end.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    TooLarge,
    Broken,
}

/// A layer that answers 413, 400 or 408, each with `Connection: close`, where a body is too large, breaks off or is too slow.
pub(crate) async fn read_within_limits(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let limits = service.limits;
    let answer = tokio::time::timeout(limits.request, async {
        let (parts, body) = request.into_parts();
        read_away(body, limits.body_bytes).await?;
        Ok(next.run(Request::from_parts(parts, Body::empty())).await)
    });
    match answer.await {
        Ok(Ok(response)) => response,
        Ok(Err(Refusal::TooLarge)) => refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n"),
        Ok(Err(Refusal::Broken)) => refuse(StatusCode::BAD_REQUEST, "the body is broken\n"),
        Err(_elapsed) => refuse(StatusCode::REQUEST_TIMEOUT, "the request took too long\n"),
    }
}

fn refuse(status: StatusCode, reason: &'static str) -> Response {
    let mut response = (status, reason).into_response();
    // What is left of the body would be read as the next request.
    headers::close(response.headers_mut());
    response
}

/// Reads a body and forgets it. A declared length above the limit is refused before a byte is read, and so before the client
/// that asked `Expect: 100-continue` sends one.
async fn read_away(mut body: Body, limit: usize) -> Result<(), Refusal> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(Refusal::TooLarge);
    }
    let mut read = 0_u64;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| Refusal::Broken)?;
        let length = frame.data_ref().map_or(0, Bytes::len);
        read = read.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        if read > limit {
            return Err(Refusal::TooLarge);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_of_exactly_the_limit_is_read() {
        assert_eq!(read_away(Body::from("12345"), 5).await, Ok(()));
        assert_eq!(read_away(Body::from("123456"), 5).await, Err(Refusal::TooLarge));
        assert_eq!(read_away(Body::empty(), 0).await, Ok(()));
    }
}
