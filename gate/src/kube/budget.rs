//! Disruption budgets and the pods that they hold back.

use crate::yaml::FieldPath;

use super::selector::{Match, Selector};
use super::{Field, Index, IntOrPercent, Object, Replicas, Workload, dig};

/// How many pods a budget reckons with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This many, all workloads that it selects taken together.
    Pods(u64),
    /// It selects nothing in the render.
    Nothing,
    /// It selects a workload whose number of pods a manifest does not tell.
    Unknown,
}

/// A `PodDisruptionBudget`.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    index: &'a Index<'a>,
    /// Its position in the index.
    pub position: usize,
    /// The object.
    pub object: &'a Object<'a>,
}

impl<'a> Budget<'a> {
    /// A value of one of its two fields, `minAvailable` or `maxUnavailable`; none where it is absent or malformed.
    pub fn limit(&self, key: &str) -> Option<IntOrPercent> {
        IntOrPercent::read(dig(self.object.root, &["spec", key])?)
    }

    /// The place of a field of its `spec`.
    pub fn field(&self, key: &str) -> Field {
        Field {
            object: self.position,
            path: FieldPath::of(&["spec", key]),
            container: None,
        }
    }

    /// The workloads of its namespace that it selects. An absent selector selects nothing, and so does an empty one
    /// in `policy/v1beta1`; in `policy/v1` an empty one selects the whole namespace.
    pub fn workloads(&self) -> Vec<Workload<'a>> {
        let Some(selector) = dig(self.object.root, &["spec", "selector"]).map(Selector::of) else {
            return Vec::new();
        };
        if selector.is_empty() && self.object.version() == "v1beta1" {
            return Vec::new();
        }
        let namespace = self.index.namespace_of(self.object);
        self.index
            .workloads()
            .filter(|workload| workload.namespace() == namespace)
            .filter(|workload| selector.selects(&workload.labels()) == Match::Yes)
            .collect()
    }

    /// How many pods it reckons with.
    pub fn expected(&self) -> Expected {
        let workloads = self.workloads();
        if workloads.is_empty() {
            return Expected::Nothing;
        }
        let count = |workload: &Workload<'_>| match workload.replicas() {
            Replicas::Unscaled => None,
            Replicas::Parked => Some(0),
            Replicas::Count(count) => Some(count),
        };
        workloads
            .iter()
            .map(count)
            .try_fold(0_u64, |sum, count| Some(sum.saturating_add(count?)))
            .map_or(Expected::Unknown, Expected::Pods)
    }
}

impl<'a> Index<'a> {
    /// The disruption budgets of the render.
    pub fn budgets(&'a self) -> Vec<Budget<'a>> {
        self.of_kind("policy", "PodDisruptionBudget")
            .map(|(position, object)| Budget {
                index: self,
                position,
                object,
            })
            .collect()
    }
}
