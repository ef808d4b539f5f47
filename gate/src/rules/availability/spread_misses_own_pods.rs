//! `spread-misses-own-pods`.

use crate::kube::{Field, Match, Replicas, SpreadKind, Workload};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A spread constraint does not count the pods that it is written for.
    ///
    /// # Why it matters
    ///
    /// A constraint counts the pods that its `labelSelector` selects. Where that misses the workload's own pods,
    /// every domain holds zero of them, always, and the constraint has no effect at all: it looks like protection
    /// and is none. The same holds where the selector is absent, which selects nothing; `{}` selects all.
    ///
    /// The selector is compared with the labels of the pod template. Labels that controllers add, such as
    /// `pod-template-hash`, are known to exist. Workloads with written `replicas: 0` are left alone.
    ///
    /// # What to do
    ///
    /// Select what the template is labelled with:
    ///
    /// ```yaml
    /// template:
    ///   metadata:
    ///     labels: { app.kubernetes.io/name: web }
    ///   spec:
    ///     topologySpreadConstraints:
    ///     - topologyKey: topology.kubernetes.io/zone
    ///       maxSkew: 1
    ///       whenUnsatisfiable: DoNotSchedule
    ///       labelSelector: { matchLabels: { app.kubernetes.io/name: web } }
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition>
    id: "spread-misses-own-pods",
    group: Availability,
    level: Error,
    profile: Baseline,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    if !matches!(workload.replicas(), Replicas::Count(_)) {
        return;
    }
    for term in workload.spread_terms() {
        if term.kind != SpreadKind::Constraint || term.own_pods != Match::No {
            continue;
        }
        let labels = workload.labels().in_words();
        let place = term.key("labelSelector");
        if let Some(selector) = term.selector {
            sink.report(
                place,
                "the spread constraint does not select the workload's own pods",
            )
            .detail(format!("selector {}, pods {labels}", selector.in_words()))
            .help("select the labels of the pod template")
            .related(workload.labels_field(), "the pods are labelled here");
        } else {
            sink.report(place, "the spread constraint has no selector and counts nothing")
                .detail(format!("pods {labels}"))
                .help("add a `labelSelector` with the labels of the pod template");
        }
    }
}
