//! The handlers. None of them waits, reads a body or can fail; what is refused is refused before them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::Service;
use crate::lifecycle::Stage;

/// The path of readiness on both ports; the load balancer's health check asks the public one.
pub(crate) const READY: &str = "/readyz";

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) async fn page(State(service): State<Arc<Service>>) -> Response {
    ([(CONTENT_TYPE, HTML)], service.page.clone()).into_response()
}

pub(crate) async fn version(State(service): State<Arc<Service>>) -> Response {
    ([(CONTENT_TYPE, JSON)], service.version.clone()).into_response()
}

/// Answers as long as the process can answer at all.
pub(crate) async fn alive() -> &'static str {
    "alive\n"
}

/// Not ready from the moment the process is told to end, so that no new request is sent here.
pub(crate) async fn ready(State(service): State<Arc<Service>>) -> Response {
    match service.lifecycle.stage() {
        Stage::Serving => "ready\n".into_response(),
        Stage::Draining | Stage::Finishing | Stage::Ended => {
            (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
        }
    }
}

pub(crate) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    match service.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics cannot be written\n",
        )
            .into_response(),
    }
}

pub(crate) async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "there is nothing here\n")
}

pub(crate) async fn method_not_allowed() -> (StatusCode, &'static str) {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        "only GET and HEAD are answered here\n",
    )
}
