//! Counts and logs the requests of the public port: one JSON line each, never one for a probe.
//!
//! Probes come every few seconds for the whole life of a pod; logged, they fill its disk. They are recognised by their route,
//! whatever the method, and are not counted either, so that the figures are those of people's requests.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::metrics::{OTHER, known_method};
use crate::{Service, routes};

/// A longer path is cut in the log: its length is the client's choice, the pod's disk is not.
const LONGEST_LOGGED_PATH: usize = 256;

/// The layer around the public routes.
pub(crate) async fn observe(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let route = route_label(&request);
    if route == routes::READY {
        return next.run(request).await;
    }
    let begin = Instant::now();
    let method = request.method().clone();
    // Without the query: people put secrets there.
    let path = shorten(request.uri().path()).to_owned();
    let in_flight = service.metrics.enter();
    let response = next.run(request).await;
    let latency = begin.elapsed();
    drop(in_flight);
    service.metrics.record(route, &method, response.status(), latency);
    tracing::info!(
        method = known_method(&method),
        path,
        status = response.status().as_u16(),
        latency_ms = latency.as_secs_f64() * 1000.0,
        "request"
    );
    response
}

/// The route's own pattern, of which there are few, or `other`.
fn route_label(request: &Request) -> &'static str {
    let matched = request.extensions().get::<MatchedPath>();
    let known = ["/", "/version", routes::READY];
    matched
        .and_then(|path| known.into_iter().find(|route| *route == path.as_str()))
        .unwrap_or(OTHER)
}

fn shorten(path: &str) -> &str {
    &path[..path.floor_char_boundary(LONGEST_LOGGED_PATH)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_cut_between_characters() {
        assert_eq!(shorten("/short"), "/short");
        let long = format!("/{}", "é".repeat(200));
        assert_eq!(shorten(&long).len(), 255);
    }
}
