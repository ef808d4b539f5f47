//! The headers of every answer: security, release, and the wish to close once the process drains.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::identity::VERSION;
use crate::lifecycle::Stage;
use crate::{Service, page};

/// Which release answered; a smoke test compares it with the one it deployed.
const RELEASE: HeaderName = HeaderName::from_static("x-version");

/// After the OWASP Secure Headers Project. An answer names a pod, so no cache may keep it. HSTS counts only over TLS, which
/// the load balancer ends; plain HTTP clients ignore it (RFC 6797, 8.1).
const ALWAYS: [(HeaderName, HeaderValue); 11] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(page::CONTENT_SECURITY_POLICY),
    ),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        HeaderValue::from_static("require-corp"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000; includeSubDomains"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (RELEASE, HeaderValue::from_static(VERSION)),
];

/// Asks the client to open its next connection, which then reaches another pod.
pub(crate) fn close(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// The outermost layer of both ports, so that it sees refusals as well.
pub(crate) async fn add(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    // Looked at after the answer was made: a request that was in flight when the signal came is told as well.
    if service.lifecycle.stage() >= Stage::Draining {
        close(headers);
    }
    response
}
