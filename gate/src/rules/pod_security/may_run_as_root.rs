//! `may-run-as-root`.

use crate::kube::{Container, Field, Workload};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

const HELP: &str = "set `runAsNonRoot: true` in the pod's `securityContext`";

declare_rule! {
    /// Nothing keeps a container from running as root.
    ///
    /// # Why it matters
    ///
    /// Which user runs is decided by the image unless the manifest says otherwise, and images change. With
    /// `runAsNonRoot: true` the kubelet refuses to start a container whose user is 0. Root inside a container is
    /// one kernel defect away from root on the node.
    ///
    /// A container's own value counts before the pod's. A written `false` is reported even where every container
    /// overrides it, as the API server's Pod Security admission does. From Kubernetes 1.35 on, pods with
    /// `hostUsers: false` pass. `runAsUser` above 0 is no substitute here: Pod Security does not take it either.
    ///
    /// # What to do
    ///
    /// Say it once, on the pod, and remove what contradicts it:
    ///
    /// ```yaml
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/>
    id: "may-run-as-root",
    group: PodSecurity,
    level: Error,
    profile: Restricted,
    check: Workload(check),
}

fn check(workload: &Workload<'_>, sink: &mut Sink<Field>) {
    if workload.is_user_namespaced() {
        return;
    }
    let containers = workload.containers();
    let (unset, set): (Vec<_>, Vec<_>) = containers.iter().partition(|container| own(container).is_none());
    for container in set.into_iter().filter(|container| !is_true(own(container))) {
        let message = format!("{} is allowed to run as root", container.label());
        sink.report(container.security_field("runAsNonRoot"), message)
            .help(HELP);
    }
    match workload.pod_security("runAsNonRoot") {
        Some(value) if is_true(Some(value)) => {}
        Some(_) => on_pod(workload, "the pod is allowed to run as root", &[], sink),
        None if unset.len() == containers.len() && !unset.is_empty() => {
            on_pod(
                workload,
                "nothing keeps the pod from running as root",
                &unset,
                sink,
            );
        }
        None => {
            for container in unset {
                let message = format!("nothing keeps {} from running as root", container.label());
                sink.report(container.security_field("runAsNonRoot"), message)
                    .help(HELP);
            }
        }
    }
}

/// One finding for the pod, since one line mends all of its containers.
fn on_pod(workload: &Workload<'_>, message: &str, containers: &[Container<'_>], sink: &mut Sink<Field>) {
    let place = workload.template_field(&["spec", "securityContext", "runAsNonRoot"]);
    let hit = sink.report(place, message);
    hit.help(HELP);
    if containers.len() > 1 {
        let names: Vec<String> = containers.iter().map(Container::label).collect();
        hit.detail(names.join(", "));
    }
}

fn own<'a>(container: &Container<'a>) -> Option<Node<'a>> {
    container.security("runAsNonRoot")
}

fn is_true(value: Option<Node<'_>>) -> bool {
    value.and_then(Node::as_bool) == Some(true)
}
