//! The log: JSON objects, one a line, to stdout, filtered by `RUST_LOG`.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, fmt};

/// Starts the log of the process. An error means that it was started before.
pub(crate) fn start(filter: Targets) -> Result<(), tracing::subscriber::SetGlobalDefaultError> {
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    tracing::subscriber::set_global_default(Registry::default().with(lines).with(filter))
}
