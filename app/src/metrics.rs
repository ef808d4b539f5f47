//! What Prometheus scrapes. The names follow its conventions; every label has a small, fixed set of values, so that no
//! client can make a series.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::identity::VERSION;

/// The label of everything that is not a known route or method.
pub(crate) const OTHER: &str = "other";

/// Upper bounds in seconds. The page is in memory, so the interesting range lies below a millisecond; the last one is the
/// default time limit of a request.
const LATENCY_BUCKETS: [f64; 11] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: &'static str,
}

/// All series of the process.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latency: Family<RouteLabel, Histogram>,
    in_flight: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let latency = Family::new_with_constructor(latency_histogram as fn() -> Histogram);
        let in_flight = Gauge::default();
        registry.register(
            "http_requests",
            "Answered requests of the public port, probes left out",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer",
            Unit::Seconds,
            latency.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests being answered",
            in_flight.clone(),
        );
        let build = Info::new([
            ("version", VERSION),
            ("minimum_rust_version", env!("CARGO_PKG_RUST_VERSION")),
        ]);
        registry.register("hello_build", "The release that runs", build);
        Self {
            registry,
            requests,
            latency,
            in_flight,
        }
    }

    /// Counts a request as in flight until the guard is dropped, also when the client goes away.
    pub(crate) fn enter(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight {
            gauge: &self.in_flight,
        }
    }

    /// Counts an answered request.
    pub(crate) fn record(&self, route: &'static str, method: &Method, status: StatusCode, latency: Duration) {
        let labels = RequestLabels {
            route,
            method: known_method(method),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
        self.latency
            .get_or_create(&RouteLabel { route })
            .observe(latency.as_secs_f64());
    }

    /// All series in the text format that Prometheus asks for first. An error means that a series
    /// cannot be written in that format.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn latency_histogram() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

/// One request in flight.
pub(crate) struct InFlight<'a> {
    gauge: &'a Gauge<i64, AtomicI64>,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.gauge.dec();
    }
}

/// The method as a label or log field: one of the nine standard ones, or `other`.
pub(crate) fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_have_the_names_that_dashboards_ask_for() {
        let metrics = Metrics::new();
        metrics.record("/", &Method::GET, StatusCode::OK, Duration::from_micros(300));
        let _one = metrics.enter();
        let text = metrics.text().unwrap();
        for line in [
            "http_requests_total{route=\"/\",method=\"GET\",status=\"200\"} 1\n",
            "http_request_duration_seconds_count{route=\"/\"} 1\n",
            "http_request_duration_seconds_bucket{le=\"0.00025\",route=\"/\"} 0\n",
            "http_request_duration_seconds_bucket{le=\"0.0005\",route=\"/\"} 1\n",
            "http_requests_in_flight 1\n",
            &format!("hello_build_info{{version=\"{VERSION}\""),
            "# EOF\n",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn in_flight_goes_down_again() {
        let metrics = Metrics::new();
        drop(metrics.enter());
        assert!(metrics.text().unwrap().contains("http_requests_in_flight 0\n"));
    }

    #[test]
    fn a_client_cannot_make_a_series() {
        let metrics = Metrics::new();
        for name in ["BREW", "get", "PROPFIND"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            metrics.record(OTHER, &method, StatusCode::NOT_FOUND, Duration::ZERO);
        }
        let text = metrics.text().unwrap();
        assert!(
            text.contains("{route=\"other\",method=\"other\",status=\"404\"} 3\n"),
            "{text}"
        );
    }
}
