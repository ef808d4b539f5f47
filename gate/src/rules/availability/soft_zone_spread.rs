//! `soft-zone-spread`.

use crate::kube::{Field, SpreadKind, SpreadTerm, Workload};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// Pods are spread over zones only as long as that is convenient.
    ///
    /// # Why it matters
    ///
    /// `ScheduleAnyway` and preferred anti-affinity are wishes. When one zone is short of room for a moment, all
    /// pods may end up in another, and nothing moves them back. The number of pods that surely survive the loss of
    /// a zone is then zero, however evenly they stand today.
    ///
    /// A hard term beside a soft one passes. Judged are workloads with two pods or more; written `replicas: 0` and
    /// clusters of one zone are left alone.
    ///
    /// # What to do
    ///
    /// Make the constraint hard, and let it pass over zones whose nodes are all tainted, so that pods can still
    /// move when one is lost:
    ///
    /// ```yaml
    /// topologySpreadConstraints:
    /// - topologyKey: topology.kubernetes.io/zone
    ///   maxSkew: 1
    ///   whenUnsatisfiable: DoNotSchedule
    ///   nodeTaintsPolicy: Honor
    ///   labelSelector: { matchLabels: { app.kubernetes.io/name: web } }
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>
    id: "soft-zone-spread",
    group: Availability,
    level: Warning,
    profile: Production,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    let Some(replicas) = workload.pods_to_spread() else {
        return;
    };
    let terms = workload.spread_terms();
    let of_zones: Vec<_> = terms.iter().filter(|term| term.is_zone_term()).collect();
    let Some((first, others)) = of_zones.split_first() else {
        return;
    };
    if of_zones.iter().any(|term| term.is_hard) {
        return;
    }
    let message = format!("the {replicas} pods are spread over zones only softly");
    let hit = sink.report(place(first), message);
    hit.detail(workload.index.facts.zones_in_words());
    hit.help("set `whenUnsatisfiable: DoNotSchedule` and `nodeTaintsPolicy: Honor`");
    for other in others {
        hit.related(place(other), "soft as well");
    }
}

/// The words that make a term soft.
fn place(term: &SpreadTerm<'_>) -> Field {
    match term.kind {
        SpreadKind::Constraint => term.key("whenUnsatisfiable"),
        SpreadKind::AntiAffinity => term.key("topologyKey"),
    }
}
