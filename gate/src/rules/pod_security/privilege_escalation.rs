//! `privilege-escalation`.

use crate::kube::{Container, Field};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

/// The minor version from which the field exists.
const SINCE: u32 = 8;

declare_rule! {
    /// A container may gain more privileges than its parent process.
    ///
    /// # Why it matters
    ///
    /// Unless `allowPrivilegeEscalation` is `false`, a setuid program inside the container hands root to whoever
    /// runs it. With `false` the kernel's `no_new_privs` is set, and no program can.
    ///
    /// The field is `true` when nobody writes it, so it has to be written for each container. Windows pods have no
    /// such field and pass from Kubernetes 1.25 on.
    ///
    /// # What to do
    ///
    /// ```yaml
    /// securityContext:
    ///   allowPrivilegeEscalation: false
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    /// - <https://docs.kernel.org/userspace-api/no_new_privs.html>
    id: "privilege-escalation",
    group: PodSecurity,
    level: Error,
    profile: Restricted,
    check: Container(check),
}

fn check(container: &Container<'_>, sink: &mut Sink<Field>) {
    let workload = &container.workload;
    if workload.is_windows() || !workload.index.facts.versions.reach(SINCE) {
        return;
    }
    let escalation = container.security("allowPrivilegeEscalation");
    if escalation.and_then(Node::as_bool) == Some(false) {
        return;
    }
    let message = if escalation.is_some() {
        format!("{} allows privilege escalation", container.label())
    } else {
        format!("{} does not forbid privilege escalation", container.label())
    };
    sink.report(container.security_field("allowPrivilegeEscalation"), message)
        .help("set `allowPrivilegeEscalation: false`");
}
