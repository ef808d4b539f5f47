//! What Kubernetes makes of a tree: objects, pod templates, containers, labels.
//!
//! The room turns the documents of one render into an [`Index`] and offers views of it, so that no rule walks a
//! tree, expands a list or guesses a default by itself. It judges nothing and touches no file. What a field means
//! is taken from the Kubernetes API reference; where the API server refuses a value, the views still give what is
//! written, so that a rule can say something about it.

mod budget;
mod container;
mod facts;
mod image;
mod index;
mod object;
mod quantity;
mod scale;
mod selector;
mod spread;
mod workload;

#[cfg(test)]
mod tests;

pub use budget::{Budget, Expected};
pub use container::{Container, ContainerClass};
pub use facts::{CheckedImage, Facts, Versions};
pub use image::{ImageDefect, ImageReference, ImageUse, is_pinned_digest, is_tag, repository_key};
pub use index::{Index, Skipped};
pub use object::{Incomplete, IncompleteReason, Object};
pub use quantity::IntOrPercent;
pub use scale::Replicas;
pub use selector::{Labels, Match, Selector};
pub use spread::{SpreadKind, SpreadTerm, ZONE_KEY};
pub use workload::Workload;

use crate::yaml::{FieldPath, Node};

/// A field of an object of a render: the place that manifest rules report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// Index of the object in its [`Index`].
    pub object: usize,
    /// Path from the object's root. It may end in keys or in an item that do not exist: then the finding is about
    /// something absent, and what took it away, else the deepest existing ancestor, is where it belongs.
    pub path: FieldPath,
    /// Name of the container, where the field is one's.
    pub container: Option<String>,
}

/// The value below several keys, where null counts as unset at every step.
fn dig<'a>(node: Node<'a>, keys: &[&str]) -> Option<Node<'a>> {
    keys.iter().try_fold(node, |node, key| node.set(key))
}
