//! The two routers without a socket.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::*;

/// A service in its zone, the sender of its life, and its two ports.
struct Bench {
    stage: watch::Sender<Stage>,
    app: Router,
    admin: Router,
}

fn bench() -> Bench {
    let mut settings =
        Settings::from_lookup(|name| (name == "POD_ZONE").then(|| "us-west1-b".into())).unwrap();
    settings.limits.body_bytes = 10;
    settings.limits.request = Duration::from_millis(50);
    let (stage, lifecycle) = Lifecycle::begin();
    let service = Arc::new(Service::new(&settings, lifecycle));
    Bench {
        stage,
        app: app(&service),
        admin: admin(&service),
    }
}

async fn ask(router: &Router, method: Method, path: &str, body: impl Into<Body>) -> Response {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(body.into())
        .unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn get(router: &Router, path: &str) -> (StatusCode, String) {
    let response = ask(router, Method::GET, path, Body::empty()).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_page_and_its_json_twin_name_the_zone() {
    let bench = bench();
    let (status, page) = get(&bench.app, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("<dd>us-west1-b</dd>") && page.contains("<dd>unknown</dd>"));
    let (status, json) = get(&bench.app, "/version").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        json,
        format!(r#"{{"node":"unknown","pod":"unknown","version":"{VERSION}","zone":"us-west1-b"}}"#)
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let bench = bench();
    for (router, method, path) in [
        (&bench.app, Method::GET, "/"),
        (&bench.app, Method::GET, "/version"),
        (&bench.app, Method::GET, "/readyz"),
        (&bench.app, Method::GET, "/absent"),
        (&bench.app, Method::POST, "/"),
        (&bench.admin, Method::GET, "/metrics"),
    ] {
        let response = ask(router, method, path, Body::empty()).await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(
            header("content-security-policy"),
            Some(page::CONTENT_SECURITY_POLICY),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("x-frame-options"), Some("DENY"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(header("x-version"), Some(VERSION));
        assert_eq!(header("cache-control"), Some("no-store"));
        assert!(
            header("strict-transport-security").is_some_and(|value| value.starts_with("max-age=31536000"))
        );
        assert!(header("permissions-policy").is_some_and(|value| value.contains("geolocation=()")));
        assert!(
            !response.headers().contains_key(CONNECTION),
            "{path} closes without need"
        );
    }
}

#[tokio::test]
async fn types_are_declared() {
    let bench = bench();
    for (router, path, kind) in [
        (&bench.app, "/", "text/html; charset=utf-8"),
        (&bench.app, "/version", "application/json"),
        (
            &bench.admin,
            "/metrics",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ] {
        let response = ask(router, Method::GET, path, Body::empty()).await;
        assert_eq!(response.headers()[CONTENT_TYPE], kind);
    }
}

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let bench = bench();
    let length = get(&bench.app, "/").await.1.len();
    let response = ask(&bench.app, Method::HEAD, "/", Body::empty()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_LENGTH], length.to_string());
    assert!(to_bytes(response.into_body(), 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let bench = bench();
    for path in ["/absent", "/livez", "/metrics", "//", "/version/"] {
        assert_eq!(get(&bench.app, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/", "/version"] {
        assert_eq!(get(&bench.admin, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let response = ask(&bench.app, method, "/version", Body::empty()).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[ALLOW], "GET,HEAD");
    }
}

#[tokio::test]
async fn bodies_are_limited_in_size_and_time() {
    let bench = bench();
    let fits = ask(&bench.app, Method::GET, "/", "0123456789").await;
    assert_eq!(fits.status(), StatusCode::OK);
    for router in [&bench.app, &bench.admin] {
        let large = ask(router, Method::GET, "/readyz", "0123456789a").await;
        assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(large.headers()[CONNECTION], "close");
        let slow = ask(router, Method::GET, "/readyz", Body::new(Never)).await;
        assert_eq!(slow.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(slow.headers()[CONNECTION], "close");
    }
}

/// A body of which nothing ever comes.
struct Never;

impl axum::body::HttpBody for Never {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn draining_is_seen_at_once_and_on_every_answer() {
    let bench = bench();
    for router in [&bench.app, &bench.admin] {
        assert_eq!(
            get(router, "/readyz").await,
            (StatusCode::OK, "ready\n".to_owned())
        );
    }
    bench.stage.send_replace(Stage::Draining);
    for (router, path, status) in [
        (&bench.app, "/readyz", StatusCode::SERVICE_UNAVAILABLE),
        (&bench.admin, "/readyz", StatusCode::SERVICE_UNAVAILABLE),
        (&bench.admin, "/livez", StatusCode::OK),
        (&bench.admin, "/metrics", StatusCode::OK),
        (&bench.app, "/", StatusCode::OK),
        (&bench.app, "/absent", StatusCode::NOT_FOUND),
    ] {
        let response = ask(router, Method::GET, path, Body::empty()).await;
        assert_eq!((response.status(), path), (status, path));
        assert_eq!(response.headers()[CONNECTION], "close", "{path}");
    }
}

#[tokio::test]
async fn people_are_counted_and_probes_are_not() {
    let bench = bench();
    get(&bench.app, "/").await;
    get(&bench.app, "/absent?token=secret").await;
    get(&bench.app, "/readyz").await;
    ask(&bench.app, Method::POST, "/readyz", Body::empty()).await;
    get(&bench.admin, "/readyz").await;
    get(&bench.admin, "/livez").await;
    let (_, text) = get(&bench.admin, "/metrics").await;
    let counted: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("http_requests_total"))
        .collect();
    assert_eq!(counted.len(), 2, "{counted:?}");
    for series in [
        "{route=\"/\",method=\"GET\",status=\"200\"} 1",
        "{route=\"other\",method=\"GET\",status=\"404\"} 1",
    ] {
        assert!(
            counted.iter().any(|line| line.ends_with(series)),
            "{series} is not in {counted:?}"
        );
    }
    assert!(text.contains("http_requests_in_flight 0\n"));
}
