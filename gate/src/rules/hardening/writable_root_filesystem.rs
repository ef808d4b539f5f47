//! `writable-root-filesystem`.

use crate::kube::{Container, Field};
use crate::rules::{Sink, declare_rule};
use crate::yaml::Node;

declare_rule! {
    /// A container may write to its own root filesystem.
    ///
    /// # Why it matters
    ///
    /// Whoever breaks into a container with a writable root can change the program, plant another one, or fill the
    /// node's disk. With a read-only root only what is mounted for writing can be written.
    ///
    /// The field is `false` when nobody writes it. Windows pods have no read-only root and pass from Kubernetes
    /// 1.25 on.
    ///
    /// # What to do
    ///
    /// ```yaml
    /// containers:
    /// - name: web
    ///   securityContext:
    ///     readOnlyRootFilesystem: true
    ///   volumeMounts: # only where it has to write
    ///   - { name: scratch, mountPath: /tmp }
    /// volumes:
    /// - name: scratch
    ///   emptyDir: { sizeLimit: 16Mi }
    /// ```
    ///
    /// # References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/>
    id: "writable-root-filesystem",
    group: Hardening,
    level: Warning,
    profile: Restricted,
    check: Container(check),
}

fn check(container: &Container<'_>, sink: &mut Sink<Field>) {
    if container.workload.is_windows() {
        return;
    }
    let read_only = container.security("readOnlyRootFilesystem");
    if read_only.and_then(Node::as_bool) == Some(true) {
        return;
    }
    let message = format!("{} may write to its root filesystem", container.label());
    sink.report(container.security_field("readOnlyRootFilesystem"), message)
        .help("set `readOnlyRootFilesystem: true`, and mount an `emptyDir` where it has to write");
}
