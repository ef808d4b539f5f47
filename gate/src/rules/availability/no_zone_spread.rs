//! `no-zone-spread`.

use crate::kube::{Field, SpreadKind, SpreadTerm, Workload, ZONE_KEY};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// Nothing spreads the pods of a workload over zones.
    ///
    /// # Why it matters
    ///
    /// All pods may stand in one zone, and when it fails there is nothing left. Nodes in three zones do not help:
    /// the scheduler is free to fill one of them.
    ///
    /// By default the scheduler does try, softly, to spread over zones. It stops trying as soon as a pod has any
    /// spread constraint of its own, be it one by hostname.
    ///
    /// Judged are workloads with two pods or more, counted by the minimum of their autoscaler where they have one;
    /// written `replicas: 0` and clusters of one zone are left alone.
    ///
    /// # What to do
    ///
    /// ```yaml
    /// topologySpreadConstraints:
    /// - topologyKey: topology.kubernetes.io/zone
    ///   maxSkew: 1
    ///   whenUnsatisfiable: DoNotSchedule
    ///   nodeTaintsPolicy: Honor
    ///   labelSelector: { matchLabels: { app.kubernetes.io/name: web } }
    ///   matchLabelKeys: [pod-template-hash]
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>
    /// - <https://kubernetes.io/docs/setup/best-practices/multiple-zones/>
    id: "no-zone-spread",
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
    if terms.iter().any(SpreadTerm::is_zone_term) {
        return;
    }
    let constraint = terms.iter().find(|term| term.kind == SpreadKind::Constraint);
    let mut place = workload.template_field(&["spec", "topologySpreadConstraints"]);
    if constraint.is_some() {
        place.path = place.path.absent("topologyKey", ZONE_KEY);
    }
    let message = format!("nothing spreads the {replicas} pods over zones");
    let hit = sink.report(place, message);
    hit.help("add a spread constraint over `topology.kubernetes.io/zone` with `DoNotSchedule`");
    if let Some(constraint) = constraint {
        hit.detail(format!(
            "{}; its other spread constraint switches off the scheduler's soft default over zones",
            workload.index.facts.zones_in_words()
        ));
        hit.related(constraint.field.clone(), "switches off the scheduler's default");
    } else {
        hit.detail(workload.index.facts.zones_in_words());
    }
}
