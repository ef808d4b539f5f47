//! `blocking-pdb`.

use crate::kube::{Budget, Expected, Field, Index, IntOrPercent};
use crate::rules::{Sink, declare_rule};

declare_rule! {
    /// A disruption budget allows no pod to be evicted, ever.
    ///
    /// # Why it matters
    ///
    /// A drain evicts pods one by one and waits until the budget allows it. A budget that never does makes every
    /// drain hang: node upgrades stop, autoscalers cannot remove nodes, and in the end somebody forces it and
    /// deletes pods with no budget at all.
    ///
    /// Reported are `maxUnavailable` of 0 or less, `minAvailable` of 100 %, and a `minAvailable` that leaves
    /// nothing of the pods that there surely are: the minimum of the autoscaler, else the written replicas, over all
    /// workloads that the budget selects. Percentages round up, as Kubernetes does it: one pod of 1 % is still one.
    ///
    /// # What to do
    ///
    /// Say how many may be missing rather than how many must stay; it holds for any number of replicas:
    ///
    /// ```yaml
    /// spec:
    ///   maxUnavailable: 1
    ///   unhealthyPodEvictionPolicy: AlwaysAllow
    ///   selector: { matchLabels: { app.kubernetes.io/name: web } }
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/>
    id: "blocking-pdb",
    group: Availability,
    level: Error,
    profile: Production,
    check: Render(check),
}

fn check(index: &Index<'_>, sink: &mut Sink<Field>) {
    for budget in index.budgets() {
        match (budget.limit("minAvailable"), budget.limit("maxUnavailable")) {
            (_, Some(limit)) if nothing_may_be_missing(limit) => {
                report(&budget, "maxUnavailable", limit, None, sink);
            }
            (Some(limit), _) => check_minimum(&budget, limit, sink),
            _ => {}
        }
    }
}

fn nothing_may_be_missing(limit: IntOrPercent) -> bool {
    match limit {
        IntOrPercent::Count(number) | IntOrPercent::Percent(number) => number <= 0,
    }
}

fn check_minimum(budget: &Budget<'_>, limit: IntOrPercent, sink: &mut Sink<Field>) {
    let expected = budget.expected();
    if matches!(limit, IntOrPercent::Percent(percent) if percent >= 100) {
        return report(budget, "minAvailable", limit, None, sink);
    }
    if let Expected::Pods(pods) = expected
        && pods > 0
        && limit.of(pods) >= i64::try_from(pods).unwrap_or(i64::MAX)
    {
        report(budget, "minAvailable", limit, Some(pods), sink);
    }
}

fn report(budget: &Budget<'_>, key: &str, limit: IntOrPercent, pods: Option<u64>, sink: &mut Sink<Field>) {
    let message = match pods {
        Some(1) => format!("`{key}: {limit}` of one pod allows no eviction"),
        Some(pods) => format!("`{key}: {limit}` of {pods} pods allows no eviction"),
        None => format!("`{key}: {limit}` allows no eviction"),
    };
    let hit = sink.report(budget.field(key), message);
    hit.help("set `maxUnavailable: 1` instead");
    if pods.is_some() {
        for workload in budget.workloads() {
            let label = format!("decides how many pods {} surely has", workload.object.label());
            hit.related(workload.replicas_field(), label);
        }
    }
}
