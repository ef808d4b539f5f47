//! `capabilities-not-dropped`.

use crate::kube::{Container, Field};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

/// The minor version from which Pod Security asks for it.
const SINCE: u32 = 22;

declare_rule! {
    /// A container keeps capabilities that it should drop.
    ///
    /// # Why it matters
    ///
    /// Without `drop: [ALL]` a container keeps what the runtime gives by default, more than a dozen capabilities
    /// of root: forging packets, changing the owner of any file, making device nodes. Hardly any service needs one.
    ///
    /// The name is `ALL`, in capitals: `all` and `CAP_ALL` are other names, and do not count. Windows pods pass
    /// from Kubernetes 1.25 on.
    ///
    /// # What to do
    ///
    /// ```yaml
    /// securityContext:
    ///   capabilities:
    ///     drop: [ALL]
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    id: "capabilities-not-dropped",
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
    let dropped: Vec<&str> = container
        .get(&["securityContext", "capabilities", "drop"])
        .into_iter()
        .flat_map(Node::items)
        .filter_map(Node::as_str)
        .collect();
    if dropped.contains(&"ALL") {
        return;
    }
    let place = container.field(&["securityContext", "capabilities", "drop"]);
    let hit = sink.report(
        place,
        format!("{} does not drop all capabilities", container.label()),
    );
    hit.help("set `capabilities.drop: [ALL]`");
    if !dropped.is_empty() {
        hit.detail(format!("dropped: {}", dropped.join(", ")));
    }
}
