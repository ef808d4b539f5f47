//! What happens to requests, written down as it happens: each that began is answered or lost, once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::account::{Lost, Place};
use super::cause::{Cause, Phase};
use super::connection::{Answer, Attempt};
use crate::plain::plain;

/// So many kinds of answers are told apart; a server that names a new pod in each answer shall not fill the memory.
const KINDS: usize = 500;

/// The key of the answers beyond [`KINDS`].
const OTHERS: &str = "others";

/// What happened until now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Progress {
    /// Since the start.
    pub elapsed: Duration,
    /// Requests that began.
    pub sent: u64,
    /// Requests with a whole answer of success.
    pub answered: u64,
    /// Requests that failed.
    pub lost: u64,
    /// Answers by zone, where the zone is known.
    pub per_zone: BTreeMap<String, u64>,
}

/// The account while it is written.
#[derive(Debug)]
pub(super) struct Ledger {
    zones: BTreeMap<String, String>,
    entries: Mutex<Entries>,
}

/// What is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    pub(super) sent: u64,
    /// Latency of each answer in microseconds.
    pub(super) latencies: Vec<u32>,
    pub(super) lost: Vec<Lost>,
    pub(super) answers: BTreeMap<String, u64>,
    pub(super) places: BTreeMap<String, Place>,
    pub(super) per_zone: BTreeMap<String, u64>,
    pub(super) connection_close: u64,
    pub(super) connections: u64,
    pub(super) closed_at_rest: u64,
    pub(super) latest_start: Duration,
    pub(super) last: Duration,
}

/// A request that began, and must be answered or lost.
#[derive(Debug)]
#[must_use]
pub(super) struct Began {
    from: Instant,
    at: Duration,
}

impl Ledger {
    pub(super) fn new(zones: BTreeMap<String, String>) -> Self {
        Self {
            zones,
            entries: Mutex::default(),
        }
    }

    pub(super) fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request begins that counts from `from`, `at` after the start.
    pub(super) fn begin(&self, from: Instant, at: Duration) -> Began {
        self.entries().sent += 1;
        Began { from, at }
    }

    /// A request started so much later than it was due.
    pub(super) fn late(&self, by: Duration) {
        let mut entries = self.entries();
        entries.latest_start = entries.latest_start.max(by);
    }

    pub(super) fn connected(&self) {
        self.entries().connections += 1;
    }

    pub(super) fn closed_at_rest(&self) {
        self.entries().closed_at_rest += 1;
    }

    /// An answer has come whole; it is lost all the same if it is not one of success.
    pub(super) fn answered(&self, began: Began, answer: &Answer, attempt: &Attempt) {
        let took = began.from.elapsed();
        if answer.close {
            self.entries().connection_close += 1;
        }
        if !(200..300).contains(&answer.status) {
            return self.lost(began, Cause::Status(answer.status), attempt);
        }
        let (kind, place) = self.kind(answer);
        let mut entries = self.entries();
        entries.last = entries.last.max(began.at + took);
        entries
            .latencies
            .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        let known = entries.answers.len() < KINDS || entries.answers.contains_key(&kind);
        let kind = if known { kind } else { OTHERS.to_owned() };
        if let Some(place) = place {
            if let Some(zone) = place.zone.as_ref().filter(|_| known) {
                *entries.per_zone.entry(zone.clone()).or_default() += 1;
            }
            entries.places.entry(kind.clone()).or_insert(place);
        }
        *entries.answers.entry(kind).or_default() += 1;
    }

    pub(super) fn lost(&self, Began { from, at }: Began, cause: Cause, attempt: &Attempt) {
        let took = from.elapsed();
        let phase = match cause {
            Cause::Status(_) => Phase::Answer,
            _ => attempt.phase,
        };
        let mut entries = self.entries();
        entries.last = entries.last.max(at + took);
        entries.lost.push(Lost {
            at,
            took,
            cause,
            phase,
            port: attempt.port,
        });
    }

    pub(super) fn progress(&self, elapsed: Duration) -> Progress {
        let entries = self.entries();
        Progress {
            elapsed,
            sent: entries.sent,
            answered: entries.latencies.len() as u64,
            lost: entries.lost.len() as u64,
            per_zone: entries.per_zone.clone(),
        }
    }

    /// By the pod that the body names, else by status. `unknown` is what a service says that was not told.
    fn kind(&self, answer: &Answer) -> (String, Option<Place>) {
        let facts: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let fact = |name: &str| {
            let value = facts.as_ref()?.get(name)?.as_str()?;
            (!value.is_empty() && value != "unknown")
                .then(|| plain(&value.chars().take(253).collect::<String>()))
        };
        let Some(pod) = fact("pod") else {
            return (format!("status {}", answer.status), None);
        };
        let node = fact("node");
        let by_node = || self.zones.get(node.as_ref()?).cloned();
        let zone = fact("zone").or_else(by_node);
        (pod, Some(Place { node, zone }))
    }
}
