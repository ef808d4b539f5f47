//! What Kubernetes makes of a tree: objects, pod templates, containers, labels.

use crate::yaml::FieldPath;

/// A field of an object of a render: the place that manifest rules report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Field {
    /// Index of the object in its [`Index`].
    pub object: usize,
    /// Path from the object's root. It may end in keys that do not exist: then the finding is about something
    /// absent, and the deepest existing ancestor is where it belongs.
    pub path: FieldPath,
    /// Name of the container, where the field is one's.
    pub container: Option<String>,
}

/// One container of a workload.
#[derive(Debug)]
pub struct Container<'a> {
    _a: std::marker::PhantomData<&'a ()>,
}

/// An object that holds a pod template.
#[derive(Debug)]
pub struct Workload<'a> {
    _a: std::marker::PhantomData<&'a ()>,
}

/// All objects of one render.
#[derive(Debug)]
pub struct Index<'a> {
    _a: std::marker::PhantomData<&'a ()>,
}
