//! A small web service that survives the loss of a zone.
//!
//! [`app`] is what the load balancer reaches, [`admin`] is for kubelet probes and the metrics collector; both are plain
//! routers that can be called without a socket. [`run`] gives them sockets, limits what clients may take, and ends them
//! without losing a request. The process reads and writes no file.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

mod body;
mod connection;
mod headers;
mod identity;
mod lifecycle;
mod listener;
mod log;
mod metrics;
mod page;
mod routes;
mod serve;
mod settings;
mod traffic;

pub use identity::{Identity, VERSION};
pub use lifecycle::{Lifecycle, Stage};
pub use serve::{Ended, RunError, run};
pub use settings::{Limits, Settings, SettingsError};

#[cfg(test)]
mod tests;

/// What all requests share: the finished answers, the series and the stage of the process.
#[derive(Debug)]
pub struct Service {
    page: Bytes,
    version: Bytes,
    metrics: metrics::Metrics,
    lifecycle: Lifecycle,
    limits: Limits,
}

impl Service {
    /// Makes the answers for these settings.
    pub fn new(settings: &Settings, lifecycle: Lifecycle) -> Self {
        Self {
            page: page::html(&settings.identity).into(),
            version: page::json(&settings.identity).into(),
            metrics: metrics::Metrics::new(),
            lifecycle,
            limits: settings.limits,
        }
    }
}

/// The public port: the page, its JSON twin, and readiness for the load balancer.
pub fn app(service: &Arc<Service>) -> Router {
    Router::new()
        .route("/", get(routes::page))
        .route("/version", get(routes::version))
        .route(routes::READY, get(routes::ready))
        .fallback(routes::not_found)
        .method_not_allowed_fallback(routes::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(service), body::read_within_limits))
        .layer(from_fn_with_state(Arc::clone(service), traffic::observe))
        .layer(from_fn_with_state(Arc::clone(service), headers::add))
        .with_state(Arc::clone(service))
}

/// The admin port: liveness, readiness and metrics. Nothing here is logged or counted, since only machines ask, and often.
pub fn admin(service: &Arc<Service>) -> Router {
    Router::new()
        .route("/livez", get(routes::alive))
        .route(routes::READY, get(routes::ready))
        .route("/metrics", get(routes::metrics))
        .fallback(routes::not_found)
        .method_not_allowed_fallback(routes::method_not_allowed)
        .layer(from_fn_with_state(Arc::clone(service), body::read_within_limits))
        .layer(from_fn_with_state(Arc::clone(service), headers::add))
        .with_state(Arc::clone(service))
}
