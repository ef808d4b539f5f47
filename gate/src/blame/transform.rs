//! The steps that are not patches: namespace, names, labels, annotations, replicas.
//!
//! Which fields they touch is kustomize's default configuration
//! (<https://github.com/kubernetes-sigs/kustomize/tree/master/api/internal/konfig/builtinpluginconsts>).

use super::pipeline::{Object, items};
use super::traced::{Place, Traced, TracedValue};
use crate::finding::IntroductionKind;
use crate::yaml::{Node, Span};

/// A kustomization whose fields are applied.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) root: Node<'a>,
    /// Its file, in `Tree::files`.
    pub(super) file: usize,
}

impl Step<'_> {
    pub(super) fn place(self, span: Span) -> Place {
        Place {
            file: self.file,
            span,
            exact: true,
        }
    }

    fn string(self, node: Node<'_>, kind: Option<IntroductionKind>) -> Option<Traced> {
        Some(Traced::string(
            node.as_str()?.to_owned(),
            self.place(node.span()),
            kind,
        ))
    }
}

/// Kinds that have no namespace.
const CLUSTER_KINDS: [&str; 20] = [
    "APIService",
    "CSIDriver",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "GatewayClass",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// `namespace`: also the name of a Namespace.
pub(super) fn namespace(step: Step<'_>, objects: &mut [Object]) {
    let Some(node) = step.root.set("namespace") else {
        return;
    };
    let Some(value) = step.string(node, None).filter(|value| value.as_str() != Some("")) else {
        return;
    };
    for object in objects {
        if object.kind() == "Namespace" {
            rename(object, value.clone());
        } else if !CLUSTER_KINDS.contains(&object.kind()) {
            object.remember_name();
            if let Some(metadata) = object.tree.mapping_at(&["metadata"], value.place, None) {
                metadata.set("namespace", value.clone());
            }
        }
    }
}

/// Gives an object a name; the present one is remembered.
pub(super) fn rename(object: &mut Object, name: Traced) {
    object.remember_name();
    if let Some(metadata) = object.tree.mapping_at(&["metadata"], name.place, name.kind) {
        metadata.set("name", name);
    }
}

/// `namePrefix` and `nameSuffix`.
pub(super) fn prefix_and_suffix(step: Step<'_>, objects: &mut [Object]) {
    for (key, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
        let Some(node) = step.root.set(key) else { continue };
        let Some(part) = node.as_str().filter(|part| !part.is_empty()) else {
            continue;
        };
        let spared = ["CustomResourceDefinition", "APIService", "Namespace"];
        for object in objects
            .iter_mut()
            .filter(|object| !spared.contains(&object.kind()))
        {
            let name = if is_prefix {
                format!("{part}{}", object.name())
            } else {
                format!("{}{part}", object.name())
            };
            let place = step.place(node.span());
            rename(
                object,
                Traced::string(name, place, Some(IntroductionKind::Prefix)),
            );
        }
    }
}

/// `labels` and `commonLabels`.
pub(super) fn labels(step: Step<'_>, objects: &mut [Object]) {
    for entry in items(step.root, "labels") {
        let is = |key| entry.get(key).and_then(Node::as_bool).unwrap_or(false);
        let Some(pairs) = entry.get("pairs") else { continue };
        let (selectors, templates) = (is("includeSelectors"), is("includeTemplates"));
        for object in objects.iter_mut() {
            label(step, pairs, object, selectors, selectors || templates);
        }
    }
    if let Some(pairs) = step.root.get("commonLabels") {
        for object in objects.iter_mut() {
            label(step, pairs, object, true, true);
        }
    }
}

fn label(step: Step<'_>, pairs: Node<'_>, object: &mut Object, selectors: bool, templates: bool) {
    let kind = Some(IntroductionKind::Labels);
    let mut paths: Vec<&[&str]> = vec![&["metadata", "labels"]];
    let object_kind = object.kind().to_owned();
    match object_kind.as_str() {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => {
            if selectors {
                paths.push(&["spec", "selector", "matchLabels"]);
            }
            if templates {
                paths.push(&["spec", "template", "metadata", "labels"]);
            }
        }
        "Job" if templates => paths.push(&["spec", "template", "metadata", "labels"]),
        "CronJob" if templates => {
            paths.push(&["spec", "jobTemplate", "metadata", "labels"]);
            paths.push(&["spec", "jobTemplate", "spec", "template", "metadata", "labels"]);
        }
        "Service" if selectors => paths.push(&["spec", "selector"]),
        _ => {}
    }
    if selectors {
        // These get the labels only where they exist.
        let existing: [&[&str]; 2] = match object_kind.as_str() {
            "PodDisruptionBudget" => [&["spec", "selector", "matchLabels"], &[]],
            "NetworkPolicy" => [&["spec", "podSelector", "matchLabels"], &[]],
            _ => [&[], &[]],
        };
        paths.extend(
            existing
                .iter()
                .filter(|path| !path.is_empty() && object.tree.at(path).is_some()),
        );
    }
    for (key, value) in pairs.entries() {
        let Some(value) = step.string(value, kind) else {
            continue;
        };
        for path in &paths {
            if let Some(labels) = object.tree.mapping_at(path, value.place, kind) {
                labels.set(key, value.clone());
            }
        }
        let spec: &[&str] = &["spec", "template", "spec", "topologySpreadConstraints"];
        let constraints = object.tree.at_mut(spec).filter(|_| selectors);
        for constraint in constraints.map(Traced::items_mut).unwrap_or_default() {
            if let Some(labels) = constraint.at_mut(&["labelSelector", "matchLabels"]) {
                labels.set(key, value.clone());
            }
        }
    }
}

/// `commonAnnotations`.
pub(super) fn annotations(step: Step<'_>, objects: &mut [Object]) {
    let Some(pairs) = step.root.get("commonAnnotations") else {
        return;
    };
    for object in objects {
        let mut paths: Vec<&[&str]> = vec![&["metadata", "annotations"]];
        match object.kind() {
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
                paths.push(&["spec", "template", "metadata", "annotations"]);
            }
            "CronJob" => {
                paths.push(&["spec", "jobTemplate", "metadata", "annotations"]);
                paths.push(&[
                    "spec",
                    "jobTemplate",
                    "spec",
                    "template",
                    "metadata",
                    "annotations",
                ]);
            }
            _ => {}
        }
        for (key, value) in pairs.entries() {
            let Some(value) = step.string(value, None) else {
                continue;
            };
            for path in &paths {
                if let Some(annotations) = object.tree.mapping_at(path, value.place, None) {
                    annotations.set(key, value.clone());
                }
            }
        }
    }
}

/// `replicas`.
pub(super) fn replicas(step: Step<'_>, objects: &mut [Object]) {
    let kinds = ["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"];
    for entry in items(step.root, "replicas") {
        let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
        let Some(count) = entry.set("count") else { continue };
        let kind = Some(IntroductionKind::Replicas);
        let value = Traced {
            value: TracedValue::Scalar(count.value().clone()),
            ..Traced::string(String::new(), step.place(count.span()), kind)
        };
        let named = |object: &&mut Object| {
            kinds.contains(&object.kind()) && object.names().any(|(own, _)| own == name)
        };
        for object in objects.iter_mut().filter(named) {
            if let Some(spec) = object.tree.mapping_at(&["spec"], value.place, kind) {
                spec.set("replicas", value.clone());
            }
        }
    }
}
