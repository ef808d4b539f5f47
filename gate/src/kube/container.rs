//! One container of a pod template.

use crate::yaml::{FieldPath, Node};

use super::{Field, Workload, dig};

pub(super) const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerClass {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`: runs beside the others.
    Sidecar,
    /// An ordinary container.
    Regular,
    /// One for debugging.
    Ephemeral,
}

/// One container of a workload.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// The workload.
    pub workload: Workload<'a>,
    /// What it is for.
    pub class: ContainerClass,
    /// Its tree.
    pub node: Node<'a>,
    list: &'static str,
    number: usize,
}

impl<'a> Container<'a> {
    pub(super) fn new(workload: Workload<'a>, list: &'static str, number: usize, node: Node<'a>) -> Self {
        let restarts = node.set("restartPolicy").and_then(Node::as_str);
        let class = match list {
            "initContainers" if restarts == Some("Always") => ContainerClass::Sidecar,
            "initContainers" => ContainerClass::Init,
            "ephemeralContainers" => ContainerClass::Ephemeral,
            _ => ContainerClass::Regular,
        };
        Self {
            workload,
            class,
            node,
            list,
            number,
        }
    }

    /// Its name, where it has one.
    pub fn name(&self) -> Option<&'a str> {
        self.node.set("name").and_then(Node::as_str)
    }

    /// What messages call it: its name, else its place.
    pub fn label(&self) -> String {
        match self.name() {
            Some(name) => format!("container `{name}`"),
            None => format!("container `{}[{}]`", self.list, self.number),
        }
    }

    /// A value of the container; null counts as unset.
    pub fn get(&self, keys: &[&str]) -> Option<Node<'a>> {
        dig(self.node, keys)
    }

    /// A value of its own `securityContext`.
    pub fn security(&self, key: &str) -> Option<Node<'a>> {
        self.get(&["securityContext", key])
    }

    /// A value of its own `securityContext`, else of the pod's.
    pub fn effective_security(&self, key: &str) -> Option<Node<'a>> {
        self.security(key).or_else(|| self.workload.pod_security(key))
    }

    /// The place of one of its fields.
    pub fn field(&self, keys: &[&str]) -> Field {
        let own = FieldPath::root().key(self.list).index(self.number);
        let mut field = self.workload.pod_field(&own.join(&FieldPath::of(keys)));
        field.container = self.name().map(ToOwned::to_owned);
        field
    }

    /// The place of a value of its own `securityContext`.
    pub fn security_field(&self, key: &str) -> Field {
        self.field(&["securityContext", key])
    }
}
