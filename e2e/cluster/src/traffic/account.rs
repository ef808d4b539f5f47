//! The account of some traffic, for a person, a suite, or as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::cause::{Cause, Phase};
use super::{Connections, Shared};

/// What became of the requests: `sent` = `answered` + the number of `lost`.
#[derive(Clone, Debug, Serialize)]
pub struct Account {
    /// What was asked.
    pub url: String,
    /// On which connections, in words.
    pub connections: String,
    /// From the start to the end of the last request, in seconds.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    /// Requests that were started.
    pub sent: u64,
    /// Requests with a whole answer of success.
    pub answered: u64,
    /// Every other request, in the order of their starts.
    pub lost: Vec<Lost>,
    /// How many were lost for each cause.
    pub causes: BTreeMap<String, u64>,
    /// How many of those were lost that started in each second after the start.
    pub lost_per_second: BTreeMap<u64, u64>,
    /// Start of the first request that was lost, in seconds after the start.
    #[serde(serialize_with = "maybe_seconds")]
    pub first_loss: Option<Duration>,
    /// Start of the last request that was lost, in seconds after the start.
    #[serde(serialize_with = "maybe_seconds")]
    pub last_loss: Option<Duration>,
    /// How long answers took; none without an answer.
    pub latency: Option<Latency>,
    /// Answers by the pod that the body names, else by `status NNN`.
    pub answers: BTreeMap<String, u64>,
    /// Where the pods of `answers` run, as far as it is known.
    pub places: BTreeMap<String, Place>,
    /// Answers by zone, where it is known.
    pub per_zone: BTreeMap<String, u64>,
    /// Answers that said `Connection: close`: each, on new connections, which ask for it.
    pub connection_close: u64,
    /// Kept connections that were made, those in place of others included.
    pub kept_connections_made: u64,
    /// Kept connections that the server closed without saying so while no request was on them: no loss.
    pub closed_at_rest: u64,
    /// By how much a request started later than it was due, at most, in seconds: on new connections this generator's or
    /// this machine's fault, on kept ones also the wait for a connection that is free.
    #[serde(serialize_with = "seconds")]
    pub latest_start: Duration,
    /// How long, in all, this process should have run and did not, in seconds: what else runs here takes the processors.
    /// By this much the time of requests was longer.
    #[serde(rename = "stalled_seconds", serialize_with = "seconds")]
    pub stalled: Duration,
}

/// A request without an answer of success.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Lost {
    /// Its start, in seconds after the start of the traffic.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// From its start until it was lost, in seconds.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    /// Why.
    pub cause: Cause,
    /// What it waited for.
    pub phase: Phase,
    /// The port on this machine from which it was sent; none if there was none.
    pub port: Option<u16>,
}

/// How long answers took: quantiles by nearest rank, in milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Latency {
    /// Half of them took no longer.
    #[serde(rename = "p50_ms", serialize_with = "milliseconds")]
    pub p50: Duration,
    /// 99 of 100 took no longer.
    #[serde(rename = "p99_ms", serialize_with = "milliseconds")]
    pub p99: Duration,
    /// None took longer.
    #[serde(rename = "max_ms", serialize_with = "milliseconds")]
    pub max: Duration,
}

/// Where a pod runs.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Place {
    /// Its node.
    pub node: Option<String>,
    /// Its zone: as the answer says, else that of the node in [`Plan::zones`](super::Plan::zones).
    pub zone: Option<String>,
}

impl Account {
    pub(super) fn of(shared: &Shared) -> Self {
        let entries = shared.ledger.entries().clone();
        let mut lost = entries.lost;
        lost.sort_by_key(|lost| lost.at);
        let mut causes = BTreeMap::new();
        let mut lost_per_second = BTreeMap::new();
        for one in &lost {
            *causes.entry(one.cause.to_string()).or_default() += 1;
            *lost_per_second.entry(one.at.as_secs()).or_default() += 1;
        }
        Self {
            url: shared.plan.url.clone(),
            connections: words(shared.plan.connections),
            took: entries.last,
            sent: entries.sent,
            answered: entries.latencies.len() as u64,
            causes,
            lost_per_second,
            first_loss: lost.first().map(|lost| lost.at),
            last_loss: lost.last().map(|lost| lost.at),
            lost,
            latency: Latency::of(entries.latencies),
            answers: entries.answers,
            places: entries.places,
            per_zone: entries.per_zone,
            connection_close: entries.connection_close,
            kept_connections_made: entries.connections,
            closed_at_rest: entries.closed_at_rest,
            latest_start: entries.latest_start,
            stalled: shared.stall.total(),
        }
    }
}

fn words(connections: Connections) -> String {
    match connections {
        Connections::New { per_second } => format!("{per_second} new connections a second"),
        Connections::Kept {
            connections,
            per_second: Some(rate),
        } => format!("{connections} kept connections, {rate} requests a second on all"),
        Connections::Kept {
            connections,
            per_second: None,
        } => format!("{connections} kept connections"),
    }
}

impl Latency {
    /// Of latencies in microseconds, in any order.
    fn of(mut microseconds: Vec<u32>) -> Option<Self> {
        microseconds.sort_unstable();
        let at = |percent| {
            let micros = nearest_rank(&microseconds, percent)?;
            Some(Duration::from_micros(u64::from(micros)))
        };
        Some(Self {
            p50: at(50)?,
            p99: at(99)?,
            max: at(100)?,
        })
    }
}

/// The smallest value that at least so many of a hundred do not exceed.
fn nearest_rank(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn maybe_seconds<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration
        .map(|duration| duration.as_secs_f64())
        .serialize(serializer)
}

fn milliseconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(
            [50, 99, 100].map(|percent| nearest_rank(&hundred, percent)),
            [Some(50), Some(99), Some(100)]
        );
        assert_eq!(nearest_rank(&[7], 50), Some(7));
        assert_eq!(nearest_rank(&[], 50), None);
        assert_eq!(Latency::of(Vec::new()), None);
    }

    proptest! {
        #[test]
        fn at_least_so_many_are_not_above_a_quantile(
            mut values in prop::collection::vec(any::<u32>(), 1..200),
            percent in 1_usize..=100,
        ) {
            values.sort_unstable();
            let quantile = nearest_rank(&values, percent).unwrap();
            let not_above = values.iter().filter(|value| **value <= quantile).count();
            let below = values.iter().filter(|value| **value < quantile).count();
            prop_assert!(not_above * 100 >= percent * values.len());
            prop_assert!(below * 100 < percent * values.len());
        }
    }
}
