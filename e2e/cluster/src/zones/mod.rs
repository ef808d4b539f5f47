//! Where pods are: how many are ready in each zone, and what became of the others.
//!
//! What is told is what the API server says. A zone that has just been lost looks whole until the node controller
//! notices, and a pod on a lost node stays `Leaving` until its node is back or removed.

mod changes;
mod drawing;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

pub use drawing::Style;

use crate::{Kubectl, KubectlError};

/// The label of a node that names its zone.
const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// How long the API server may take for an answer.
const PATIENCE: &str = "10s";

/// What stands for the zone of a node without the label.
const NO_ZONE: &str = "(no zone)";

/// What stands for the zone of a pod whose node is not there any more.
const NODE_GONE: &str = "(node gone)";

/// The nodes and pods of a cluster at one moment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PodsPerZone {
    /// All nodes, by name.
    pub nodes: Vec<Node>,
    /// The pods that were asked for, by namespace and name.
    pub pods: Vec<Pod>,
}

/// A node.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Its zone; `(no zone)` without the label.
    pub zone: String,
    /// Is it Ready?
    pub ready: bool,
    /// Does it take new pods, as far as nobody has cordoned it?
    pub schedulable: bool,
}

/// A pod.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid: a name can come back.
    pub id: String,
    /// What it is a copy of: the name of the Deployment, `StatefulSet`, `DaemonSet` or Job, else its own.
    pub workload: String,
    /// Its zone, once it has a node; `(no zone)` or `(node gone)` where the node does not say.
    pub zone: Option<String>,
    /// Its address, once it has one.
    pub address: Option<String>,
    /// What it does.
    pub state: PodState,
}

/// What a pod does. The order is that of a bar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum PodState {
    /// Its condition Ready is true.
    Ready,
    /// It has a node, and is not, or not any more, ready.
    NotReady,
    /// It was deleted, and its node has not yet said that it is gone.
    Leaving,
    /// It ended with a failure.
    Failed,
    /// It ended well.
    Ended,
    /// No node was found for it.
    Waiting,
}

/// Why it is not known where pods are.
#[derive(Debug, thiserror::Error)]
pub enum ZonesError {
    /// The API server did not say.
    #[error(transparent)]
    Kubectl(#[from] KubectlError),
    /// What it said is no list of such objects.
    #[error("the list of {what} has no `{path}`")]
    Shape {
        /// Of what it should be a list.
        what: &'static str,
        /// What is missing.
        path: &'static str,
    },
}

impl PodsPerZone {
    /// Asks the API server for all nodes, and for the pods of a namespace, or of all, that a selector selects.
    pub fn read(
        kubectl: &Kubectl,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Self, ZonesError> {
        let place = match namespace {
            Some(namespace) => vec!["--namespace", namespace],
            None => vec!["--all-namespaces"],
        };
        let get = |what| vec!["get", what, "--request-timeout", PATIENCE];
        match selector {
            // One run of kubectl instead of two: whoever watches asks every second.
            None => Self::of_both(&kubectl.json(&[get("nodes,pods"), place].concat())?),
            Some(selector) => {
                let pods = kubectl.json(&[get("pods"), place, vec!["--selector", selector]].concat())?;
                Self::of(&kubectl.json(&get("nodes"))?, &pods)
            }
        }
    }

    /// The zone of each node, for [`Plan::zones`](crate::traffic::Plan::zones).
    pub fn zones_of_nodes(kubectl: &Kubectl) -> Result<BTreeMap<String, String>, ZonesError> {
        let nodes = kubectl.json(&["get", "nodes"])?;
        let nodes = items(&nodes, "nodes")?.iter().map(node);
        nodes
            .map(|node| node.map(|node| (node.name, node.zone)))
            .collect()
    }

    /// From what `kubectl get nodes` and `kubectl get pods` say in JSON.
    pub fn of(nodes: &Value, pods: &Value) -> Result<Self, ZonesError> {
        Self::of_items(items(nodes, "nodes")?, items(pods, "pods")?)
    }

    /// From what `kubectl get nodes,pods` says in JSON.
    fn of_both(list: &Value) -> Result<Self, ZonesError> {
        let (mut nodes, mut pods) = (Vec::new(), Vec::new());
        for object in items(list, "nodes and pods")? {
            match object.get("kind").and_then(Value::as_str) {
                Some("Node") => nodes.push(object),
                Some("Pod") => pods.push(object),
                _ => {
                    return Err(ZonesError::Shape {
                        what: "nodes and pods",
                        path: "kind: Node",
                    });
                }
            }
        }
        Self::of_items(nodes, pods)
    }

    fn of_items<'a>(
        nodes: impl IntoIterator<Item = &'a Value>,
        pods: impl IntoIterator<Item = &'a Value>,
    ) -> Result<Self, ZonesError> {
        let mut nodes: Vec<Node> = nodes.into_iter().map(node).collect::<Result<_, _>>()?;
        nodes.sort();
        let zones = nodes
            .iter()
            .map(|node| (node.name.as_str(), node.zone.as_str()))
            .collect();
        let mut pods: Vec<Pod> = pods
            .into_iter()
            .map(|object| pod(object, &zones))
            .collect::<Result<_, _>>()?;
        pods.sort();
        Ok(Self { nodes, pods })
    }

    /// How many pods are ready in each zone; zones with nodes and without ready pods have 0.
    pub fn ready_per_zone(&self) -> BTreeMap<String, usize> {
        self.per_zone(PodState::Ready)
    }

    /// How many pods are in a state in each zone; zones with nodes and without such pods have 0.
    pub fn per_zone(&self, state: PodState) -> BTreeMap<String, usize> {
        let mut counts: BTreeMap<String, usize> =
            self.nodes.iter().map(|node| (node.zone.clone(), 0)).collect();
        for pod in self.pods.iter().filter(|pod| pod.state == state) {
            if let Some(zone) = &pod.zone {
                *counts.entry(zone.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// How many pods are in a state.
    pub fn count(&self, state: PodState) -> usize {
        self.pods.iter().filter(|pod| pod.state == state).count()
    }

    /// The zone of the pod with this address, if there is one.
    pub fn zone_of(&self, address: &str) -> Option<&str> {
        let pod = self
            .pods
            .iter()
            .find(|pod| pod.address.as_deref() == Some(address))?;
        pod.zone.as_deref()
    }
}

impl fmt::Display for PodsPerZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.draw(Style::Unicode))
    }
}

fn items<'a>(list: &'a Value, what: &'static str) -> Result<&'a Vec<Value>, ZonesError> {
    let items = list.get("items").and_then(Value::as_array);
    items.ok_or(ZonesError::Shape { what, path: "items" })
}

fn text(object: &Value, pointer: &str) -> Option<String> {
    let value = object.pointer(pointer)?.as_str()?;
    (!value.is_empty()).then(|| value.to_owned())
}

fn node(object: &Value) -> Result<Node, ZonesError> {
    let name = text(object, "/metadata/name").ok_or(ZonesError::Shape {
        what: "nodes",
        path: "metadata.name",
    })?;
    let label = object
        .pointer("/metadata/labels")
        .and_then(|labels| labels.get(ZONE_LABEL));
    Ok(Node {
        name,
        zone: label.and_then(Value::as_str).unwrap_or(NO_ZONE).to_owned(),
        ready: is_ready(object),
        schedulable: object.pointer("/spec/unschedulable") != Some(&Value::Bool(true)),
    })
}

fn is_ready(object: &Value) -> bool {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|condition| {
        text(condition, "/type").as_deref() == Some("Ready")
            && text(condition, "/status").as_deref() == Some("True")
    })
}

fn pod(object: &Value, zones: &BTreeMap<&str, &str>) -> Result<Pod, ZonesError> {
    let missing = |path| ZonesError::Shape { what: "pods", path };
    let name = text(object, "/metadata/name").ok_or_else(|| missing("metadata.name"))?;
    let zone = text(object, "/spec/nodeName")
        .map(|node| zones.get(node.as_str()).copied().unwrap_or(NODE_GONE).to_owned());
    let phase = text(object, "/status/phase");
    let state = match phase.as_deref() {
        _ if object.pointer("/metadata/deletionTimestamp").is_some() => PodState::Leaving,
        Some("Failed") => PodState::Failed,
        Some("Succeeded") => PodState::Ended,
        _ if zone.is_none() => PodState::Waiting,
        _ if is_ready(object) => PodState::Ready,
        _ => PodState::NotReady,
    };
    Ok(Pod {
        namespace: text(object, "/metadata/namespace").ok_or_else(|| missing("metadata.namespace"))?,
        id: text(object, "/metadata/uid").ok_or_else(|| missing("metadata.uid"))?,
        workload: workload(object).unwrap_or_else(|| name.clone()),
        name,
        zone,
        address: text(object, "/status/podIP"),
        state,
    })
}

/// The name of what controls a pod. That of a Deployment's `ReplicaSet` is the Deployment's with the hash of the pod
/// template, which the pod has as a label.
fn workload(object: &Value) -> Option<String> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners
        .iter()
        .find(|owner| owner.get("controller") == Some(&Value::Bool(true)))?;
    let name = text(owner, "/name")?;
    let hash = text(object, "/metadata/labels/pod-template-hash");
    let deployment = hash.and_then(|hash| name.strip_suffix(&format!("-{hash}")).map(str::to_owned));
    Some(deployment.unwrap_or(name))
}
