//! `root-user`.

use crate::kube::{Field, Workload};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

/// The minor version from which Pod Security asks for it.
const SINCE: u32 = 23;
const HELP: &str = "set `runAsUser` to a number above 0, or leave it to the image";

declare_rule! {
    /// A container is told to run as user 0.
    ///
    /// # Why it matters
    ///
    /// User 0 is root, whatever the image says. Root inside a container is one kernel defect away from root on the
    /// node, and with `runAsNonRoot: true` the kubelet does not even start such a container.
    ///
    /// A pod's 0 is reported even where every container overrides it, as Pod Security admission does. From
    /// Kubernetes 1.35 on, pods with `hostUsers: false` pass.
    ///
    /// # What to do
    ///
    /// ```yaml
    /// securityContext:
    ///   runAsUser: 65532
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    id: "root-user",
    group: PodSecurity,
    level: Error,
    profile: Restricted,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    if workload.is_user_namespaced() || !workload.index.facts.versions.reach(SINCE) {
        return;
    }
    if let Some(defect) = defect(workload.pod_security("runAsUser")) {
        let place = workload.template_field(&["spec", "securityContext", "runAsUser"]);
        sink.report(place, format!("the pod {defect}")).help(HELP);
    }
    for container in workload.containers() {
        if let Some(defect) = defect(container.security("runAsUser")) {
            let place = container.security_field("runAsUser");
            sink.report(place, format!("{} {defect}", container.label()))
                .help(HELP);
        }
    }
}

fn defect(user: Option<Node<'_>>) -> Option<&'static str> {
    match user?.as_i64() {
        Some(0) => Some("runs as user 0"),
        Some(_) => None,
        None => Some("has a `runAsUser` that is no number"),
    }
}
