//! `privileged-container`.

use crate::kube::{Container, Field};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

declare_rule! {
    /// A container runs privileged.
    ///
    /// # Why it matters
    ///
    /// A privileged container has every capability, sees all devices of its node, and no filter of system
    /// calls holds it back. Whoever breaks into it owns the node, and with it every other pod there.
    ///
    /// Any value but `false` is reported: what the API server would refuse is no reason to look away.
    ///
    /// # What to do
    ///
    /// Remove `privileged`, and add the one capability that is needed:
    ///
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    ///     add: [NET_BIND_SERVICE]
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    id: "privileged-container",
    group: PodSecurity,
    level: Error,
    profile: Baseline,
    check: Container(check),
}

fn check(container: &Container<'_>, sink: &mut Sink<Field>) {
    let privileged = container.security("privileged");
    if privileged.is_none_or(|value| value.as_bool() == Some(false)) {
        return;
    }
    let message = if privileged.and_then(Node::as_bool).is_some() {
        format!("{} runs privileged", container.label())
    } else {
        format!("{} has a `privileged` that is no boolean", container.label())
    };
    sink.report(container.security_field("privileged"), message)
        .help("remove `privileged`, and add only the capability that is needed");
}
