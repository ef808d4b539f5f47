//! What happened between two moments, a sentence for each thing that several pods or nodes have in common.

use std::collections::BTreeMap;

use super::{Node, Pod, PodState, PodsPerZone};
use crate::plain::plain;

/// What happens to a pod or a node, in the order in which it is told.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Event {
    NodeNotReady,
    NodeReady,
    NodeJoined,
    NodeGone,
    Cordoned,
    Uncordoned,
    NotReady,
    Leaves,
    Failed,
    Waits,
    Starts,
    Ready,
    Ended,
    Gone,
}

impl Event {
    /// The event of so many, as the rest of a sentence: one, and several.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NodeNotReady => ("node NotReady", "nodes NotReady"),
            Self::NodeReady => ("node Ready", "nodes Ready"),
            Self::NodeJoined => ("new node", "new nodes"),
            Self::NodeGone => ("node is gone", "nodes are gone"),
            Self::Cordoned => ("node cordoned", "nodes cordoned"),
            Self::Uncordoned => ("node takes pods again", "nodes take pods again"),
            Self::NotReady => ("pod is not ready any more", "pods are not ready any more"),
            Self::Leaves => ("pod leaves", "pods leave"),
            Self::Failed => ("pod failed", "pods failed"),
            Self::Waits => ("new pod waits for a node", "new pods wait for a node"),
            Self::Starts => ("pod starts", "pods start"),
            Self::Ready => ("pod is ready", "pods are ready"),
            Self::Ended => ("pod ended", "pods ended"),
            Self::Gone => ("pod is gone", "pods are gone"),
        }
    }
}

impl PodsPerZone {
    /// What changed since an earlier moment: `zone c: 2 nodes NotReady`, `hello-production/hello: 3 of 9 pods leave (c 3)`.
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = self.node_changes(before);
        changes.extend(self.pod_changes(before));
        changes
    }

    fn node_changes(&self, before: &Self) -> Vec<String> {
        let by_name = |nodes: &[Node]| -> BTreeMap<String, Node> {
            nodes
                .iter()
                .map(|node| (node.name.clone(), node.clone()))
                .collect()
        };
        let (old, new) = (by_name(&before.nodes), by_name(&self.nodes));
        let mut counts: BTreeMap<(&str, Event), usize> = BTreeMap::new();
        for node in new.values() {
            for event in node_events(old.get(&node.name), node) {
                *counts.entry((&node.zone, event)).or_default() += 1;
            }
        }
        for node in old.values().filter(|node| !new.contains_key(&node.name)) {
            *counts.entry((&node.zone, Event::NodeGone)).or_default() += 1;
        }
        let sentence = |((zone, event), count): (&(&str, Event), &usize)| {
            let (one, several) = event.words();
            let zone = plain(zone);
            let place = if zone.starts_with('(') {
                zone
            } else {
                format!("zone {zone}")
            };
            format!("{place}: {count} {}", if *count == 1 { one } else { several })
        };
        counts.iter().map(sentence).collect()
    }

    fn pod_changes(&self, before: &Self) -> Vec<String> {
        let by_id = |pods: &[Pod]| -> BTreeMap<String, Pod> {
            pods.iter().map(|pod| (pod.id.clone(), pod.clone())).collect()
        };
        let (old, new) = (by_id(&before.pods), by_id(&self.pods));
        let mut happened: BTreeMap<(&str, &str, Event), Vec<&Pod>> = BTreeMap::new();
        for pod in new.values() {
            if let Some(event) = pod_event(old.get(&pod.id).map(|pod| pod.state), pod.state) {
                happened
                    .entry((&pod.namespace, &pod.workload, event))
                    .or_default()
                    .push(pod);
            }
        }
        for pod in old.values().filter(|pod| !new.contains_key(&pod.id)) {
            happened
                .entry((&pod.namespace, &pod.workload, Event::Gone))
                .or_default()
                .push(pod);
        }
        let sentence = |((namespace, workload, event), pods): (&(&str, &str, Event), &Vec<&Pod>)| {
            let (one, several) = event.words();
            let (count, all) = (pods.len(), before.staying(namespace, workload));
            let words = match event {
                Event::Leaves if all > 1 && count == 1 => format!("of {all} pods leaves"),
                Event::Leaves if all > 1 => format!("of {all} pods leave"),
                _ if count == 1 => one.to_owned(),
                _ => several.to_owned(),
            };
            format!(
                "{}/{}: {count} {words}{}",
                plain(namespace),
                plain(workload),
                places(pods)
            )
        };
        happened.iter().map(sentence).collect()
    }

    /// How many pods a workload has that are not on their way out.
    fn staying(&self, namespace: &str, workload: &str) -> usize {
        let of_it = self
            .pods
            .iter()
            .filter(|pod| pod.namespace == namespace && pod.workload == workload);
        of_it
            .filter(|pod| pod.state < PodState::Leaving || pod.state == PodState::Waiting)
            .count()
    }
}

fn node_events(before: Option<&Node>, node: &Node) -> Vec<Event> {
    let mut events = Vec::new();
    match before.map(|before| before.ready) {
        None => events.push(Event::NodeJoined),
        Some(true) if !node.ready => events.push(Event::NodeNotReady),
        Some(false) if node.ready => events.push(Event::NodeReady),
        Some(_) => {}
    }
    match before.map(|before| before.schedulable) {
        Some(true) | None if !node.schedulable => events.push(Event::Cordoned),
        Some(false) if node.schedulable => events.push(Event::Uncordoned),
        _ => {}
    }
    events
}

fn pod_event(before: Option<PodState>, now: PodState) -> Option<Event> {
    if before == Some(now) {
        return None;
    }
    Some(match now {
        PodState::Ready => Event::Ready,
        PodState::NotReady if before == Some(PodState::Ready) => Event::NotReady,
        PodState::NotReady => Event::Starts,
        PodState::Leaving => Event::Leaves,
        PodState::Failed => Event::Failed,
        PodState::Ended => Event::Ended,
        PodState::Waiting => Event::Waits,
    })
}

/// The zones of pods, with how many are in each: ` (a 2, b 1)`.
fn places(pods: &[&Pod]) -> String {
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    for zone in pods.iter().filter_map(|pod| pod.zone.as_deref()) {
        *zones.entry(zone).or_default() += 1;
    }
    if zones.is_empty() {
        return String::new();
    }
    let each: Vec<String> = zones
        .iter()
        .map(|(zone, count)| format!("{} {count}", plain(zone)))
        .collect();
    format!(" ({})", each.join(", "))
}
