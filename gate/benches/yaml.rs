//! How long the reader takes, next to `serde_yaml` on the same text in the same run.
//!
//! `cargo bench -p gate --bench yaml [FILE]...` prints megabytes a second and the ratio; without files it makes a
//! stream of Deployments. Figures, not limits: nothing here fails because a machine is slow.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a bench prints, and reads the files that it is given"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use gate::yaml::{Limits, LineIndex, read};
use serde::Deserialize as _;

/// A text is read so many times; the fastest counts.
const RUNS: usize = 7;

fn main() {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    if files.is_empty() {
        for documents in [100, 1_000, 8_000] {
            measure(&format!("{documents} Deployments"), &deployments(documents));
        }
    }
    for file in files {
        match std::fs::read_to_string(&file) {
            Ok(text) => measure(&file, &text),
            Err(error) => println!("{file}: {error}"),
        }
    }
}

fn deployments(count: usize) -> String {
    let document = |number: usize| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  labels: {{app: app-{number}}}\n\
             spec:\n  replicas: 9 # three a zone\n  selector:\n    matchLabels:\n      app: app-{number}\n  template:\n    \
             spec:\n      containers:\n        - name: app\n          image: \"registry.example/app:{number}\"\n          \
             command: [/app, --port, '8080']\n          securityContext:\n            runAsNonRoot: true\n            \
             capabilities: {{drop: [ALL]}}\n          env:\n            - name: TEXT\n              value: |\n                \
             some lines\n                of text\n"
        )
    };
    (0..count).map(document).collect::<Vec<_>>().concat()
}

fn measure(name: &str, text: &str) {
    let ours = fastest(|| read(text, &Limits::default()).documents.len());
    let lines = fastest(|| LineIndex::new(text).position(text.len()).line);
    let theirs = fastest(|| {
        let documents = serde_yaml::Deserializer::from_str(text);
        let values = documents.map(serde_yaml::Value::deserialize);
        values.flatten().count()
    });
    let problems = read(text, &Limits::default()).problems.len();
    println!(
        "{name}: {} bytes, {problems} problems; reader {}, lines {}, serde_yaml {}; ratio {:.2}",
        text.len(),
        rate(text, ours),
        rate(text, lines),
        rate(text, theirs),
        theirs.as_secs_f64() / ours.as_secs_f64(),
    );
}

fn fastest<T>(work: impl Fn() -> T) -> Duration {
    let run = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

fn rate(text: &str, time: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let megabytes = text.len() as f64 / 1e6;
    format!("{:.1} MB/s", megabytes / time.as_secs_f64())
}
