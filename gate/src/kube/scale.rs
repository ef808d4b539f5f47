//! How many pods a workload has when its autoscaler has taken away all that it may.

use crate::yaml::{FieldPath, Node};

use super::object::group_of;
use super::workload::current_group;
use super::{Field, Object, Workload, dig};

/// How many pods a workload is sure to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicas {
    /// Its kind has no number of replicas: `DaemonSet`, `Job`, `CronJob`, a bare `Pod`.
    Unscaled,
    /// Written to be zero: it is switched off, and nothing can be lost.
    Parked,
    /// This many: the minimum of its autoscaler, else the written number, else the configured default.
    Count(u64),
}

impl Replicas {
    /// The number of pods, where there is one.
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Unscaled | Self::Parked => None,
        }
    }
}

impl Workload<'_> {
    /// How many pods it is sure to have.
    pub fn replicas(&self) -> Replicas {
        if !self.scaled {
            return Replicas::Unscaled;
        }
        let written = dig(self.object.root, &["spec", "replicas"]).and_then(Node::as_i64);
        if written == Some(0) {
            return Replicas::Parked;
        }
        let written = written.and_then(|count| u64::try_from(count).ok());
        let count = self
            .autoscaler()
            .map(|autoscaler| autoscaler.minimum)
            .or(written)
            .unwrap_or(self.index.facts.replicas_when_absent);
        Replicas::Count(count)
    }

    /// The place that decides how many pods it is sure to have: the minimum of its autoscaler, else its own number.
    pub fn replicas_field(&self) -> Field {
        match self.autoscaler() {
            Some(autoscaler) => Field {
                object: autoscaler.position,
                path: FieldPath::of(&["spec", autoscaler.minimum_key]),
                container: None,
            },
            None => self.field(FieldPath::of(&["spec", "replicas"])),
        }
    }

    /// Of the autoscalers that own this workload, the one with the smallest minimum.
    fn autoscaler(&self) -> Option<Autoscaler<'_>> {
        self.index
            .objects()
            .iter()
            .enumerate()
            .filter(|(_, object)| self.index.namespace_of(object) == self.namespace())
            .filter_map(|(position, object)| Autoscaler::read(position, object))
            .filter(|autoscaler| autoscaler.owns(self))
            .min_by_key(|autoscaler| autoscaler.minimum)
    }
}

struct Autoscaler<'a> {
    position: usize,
    group: &'a str,
    kind: &'a str,
    name: &'a str,
    minimum_key: &'static str,
    minimum: u64,
}

impl<'a> Autoscaler<'a> {
    /// `HorizontalPodAutoscaler` (minimum 1 unless said), and KEDA's `ScaledObject` (minimum 0, target a
    /// `Deployment` unless said).
    fn read(position: usize, object: &Object<'a>) -> Option<Self> {
        let (minimum_key, minimum_when_absent, default_group, default_kind) =
            match (object.group(), object.kind) {
                ("autoscaling", "HorizontalPodAutoscaler") => ("minReplicas", 1, "", ""),
                ("keda.sh", "ScaledObject") => ("minReplicaCount", 0, "apps", "Deployment"),
                _ => return None,
            };
        let target = dig(object.root, &["spec", "scaleTargetRef"])?;
        let text = |key: &str| target.set(key).and_then(Node::as_str);
        let minimum = dig(object.root, &["spec", minimum_key])
            .and_then(Node::as_i64)
            .and_then(|count| u64::try_from(count).ok());
        Some(Self {
            position,
            minimum_key,
            group: text("apiVersion").map_or(default_group, group_of),
            kind: text("kind").unwrap_or(default_kind),
            name: text("name")?,
            minimum: minimum.unwrap_or(minimum_when_absent),
        })
    }

    fn owns(&self, workload: &Workload<'_>) -> bool {
        let object = workload.object;
        self.kind == object.kind
            && self.name == object.name
            && current_group(self.group, self.kind) == current_group(object.group(), object.kind)
    }
}
