//! Objects that hold a pod template, and the template.
//!
//! Kinds are matched by group and kind; an outdated version of a kind is read like the current one, so that nobody
//! escapes a rule by an old `apiVersion`.

use crate::yaml::{FieldPath, Node};

use super::container::{CONTAINER_LISTS, Container};
use super::selector::Labels;
use super::{Field, Index, Object, dig};

/// A kind with a pod template.
struct TemplateKind {
    groups: &'static [&'static str],
    kind: &'static str,
    /// From the object to what holds `metadata` and `spec` of the pod.
    path: &'static [&'static str],
    /// Does `spec.replicas` say how many pods there are?
    scaled: bool,
    /// Labels that its controller adds to pods, with values that nobody knows before.
    added_labels: &'static [&'static str],
}

const TEMPLATE: &[&str] = &["spec", "template"];
const JOB_LABELS: &[&str] = &[
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "job-name",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/job-completion-index",
];

/// The workload kinds of Kubernetes, and two custom ones that are widely used.
const TEMPLATE_KINDS: &[TemplateKind] = &[
    kind(&[""], "Pod", &[], false, &[]),
    kind(&[""], "PodTemplate", &["template"], false, &[]),
    kind(
        &["apps", "extensions"],
        "Deployment",
        TEMPLATE,
        true,
        &["pod-template-hash"],
    ),
    kind(&["apps", "extensions"], "ReplicaSet", TEMPLATE, true, &[]),
    kind(
        &["apps"],
        "StatefulSet",
        TEMPLATE,
        true,
        &[
            "controller-revision-hash",
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
        ],
    ),
    kind(
        &["apps", "extensions"],
        "DaemonSet",
        TEMPLATE,
        false,
        &["controller-revision-hash", "pod-template-generation"],
    ),
    kind(&[""], "ReplicationController", TEMPLATE, true, &[]),
    kind(&["batch"], "Job", TEMPLATE, false, JOB_LABELS),
    kind(
        &["batch"],
        "CronJob",
        &["spec", "jobTemplate", "spec", "template"],
        false,
        JOB_LABELS,
    ),
    kind(
        &["argoproj.io"],
        "Rollout",
        TEMPLATE,
        true,
        &["rollouts-pod-template-hash"],
    ),
    kind(
        &["apps.openshift.io", ""],
        "DeploymentConfig",
        TEMPLATE,
        true,
        &["deployment", "deploymentconfig"],
    ),
];

const fn kind(
    groups: &'static [&'static str],
    kind: &'static str,
    path: &'static [&'static str],
    scaled: bool,
    added_labels: &'static [&'static str],
) -> TemplateKind {
    TemplateKind {
        groups,
        kind,
        path,
        scaled,
        added_labels,
    }
}

fn template_kind(group: &str, kind: &str) -> Option<&'static TemplateKind> {
    TEMPLATE_KINDS
        .iter()
        .find(|candidate| candidate.kind == kind && candidate.groups.contains(&group))
}

/// The group under which a workload kind is known today: `extensions/v1beta1` Deployments are those of `apps`.
pub(super) fn current_group<'a>(group: &'a str, kind: &str) -> &'a str {
    template_kind(group, kind)
        .and_then(|found| found.groups.first())
        .map_or(group, |first| *first)
}

/// An object that holds a pod template.
#[derive(Clone, Copy, Debug)]
pub struct Workload<'a> {
    /// The render that it belongs to.
    pub index: &'a Index<'a>,
    /// Its position there.
    pub position: usize,
    /// The object.
    pub object: &'a Object<'a>,
    template: Node<'a>,
    template_path: &'static [&'static str],
    pub(super) scaled: bool,
    added_labels: &'static [&'static str],
}

impl<'a> Workload<'a> {
    pub(super) fn of(index: &'a Index<'a>, position: usize) -> Option<Self> {
        let object = index.objects().get(position)?;
        let kind = template_kind(object.group(), object.kind)?;
        Some(Self {
            index,
            position,
            object,
            template: dig(object.root, kind.path)?,
            template_path: kind.path,
            scaled: kind.scaled,
            added_labels: kind.added_labels,
        })
    }

    /// The pod's `spec`; none where the template has no such mapping.
    pub fn pod_spec(&self) -> Option<Node<'a>> {
        self.template.set("spec")
    }

    /// A value below the pod's `spec`; null counts as unset.
    pub fn pod(&self, keys: &[&str]) -> Option<Node<'a>> {
        dig(self.pod_spec()?, keys)
    }

    /// A value of the pod's `securityContext`.
    pub fn pod_security(&self, key: &str) -> Option<Node<'a>> {
        self.pod(&["securityContext", key])
    }

    /// The place of a field of the template, given by keys from the template on.
    pub fn template_field(&self, keys: &[&str]) -> Field {
        let path = FieldPath::of(self.template_path).join(&FieldPath::of(keys));
        self.field(path)
    }

    /// The place of a field of the pod's `spec`.
    pub fn pod_field(&self, path: &FieldPath) -> Field {
        let spec = FieldPath::of(self.template_path).key("spec");
        self.field(spec.join(path))
    }

    /// The place of a field of the object.
    pub fn field(&self, path: FieldPath) -> Field {
        Field {
            object: self.position,
            path,
            container: None,
        }
    }

    /// All containers: init, sidecar, regular and ephemeral ones, in the order of their lists.
    pub fn containers(&self) -> Vec<Container<'a>> {
        let Some(spec) = self.pod_spec() else {
            return Vec::new();
        };
        CONTAINER_LISTS
            .iter()
            .filter_map(|list| Some((*list, spec.set(list)?)))
            .flat_map(|(list, node)| node.items().enumerate().map(move |entry| (list, entry)))
            .map(|(list, (number, node))| Container::new(*self, list, number, node))
            .collect()
    }

    /// The labels of its pods: those of the template, and those that its controller adds with unknown values.
    pub fn labels(&self) -> Labels<'a> {
        Labels::read(dig(self.template, &["metadata", "labels"]), self.added_labels)
    }

    /// The place of the template's labels.
    pub fn labels_field(&self) -> Field {
        self.template_field(&["metadata", "labels"])
    }

    /// The namespace in which it meets other objects.
    pub fn namespace(&self) -> &'a str {
        self.index.namespace_of(self.object)
    }

    /// Is the pod one for Windows, in every version of the range known as such? From 1.25 on the Linux-only checks
    /// of Pod Security do not apply to these.
    pub fn is_windows(&self) -> bool {
        self.index.facts.versions.begin_at(25)
            && self.pod(&["os", "name"]).and_then(Node::as_str) == Some("windows")
    }

    /// Does the pod run in a user namespace that, from 1.35 on, makes root inside it harmless outside?
    pub fn is_user_namespaced(&self) -> bool {
        self.index.facts.versions.begin_at(35)
            && self.pod(&["hostUsers"]).and_then(Node::as_bool) == Some(false)
    }
}
