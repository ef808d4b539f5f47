//! Which copy of the service answers: release, pod, node and zone.

/// The release, as its tag is written. No commit id: the image's digest must follow from its sources alone.
pub const VERSION: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// What is shown where the cluster does not say.
const UNKNOWN: &str = "unknown";

/// Where this process runs, as the cluster's downward API tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the pod, or `unknown`.
    pub pod: String,
    /// Name of the node, or `unknown`.
    pub node: String,
    /// The zone, or `unknown`: clusters before Kubernetes 1.35 cannot tell a pod.
    pub zone: String,
}

impl Identity {
    /// An absent and a blank value both mean that the cluster does not say.
    pub fn new(pod: Option<String>, node: Option<String>, zone: Option<String>) -> Self {
        let known = |value: Option<String>| {
            value
                .filter(|value| !value.trim().is_empty())
                .unwrap_or_else(|| UNKNOWN.to_owned())
        };
        Self {
            pod: known(pod),
            node: known(node),
            zone: known(zone),
        }
    }

    /// The four facts in the order in which they are shown.
    pub fn facts(&self) -> [(&'static str, &str); 4] {
        [
            ("version", VERSION),
            ("pod", &self.pod),
            ("node", &self.node),
            ("zone", &self.zone),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_unknown() {
        let identity = Identity::new(None, Some(String::new()), Some(" \t".to_owned()));
        assert_eq!(
            identity.facts().map(|(_, value)| value),
            [VERSION, "unknown", "unknown", "unknown"]
        );
    }

    #[test]
    fn version_is_a_tag() {
        assert!(
            VERSION.starts_with('v') && VERSION.split('.').count() == 3,
            "{VERSION}"
        );
    }
}
