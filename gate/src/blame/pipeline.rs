//! The steps of a kustomization in kustomize's order, on trees that know their places.
//!
//! Per kustomization: resources, generators, components (which work on what is there so far), then the transformers:
//! strategic merges, patches, namespace, prefix and suffix, labels, annotations, JSON patches, replicas, images. The
//! order is that of `configureBuiltinTransformers` in kustomize's `internal/target`.

use std::path::PathBuf;

use super::excerpt::Excerpt;
use super::generate;
use super::images;
use super::json_patch::{self, Operation};
use super::matching;
use super::merge::{self, Schema};
use super::traced::Traced;
use super::transform::{self, Step};
use crate::finding::IntroductionKind;
use crate::render::{Kustomization, Resource, SourceFile, Tree};
use crate::yaml::{self, Document, Limits, Node};

/// An object on its way through a kustomization.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) tree: Traced,
    /// The file that it comes from, or the kustomization that generated it.
    pub(super) origin: PathBuf,
    /// Is it generated, so that its name may get a hash?
    pub(super) is_generated: bool,
    /// Names and namespaces that it had before.
    pub(super) earlier: Vec<(String, Option<String>)>,
}

impl Object {
    pub(super) fn new(tree: Traced, origin: PathBuf, is_generated: bool) -> Self {
        Self {
            tree,
            origin,
            is_generated,
            earlier: Vec::new(),
        }
    }

    fn text(&self, keys: &[&str]) -> &str {
        self.tree.at(keys).and_then(Traced::as_str).unwrap_or_default()
    }

    pub(super) fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    pub(super) fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    pub(super) fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.tree.at(&["metadata", "namespace"]).and_then(Traced::as_str)
    }

    /// The name and namespace that it has, and all that it had.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let earlier = self.earlier.iter();
        std::iter::once((self.name(), self.namespace()))
            .chain(earlier.map(|(name, namespace)| (name.as_str(), namespace.as_deref())))
    }

    /// Keeps the present name before a step changes it.
    pub(super) fn remember_name(&mut self) {
        let present = (self.name().to_owned(), self.namespace().map(str::to_owned));
        self.earlier.push(present);
    }

    fn schema(&self) -> Schema {
        Schema::of(self.api_version(), self.kind())
    }
}

/// All objects of a kustomization, after every step that is followed.
pub(super) fn objects(tree: &Tree) -> Vec<Object> {
    accumulate(tree, tree.root, Vec::new(), false)
}

fn accumulate(tree: &Tree, number: usize, mut objects: Vec<Object>, in_component: bool) -> Vec<Object> {
    let Some(kustomization) = tree.kustomizations.get(number) else {
        return objects;
    };
    let Some(root) = tree.document(kustomization).map(Document::root) else {
        return objects;
    };
    let in_component = in_component || kustomization.is_component;
    let kind = if in_component {
        IntroductionKind::Component
    } else {
        IntroductionKind::Base
    };
    for resource in &kustomization.resources {
        match resource {
            Resource::File(file) => objects.extend(read(tree, *file, kind)),
            Resource::Kustomization(number) => {
                objects.extend(accumulate(tree, *number, Vec::new(), in_component));
            }
        }
    }
    let file = &tree.files[kustomization.file];
    generate::generate(root, kustomization.file, &file.path, &mut objects);
    for component in &kustomization.components {
        objects = accumulate(tree, *component, objects, in_component);
    }
    transform_all(tree, kustomization, root, &mut objects);
    objects
}

/// The objects of a file; those in a `List` count one by one.
fn read(tree: &Tree, file: usize, kind: IntroductionKind) -> Vec<Object> {
    let source = &tree.files[file];
    let excerpt = Excerpt::file(file, kind);
    let roots = source.stream.documents.iter().map(Document::root);
    let objects = roots.flat_map(|root| {
        let is_list = root
            .get("kind")
            .and_then(Node::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match root.get("items") {
            Some(items) if is_list && items.is_sequence() => items.items().collect(),
            _ => vec![root],
        }
    });
    objects
        .map(|object| Object::new(Traced::of(object, &excerpt), source.path.clone(), false))
        .collect()
}

fn transform_all(tree: &Tree, kustomization: &Kustomization, root: Node<'_>, objects: &mut Vec<Object>) {
    let file = &tree.files[kustomization.file];
    let step = Step {
        root,
        file: kustomization.file,
    };
    for entry in items(root, "patchesStrategicMerge") {
        let text = entry.as_str().unwrap_or_default();
        let patches = match kustomization.patches.get(text) {
            Some(number) => in_file(tree, *number),
            None => in_place(file, kustomization.file, entry),
        };
        patch(&patches, None, objects);
    }
    for entry in items(root, "patches") {
        patch(&patches(tree, kustomization, entry), Some(entry), objects);
    }
    transform::namespace(step, objects);
    transform::prefix_and_suffix(step, objects);
    transform::labels(step, objects);
    transform::annotations(step, objects);
    for entry in items(root, "patchesJson6902") {
        patch(&patches(tree, kustomization, entry), Some(entry), objects);
    }
    transform::replicas(step, objects);
    images::images(step, objects);
}

pub(super) fn items<'a>(node: Node<'a>, key: &str) -> impl Iterator<Item = Node<'a>> + 'a {
    node.get(key).into_iter().flat_map(Node::items)
}

/// One document of a patch.
enum Patch {
    Merge(Traced),
    Json(Vec<Operation>),
}

/// The patches of an entry that names a file or brings its text along.
fn patches(tree: &Tree, kustomization: &Kustomization, entry: Node<'_>) -> Vec<Patch> {
    let path = entry.get("path").and_then(Node::as_str);
    if let Some(number) = path.and_then(|path| kustomization.patches.get(path)) {
        return in_file(tree, *number);
    }
    let text = entry.get("patch");
    text.map_or_else(Vec::new, |text| {
        in_place(&tree.files[kustomization.file], kustomization.file, text)
    })
}

fn in_file(tree: &Tree, number: usize) -> Vec<Patch> {
    let excerpt = Excerpt::file(number, IntroductionKind::Patch);
    documents(&tree.files[number].stream.documents, &excerpt)
}

fn in_place(file: &SourceFile, number: usize, text: Node<'_>) -> Vec<Patch> {
    let excerpt = Excerpt::string(number, &file.stream.text, text, IntroductionKind::Patch);
    let stream = yaml::read(text.as_str().unwrap_or_default(), &Limits::default());
    documents(&stream.documents, &excerpt)
}

fn documents(documents: &[Document], excerpt: &Excerpt) -> Vec<Patch> {
    let patch = |document: &Document| {
        let root = document.root();
        if root.is_sequence() {
            Patch::Json(json_patch::operations(root, excerpt))
        } else {
            Patch::Merge(Traced::of(root, excerpt))
        }
    };
    documents.iter().map(patch).collect()
}

fn patch(patches: &[Patch], entry: Option<Node<'_>>, objects: &mut Vec<Object>) {
    let target = entry.and_then(|entry| entry.set("target"));
    let renames = entry
        .and_then(|entry| entry.get("options"))
        .and_then(|options| options.get("allowNameChange"))
        .and_then(Node::as_bool)
        .unwrap_or(false);
    let selector = target.map(matching::Selector::new);
    for patch in patches {
        let applies = |object: &Object| match (&selector, patch) {
            (Some(selector), _) => selector.selects(object),
            (None, Patch::Merge(patch)) => matching::is_named_by(object, patch),
            (None, Patch::Json(_)) => false,
        };
        if let Patch::Merge(patch) = patch
            && merge::deletes(patch).is_some()
        {
            objects.retain(|object| !applies(object));
            continue;
        }
        for object in objects.iter_mut().filter(|object| applies(object)) {
            match patch {
                Patch::Json(operations) => json_patch::apply(&mut object.tree, operations),
                Patch::Merge(patch) => {
                    let schema = object.schema();
                    merge::merge(&mut object.tree, patch, schema);
                    if let Some(name) = patch.at(&["metadata", "name"]).filter(|_| renames) {
                        transform::rename(object, name.clone());
                    }
                }
            }
        }
    }
}
