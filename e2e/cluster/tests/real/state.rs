//! What the API server says of pods and endpoints, as far as the suite asks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cluster::Kubectl;
use serde_json::Value;

use crate::support::Outcome;

/// Objects of the overlays carry this label.
const SELECTOR: &str = "app.kubernetes.io/name=hello";

/// A pod of the service.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) node: String,
    /// Its IP address; empty until it has one.
    pub(crate) address: String,
    /// As the overlay wrote it.
    pub(crate) image: String,
    /// As the node resolved it.
    pub(crate) image_id: String,
    pub(crate) ready: bool,
    /// Deleted, and not gone yet.
    pub(crate) terminating: bool,
    /// Runs now.
    pub(crate) running: bool,
    pub(crate) restarts: u64,
    /// Of the container's last end, if it ended.
    pub(crate) exit_code: Option<i64>,
}

/// As a person reads it.
impl fmt::Display for Pod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = if self.ready { "Ready" } else { "not Ready" };
        write!(
            formatter,
            "{} on {}: {ready}, {} restarts",
            self.name, self.node, self.restarts
        )?;
        if let Some(code) = self.exit_code {
            write!(formatter, ", last exit code {code}")?;
        }
        if self.terminating {
            write!(formatter, ", terminating")?;
        }
        Ok(())
    }
}

/// Pods in a line each.
pub(crate) fn told(pods: &[Pod]) -> String {
    let lines: Vec<String> = pods.iter().map(Pod::to_string).collect();
    lines.join("\n")
}

/// An endpoint of the overlay's Service.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) pod: String,
    pub(crate) zone: String,
    pub(crate) ready: bool,
    pub(crate) serving: bool,
    pub(crate) terminating: bool,
}

/// All pods of the service in a namespace.
pub(crate) fn pods(kubectl: &Kubectl, namespace: &str) -> Outcome<Vec<Pod>> {
    let list = kubectl.json(&["-n", namespace, "get", "pods", "-l", SELECTOR])?;
    Ok(items(&list).iter().map(pod).collect())
}

/// The endpoints of the overlay's own Service.
pub(crate) fn endpoints(kubectl: &Kubectl, namespace: &str) -> Outcome<Vec<Endpoint>> {
    let selector = "kubernetes.io/service-name=hello";
    let list = kubectl.json(&["-n", namespace, "get", "endpointslices", "-l", selector])?;
    let endpoints = items(&list)
        .iter()
        .filter_map(|slice| slice["endpoints"].as_array());
    Ok(endpoints.flatten().map(endpoint).collect())
}

/// The zone of each node.
pub(crate) fn zones(kubectl: &Kubectl) -> Outcome<BTreeMap<String, String>> {
    let list = kubectl.json(&["get", "nodes"])?;
    let zone = |node: &Value| {
        let labels = &node["metadata"]["labels"];
        (
            text(&node["metadata"]["name"]),
            text(&labels["topology.kubernetes.io/zone"]),
        )
    };
    Ok(items(&list).iter().map(zone).collect())
}

/// How many nodes of a zone are Ready.
pub(crate) fn ready_nodes(kubectl: &Kubectl, zone: &str) -> Outcome<usize> {
    let label = format!("topology.kubernetes.io/zone={zone}");
    let list = kubectl.json(&["get", "nodes", "-l", &label])?;
    Ok(items(&list).iter().filter(|node| is_ready(node)).count())
}

/// What the Warning events of a pod say.
pub(crate) fn warnings(kubectl: &Kubectl, namespace: &str, pod: &str) -> Outcome<BTreeSet<String>> {
    let fields = format!("type=Warning,involvedObject.name={pod}");
    let list = kubectl.json(&["-n", namespace, "get", "events", "--field-selector", &fields])?;
    Ok(items(&list).iter().map(|event| text(&event["message"])).collect())
}

/// The container image that a folder of kustomize gives the Deployment.
pub(crate) fn rendered_image(kubectl: &Kubectl, folder: &str) -> Outcome<String> {
    let rendered = kubectl.run(&["kustomize", folder])?;
    let mut images = rendered
        .lines()
        .filter_map(|line| line.trim_start_matches(['-', ' ']).strip_prefix("image: "));
    match (images.next(), images.next()) {
        (Some(image), None) => Ok(image.to_owned()),
        _ => Err(format!("`{folder}` does not name one image").into()),
    }
}

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.is_some_and(|conditions| {
        let ready = |condition: &&Value| condition["type"] == "Ready";
        conditions
            .iter()
            .find(ready)
            .is_some_and(|found| found["status"] == "True")
    })
}

fn pod(pod: &Value) -> Pod {
    let (metadata, spec, status) = (&pod["metadata"], &pod["spec"], &pod["status"]);
    let container = &status["containerStatuses"][0];
    let ended = [&container["state"], &container["lastState"]]
        .into_iter()
        .find_map(|state| state["terminated"]["exitCode"].as_i64());
    Pod {
        name: text(&metadata["name"]),
        uid: text(&metadata["uid"]),
        node: text(&spec["nodeName"]),
        address: text(&status["podIP"]),
        image: text(&spec["containers"][0]["image"]),
        image_id: text(&container["imageID"]),
        ready: is_ready(pod),
        terminating: metadata["deletionTimestamp"].is_string(),
        running: container["state"]["running"].is_object(),
        restarts: container["restartCount"].as_u64().unwrap_or_default(),
        exit_code: ended,
    }
}

fn endpoint(endpoint: &Value) -> Endpoint {
    let condition = |name: &str| endpoint["conditions"][name] == true;
    Endpoint {
        pod: text(&endpoint["targetRef"]["name"]),
        zone: text(&endpoint["zone"]),
        ready: condition("ready"),
        serving: condition("serving"),
        terminating: condition("terminating"),
    }
}
