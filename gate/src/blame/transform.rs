//! The steps that are not patches: namespace, names, labels, annotations, replicas, images.
//!
//! Which fields they touch is kustomize's default configuration
//! (<https://github.com/kubernetes-sigs/kustomize/tree/master/api/internal/konfig/builtinpluginconsts>).

use regex::Regex;

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
    fn place(self, span: Span) -> Place {
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

/// One entry of `images`.
struct ImageEntry {
    pattern: Regex,
    new_name: Option<String>,
    new_tag: Option<String>,
    suffix: Option<String>,
    digest: Option<String>,
    place: Place,
}

impl ImageEntry {
    fn new(step: Step<'_>, entry: Node<'_>) -> Option<Self> {
        let text = |key| {
            entry
                .get(key)
                .and_then(Node::as_str)
                .filter(|text| !text.is_empty())
        };
        let name = text("name")?;
        // The line that one edits: the digest where there is one, since it decides.
        let decisive = ["digest", "newTag", "tagSuffix", "newName"]
            .into_iter()
            .find_map(|key| text(key).and_then(|_| entry.get(key)))?;
        let pattern = format!("^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$");
        Some(Self {
            pattern: Regex::new(&pattern).ok()?,
            new_name: text("newName").map(str::to_owned),
            new_tag: text("newTag").map(str::to_owned),
            suffix: text("tagSuffix").map(str::to_owned),
            digest: text("digest").map(str::to_owned),
            place: step.place(decisive.span()),
        })
    }

    /// The image after the entry.
    fn applied(&self, image: &str) -> String {
        let (rest, old_digest) = match image.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (image, None),
        };
        let (old_name, old_tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        let (tag, digest) = match (&self.new_tag, &self.digest, &self.suffix) {
            (None, None, None) => (old_tag.map(str::to_owned), old_digest),
            (None, None, Some(suffix)) => (Some(format!("{}{suffix}", old_tag.unwrap_or_default())), None),
            (tag, digest, _) => (tag.clone(), digest.as_deref()),
        };
        let mut image = self.new_name.as_deref().unwrap_or(old_name).to_owned();
        if let Some(tag) = tag {
            image = format!("{image}:{tag}");
        }
        if let Some(digest) = digest {
            image = format!("{image}@{digest}");
        }
        image
    }
}

/// `images`.
pub(super) fn images(step: Step<'_>, objects: &mut [Object]) {
    let entries: Vec<ImageEntry> = items(step.root, "images")
        .filter_map(|entry| ImageEntry::new(step, entry))
        .collect();
    if entries.is_empty() {
        return;
    }
    for object in objects
        .iter_mut()
        .filter(|object| object.kind() != "CustomResourceDefinition")
    {
        set_images(&mut object.tree, &entries);
    }
}

fn set_images(node: &mut Traced, entries: &[ImageEntry]) {
    match &mut node.value {
        TracedValue::Sequence(items) => items.iter_mut().for_each(|item| set_images(item, entries)),
        TracedValue::Mapping(children) => {
            for (key, child) in children {
                if key == "containers" || key == "initContainers" {
                    child
                        .items_mut()
                        .iter_mut()
                        .for_each(|container| set_image(container, entries));
                }
                set_images(child, entries);
            }
        }
        TracedValue::Scalar(_) => {}
    }
}

fn set_image(container: &mut Traced, entries: &[ImageEntry]) {
    for entry in entries {
        let Some(image) = container.get("image").and_then(Traced::as_str) else {
            return;
        };
        if entry.pattern.is_match(image) {
            let image = entry.applied(image);
            container.set(
                "image",
                Traced::string(image, entry.place, Some(IntroductionKind::Images)),
            );
        }
    }
}
